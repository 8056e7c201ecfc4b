import { EMBEDDED_JSON_MAX, fromBase64 } from './base64.ts';
import { shapeFault } from './depth.ts';
import { derive } from './derive.ts';
import { RECORD_LIMITS } from './framed.ts';
import type { LiftDocument, Mapping } from './mapping.ts';
import { firstPresent, LOOK_DEPTH_MAX, resolvePath, textOf } from './path.ts';
import { matchTemplate, parseTemplate, type Template } from './template.ts';

/** Texts that nest deeper than is looked at, or hold more values than a record, are not parsed as embedded JSON either. */
const EMBEDDED_SHAPE = { depthMax: LOOK_DEPTH_MAX, valuesMax: RECORD_LIMITS.recordValuesMax };

/**
 * Whether `lift` would change the record. `read` gives the value at a raw path. Where this is false, dotted paths reach everything as
 * the record stands, so a byte scanner needs no decoding.
 */
export function needsLift(mapping: Mapping, read: (path: string) => unknown): boolean {
  return mapping.lifts.some((lift) => liftApplies(lift, read(lift.from)));
}

/** The record with the mapping's parts moved to where dotted paths reach them; the record itself is never changed. */
export function lift(record: unknown, mapping: Mapping): unknown {
  let lifted = record;
  const own = new Set<object>();
  for (const one of mapping.lifts) {
    const from = resolvePath(lifted, one.from);
    if (!liftApplies(one, from)) continue;
    const way = one.into === undefined || one.into === '' ? [] : one.into.split('.');
    const { members, replace } = membersOf(one, gathered(one, lifted, from));
    lifted = mergeAt(lifted, way, { members, replace, own });
  }
  return lifted;
}

/** At most so many numbered members are gathered: a message of Windows has no more than 99 insertion strings. */
const NUMBERED_MAX = 99;

/** What a lift works on: the value at `from`, for those that ask for more with what stands beside it. */
function gathered(one: LiftDocument, record: unknown, from: unknown): unknown {
  if (one.also !== undefined) return [from, resolvePath(record, one.also)];
  if (one.kind !== 'numbered') return from;
  const stem = one.from.replace(/1$/, '');
  const values: unknown[] = [];
  while (values.length < NUMBERED_MAX) {
    const value = resolvePath(record, `${stem}${values.length + 1}`);
    if (value === undefined) break;
    values.push(value);
  }
  return values;
}

