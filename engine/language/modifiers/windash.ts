import type { GlobPart } from '../../model/index.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import type { Modifier, ModifierProblem } from './modifier.ts';
import { asText, notFor } from './shape.ts';

/** What Windows programs take as the first character of an option: hyphen, slash, en dash, em dash, horizontal bar. */
export const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'] as const;

/** A dash that starts an option: no word character before it, one behind it, so that the second dash of `-no-logo` stays. */
const OPTION_DASH = /(?<![0-9A-Za-z_])[-/\u2013\u2014\u2015](?=[0-9A-Za-z_])/g;

const VARIANTS_MAX = 5 ** 4;

export const windash: Modifier = {
  name: 'windash',
  doc: 'Each dash that starts an option is looked for as `-`, `/`, en dash, em dash and horizontal bar, in every combination.',
  example: "CommandLine|windash|contains: ' -enc '",
  excludes: ['re', 'cidr', 'exists'],
  apply(operand) {
    const text = asText(operand);
    if (text === undefined) return notFor('windash', operand, 'a text');
    let variants: (readonly GlobPart[])[] = [[]];
    for (const part of text.parts) {
      const heads = typeof part === 'string' ? dashVariants(part) : [part];
      if (!Array.isArray(heads)) return heads;
      if (variants.length * heads.length > VARIANTS_MAX) return tooMany();
      variants = variants.flatMap((before) => heads.map((head) => [...before, head]));
    }
    return variants.map((parts) => ({ kind: 'text', parts, ...(text.bytes ? { bytes: true } : {}) }));
  },
};

function dashVariants(text: string): string[] | ModifierProblem {
  const places = [...text.matchAll(OPTION_DASH)].map((match) => match.index);
  if (DASHES.length ** places.length > VARIANTS_MAX) return tooMany();
  let variants = [''];
  let from = 0;
  for (const place of places) {
    const between = text.slice(from, place);
    variants = variants.flatMap((before) => DASHES.map((dash) => before + between + dash));
    from = place + 1;
  }
  return variants.map((before) => before + text.slice(from));
}

function tooMany(): ModifierProblem {
  return {
    code: LANGUAGE_CODES.TT1206,
    message: `\`windash\` makes more than ${VARIANTS_MAX} texts of this value`,
    hint: 'look for each option as a value of its own, with `windash|contains|all`',
  };
}
