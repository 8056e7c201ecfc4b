import { describe, expect, test } from 'vitest';
import { RECORD_LIMITS, refusedHead } from '../../engine/ingest/index.ts';
import type { Signal } from '../../engine/model/index.ts';
import { compileRuleset, Engine, REFUSED_RECORD } from '../../engine/pipeline/index.ts';
import { newTally, type ScanTally, scan, scanLines } from '../../engine/runtime/index.ts';

const RULES = `title: Any logon
logsource: {product: windows, service: security}
detection:
  selection: {EventID: 4624}
  condition: selection
`;

const HEAD =
  '"Channel":"Security","EventID":4624,"TimeCreated":"2026-03-01T10:00:00Z","Computer":"WS01.corp.local","TargetUserName":"anna"';
const { recordSizeMaxBytes, recordDepthMax, recordValuesMax } = RECORD_LIMITS;

const BEYOND: readonly { name: string; code: string; record: string }[] = [
  { name: 'its size', code: 'TT2002', record: `{${HEAD},"pad":"${'x'.repeat(recordSizeMaxBytes)}"}` },
  {
    name: 'its depth',
    code: 'TT2003',
    record: `{"deep":${'['.repeat(recordDepthMax + 1)}${']'.repeat(recordDepthMax + 1)},${HEAD}}`,
  },
  {
    name: 'the number of its values',
    code: 'TT2007',
    record: `{"many":[${'1,'.repeat(recordValuesMax)}1],${HEAD}}`,
  },
];

function engine(): Engine {
  return new Engine(compileRuleset([{ path: 'rules.yml', text: RULES }]).ruleset);
}

function scanned(text: string): ScanTally {
  const tally = newTally();
  scanLines(engine(), { bytes: new TextEncoder().encode(text), file: 'events.ndjson', line: 1 }, tally);
  return tally;
}

function shown(signals: readonly Signal[]): string[] {
  return signals.map(
    ({ rule, evidence, entities }) =>
      `${evidence[0]?.line} ${rule.title}: ${entities.map(({ type, value }) => `${type} ${value}`).join(', ')}`,
  );
}

describe('a record that is refused', () => {
  for (const { name, code, record } of BEYOND) {
    test(`for ${name} is a signal that names whom its beginning names, and leaves its neighbours`, () => {
      const { signals, problems, events } = scanned(`{${HEAD}}\n${record}\n{${HEAD}}\n`);
      expect(problems.map((one) => `${one.line} ${one.declaration.code}`)).toEqual([`2 ${code}`]);
      expect(events).toBe(2);
      expect(shown(signals)).toEqual([
        '1 Any logon: user anna, host ws01.corp.local',
        `2 ${REFUSED_RECORD.title}: user anna, host ws01.corp.local`,
        '3 Any logon: user anna, host ws01.corp.local',
      ]);
      expect(signals[1]?.start).toBe(signals[0]?.start);
    });
  }

  test('has the same signal whether lines, a list or a pretty-printed file held it', async () => {
    const [large] = BEYOND;
    const ids = [];
    for (const text of [`${large?.record}\n{"a":1}\n`, `[${large?.record}]`, `[\n  ${large?.record}\n]\n`]) {
      const found: Signal[] = [];
      await scan(
        engine(),
        { inputs: ['x'], threads: 1 },
        {
          files: {
            listEventFiles: async () => ({ files: ['x'], diagnostics: [] }),
            readChunks: async function* () {
              const bytes = new TextEncoder().encode(text);
              for (let at = 0; at < bytes.length; at += 300_000) yield bytes.slice(at, at + 300_000);
            },
          },
          signals: async (some) => void found.push(...some),
        },
      );
      ids.push(found.map(({ id }) => id));
    }
    expect(ids[0]).toHaveLength(1);
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).toEqual(ids[0]);
  });

  test('of which nothing can be read is a signal without entities, at the time of receipt', () => {
    const { signals } = scanned(`${'x'.repeat(recordSizeMaxBytes + 1)}\n`);
    expect(shown(signals)).toEqual([`1 ${REFUSED_RECORD.title}: `]);
    expect(signals[0]?.start).toBe(0);
  });

  test('for being no JSON is damage, and no signal', () => {
    expect(scanned('{"a":\n[]\n').signals).toEqual([]);
  });
});

describe('what can be read of a refused record', () => {
  const table: readonly { name: string; given: string; expect: unknown }[] = [
    {
      name: 'whole members before the cut',
      given: '{"a":1,"b":{"c":[1,2,3',
      expect: { a: 1, b: { c: [1, 2] } },
    },
    { name: 'nothing of a member that is cut', given: '{"a":1,"b":"x', expect: { a: 1 } },
    { name: 'all of a whole record', given: '{"a":[{}],"b":"\\",]"}', expect: { a: [{}], b: '",]' } },
    { name: 'nothing where no object begins', given: '42', expect: undefined },
    { name: 'nothing where the first member is cut', given: '{"a":"x', expect: undefined },
    {
      name: 'null for what is nested deeper than 16',
      given: `${'{"a":'.repeat(16)}[[1],"]"]${',"b":2}'.repeat(16)}`,
      expect: JSON.parse(`${'{"a":'.repeat(16)}null${',"b":2}'.repeat(16)}`),
    },
    {
      name: 'the first 64 of a long list, and what follows it',
      given: `{"l":[${'[1],'.repeat(99)}1],"z":1}`,
      expect: { l: Array.from({ length: 64 }, () => [1]), z: 1 },
    },
  ];
  for (const { name, given, expect: wanted } of table) {
    test(name, () => expect(refusedHead(new TextEncoder().encode(given))).toEqual(wanted));
  }
});

describe('a hole of NUL bytes', () => {
  // Runs of lines that are long enough are read by vectors.
  for (const { name, before } of [
    { name: 'in a short run of lines', before: 0 },
    { name: 'in a long one', before: 400 },
  ]) {
    test(`${name} is counted, and what is before and behind it in its line is read`, () => {
      const filler = `{"EventID":4,"Filler":"${'x'.repeat(100)}"}\n`.repeat(before);
      const { signals, problems } = scanned(
        `${filler}{${HEAD}}\n{"EventID":46${'\0'.repeat(5000)}{${HEAD}}\n{${HEAD}}\n\0\n`,
      );
      expect(problems.map((one) => `${one.line - before}:${one.column} ${one.declaration.code}`)).toEqual([
        '2:14 TT2008',
        '2:14 TT2001',
        '4:1 TT2008',
      ]);
      expect(signals.map(({ evidence }) => (evidence[0]?.line ?? 0) - before)).toEqual([1, 2, 3]);
    });
  }
});