/** Judged on the value alone, so that a scanner can tell from the first byte: a list or object, for `json` a text that opens an object, for `text`, `derive` and `numbered` any text. */
function liftApplies(lift: LiftDocument, value: unknown): boolean {
  if (lift.is === 'array' && !Array.isArray(value)) return false;
  if (lift.kind === 'join') return lift.also === undefined ? Array.isArray(value) : typeof value === 'string';
  if (lift.kind === 'numbered') return typeof value === 'string';
  if (lift.kind === 'text' || lift.kind === 'derive') return typeof value === 'string';
  if (lift.kind !== 'json') return typeof value === 'object' && value !== null;
  if (typeof value !== 'string' || value.length > EMBEDDED_JSON_MAX) return false;
  return lift.encoding === 'base64' ? BASE64_OF_OBJECT.test(value) : /^\s*[{[]/.test(value);
}

/** What the base64 of a text that begins with a brace begins with; RFC 4648, also the alphabet for URLs. */
const BASE64_OF_OBJECT = /^e[w-z0-9+/_-]/;

interface Moved {
  readonly members: readonly (readonly [string, unknown])[];
  /** Whether the members take the place of those that are there. */
  readonly replace: boolean;
}

interface Merge extends Moved {
  /** Objects that were made for this record and may be written to. */
  readonly own: Set<object>;
}

function membersOf(lift: LiftDocument, from: unknown): Moved {
  switch (lift.kind) {
    case 'json':
      return embedded(lift, from);
    case 'text':
      return { members: messageParts(lift, from), replace: false };
    case 'derive':
      return { members: derived(lift, from), replace: false };
    case 'numbered':
      return { members: [[lift.as ?? 'values', from]], replace: false };
    case 'join':
      return { members: [[lift.as ?? 'text', joined(from)]], replace: false };
    case 'children':
      return {
        members: Object.values(from ?? {}).flatMap((child) => (isObject(child) ? Object.entries(child) : [])),
        replace: false,
      };
    case 'group':
      return { members: groupsOf(lift, from), replace: false };
    case 'pairs':
      return { members: pairsOf(lift, Array.isArray(from) ? from : [from]), replace: false };
  }
}

/** The elements of a list by what each says it is, in lower case. */
function groupsOf(lift: LiftDocument, items: unknown): readonly (readonly [string, unknown])[] {
  const groups = new Map<string, unknown[]>();
  for (const item of Array.isArray(items) ? items : [items]) {
    const name = textOf(firstPresent((path) => resolvePath(item, path), lift.name ?? ['type']));
    if (name === undefined || name === '') continue;
    const key = name.toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups];
}

function pairsOf(lift: LiftDocument, items: readonly unknown[]): readonly (readonly [string, unknown])[] {
  const pairs = new Map<string, unknown[]>();
  for (const item of items) {
    if (!isObject(item)) continue;
    const name = textOf(firstPresent((path) => resolvePath(item, path), lift.name ?? ['name']));
    if (name === undefined || name === '') continue;
    const found = firstPresent((path) => resolvePath(item, path), lift.value ?? ['value']) ?? '';
    const value = lift.encoding === 'json' ? plainValue(found) : found;
    const values = pairs.get(name);
    if (values === undefined) pairs.set(name, [value]);
    else values.push(value);
  }
  return [...pairs].map(([name, values]) => [name, values.length === 1 ? values[0] : values] as const);
}

/** The scalar, or list of scalars, that a text of JSON stands for (`"True"` in its quotes); any other value as it is. */
function plainValue(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > EMBEDDED_JSON_MAX || !/^\s*["[]/.test(value)) return value;
  try {
    const read: unknown = JSON.parse(value);
    const isPlain = Array.isArray(read)
      ? read.every((one) => textOf(one) !== undefined)
      : textOf(read) !== undefined;
    return isPlain ? read : value;
  } catch {
    return value;
  }
}

/** Templates are read once a mapping. */
const TEMPLATES = new WeakMap<
  LiftDocument,
  readonly { readonly template: Template; readonly set: readonly (readonly [string, string])[] }[]
>();

function messageParts(lift: LiftDocument, from: unknown): readonly (readonly [string, unknown])[] {
  if (typeof from !== 'string') return [];
  let templates = TEMPLATES.get(lift);
  if (templates === undefined) {
    templates = (lift.templates ?? []).map(({ text, from: side = 'left', set = {} }) => ({
      template: parseTemplate(text, side),
      set: Object.entries(set),
    }));
    TEMPLATES.set(lift, templates);
  }
  const text = from.trim();
  for (const { template, set } of templates) {
    const values = matchTemplate(template, text);
    if (values !== undefined) return [...values, ...set];
  }
  return [];
}

function derived({ what, as }: LiftDocument, from: unknown): readonly (readonly [string, unknown])[] {
  const [text, also] = Array.isArray(from) ? from : [from, ''];
  if (typeof text !== 'string' || what === undefined || as === undefined) return [];
  const second = textOf(also);
  if (second === undefined) return [];
  const value = derive(what, text, second);
  return value === undefined ? [] : [[as, value]];
}

function joined(from: unknown): string {
  if (!Array.isArray(from)) return '';
  return from.flatMap((item) => textOf(item) ?? []).join(' ');
}

function embedded(lift: LiftDocument, from: unknown): Moved {
  if (typeof from !== 'string') return NOTHING;
  const text = lift.encoding === 'base64' ? fromBase64(from) : from;
  if (text === undefined) return NOTHING;
  if (shapeFault(new TextEncoder().encode(text), EMBEDDED_SHAPE) !== undefined) return NOTHING;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { members: Object.entries(value), replace: false };
    return Array.isArray(value) && lift.as !== undefined
      ? { members: [[lift.as, value]], replace: true }
      : NOTHING;
  } catch {
    return NOTHING;
  }
}

const NOTHING: Moved = { members: [], replace: false };

/**
 * Copies along the way only, and each object once for all lifts: by spreading, which is native and so takes wide objects at the pace of parsing
 * them. No member that is set ever reaches a prototype.
 */
function mergeAt(target: unknown, way: readonly string[], merge: Merge): unknown {
  const base = isObject(target) ? target : {};
  const { own } = merge;
  const [key, ...rest] = way;
  if (key === undefined) {
    if (own.has(base)) {
      for (const [name, value] of merge.members)
        if (merge.replace || !Object.hasOwn(base, name)) put(base, name, value);
      return base;
    }
    const members = Object.fromEntries(merge.members);
    return kept(merge.replace ? { ...base, ...members } : { ...members, ...base }, own);
  }
  const before = Object.hasOwn(base, key) ? base[key] : undefined;
  const after = mergeAt(before, rest, merge);
  if (!own.has(base)) return kept({ ...base, [key]: after }, own);
  if (after !== before) put(base, key, after);
  return base;
}

function kept(made: object, own: Set<object>): object {
  own.add(made);
  return made;
}

function put(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
