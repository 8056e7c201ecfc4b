import { compileText, scalarText } from '../../match/index.ts';
import type { GlobPart } from '../../model/index.ts';
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

/** Whether a text fits a pattern with `*` and `?`, without case. Linear in text and pattern together at each stretch. */
export function patternOf(pattern: string): (text: string) => boolean {
  const parts: GlobPart[] = pattern
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? { wild: 'many' } : part === '?' ? { wild: 'one' } : part));
  return compileText({ kind: 'glob', parts, cased: false });
}
