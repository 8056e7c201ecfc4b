import type { PolicyOperator } from './operator.ts';

export const exists: PolicyOperator = {
  name: 'exists',
  doc: 'true: the fact has a value; false: it has none (absent, null or an empty list).',
  example: true,
  check: (value) => (typeof value === 'boolean' ? undefined : 'true or false is needed'),
  compile: (value) => (members) => members.some((member) => member !== null) === value,
};
