import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/*
 * The index of what must be settled: every question that the Sigma specification leaves open, and every defect known of other engines, each
 * with the case that holds the answer. The cases stand in the tests of their rooms; here it is checked that each is there, by its name.
 */

interface Settled {
  readonly question: string;
  /** Test file below `test/`, and the beginning of a case's name in it. */
  readonly by: readonly (readonly [file: string, name: string])[];
}

const SEMANTICS = 'correlate/semantics.test.ts';
const REFERENCE = 'match/reference.test.ts';

const QUESTIONS: readonly Settled[] = [
  {
    question: 'text compare, in groups, joins and counted values too',
    by: [
      ['match/fold.test.ts', 'folds ASCII letters'],
      [SEMANTICS, 'group values are compared by simple folding, and exactly where cased'],
      [SEMANTICS, 'a number equals its decimal text'],
    ],
  },
  {
    question: 'field access',
    by: [
      ['ingest/path.test.ts', 'the flat key wins over the nested one'],
      ['ingest/path.test.ts', 'the prototype is no field'],
      [REFERENCE, 'an array matches if any member does'],
    ],
  },
  {
    question: 'keywords',
    by: [
      [REFERENCE, 'a keyword is looked for in every string'],
      [REFERENCE, 'looks for keywords to depth 64 and no deeper'],
    ],
  },
  {
    question: 'regular expressions in linear time',
    by: [['match/expression/linear.test.ts', 'is linear with look-arounds too']],
  },
  { question: 'logsource', by: [['cli/explain.test.ts', 'another logsource is the reason at the root']] },
  {
    question: 'temporal without a condition',
    by: [[SEMANTICS, 'temporal without a condition asks for all listed rules']],
  },
  {
    question: 'reference by name or id',
    by: [
      [SEMANTICS, 'a reference by name and by id is the same rule'],
      ['correlate/errors.test.ts', 'an unknown reference names the nearest'],
    ],
  },
  { question: 'range', by: [[SEMANTICS, 'of a range both bounds must hold']] },
  {
    question: 'upper bounds and `not` wait for the close of the window',
    by: [
      [SEMANTICS, 'lt, lte, eq and neq are decided when the window closes by watermark, never early'],
      [SEMANTICS, '`not b` waits until b can no longer arrive'],
    ],
  },
  {
    question: 'missing group-by field',
    by: [
      [SEMANTICS, 'a missing group-by field is skipped and counted, not pooled'],
      [SEMANTICS, 'with on_null: group those without the field are one group of their own'],
    ],
  },
  {
    question: 'ties and order',
    by: [
      [SEMANTICS, 'order is strict: one instant is not before itself, unless ties are allowed'],
      [
        SEMANTICS,
        'a step of a sequence shares the instant of the step before it only where ties are allowed',
      ],
      [SEMANTICS, 'what a step of a sequence counts comes after the step before it, ties or not'],
      [SEMANTICS, 'order below the microsecond is kept'],
    ],
  },
  {
    question: 'one event for two steps',
    by: [
      [SEMANTICS, 'one event does not stand for two rules, unless allowed'],
      [SEMANTICS, 'steps at one instant are of different events, unless one event may serve two'],
    ],
  },
  {
    question: 'how often it fires',
    by: [
      [SEMANTICS, 'it fires once a window by default; every and at_close as they say'],
      [SEMANTICS, 'update revises the first signal and says so'],
    ],
  },
  {
    question: 'window',
    by: [
      [SEMANTICS, 'a window is half open: exactly a timespan apart is apart'],
      [SEMANTICS, 'tumbling, hop and session windows end where they say'],
    ],
  },
  {
    question: 'chain whose parent groups by what the child has not',
    by: [
      [SEMANTICS, 'a parent may group only by what its child carries'],
      [SEMANTICS, 'a chain: the parent sees what the child fires'],
    ],
  },
  {
    question: 'value_count over several fields',
    by: [[SEMANTICS, 'value_count over several fields counts distinct tuples']],
  },
  {
    question: 'value_percentile and value_rarity',
    by: [
      [SEMANTICS, 'value_percentile asks for its percentile'],
      [SEMANTICS, 'a rarity is the share of the value in its group'],
    ],
  },
  {
    question: 'generate at both places',
    by: [['language/correlation/sigma.test.ts', 'generate is taken at both places']],
  },
  {
    question: 'filter polarity',
    by: [['pipeline/correlation-filters.test.ts', 'leaves what it does not describe alone']],
  },
  { question: 'not a number in a sum', by: [[SEMANTICS, 'what is not a number is skipped in a sum']] },
];

const DEFECTS: readonly Settled[] = [
  {
    question: 'percentile that ignores its condition',
    by: [[SEMANTICS, 'a percentile heeds its condition']],
  },
  {
    question: 'a late event causing a false alarm',
    by: [[SEMANTICS, 'a late event inside the lateness causes no false alarm and is not lost']],
  },
  {
    question: 'one future-dated event emptying or poisoning a window',
    by: [[SEMANTICS, 'one event dated far ahead neither empties a window nor poisons it']],
  },
  {
    question: 'ordered matching that is exponential',
    by: [
      [SEMANTICS, '160 hits on each of four ordered rules cost no more than a look at each'],
      [SEMANTICS, '160 hits of one instant on each of four steps cost no more than a look at each'],
    ],
  },
  {
    question: 'temporal by name on rules that have ids',
    by: [[SEMANTICS, 'a reference by name and by id is the same rule']],
  },
  {
    question: 'chains whose results are dropped',
    by: [[SEMANTICS, 'a chain: the parent sees what the child fires']],
  },
  {
    question: 'per-rule settings that leak into others',
    by: [[SEMANTICS, 'settings of one rule do not leak into another']],
  },
  {
    question: 'a pending run overwritten by a newer one',
    by: [[SEMANTICS, 'a newer start does not hide an older match, and a pending run is not overwritten']],
  },
  {
    question: '`not b` fired before b could arrive',
    by: [[SEMANTICS, '`not b` waits until b can no longer arrive']],
  },
  {
    question: 'missing group keys pooled together',
    by: [[SEMANTICS, 'a missing group-by field is skipped and counted, not pooled']],
  },
];

/** Names of cases in a test file. */
function namesIn(file: string): readonly string[] {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(/(?:\bname: |\bit\(\s*)(['"`])((?:\\.|(?!\1).)*)\1/g)].map(
    (found) => found[2] ?? '',
  );
}

describe.each([
  ['questions that the specification leaves open', QUESTIONS],
  ['known defects of others', DEFECTS],
])('%s each have a case', (_, settled) => {
  it.each(settled.map(({ question, by }) => [question, by] as const))('%s', (_question, by) => {
    const missing = by.filter(([file, name]) => !namesIn(file).some((one) => one.startsWith(name)));
    expect(missing).toEqual([]);
  });
});
