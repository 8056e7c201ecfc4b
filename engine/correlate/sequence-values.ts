import type { Scalar, Signal } from '../model/index.ts';
import { compare } from './bounds.ts';
import { comparableText, type GroupKey, membersOf, numberOf } from './key.ts';
import type { InputPlan, PlannedStage, StageField, StageTest } from './plan.ts';

/** Combinations of one signal's list values. */
const VARIANTS_MAX = 64;

/** One reading of a signal for a stage: a text for every field the stage refers to. */
export type Variant = ReadonlyMap<string, string>;

/** What a run remembers: values, and the list that says which they are. */
export interface Memory {
  readonly values: readonly (string | null)[];
  readonly carry: readonly StageField[];
}

const NOTHING_PINNED: Variant = new Map();

/** Fields whose reading the group has settled already. */
export function pinnedBy(group: GroupKey, input: InputPlan, cased: boolean): Variant {
  if (input.groupFields.length === 0) return NOTHING_PINNED;
  const pinned = new Map<string, string>();
  for (const [i, field] of input.groupFields.entries()) {
    const text = comparableText(group.values[i] ?? null, cased);
    if (text !== null) pinned.set(field, text);
  }
  return pinned;
}

/** Every reading of the fields: one, or several where fields have lists; none where one is missing that is not optional. */
export function variantsOf(
  signal: Signal,
  fields: readonly string[],
  by: {
    readonly pinned: Variant;
    readonly cased: boolean;
    readonly optional?: ReadonlySet<string> | undefined;
  },
): readonly Variant[] {
  let variants: Map<string, string>[] = [new Map()];
  for (const field of fields) {
    const pin = by.pinned.get(field);
    if (pin !== undefined) {
      for (const variant of variants) variant.set(field, pin);
      continue;
    }
    const texts = new Set(membersOf(signal, field).map((member) => comparableText(member, by.cased) ?? ''));
    const [only] = texts;
    if (only === undefined) {
      if (by.optional?.has(field)) continue;
      return [];
    }
    if (texts.size === 1) {
      for (const variant of variants) variant.set(field, only);
    } else {
      variants = variants
        .flatMap((variant) => [...texts].map((text) => new Map(variant).set(field, text)))
        .slice(0, VARIANTS_MAX);
    }
  }
  return variants;
}

/** Whether a reading passes a test, against a constant or what the run remembers. */
export function passes(
  variant: Variant,
  test: StageTest,
  against: { readonly memory: Memory; readonly cased: boolean },
): boolean {
  const own = variant.get(test.field) ?? null;
  const other =
    'stage' in test.other
      ? remembered(test.other, against.memory)
      : comparableText(test.other.value, against.cased);
  if (own === null || other === null) return false;
  if (test.op === 'eq') return own === other;
  if (test.op === 'neq') return own !== other;
  const left = numberOf(own);
  const right = numberOf(other);
  return left !== undefined && right !== undefined && compare(left, test.op, right);
}

/** A value that a run remembers, by the list that says what it remembers. */
export function remembered(of: StageField, from: Memory): string | null {
  const index = from.carry.findIndex((one) => one.stage === of.stage && one.field === of.field);
  return from.values[index] ?? null;
}

/** What a run remembers once this stage, its index given, is done with this reading. */
export function carriedBy(
  stage: PlannedStage,
  index: number,
  from: { readonly variant: Variant; readonly memory: Memory },
): (string | null)[] {
  return stage.carry.map((of) =>
    of.stage === index ? (from.variant.get(of.field) ?? null) : remembered(of, from.memory),
  );
}

/** The value as logged: of a list, the member that was matched. */
export function loggedValue(
  stages: readonly (readonly Signal[])[],
  of: StageField,
  matched: { readonly text: string | null; readonly cased: boolean },
): Scalar {
  const signal = stages[of.stage]?.at(-1);
  const members = signal === undefined ? [] : membersOf(signal, of.field);
  return (
    members.find((member) => comparableText(member, matched.cased) === matched.text) ?? members[0] ?? null
  );
}
