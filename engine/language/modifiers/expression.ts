import type { Modifier, Operand } from './modifier.ts';
import { asText, notFor } from './shape.ts';

/** Flags at the very front of an expression, `(?i)`, mean the same as the sub-modifiers; engines differ in whether they read them. */
const FRONT_FLAGS = /^\(\?([ims]+)\)/;

export const re: Modifier = {
  name: 're',
  doc: 'The value is a regular expression, searched for anywhere in the field, telling case apart.',
  example: "CommandLine|re: 'rundll32.{1,40}#\\d+'",
  excludes: [
    'cidr',
    'base64',
    'base64offset',
    'windash',
    'wide',
    'utf16',
    'utf16le',
    'utf16be',
    'fieldref',
    'lt',
    'lte',
    'gt',
    'gte',
  ],
  apply(operand) {
    const text = asText(operand);
    if (text?.raw === undefined) return notFor('re', operand, 'a text as it is written');
    const flags = FRONT_FLAGS.exec(text.raw);
    const set = flags?.[1] ?? '';
    return [
      {
        kind: 'expression',
        source: text.raw.slice(flags?.[0].length ?? 0),
        ignoreCase: set.includes('i'),
        multiline: set.includes('m'),
        dotAll: set.includes('s'),
      },
    ];
  },
};

function flagModifier(
  name: 'i' | 'm' | 's',
  doc: string,
  set: Partial<Extract<Operand, { kind: 'expression' }>>,
): Modifier {
  return {
    name,
    doc,
    example: `CommandLine|re|${name}: 'whoami'`,
    needs: ['re'],
    apply(operand) {
      return operand.kind === 'expression'
        ? [{ ...operand, ...set }]
        : notFor(name, operand, 'a regular expression');
    },
  };
}

export const ignoreCase = flagModifier('i', 'The expression ignores case.', { ignoreCase: true });
export const multiline = flagModifier('m', '`^` and `$` also match at line ends.', { multiline: true });
export const dotAll = flagModifier('s', '`.` also matches line ends.', { dotAll: true });
