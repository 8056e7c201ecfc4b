import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Detector, planDetections } from '../../engine/detect/index.ts';
import { createSchemas } from '../../engine/ingest/index.ts';
import { compileText } from '../../engine/match/index.ts';
import type { DetectionRule, TextTest } from '../../engine/model/index.ts';

/** Rules that nothing wakes and that all ask the same field, so that a long value is answered for all of them in one pass. */
function ruleOf(of: TextTest, n: number): DetectionRule {
  return {
    kind: 'detection',
    logsource: {},
    expression: { kind: 'not', of: { kind: 'field', field: 'f', test: of } },
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

const word = fc.oneof(
  fc.constantFrom(
    'power',
    'Shell',
    'a',
    'aa',
    'aaaa',
    '\\cmd',
    'ſ',
    'K',
    '\u{10400}',
    '\u{10428}',
    'ж',
    'É',
    '',
    '1',
    'true',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(''));
const shape = fc.constantFrom(
  'equals' as const,
  'startswith' as const,
  'endswith' as const,
  'contains' as const,
);
const textTest = fc.record({
  kind: fc.constant('text' as const),
  shape,
  text: phrase,
  cased: fc.constantFrom(false, false, false, true),
});
const long = fc
  .tuple(phrase, fc.array(phrase, { maxLength: 12 }), phrase)
  .map(([first, middle, last]) => first + middle.join('zy '.repeat(200)) + last);
const value = fc.oneof(
  long,
  fc.array(fc.oneof(phrase, fc.integer(), fc.boolean(), fc.constant(null)), { minLength: 6, maxLength: 20 }),
);

test('all plain texts of a long value or a list are answered as each would be by itself', () => {
  const schemas = createSchemas().value;
  if (schemas === undefined) throw new Error('no schemas');
  let held = 0;
  fc.assert(
    fc.property(
      fc.array(textTest, { minLength: 30, maxLength: 40 }),
      fc.array(value, { minLength: 4, maxLength: 8 }),
      (tests, values) => {
        const rules = tests.map(ruleOf);
        const { plan } = planDetections(rules);
        const detector = new Detector(plan, schemas);
        for (const f of [...values, ...values]) {
          const texts = (Array.isArray(f) ? f : [f]).filter((one) => one !== null).map(String);
          const wanted = tests.flatMap((one, n) => (texts.some(compileText(one)) ? [] : [n]));
          held += tests.length - wanted.length;
          detector.detectRecord({ f });
          expect([...detector.hits.subarray(0, detector.hitCount)]).toEqual(wanted);
        }
      },
    ),
    { numRuns: 100 },
  );
  expect(held).toBeGreaterThan(1000);
});
