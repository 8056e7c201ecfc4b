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
            expect(detector.detectBytes({ bytes, text: oneUnitAByte(bytes) }, 0, bytes.length)).toBe('ok');
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

/** The record with its texts drawn out and its lists filled up, so that they are answered all together. */
function drawnOut(value: unknown, how: 'front' | 'behind'): unknown {
  if (typeof value === 'string') return how === 'front' ? FILLER + value : value + FILLER;
  if (Array.isArray(value)) return [...value, ...Array.from({ length: 12 }, (_, i) => `filler ${i}`)];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      // What tells the class of an event stays as it is.
      HEAD.includes(key) ? member : drawnOut(member, how),
    ]),
  );
}

const ENOUGH = 1e12;
/** Steps for searching tests, and for passes. */
const BUDGETS: readonly (readonly [number, number])[] = [
  [0, ENOUGH],
  [100, ENOUGH],
  [2000, ENOUGH],
  [6000, ENOUGH],
  [ENOUGH, 0],
  [ENOUGH, 900],
  [ENOUGH, 4000],
  [2000, 2000],
];

const FILLER = 'zy '.repeat(400);
const HEAD = ['System', 'Channel', 'EventID', 'eventVersion', 'eventSource', 'eventName', 'eventTime'];

describe('the compiled detector on large records', () => {
  const schemas = createSchemas().value;
  const given = fc.tuple(
    fc.array(fc.tuple(logsource, expression), { minLength: 40, maxLength: 60 }),
    fc.array(fc.tuple(record, fc.constantFrom('front' as const, 'behind' as const)), {
      minLength: 4,
      maxLength: 8,
    }),
  );

  test('agrees with the reference evaluator where the steps suffice', () => {
    if (schemas === undefined) throw new Error('no schemas');
    let hits = 0;
    fc.assert(
      fc.property(given, fc.constantFrom(0, 1e9), ([definitions, records], unlimitedBytes) => {
        const rules = definitions.map(([source, of], n) => ruleOf(source, of, n));
        const { plan } = planDetections(rules);
        const detector = new Detector(plan, schemas, {
          limits: { unlimitedBytes, stepsMax: 1e12, passStepsMax: 1e12 },
        });
        for (const [body, how] of [...records, ...records]) {
          const parsed = JSON.parse(JSON.stringify(drawnOut(body, how)));
          const event = normalise(parsed, schemas, { observedAt: eventTime(0) });
          const wanted = plan.rules.flatMap(({ index }, position) => {
            const rule = rules[index];
            if (rule === undefined || !applicable(rule.logsource, event.logsource)) return [];
            return compileReference(rule.expression)(event) ? [position] : [];
          });
          hits += wanted.length;
          const bytes = new TextEncoder().encode(JSON.stringify(parsed));
          expect(detector.detectBytes({ bytes, text: oneUnitAByte(bytes) }, 0, bytes.length)).toBe('ok');
          expect([...detector.hits.subarray(0, detector.hitCount)]).toEqual(wanted);
          expect(detector.undecidedCount).toBe(0);
          detector.detectRecord(parsed);
          expect([...detector.hits.subarray(0, detector.hitCount)]).toEqual(wanted);
        }
      }),
      { numRuns: 120 },
    );
    expect(hits).toBeGreaterThan(1000);
  });

  test('never invents a hit where they do not, names every rule it could not decide, and does not depend on what came before', () => {
    if (schemas === undefined) throw new Error('no schemas');
    let undecided = 0;
    let cut = 0;
    fc.assert(
      fc.property(given, fc.constantFrom(...BUDGETS), ([definitions, records], [stepsMax, passStepsMax]) => {
        const rules = definitions.map(([source, of], n) => ruleOf(source, of, n));
        const { plan } = planDetections(rules);
        const limits = { unlimitedBytes: 400, stepsMax, passStepsMax };
        const seasoned = new Detector(plan, schemas, { limits });
        // Past the point where witnesses are chosen anew from what was measured.
        for (let i = 0; i < 520; i++) seasoned.detectRecord(records[i % records.length]?.[0]);
        const whole = new Detector(plan, schemas);
        const outcome = (detector: Detector) => ({
          hits: [...detector.hits.subarray(0, detector.hitCount)],
          undecided: [...detector.undecided.subarray(0, detector.undecidedCount)],
        });
        for (const [body, how] of [...records, ...records]) {
          const json = JSON.stringify(drawnOut(body, how));
          const bytes = new TextEncoder().encode(json);
          whole.detectRecord(JSON.parse(json));
          const wanted = outcome(whole).hits;
          seasoned.detectBytes({ bytes, text: oneUnitAByte(bytes) }, 0, bytes.length);
          const found = outcome(seasoned);
          undecided += found.undecided.length;
          expect(found.hits).toEqual(wanted.filter((rule) => !found.undecided.includes(rule)));
          const fresh = new Detector(plan, schemas, { limits });
          fresh.detectBytes({ bytes, text: oneUnitAByte(bytes) }, 0, bytes.length);
          expect(outcome(fresh)).toEqual(found);
          // A parsed record has no line to filter, so its keywords may be undecided where those of its bytes are known not to be there.
          fresh.detectRecord(JSON.parse(json), bytes.length);
          const parsed = outcome(fresh);
          expect(parsed.hits).toEqual(wanted.filter((rule) => !parsed.undecided.includes(rule)));
          if (passStepsMax === ENOUGH) expect(parsed).toEqual(found);
          cut += found.undecided.length > 0 && stepsMax === ENOUGH ? 1 : 0;
        }
      }),
      { numRuns: 48 },
    );
    expect(undecided).toBeGreaterThan(100);
    expect(cut).toBeGreaterThan(10);
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
