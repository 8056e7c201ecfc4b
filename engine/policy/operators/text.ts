import { foldText } from '../../match/index.ts';
import { foldedText } from './equal.ts';
import { negated, type PolicyOperator } from './operator.ts';

function textOperator(
  name: string,
  doc: string,
  holds: (text: string, wanted: string) => boolean,
): PolicyOperator {
  return {
    name,
    doc,
    example: 'adm',
    check: (value) => (typeof value === 'string' && value !== '' ? undefined : 'a text is needed'),
    compile: (value) => {
      const wanted = foldText(String(value));
      return (members) =>
        members.some((member) => {
          const text = foldedText(member);
          return text !== undefined && holds(text, wanted);
        });
    },
  };
}

export const contains: PolicyOperator = textOperator(
  'contains',
  'The text holds this text, without case. For a member of a list use `equal`.',
  (text, wanted) => text.includes(wanted),
);

export const doesNotContain: PolicyOperator = negated(
  'doesNotContain',
  contains,
  'The text does not hold this text, or is absent.',
);

export const startsWith: PolicyOperator = textOperator(
  'startsWith',
  'The text starts with this text, without case.',
  (text, wanted) => text.startsWith(wanted),
);

export const endsWith: PolicyOperator = textOperator(
  'endsWith',
  'The text ends with this text, without case.',
  (text, wanted) => text.endsWith(wanted),
);
