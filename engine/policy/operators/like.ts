import { patternOf } from '../../intel/index.ts';
import { scalarText } from '../../match/index.ts';
import type { PolicyOperator } from './operator.ts';

export const like: PolicyOperator = {
  name: 'like',
  doc: 'The whole text fits this pattern, without case: * is any text, ? one character.',
  example: 'srv-db-*',
  check: (value) => (typeof value === 'string' && value !== '' ? undefined : 'a pattern is needed'),
  compile: (value) => {
    const fits = patternOf(String(value));
    return (members) =>
      members.some((member) => {
        const text = scalarText(member);
        return text !== undefined && fits(text);
      });
  },
};
