import { nearest } from '../../diagnostic/index.ts';
import { type CorrelationType, type Duration, parseDuration, type RuleReference } from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import type { Finding, KeyPath } from '../finding.ts';
import type { OtherDocument } from '../rules.ts';
import { CORRELATION_CODES } from './errors.ts';

/** A reading in progress. */
export interface Reading {
  readonly document: OtherDocument;
  readonly block: PlainMap;
  readonly type: CorrelationType;
  readonly report: (finding: Finding) => void;
}

/** A time span by its path inside the block; TT1703 where it is none. */
export function span(reading: Reading, path: KeyPath): Duration | undefined {
  let value: unknown = reading.block;
  for (const step of path) {
    value = Array.isArray(value)
      ? value[Number(step)]
      : isPlainMap(value)
        ? ownValue(value, String(step))
        : undefined;
  }
  if (value === undefined) return undefined;
  const parsed = parseDuration(String(value));
  if (parsed === undefined) {
    reading.report({
      code: CORRELATION_CODES.TT1703,
      message: `'${String(value)}' is no time span`,
      path: ['correlation', ...path],
      hint: 'write a number and a unit: 30s, 5m, 1h, 7d, 2w',
    });
  }
  return parsed;
}

/** The rules listed under a key, with their places. */
export function references({ block, document }: Reading, key: 'rules' | 'until'): RuleReference[] {
  const written = ownValue(block, key);
  if (written === undefined || written === null) return [];
  const list: readonly unknown[] = Array.isArray(written) ? written : [written];
  return list.map((text, index) => ({
    text: String(text),
    at: document.locate(Array.isArray(written) ? ['correlation', key, index] : ['correlation', key]),
  }));
}

/** The listed rule that a condition or weight names; TT1708 where there is none. */
export function listed(
  reading: Reading,
  at: {
    readonly name: string;
    readonly rules: readonly RuleReference[];
    readonly path: KeyPath;
    readonly part: NonNullable<Finding['part']>;
  },
): RuleReference {
  const { name, rules, path, part } = at;
  const found = rules.find((rule) => rule.text === name);
  if (found !== undefined) return found;
  const names = rules.map((rule) => rule.text);
  const near = nearest(name, names);
  reading.report({
    code: CORRELATION_CODES.TT1708,
    message: `'${name}' is not among the rules of this correlation`,
    path,
    part,
    hint: near === undefined ? `it lists ${names.join(', ')}` : `did you mean '${near}'?`,
  });
  return { text: name };
}

/** What the keys look like that a type must have. */
const EXAMPLES: Readonly<Record<string, string>> = {
  half_life: '`half_life: 1d`: after a day a signal counts half',
  steps: '`steps: [{ rule: a, as: first }, { rule: b, within: 5m }]`',
  rules: '`rules: [name_of_a_rule, another]`',
};

/** Reports TT1701. */
export function lack({ report, type, block }: Reading, key: string, what: string): undefined {
  const example = Object.hasOwn(EXAMPLES, key) ? { hint: `write for example ${EXAMPLES[key]}` } : {};
  const present = Object.hasOwn(block, key);
  report({
    code: CORRELATION_CODES.TT1701,
    message: `a correlation of type ${type} needs ${what}`,
    path: present ? ['correlation', key] : ['correlation'],
    part: 'key',
    ...example,
  });
  return undefined;
}

/** Reports TT1706. */
export function clash({ report }: Reading, key: string, message: string): void {
  report({ code: CORRELATION_CODES.TT1706, message, path: ['correlation', key] });
}

/** The value of a key where it is one of those allowed, else the first of them. */
export function oneOf<const T extends readonly [string, ...string[]]>(
  map: PlainMap,
  key: string,
  allowed: T,
): T[number] {
  const value = ownValue(map, key);
  return allowed.find((one) => one === value) ?? allowed[0];
}

/** A number by its key. */
export function number(map: unknown, key: string): number | undefined {
  const value = isPlainMap(map) ? ownValue(map, key) : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** The texts of a list; a single text is a list of one. */
export function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The comparisons of a condition. */
export const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
