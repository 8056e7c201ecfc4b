import fc from 'fast-check';

/** Characters that expressions and texts are made of: letters with partners in folding, marks, a newline, a pair, accents. */
const LETTERS = [
  'a',
  'b',
  'A',
  'B',
  'k',
  '0',
  '_',
  '-',
  'é',
  'É',
  'σ',
  'ς',
  '\u{1f600}',
  '\u{10400}',
] as const;

/**
 * Forty texts over few characters, so that random expressions hit them often: pieces of one text, of all lengths to 12 and cut at
 * whole characters.
 */
export const texts = fc
  .tuple(
    fc.array(
      fc.constantFrom(...LETTERS, 'a', 'b', 'a', 'b', ' ', '\n', 'K', '\u212a', '\u017f', 'Σ', '\u{10428}'),
      {
        minLength: 40,
        maxLength: 40,
      },
    ),
    fc.integer({ min: 0, max: 1000 }),
  )
  .map(([letters, shift]) =>
    Array.from({ length: 40 }, (_, i) => letters.slice(i, i + ((i * 7 + shift) % 13)).join('')),
  );

/**
 * The same for the built-in engine: short, since it backtracks; without pairs of surrogates, between whose halves V8 tries what
 * matches nothing there, such as `(?!\b)`; without ſ and the Kelvin sign, which it counts as word characters at `\b` where case
 * is ignored.
 */
export const flatTexts = texts.map((all) =>
  all.map((text) => text.replace(/[\u{10000}-\u{10ffff}\u212a\u017f]/gu, 'x').slice(0, 8)),
);

const literal = fc.constantFrom(...LETTERS, 'a', 'b', 'a', 'b', '\\.', '\\n', '\\x61', ' ');

const classes = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc.constantFrom(
        'a',
        'b',
        'A-B',
        'a-k',
        '0-9',
        '_',
        'é',
        'σ',
        '\\d',
        '\\w',
        '\\s',
        '\\D',
        '\u{1f600}',
        '\\n',
        '\u{10400}-\u{10410}',
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([negated, items]) => `[${negated ? '^' : ''}${items.join('')}]`);

const quantifier = fc.constantFrom(
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '{2}',
  '{1,2}',
  '{0,3}',
  '{2,}',
  '{3,}?',
  '{1,}',
);

export interface Ingredients {
  /** Conditions to put in, such as `\\b`; none of them is quantified. */
  readonly conditions: readonly string[];
  /** Ways to wrap a group, such as `(?:`. */
  readonly groups: readonly string[];
  /** Whether what is repeated may hold repetitions: on these a backtracking engine can take for ever. */
  readonly nested: boolean;
}

/** Expressions in the syntax that JavaScript (`u`), RE2 and we read alike. */
export function sources({ conditions, groups, nested }: Ingredients): fc.Arbitrary<string> {
  const { source } = fc.letrec<{ source: string; branch: string; atom: string; group: string }>((tie) => ({
    source: fc.array(tie('branch'), { minLength: 1, maxLength: 3 }).map((branches) => branches.join('|')),
    branch: fc
      .array(
        fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          fc.oneof(
            {
              weight: 4,
              arbitrary: fc.tuple(tie('atom'), fc.option(quantifier)).map(([a, q]) => a + (q ?? '')),
            },
            { weight: 1, arbitrary: fc.constantFrom(...conditions) },
          ),
          fc
            .tuple(fc.constantFrom(...groups), tie('source'), fc.option(quantifier))
            .map(([open, inner, q]) => {
              const single =
                /^\(\?<?[=!]/.test(open) || (!nested && /[*+{?]/.test(inner.replaceAll('(?', '(')));
              return `${open}${inner})${single ? '' : (q ?? '')}`;
            }),
        ),
        { maxLength: 4 },
      )
      .map((items) => items.join('')),
    atom: fc.oneof(
      { weight: 4, arbitrary: literal },
      classes,
      fc.constantFrom('.', '\\d', '\\w', '\\W', '\\s', '\\S', '\\p{Lu}'),
    ),
    group: fc.constant(''),
  }));
  return source as fc.Arbitrary<string>;
}

export const flagSets = fc.record({
  ignoreCase: fc.boolean(),
  multiline: fc.boolean(),
  dotAll: fc.boolean(),
});
