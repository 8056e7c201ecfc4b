import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventTime, type Signal } from '../../engine/model/index.ts';
import { CaseStages, compileRuleset, Engine } from '../../engine/pipeline/index.ts';

const START = Date.UTC(2026, 0, 5);
const SPAN_S = 600;

const compiled = new Map<string, ReturnType<typeof compile>>();

/** Compiled once: properties ask often. */
function rules(onEdit: string, condition: string) {
  const key = `${onEdit} ${condition}`;
  const known = compiled.get(key) ?? compile(onEdit, condition);
  compiled.set(key, known);
  return known;
}

function compile(onEdit: string, condition: string) {
  const { ruleset, diagnostics } = compileRuleset([
    {
      path: 'r.yml',
      text: `title: Failed\nname: failed\nlevel: low\nlogsource: {product: windows}\ndetection: {selection: {EventID: 4625}, condition: selection}\n---\ntitle: Many\nid: many\nlevel: low\ncorrelation: {type: event_count, rules: [failed], group-by: [User], timespan: ${SPAN_S}s, condition: ${condition}, state_on_edit: ${onEdit}}\n`,
    },
  ]);
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new Error(JSON.stringify(diagnostics));
  return ruleset;
}

/** Signals of failures of some users at some seconds. */
function signalsAt(ruleset: ReturnType<typeof rules>, given: readonly (readonly [number, string])[]) {
  const engine = new Engine(ruleset);
  return given.flatMap(([second, User]) =>
    engine.processRecord({
      Channel: 'Security',
      EventID: 4625,
      User,
      TimeCreated: new Date(START + second * 1000).toISOString(),
    }),
  );
}

const at = (second: number) => eventTime((START + second * 1000) * 1000);

/** What is said behind an edit at a second, by stages that ran the first rule till then. */
function saidAfterEdit(
  onEdit: string,
  given: readonly (readonly [number, string])[],
  { edit, first }: { readonly edit: number; readonly first: string },
): readonly string[] {
  const [before, after] = [rules(onEdit, first), rules(onEdit, '{gte: 3}')];
  const split = (wanted: (second: number) => boolean): readonly Signal[] =>
    signalsAt(
      after,
      given.filter(([second]) => wanted(second)),
    );
  const old = new CaseStages(before);
  old.take(split((second) => second < edit));
  old.advanceTo(at(edit));
  // A restart lies between, too.
  const between = CaseStages.restore(before, old.snapshot());
  const next = between === undefined ? undefined : CaseStages.restore(after, between.snapshot());
  if (next === undefined) throw new Error('the state cannot be taken over');
  next.take(split((second) => second >= edit));
  const { signals } = next.advanceTo(at(100_000));
  return signals.map(({ id }) => id);
}

/** What the new rule says from a second on, where it has always run. */
function saidAlways(given: readonly (readonly [number, string])[], edit: number): readonly string[] {
  const ruleset = rules('replay', '{gte: 3}');
  const stages = new CaseStages(ruleset);
  stages.take(
    signalsAt(
      ruleset,
      given.filter(([second]) => second < edit),
    ),
  );
  stages.advanceTo(at(edit));
  stages.take(
    signalsAt(
      ruleset,
      given.filter(([second]) => second >= edit),
    ),
  );
  return stages.advanceTo(at(100_000)).signals.map(({ id }) => id);
}

describe('a rule that is edited, with state_on_edit: replay', () => {
  const given = [
    [100, 'ada'],
    [200, 'ada'],
    [400, 'ada'],
  ] as const;

  test('is fed again what came before, so that an attack across the edit is seen; with reset it is not', () => {
    const edit = { edit: 300, first: '{gte: 9}' };
    expect(saidAfterEdit('replay', given, edit)).toEqual(saidAlways(given, 300));
    expect(saidAfterEdit('replay', given, edit).length).toBe(1);
    expect(saidAfterEdit('reset', given, edit)).toEqual([]);
  });

  test('says nothing again of what lies before the edit', () => {
    const edit = { edit: 500, first: '{gte: 9}' };
    expect(saidAfterEdit('replay', given, edit)).toEqual([]);
  });

  test('says behind the edit what it would have said had it always run, whatever came within its timespan', () => {
    const event = fc.tuple(fc.integer({ min: 0, max: 1500 }), fc.constantFrom('ada', 'bob'));
    fc.assert(
      fc.property(
        fc.uniqueArray(event, { maxLength: 40, selector: ([second]) => second }),
        fc.integer({ min: 1, max: 1500 }),
        (events, edit) => {
          // What lies further back is not remembered; that it was said already is then forgotten, too.
          const sorted = events.filter(([second]) => second >= edit - SPAN_S).sort(([a], [b]) => a - b);
          expect(saidAfterEdit('replay', sorted, { edit, first: '{gte: 9}' })).toEqual(
            saidAlways(sorted, edit),
          );
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });
});
