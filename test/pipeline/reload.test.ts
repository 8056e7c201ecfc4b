import { describe, expect, test } from 'vitest';
import { Correlator, planReload } from '../../engine/correlate/index.ts';
import {
  compileRuleset,
  Engine,
  parseSnapshot,
  RecordingStages,
  snapshotText,
} from '../../engine/pipeline/index.ts';

const FAILED =
  'title: Failed\nname: failed\nlevel: low\nlogsource: {product: windows}\ndetection: {selection: {EventID: 4625}, condition: selection}\n---\n';
const correlation = (changes: string, condition = '{gte: 3}'): string =>
  `${FAILED}title: Many\nid: many\nlevel: low\ncorrelation: {type: event_count, rules: [failed], group-by: [User], timespan: 10m, condition: ${condition}${changes}}\n`;

function compiled(text: string) {
  return compileRuleset([{ path: 'r.yml', text }]).ruleset;
}

/** The snapshot of two firings of one user. */
function snapshot(text: string) {
  const ruleset = compiled(text);
  const stages = new RecordingStages(ruleset, { keepState: true });
  const engine = new Engine(ruleset);
  for (const second of [1, 2]) {
    stages.take(
      engine.processRecord({
        Channel: 'Security',
        EventID: 4625,
        User: 'ada',
        TimeCreated: `2026-01-05T10:00:0${second}Z`,
      }),
    );
  }
  stages.finish();
  if (stages.state === undefined) throw new Error('no state');
  return snapshotText(ruleset, stages.state);
}

const BEFORE = correlation('');

describe('the plan of a reload', () => {
  const cases: { name: string; after: string; action: string }[] = [
    { name: 'keeps what is unchanged', after: BEFORE, action: 'keep' },
    {
      name: 'keeps what changed in its texts only',
      after: BEFORE.replace('title: Many', 'title: More'),
      action: 'keep',
    },
    { name: 'keeps state that an edit leaves alone', after: correlation('', '{gte: 4}'), action: 'keep' },
    { name: 'resets state of another form', after: correlation(', cased: true'), action: 'reset' },
    {
      name: 'replays where the rule asks for it',
      after: correlation(', state_on_edit: replay'),
      action: 'replay',
    },
    {
      name: 'resets where the rule asks for it',
      after: correlation(', state_on_edit: reset'),
      action: 'reset',
    },
    {
      name: 'begins a rule of another id afresh',
      after: BEFORE.replace('id: many', 'id: more'),
      action: 'fresh',
    },
  ];
  for (const { name, after, action } of cases) {
    test(`${name}, as a restore then does`, () => {
      const read = parseSnapshot(snapshot(BEFORE));
      if (typeof read === 'string') throw new Error(read);
      const plan = compiled(after).correlationPlan;
      const steps = planReload(read.rules, plan);
      expect(steps[0]?.action).toBe(action);
      const report = Correlator.restore(plan, read.state)?.report;
      if (report === undefined) throw new Error('the state does not restore');
      const of = (wanted: string): string[] =>
        steps.filter((step) => step.action === wanted).map((step) => step.ruleId);
      expect(of('keep')).toEqual(report.kept);
      expect(of('reset')).toEqual(report.reset);
      expect(of('fresh')).toEqual(report.fresh);
      expect(of('dropped')).toEqual(report.dropped);
      expect(
        steps.filter((step) => step.action === 'replay').map(({ ruleId, micros }) => ({ ruleId, micros })),
      ).toEqual(report.replay);
    });
  }

  // One signal and its group; the newest still waits for others of its instant.
  test('counts what each rule holds', () => {
    const read = parseSnapshot(snapshot(BEFORE));
    expect(typeof read === 'string' ? read : read.rules.map(({ id, items }) => [id, items])).toEqual([
      ['many', 2],
    ]);
  });

  const wrong: { name: string; text: string; says: string }[] = [
    { name: 'no JSON', text: 'x', says: 'it is not JSON' },
    { name: 'something else', text: '{}', says: 'it is no snapshot of Telltale' },
    {
      name: 'another version',
      text: snapshot(BEFORE).replace('"version": 1', '"version": 2'),
      says: 'it is a snapshot of version 2, and this is version 1',
    },
    {
      name: 'half of one',
      text: snapshot(BEFORE).replace('"correlations"', '"others"'),
      says: 'parts of it are missing',
    },
  ];
  for (const { name, text, says } of wrong)
    test(`refuses ${name}`, () => expect(parseSnapshot(text)).toBe(says));
});
