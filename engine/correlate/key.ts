import { foldText } from '../match/index.ts';
import type { Scalar, Signal } from '../model/index.ts';

/** The most memberships one signal with list values may have in one rule; more are left out and counted. */
export const MEMBERSHIPS_MAX = 64;

/** How group, join and distinct values are read. */
export interface KeyOptions {
  readonly cased: boolean;
  readonly onNull: 'skip' | 'group';
}

/** One group a signal belongs to: the injective key, and the values as logged. */
export interface GroupKey {
  readonly key: string | null;
  readonly values: readonly Scalar[];
}

/** The text two values are compared by; null for null. A number is its decimal text, a boolean its lower-case name. */
export function comparableText(value: Scalar, cased: boolean): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return cased || isFolded(value) ? value : foldText(value);
  return String(value);
}

/** Whether a text is ASCII without capitals, as most values are: then folding leaves it as it is. */
function isFolded(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127 || (unit >= 65 && unit <= 90)) return false;
  }
  return true;
}

/**
 * One key for several texts, different for different lists: each text is preceded by its length, null is a lone `-`. A single
 * text is its own key, so that the usual rule with one group-by field pays nothing.
 */
export function encodeKey(parts: readonly (string | null)[]): string | null {
  if (parts.length === 1) return parts[0] ?? null;
  let key = '';
  for (const part of parts) key += part === null ? '-' : `${part.length}:${part}`;
  return key;
}

/** The values of a field as a list; empty where it is absent or null. */
export function membersOf(signal: Signal, field: string): readonly Scalar[] {
  const value = signal.values.get(field);
  if (value === undefined || value === null) return [];
  return typeof value === 'object' ? value.filter((member) => member !== null) : [value];
}

/**
 * The groups a signal belongs to: one, or as many as there are combinations where a field has a list; none where a field is
 * missing and `onNull` says skip. No fields at all is one group.
 */
export function groupKeys(
  signal: Signal,
  fields: readonly string[],
  options: KeyOptions,
): readonly GroupKey[] {
  if (fields.length === 0) return [EVERYTHING];
  if (fields.length === 1) {
    const value = signal.values.get(fields[0] ?? '');
    if (value !== undefined && value !== null && typeof value !== 'object') {
      return [{ key: comparableText(value, options.cased), values: [value] }];
    }
  }
  let tuples: Scalar[][] = [[]];
  for (const field of fields) {
    const members = membersOf(signal, field);
    const choices: readonly Scalar[] =
      members.length > 0 ? members : options.onNull === 'group' ? [null] : [];
    tuples = tuples.flatMap((tuple) => choices.map((choice) => [...tuple, choice])).slice(0, MEMBERSHIPS_MAX);
    if (tuples.length === 0) return [];
  }
  if (tuples.length === 1) return tuples.map((values) => keyed(values, options));
  const distinct = new Map<string | null, GroupKey>();
  for (const values of tuples) {
    const group = keyed(values, options);
    if (!distinct.has(group.key)) distinct.set(group.key, group);
  }
  return [...distinct.values()];
}

const EVERYTHING: GroupKey = { key: '', values: [] };

function keyed(values: readonly Scalar[], options: KeyOptions): GroupKey {
  return { key: encodeKey(values.map((value) => comparableText(value, options.cased))), values };
}

/** The tuples of several fields, as keys, each once; none where a field is missing. */
export function tuplesOf(signal: Signal, fields: readonly string[], cased: boolean): readonly string[] {
  let tuples: (string | null)[][] = [[]];
  for (const field of fields) {
    const texts = membersOf(signal, field).map((member) => comparableText(member, cased));
    tuples = tuples.flatMap((tuple) => texts.map((text) => [...tuple, text])).slice(0, MEMBERSHIPS_MAX);
  }
  return [...new Set(tuples.map((tuple) => encodeKey(tuple) ?? ''))];
}

/** A value as a finite number, or undefined: a number, or a text that is one decimal number. */
export function numberOf(value: Scalar): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value))
    return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
