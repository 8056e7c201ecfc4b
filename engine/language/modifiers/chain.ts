import { nearest } from '../../diagnostic/index.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import type { Finding, PlacePart } from '../finding.ts';
import type { Modifier } from './modifier.ts';
import { MODIFIERS } from './table.ts';

/** Keys read so far, with their modifiers: the public set has 60,000 keys of which 900 are different. */
export type Chains = Map<string, Chain>;

/** The modifiers of a key in the order they apply, or what is wrong with them. */
export interface Chain {
  readonly field: string;
  readonly names: readonly string[];
  readonly modifiers: readonly Modifier[];
  readonly problem: Omit<Finding, 'path'> | undefined;
}

/** The field and modifiers of a key. Reports TT1201 and TT1202 as its problem. */
export function readKey(key: string, chains: Chains): Chain {
  const known = chains.get(key);
  if (known !== undefined) return known;
  const chain = parseKey(key);
  chains.set(key, chain);
  return chain;
}

function parseKey(key: string): Chain {
  const [field = '', ...names] = key.split('|');
  const modifiers: Modifier[] = [];
  for (const name of names) {
    const modifier = MODIFIERS.get(name);
    if (modifier === undefined) {
      return {
        field,
        names,
        modifiers,
        problem: { ...unknownModifier(name), part: stretchOf(key, names, modifiers.length) },
      };
    }
    modifiers.push(modifier);
  }
  // `expand` works on the text as written, wherever it stands.
  modifiers.sort((a, b) => Number(b.name === 'expand') - Number(a.name === 'expand'));
  const wrong = incompatibility(names, modifiers);
  const problem = wrong && { ...wrong.problem, part: stretchOf(key, names, names.lastIndexOf(wrong.name)) };
  return { field, names, modifiers, problem };
}

/** Where the nth modifier stands in its key; an empty one is shown by the bar before it. */
function stretchOf(key: string, names: readonly string[], nth: number): PlacePart {
  const before = names.slice(nth).reduce((length, name) => length + name.length + 1, 0);
  const from = key.length - before + 1;
  const length = names[nth]?.length ?? 0;
  return length === 0 ? { from: from - 1, to: from, of: 'key' } : { from, to: from + length, of: 'key' };
}

type Problem = Omit<Finding, 'path' | 'part'>;

function unknownModifier(name: string): Problem {
  const near = nearest(name, MODIFIERS.keys());
  const message = name === '' ? "a modifier is expected after '|'" : `there is no modifier '${name}'`;
  const hint =
    near === undefined ? `the modifiers are ${[...MODIFIERS.keys()].join(', ')}` : `did you mean '${near}'?`;
  return { code: LANGUAGE_CODES.TT1201, message, hint };
}

function incompatibility(
  names: readonly string[],
  modifiers: readonly Modifier[],
): { readonly problem: Problem; readonly name: string } | undefined {
  for (const [i, modifier] of modifiers.entries()) {
    const before = modifiers.slice(0, i).map((other) => other.name);
    const needed = modifier.needs;
    if (needed !== undefined && !needed.some((name) => before.includes(name))) {
      const message = `\`${modifier.name}\` has nothing to work on: it must follow \`${needed.join('` or `')}\``;
      const hint = names.includes(needed[0] ?? '') ? { hint: 'modifiers apply from left to right' } : {};
      return { problem: { code: LANGUAGE_CODES.TT1202, message, ...hint }, name: modifier.name };
    }
    const clash = modifier.excludes?.find((name) => names.includes(name));
    if (clash !== undefined) {
      const message = `\`${modifier.name}\` and \`${clash}\` do not go together on one field`;
      const hint = 'use two lines or two selections';
      return { problem: { code: LANGUAGE_CODES.TT1202, message, hint }, name: modifier.name };
    }
    if (before.includes(modifier.name)) {
      const message = `\`${modifier.name}\` stands twice on one field`;
      return { problem: { code: LANGUAGE_CODES.TT1202, message }, name: modifier.name };
    }
  }
  return undefined;
}
