import { foldText, scalarText } from '../../match/index.ts';
import { isScalarValue, negated, type PolicyOperator } from './operator.ts';

/** Texts are compared without case, a number with its decimal text, as in rules. */
export const equal: PolicyOperator = {
  name: 'equal',
  doc: 'The fact is this value; texts are compared without case.',
  example: 'alice',
  check: (value) =>
    isScalarValue(value) || value === null ? undefined : 'a text, a number, true, false or null is needed',
  compile: (value) => {
    if (value === null) return (members) => members.some((member) => member === null);
    const wanted = foldText(scalarText(value) ?? '');
    return (members) => members.some((member) => foldedText(member) === wanted);
  },
};

/** The folded text of a scalar; undefined for anything else. */
export function foldedText(value: unknown): string | undefined {
  const text = scalarText(value);
  return text === undefined ? undefined : foldText(text);
}

export const notEqual: PolicyOperator = negated(
  'notEqual',
  equal,
  'The fact is not this value, or is absent.',
);
