import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Detector, planDetections } from '../../engine/detect/index.ts';
import { createSchemas, normalise } from '../../engine/ingest/index.ts';
import { compileReference } from '../../engine/match/index.ts';
import {
  type DetectionRule,
  type Expression,
  eventTime,
  type FieldTest,
  type Logsource,
  type TextTest,
} from '../../engine/model/index.ts';

/**
 * The law that everything rests on: for any rules and any record, the compiled detector finds exactly what the reference evaluator
 * finds, from bytes and from the parsed record alike.
 */

const FIELDS = ['Image', 'CommandLine', 'a.b', 'n', 'list', 'o', 'EventID', 'eventName', 'missing'] as const;
const WORDS = [
  'powershell',
  'PowerShell.exe',
  '\\cmd.exe',
  'C:\\Windows\\',
  ' -enc ',
  '–enc',
  'ABC',
  'abc',
  'x',
  '',
  'é',
  'É',
  'ſ',
  'S',
  'K',
  '\u212a',
  '日本',
  '1',
  '10',
  '-0',
  '1.5',
  'true',
  'mimikatz',
  '"quoted"',
  'a/b',
  'tab\t',
  '\u{10400}',
  '\u{10428}',
  '192.168.1.7',
  '10.0.0.1',
  'fe80::1',
  '2024-02-29T23:59:00Z',
  '*',
  '?',
] as const;

const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(''));

const textTest: fc.Arbitrary<TextTest> = fc.record({
  kind: fc.constant('text' as const),
  shape: fc.constantFrom('equals' as const, 'startswith' as const, 'endswith' as const, 'contains' as const),
  text: phrase,
  cased: fc.boolean(),
});
const globTest: fc.Arbitrary<FieldTest> = fc.record({
  kind: fc.constant('glob' as const),
  parts: fc.array(
    fc.oneof(word, fc.constant({ wild: 'many' } as const), fc.constant({ wild: 'one' } as const)),
    { minLength: 1, maxLength: 4 },
  ),
  cased: fc.boolean(),
});
const expressionTest = fc.record({
  kind: fc.constant('expression' as const),
  source: fc.constantFrom(
    'power(shell)?',
    '^C:',
    '\\d+$',
    'a.b',
    '[A-Z]{3}',
    '(?:x|abc)+',
    'mimi|katz',
    '\\\\cmd',
    '.*enc.*',
    '^$',
    's\\b',
  ),
  ignoreCase: fc.boolean(),
  multiline: fc.boolean(),
  dotAll: fc.boolean(),
});
const comparison = fc.constantFrom(
  'lt' as const,
  'lte' as const,
  'gt' as const,
  'gte' as const,
  'eq' as const,
);
const fieldTest: fc.Arbitrary<FieldTest> = fc.oneof(
  { weight: 8, arbitrary: textTest },
  { weight: 2, arbitrary: globTest },
  { weight: 2, arbitrary: expressionTest },
  fc.constant({ kind: 'null' as const }),
  fc.constant({ kind: 'exists' as const }),
  fc.record({
    kind: fc.constant('cidr' as const),
    network: fc.constantFrom('192.168.0.0/16', '10.0.0.0/8', 'fe80::/10', '0.0.0.0/0'),
  }),
  fc.record({
    kind: fc.constant('compare' as const),
    op: comparison,
    value: fc.constantFrom(0, 1, 1.5, 10, -1),
  }),
  fc.record({
    kind: fc.constant('time_part' as const),
    part: fc.constantFrom('hour' as const, 'day' as const, 'year' as const),
    op: comparison,
    value: fc.constantFrom(23, 29, 2024, 1970),
  }),
  fc.record({
    kind: fc.constant('fieldref' as const),
    other: fc.constantFrom(...FIELDS),
    shape: textTest.map((t) => t.shape),
    cased: fc.boolean(),
  }),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ kind: fc.constant('field' as const), field: fc.constantFrom(...FIELDS), test: fieldTest }),
    fc.record({ kind: fc.constant('keyword' as const), test: fc.oneof(textTest, expressionTest) }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('expression'), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('expression') }),
    fc.record({ kind: fc.constant('selection' as const), name: fc.constant('s'), of: tie('expression') }),
    fc.boolean().map((value) => ({ kind: 'constant' as const, value })),
  ),
}));

const logsource: fc.Arbitrary<Logsource> = fc.constantFrom<Logsource[]>(
  {},
  { product: 'windows' },
  { category: 'process_creation' },
  { product: 'windows', category: 'process_creation' },
  { product: 'aws', service: 'cloudtrail' },
  { product: 'windows', service: 'sysmon' },
);

