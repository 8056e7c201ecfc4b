/** Steps of a path at most; deeper ones find nothing. */
const STEPS_MAX = 16;
/** Members of lists that a path steps into at most, over all its steps; the rest is not looked at. */
const MEMBERS_MAX = 10_000;

/**
 * The value at a path of own properties, stepping through lists: a list gives what its members give, flat. Nothing is evaluated, no
 * prototype is entered and no function called: `__proto__`, `constructor` and `length` are names like any other, and are found only
 * where the data itself holds them. A flat key `a.b` wins over the path a → b, as everywhere.
 * Undefined where there is nothing. Cost: O(steps² + members).
 */
export function valueAt(value: unknown, steps: readonly string[]): unknown {
  if (steps.length === 0) return value;
  if (steps.length > STEPS_MAX) return undefined;
  if (Array.isArray(value)) {
    const members: readonly unknown[] = value.slice(0, MEMBERS_MAX);
    const found = members.flatMap((member) => {
      const inner = valueAt(member, steps);
      return inner === undefined ? [] : Array.isArray(inner) ? (inner as readonly unknown[]) : [inner];
    });
    return found.length === 0 ? undefined : found.slice(0, MEMBERS_MAX);
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (let taken = steps.length; taken > 0; taken--) {
    const key = steps.slice(0, taken).join('.');
    const property = Object.getOwnPropertyDescriptor(value, key);
    // A getter is code; data has none.
    if (property !== undefined && 'value' in property) return valueAt(property.value, steps.slice(taken));
  }
  return undefined;
}

/** The members that a test looks at: those of a list, or the one value; nothing for an absent value. */
export function membersOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flat(4).slice(0, MEMBERS_MAX) : [value];
}
