import { nearest } from '../../diagnostic/index.ts';
import { foldedText } from './equal.ts';
import { isScalarValue, negated, type OperatorTest, type PolicyOperator } from './operator.ts';

export const isIn: PolicyOperator = {
  name: 'in',
  doc: 'The fact is one of these values.',
  example: ['alice', 'bob'],
  check: (value) =>
    Array.isArray(value) && value.length > 0 && value.every(isScalarValue)
      ? undefined
      : 'a list of texts or numbers is needed',
  compile: (value) => memberOf(Array.isArray(value) ? value : []),
};

export const notIn: PolicyOperator = negated(
  'notIn',
  isIn,
  'The fact is none of these values, or is absent.',
);

/** The lists are those that `--placeholders` gives to rules: what changes from place to place stays out of policies. */
export const inList: PolicyOperator = {
  name: 'inList',
  doc: 'The fact is one of the values of a list that the user of the rules provides, by name.',
  example: 'vip_users',
  check: (value, { lists }) => {
    if (typeof value !== 'string') return 'the name of a list is needed';
    if (lists.has(value)) return undefined;
    const near = nearest(value, lists.keys());
    return `there is no list '${value}'${near === undefined ? '; give one with --placeholders' : `; did you mean '${near}'?`}`;
  },
  compile: (value, { lists }) => memberOf(lists.get(String(value)) ?? []),
};

export const notInList: PolicyOperator = negated(
  'notInList',
  inList,
  'The fact is none of the values of a list of the user, or is absent.',
);

function memberOf(values: readonly unknown[]): OperatorTest {
  const wanted = new Set(values.map(foldedText));
  return (members) =>
    members.some((member) => {
      const text = foldedText(member);
      return text !== undefined && wanted.has(text);
    });
}
