import { describe, expect, it } from 'vitest';
import { Automaton } from '../../../engine/match/expression/automaton.ts';
import { searchTree } from '../../../engine/match/expression/compile.ts';
import { LookSearch } from '../../../engine/match/expression/look.ts';
import { isFailure } from '../../../engine/match/expression/parse.ts';
import { buildProgram, type Program } from '../../../engine/match/expression/program.ts';

function program(source: string): Program {
  const tree = searchTree({ kind: 'expression', source, ignoreCase: false, multiline: false, dotAll: false });
  if (isFailure(tree)) throw new Error(tree.message);
  return buildProgram(tree);
}

/** A text without a pattern to it: the same on every run (a linear congruential generator, Numerical Recipes). */
function noise(length: number, letters: string): string {
  let state = 12345;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += letters[(state >>> 16) % letters.length] ?? '';
  }
  return text;
}

describe('the work of a search, in instructions visited', () => {
  const cases = [
    { name: 'nested quantifiers', source: '(?:a+)+$', text: `${'a'.repeat(10_000)}!` },
    { name: 'many gaps', source: 'a.*a.*a.*a.*a.*b', text: 'a'.repeat(10_000) },
    {
      name: 'a command interpreter behind set, as public rules look for it',
      source: 'cmd.{0,5}(?:/c|/r)(?:\\s|)"set\\s[a-zA-Z]{3,6}.*(?:\\{\\d\\}){1,}\\\\"\\s+?-f(?:.*\\)){1,}.*"',
      text: `cmd /c"set abc${'{0}\\" -f)'.repeat(1200)}`,
    },
    {
      name: 'a bounded stretch to the end',
      source: '\\\\AppData\\\\[^\\\\]{1,256}$',
      text: '\\AppData'.repeat(1200),
    },
    {
      name: 'a count in noise, for which states are always new',
      source: 'a[ab]{40}c',
      text: noise(10_000, 'ab'),
    },
    { name: 'a long run', source: '.{1000,}', text: 'x\n'.repeat(5000) },
  ];
  for (const { name, source, text } of cases) {
    it(`stays below text × program for ${name}, and grows as the text does`, () => {
      const built = program(source);
      const automaton = new Automaton(built);
      automaton.test(text);
      const first = automaton.work;
      expect(first).toBeLessThanOrEqual(2 * (text.length + 2) * built.ops.length);
      const doubled = new Automaton(built);
      doubled.test(text + text);
      expect(doubled.work).toBeLessThanOrEqual(2.2 * first + 4096);
      automaton.test(text);
      expect(automaton.work - first).toBeLessThanOrEqual(first);
    });
  }

  it('costs nothing more on a text whose states are known', () => {
    const automaton = new Automaton(
      program('cmd.{0,5}(?:/c|/r).+powershell.+(?:\\$\\{?input\\}?|noexit).+"'),
    );
    const text = 'cmd /c powershell -noexit '.repeat(400);
    expect(automaton.test(text)).toBe(false);
    const { work } = automaton;
    expect(automaton.test(text)).toBe(false);
    expect(automaton.work).toBe(work);
  });

  it('drops the copies of an open-ended repetition that a later copy makes redundant', () => {
    const automaton = new Automaton(program('[^/]{2000,}$'));
    automaton.test('x'.repeat(5000));
    // Without that, 2,000 sets of up to 2,000 instructions would be built.
    expect(automaton.work).toBeLessThan(40_000);
  });

  it('is linear with look-arounds too', () => {
    const built = program('(?=(?:a+)+$)(?<!b(?:a|aa)+)a');
    const once = new LookSearch(built);
    once.test(`${'a'.repeat(5000)}!`);
    const twice = new LookSearch(built);
    twice.test(`${'a'.repeat(10_000)}!`);
    expect(twice.work).toBeLessThanOrEqual(2.1 * once.work);
    expect(once.work).toBeLessThan(5000 * 100);
  });
});
