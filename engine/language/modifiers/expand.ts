import { LANGUAGE_CODES } from '../errors.ts';
import { parsePattern } from '../pattern.ts';
import type { Modifier, ModifierProblem } from './modifier.ts';
import { asText, notFor } from './shape.ts';

const PLACEHOLDER = /(?<!\\)%([^%\s]+)%/g;
const VALUES_MAX = 20_000;

/** Applied before the other modifiers wherever it stands, because a placeholder is part of the text that they work on. */
export const expand: Modifier = {
  name: 'expand',
  doc: 'Each `%name%` in the value is replaced by the values of the list of that name.',
  example: "User|expand: '%administrators%'",
  excludes: ['exists'],
  apply(operand, context) {
    const text = asText(operand);
    if (text?.raw === undefined) return notFor('expand', operand, 'a text with a placeholder such as %name%');
    const names = [...text.raw.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
    if (names.length === 0) {
      context.warn('`expand` changes nothing here: the value holds no placeholder such as %name%');
      return [operand];
    }
    // In an expression a value means itself, whatever characters it holds; in a text its wildcards work, as in a rule.
    const written = context.all.includes('re') ? escapeExpression : (value: string) => value;
    let texts = [''];
    let from = 0;
    for (const match of text.raw.matchAll(PLACEHOLDER)) {
      const values = context.placeholders.get(match[1] ?? '');
      if (values === undefined || values.length === 0)
        return withoutValues(match[1] ?? '', values === undefined);
      if (texts.length * values.length > VALUES_MAX) return tooMany();
      const between = text.raw.slice(from, match.index);
      texts = texts.flatMap((before) => values.map((value) => before + between + written(String(value))));
      from = match.index + match[0].length;
    }
    const rest = text.raw.slice(from);
    return texts.map((before) => ({ kind: 'text', parts: parsePattern(before + rest), raw: before + rest }));
  },
};

function escapeExpression(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function withoutValues(name: string, unknown: boolean): ModifierProblem {
  return {
    code: LANGUAGE_CODES.TT1205,
    message: unknown
      ? `no values were given for the placeholder %${name}%`
      : `the list of values for the placeholder %${name}% is empty`,
    hint: `give a list of values named '${name}', or write the values into the rule`,
  };
}

function tooMany(): ModifierProblem {
  return {
    code: LANGUAGE_CODES.TT1206,
    message: `the placeholders make more than ${VALUES_MAX} texts of this value`,
  };
}
