import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { Automaton } from '../../../engine/match/expression/automaton.ts';
import { compileExpression, searchTree } from '../../../engine/match/expression/compile.ts';
import { isFailure } from '../../../engine/match/expression/parse.ts';
import { buildProgram } from '../../../engine/match/expression/program.ts';
import { foldText } from '../../../engine/match/fold.ts';
import type { ExpressionTest } from '../../../engine/model/index.ts';
import { flagSets, flatTexts, sources, texts } from './arbitrary.ts';

type Flags = Omit<ExpressionTest, 'kind' | 'source'>;

function re2(source: string, flags: Flags): (text: string) => boolean {
  const re = RE2JS.compile(
    source,
    (flags.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
      (flags.multiline ? RE2JS.MULTILINE : 0) |
      (flags.dotAll ? RE2JS.DOTALL : 0),
  );
  return (text) => re.test(text);
}

function builtIn(source: string, flags: Flags): (text: string) => boolean {
  // `.` of JavaScript excludes more than \n, which the texts do not hold.
  const re = new RegExp(
    source,
    `u${flags.ignoreCase ? 'i' : ''}${flags.multiline ? 'm' : ''}${flags.dotAll ? 's' : ''}`,
  );
  return (text) => re.test(text);
}

function compiled(source: string, flags: Flags) {
  const { value, diagnostics } = compileExpression({ kind: 'expression', source, ...flags });
  if (value === undefined) throw new Error(`${source}: ${diagnostics[0]?.message}`);
  return value;
}

/** The whole text, with other units around it that must not be looked at. */
function overUnits(expression: ReturnType<typeof compiled>, text: string): boolean {
  const padded = `a${text}\ude00`;
  const all = new Uint16Array(padded.length);
  for (let i = 0; i < padded.length; i++) all[i] = padded.charCodeAt(i);
  return expression.testUnits(all, 1, text.length + 1);
}

/** re2js refuses counts that multiply to more than a thousand, which ours takes up to its own limit: no oracle for those. */
function unlessTooMany<T>(compile: () => T): T | undefined {
  try {
    return compile();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes('invalid repeat count')) return undefined;
    throw thrown;
  }
}

describe('random expressions on random texts', () => {
  it('match where re2js matches, over code units too, and never without their required literals (100,000 pairs)', () => {
    let matched = 0;
    let pairs = 0;
    let telling = 0;
    const source = sources({
      conditions: ['^', '$', '\\b', '\\B', '\\A', '\\z'],
      groups: ['(', '(?:', '(?i:', '(?s:', '(?m:', '(?-i:'],
      nested: true,
    });
    fc.assert(
      fc.property(source, flagSets, texts, (pattern, flags, samples) => {
        const ours = compiled(pattern, flags);
        const theirs = unlessTooMany(() => re2(pattern, flags));
        fc.pre(theirs !== undefined);
        if (ours.required.length > 0) telling++;
        for (const text of samples) {
          const hit = ours.test(text);
          if (hit !== theirs(text)) throw new Error(`${JSON.stringify({ pattern, flags, text })}: ${hit}`);
          if (overUnits(ours, text) !== hit)
            throw new Error(`units: ${JSON.stringify({ pattern, flags, text })}`);
          pairs++;
          if (!hit) continue;
          matched++;
          const folded = foldText(text);
          for (const clause of ours.required) {
            if (!clause.some((literal) => folded.includes(literal))) {
              throw new Error(`required: ${JSON.stringify({ pattern, flags, text, clause })}`);
            }
          }
        }
      }),
      { numRuns: 2500 },
    );
    expect(pairs).toBeGreaterThanOrEqual(100_000);
    expect(matched).toBeGreaterThan(pairs / 5);
    expect(matched).toBeLessThan((pairs * 4) / 5);
    expect(telling).toBeGreaterThan(250);
  });

  it('match where the built-in engine matches, look-arounds included (20,000 pairs)', () => {
    let looking = 0;
    const source = sources({
      conditions: ['^', '$', '\\b', '\\B'],
      groups: ['(', '(?:', '(?=', '(?!', '(?<=', '(?<!', '(?<!'],
      nested: false,
    });
    fc.assert(
      fc.property(source, flagSets, flatTexts, (pattern, flags, samples) => {
        // With `iu` JavaScript counts K and ſ as word characters at \b; the texts hold neither.
        const ours = compiled(pattern, flags);
        const theirs = builtIn(pattern, flags);
        if (ours.engine === 'nfa') looking++;
        for (const text of samples) {
          const hit = ours.test(text);
          if (hit !== theirs(text)) throw new Error(`${JSON.stringify({ pattern, flags, text })}: ${hit}`);
          if (overUnits(ours, text) !== hit)
            throw new Error(`units: ${JSON.stringify({ pattern, flags, text })}`);
        }
      }),
      { numRuns: 500 },
    );
    expect(looking).toBeGreaterThan(125);
  });

  it('give the same with a cache of a few states, emptied and abandoned all the time', () => {
    const source = sources({ conditions: ['^', '$', '\\b', '\\B'], groups: ['(', '(?:'], nested: true });
    fc.assert(
      fc.property(source, flagSets, texts, (pattern, flags, samples) => {
        const tree = searchTree({ kind: 'expression', source: pattern, ...flags });
        if (isFailure(tree)) throw new Error(pattern);
        const program = buildProgram(tree);
        const roomy = new Automaton(program);
        const tight = new Automaton(program, { states: 2, entries: 1 << 16, leaves: 1 << 16 });
        for (const text of [...samples, samples.join('')]) {
          if (roomy.test(text) !== tight.test(text))
            throw new Error(JSON.stringify({ pattern, flags, text }));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('lone surrogates', () => {
  it('are characters of their own, and halves of a pair are not', () => {
    const flags = { ignoreCase: false, multiline: false, dotAll: false };
    const cases = [
      { source: '^.$', text: '\ud83d', hit: true },
      { source: '^.$', text: '\u{1f600}', hit: true },
      { source: '^..$', text: '\u{1f600}', hit: false },
      { source: '^[^a]{2}$', text: '\ud83d\ud83d', hit: true },
      { source: '\\x{d83d}', text: '\u{1f600}', hit: false },
      { source: '\\x{d83d}', text: '\ud83dx', hit: true },
      { source: '\\x{de00}', text: '\u{1f600}', hit: false },
      { source: '[\\x{1f600}-\\x{1f64f}]', text: 'a\u{1f610}', hit: true },
    ];
    for (const { source, text, hit } of cases) {
      const expression = compiled(source, flags);
      expect(expression.test(text), `${source} on ${JSON.stringify(text)}`).toBe(hit);
      expect(overUnits(expression, text), `${source} on ${JSON.stringify(text)}`).toBe(hit);
    }
  });
});