function ruleOf(logsourceOfRule: Logsource, of: Expression, n: number): DetectionRule {
  return {
    kind: 'detection',
    logsource: logsourceOfRule,
    expression: of,
    fields: [],
    tests: [],
    meta: {
      id: `rule-${n}`,
      title: `rule ${n}`,
      version: 1,
      level: 'low',
      status: 'test',
      confidence: 0.5,
      tags: [],
      references: [],
      falsepositives: [],
      related: [],
      remediation: [],
      entities: [],
      source: { file: 'r.yml', line: 1, column: 1 },
      hash: `${n}`,
    },
  };
}

const scalar = fc.oneof(
  phrase,
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom(1.5, 1e21, 1e-7, -0, 12345678901234567000),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('b', 'c'), scalar, { maxKeys: 2 }),
);
const flat = fc.dictionary(fc.constantFrom(...FIELDS, 'a', 'deep'), value, { maxKeys: 7 });
const sysmon = fc.record({
  Channel: fc.constant('Microsoft-Windows-Sysmon/Operational'),
  EventID: fc.constantFrom(1, '1', 3, 7, 13),
  Hostname: fc.constant('H'),
});
const record = fc.oneof(
  flat,
  fc.tuple(sysmon, flat).map(([head, rest]) => ({ ...rest, ...head })),
  fc.tuple(flat, fc.constantFrom(1, 3, 4688)).map(([data, id]) => ({
    Event: {
      System: {
        Channel: 'Microsoft-Windows-Sysmon/Operational',
        EventID: id,
        Computer: 'H',
        Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
      },
      EventData: data,
    },
  })),
  flat.map((rest) => ({
    eventVersion: '1.08',
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateUser',
    eventTime: '2024-02-29T23:59:00Z',
    awsRegion: 'x',
    ...rest,
  })),
);

function oneUnitAByte(bytes: Uint8Array): string {
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return text;
}

describe('the compiled detector', () => {
  test('agrees with the reference evaluator on a million random rules and records, from bytes and from records', () => {
    const schemas = createSchemas().value;
    if (schemas === undefined) throw new Error('no schemas');
    let pairs = 0;
    let hits = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(logsource, expression), { minLength: 40, maxLength: 60 }),
        fc.array(fc.tuple(record, fc.constantFrom(undefined, 1), fc.constantFrom(0, 0, 1, 3)), {
          minLength: 6,
          maxLength: 12,
        }),
        (definitions, records) => {
          const rules = definitions.map(([source, of], n) => ruleOf(source, of, n));
          const { plan } = planDetections(rules);
          const detector = new Detector(plan, schemas);
          const references = plan.rules.map(({ index }) =>
            compileReference(rules[index]?.expression ?? { kind: 'constant', value: false }),
          );
          // Twice over, so that classes linked before and adapted witnesses are seen too.
          for (const [body, indent, every] of [...records, ...records]) {
            const line = spelt(JSON.stringify(body, null, indent), every);
            const parsed: unknown = JSON.parse(line);
            const event = normalise(parsed, schemas, { observedAt: eventTime(0) });
            const wanted = plan.rules.flatMap(({ index }, position) => {
              const applies = applicable(rules[index]?.logsource ?? {}, event.logsource);
              return applies && references[position]?.(event) === true ? [position] : [];
            });
            pairs += plan.rules.length;
            hits += wanted.length;
            const bytes = new TextEncoder().encode(line);
            expect(detector.detectBytes(bytes, oneUnitAByte(bytes), 0, bytes.length)).toBe('ok');
            expect([...detector.hits.subarray(0, detector.hitCount)]).toEqual(wanted);
            detector.detectRecord(parsed);
            expect([...detector.hits.subarray(0, detector.hitCount)]).toEqual(wanted);
          }
        },
      ),
      { numRuns: 1300 },
    );
    expect(pairs).toBeGreaterThan(1_000_000);
    // Neither all silence nor all noise: the law is tried on both sides.
    expect(hits / pairs).toBeGreaterThan(0.05);
    expect(hits / pairs).toBeLessThan(0.95);
  });
});

/** The same JSON with every n-th plain letter of its strings written as an escape; 0 leaves it alone. */
function spelt(json: string, every: number): string {
  if (every === 0) return json;
  let n = 0;
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (text) =>
    text.replace(/\\.|[a-zA-Z\u017f\u212a]/g, (c) => {
      if (c.length > 1 || ++n % every !== 0) return c;
      return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
    }),
  );
}

/** The law of logsources, written out once more. */
function applicable(
  rule: Logsource,
  event: {
    products: readonly string[];
    categories: readonly string[];
    services: readonly string[];
    any?: true;
  },
): boolean {
  if (event.any === true) return true;
  const holds = (asked: string | undefined, has: readonly string[]) =>
    asked === undefined || has.includes(asked);
  return (
    holds(rule.product, event.products) &&
    holds(rule.category, event.categories) &&
    holds(rule.service, event.services)
  );
}
