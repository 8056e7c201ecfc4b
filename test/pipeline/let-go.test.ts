import { describe, expect, test } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import { type IntelSnapshot, readFeedText, SnapshotBuilder } from '../../engine/intel/index.ts';
import { type Alert, eventTime } from '../../engine/model/index.ts';
import {
  type CaseOptions,
  compileRuleset,
  Engine,
  incidentStage,
  LiveCases,
} from '../../engine/pipeline/index.ts';

const FEEDS = ['ours', 'theirs'].map(
  (name, i) => `title: ${name}
id: 44444444-0000-4000-8000-00000000000${i}
name: ${name}
level: high
feed: {file: ${name}.csv, format: csv, mapping: {value: ioc, last_seen: seen}, lifetime: 30d}
`,
);
const ASKS = `title: Asks
id: 44444444-0000-4000-8000-000000000009
level: high
logsource: {category: any}
detection:
  selection: {note: login, DestinationIp|intel: ours}
  condition: selection
`;
const HEAD = 'ioc,seen\n';
const ROW = '45.9.148.10,2026-11-10\n';
const AT = eventTime(Date.parse('2026-11-12T00:00:00Z') * 1000);
const LATER = eventTime(Date.parse('2027-02-12T00:00:00Z') * 1000);

const { ruleset } = compileRuleset([...FEEDS, ASKS].map((text, i) => ({ path: `r${i}.yml`, text })));
const schemas = createSchemas({ unknownLogsource: 'any' }).value;

function snapshotOf(texts: Readonly<Record<string, string>>): IntelSnapshot {
  const sources = ruleset.feeds.map(({ name, decay, minConfidence }) => [name, { decay, minConfidence }]);
  const builder = new SnapshotBuilder({ sources: Object.fromEntries(sources) });
  for (const feed of ruleset.feeds)
    readFeedText(feed, HEAD + (texts[feed.name] ?? ''), { sink: builder, file: 'feed' });
  return builder.build().snapshot;
}

/** The stages after one event that meets `before`, restarted where asked. */
function stagesAfter(
  before: IntelSnapshot,
  event: Readonly<Record<string, unknown>>,
  options: CaseOptions = {},
): LiveCases {
  const stages = LiveCases.start(ruleset, options);
  const engine = new Engine(ruleset, { ...(schemas === undefined ? {} : { schemas }), intel: before });
  stages?.take(
    engine.processRecord({ '@timestamp': '2026-11-11T00:00:00Z', DestinationIp: '45.9.148.10', ...event }),
  );
  stages?.advanceTo(AT);
  const again = stages === undefined ? undefined : LiveCases.start(ruleset, options, stages.snapshot());
  if (again === undefined) throw new Error('no stages');
  return again;
}

describe('an alert on what a feed took back', () => {
  const states = (
    stages: LiveCases,
    after: IntelSnapshot,
    before: IntelSnapshot,
    at = AT,
  ): readonly Alert[] =>
    stages.letGo({ before, after }, at).flatMap((decision) => stages.apply(decision).alerts);

  test('is dismissed where it rests on that alone, over a restart, and once', () => {
    const before = snapshotOf({ ours: ROW });
    const stages = stagesAfter(before, {});
    const [alert, ...others] = states(stages, snapshotOf({}), before);
    expect([alert?.state, alert?.tags.includes('intel.revoked'), others]).toEqual(['dismissed', true, []]);
    expect(alert?.notes.at(-1)?.text).toContain('45.9.148.10 of ours');
    expect(states(stages, snapshotOf({}), before)).toEqual([]);
  });

  test('is dismissed at the start of a process that was down when the feed took it back', () => {
    const stages = stagesAfter(snapshotOf({ ours: ROW }), {});
    const change = { before: undefined, after: snapshotOf({}) };
    // Of a feed that could not be read nothing is known.
    expect(stages.letGo({ ...change, unread: new Set(['ours']) }, AT)).toEqual([]);
    const [alert] = stages.letGo(change, AT).flatMap((decision) => stages.apply(decision).alerts);
    expect([alert?.state, alert?.tags.includes('intel.revoked')]).toEqual(['dismissed', true]);
  });

  test('reaches its incident: it is ruled out, or goes on without the alert', () => {
    const documents = [
      FEEDS[0] ?? '',
      ...['discovery', 'credential-access', 'exfiltration'].map(
        (tactic, i) => `title: Odd ${tactic}
id: 44444444-0000-4000-8000-00000000001${i}
level: high
confidence: ${i === 0 ? 0.5 : 0.9}
tags: [attack.${tactic}]
logsource: {category: any}
detection:
  selection: {note: ${tactic}}
  condition: selection
`,
      ),
    ];
    const own = compileRuleset(documents.map((text, i) => ({ path: `o${i}.yml`, text }))).ruleset;
    const before = snapshotOf({ ours: ROW });
    const options = { incidents: incidentStage(own) };
    const who = { user: { name: 'ana' }, host: { name: 'pc-1' } };
    const shownAfter = (notes: readonly string[]): readonly unknown[] => {
      const stages = LiveCases.start(own, options);
      if (stages === undefined) throw new Error('no stages');
      const engine = new Engine(own, { ...(schemas === undefined ? {} : { schemas }), intel: before });
      ['x', ...notes].forEach((note, i) => {
        const listed = note === 'x' ? { DestinationIp: '45.9.148.10' } : {};
        const record = { '@timestamp': `2026-11-11T00:0${i}:00Z`, ...listed, ...who, note };
        stages.take(engine.processRecord(record));
      });
      const shown = stages.advanceTo(AT).incidents;
      const revised = stages
        .letGo({ before, after: snapshotOf({}) }, AT)
        .flatMap((decision) => stages.apply(decision).incidents);
      expect(new Set([...shown, ...revised].map(({ id }) => id)).size).toBe(1);
      const last = revised.at(-1);
      expect(last?.revision).toBe(shown.length + 1);
      expect(JSON.stringify(last)).toContain('the feed took back 45.9.148.10 of ours');
      return [last?.state, last?.members.length];
    };
    expect(shownAfter(['discovery'])).toEqual(['retracted', 1]);
    expect(shownAfter(['credential-access', 'exfiltration'])).toEqual(['active', 2]);
  });

  test('is believed half as much where the rule asked for more', () => {
    const before = snapshotOf({ ours: ROW });
    const stages = stagesAfter(before, { note: 'login' });
    const found = states(stages, snapshotOf({}), before).map(({ rule, state }) => [rule.title, state]);
    expect(found.sort()).toEqual([
      ['Asks', 'open'],
      ['ours', 'dismissed'],
    ]);
  });

  test.each([
    ['another row of the feed still says it', { ours: ROW }, AT],
    ['it has aged out, which is no revocation', {}, LATER],
  ])('stays where %s', (_, rows, at) => {
    const before = snapshotOf({ ours: ROW });
    const after = snapshotOf(rows);
    expect(stagesAfter(before, {}).letGo({ before, after }, at)).toEqual([]);
    // The same where nobody knows what the feeds said before.
    expect(stagesAfter(before, {}).letGo({ before: undefined, after }, at)).toEqual([]);
  });

  test('of another feed stays', () => {
    const before = snapshotOf({ ours: ROW, theirs: ROW });
    const dismissed = states(stagesAfter(before, {}), snapshotOf({ theirs: ROW }), before);
    expect(dismissed.map(({ rule, state }) => [rule.title, state])).toEqual([['ours', 'dismissed']]);
  });
});
