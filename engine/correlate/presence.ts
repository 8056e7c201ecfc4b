/** A condition over rule names, its references resolved to positions in the node's list of rules. Plain data. */
export type RolePresence =
  | { readonly kind: 'role'; readonly role: number }
  | { readonly kind: 'and' | 'or'; readonly of: readonly RolePresence[] }
  | { readonly kind: 'not'; readonly of: RolePresence }
  | { readonly kind: 'at_least'; readonly count: number; readonly of: readonly RolePresence[] }
  | {
      readonly kind: 'weight';
      readonly weights: readonly { readonly role: number; readonly weight: number }[];
      readonly atLeast: number;
    };

/** Whether the condition holds when exactly these roles are present (`present[role] === 1`). O(size of the condition). */
export function holds(condition: RolePresence, present: Uint8Array): boolean {
  switch (condition.kind) {
    case 'role':
      return present[condition.role] === 1;
    case 'and':
      return condition.of.every((part) => holds(part, present));
    case 'or':
      return condition.of.some((part) => holds(part, present));
    case 'not':
      return !holds(condition.of, present);
    case 'at_least': {
      let count = 0;
      for (const part of condition.of) if (holds(part, present)) count++;
      return count >= condition.count;
    }
    case 'weight': {
      let sum = 0;
      for (const { role, weight } of condition.weights) if (present[role] === 1) sum += weight;
      return sum >= condition.atLeast;
    }
    default:
      return condition satisfies never;
  }
}

/** Whether presence of more rules could make the condition false: it must then wait for the window's close. */
export function negates(condition: RolePresence): boolean {
  switch (condition.kind) {
    case 'role':
      return false;
    case 'not':
      return true;
    case 'weight':
      return condition.weights.some((w) => w.weight < 0);
    case 'and':
    case 'or':
    case 'at_least':
      return condition.of.some(negates);
    default:
      return condition satisfies never;
  }
}

/** The roles that stand under a `not` (or with a negative weight): their presence speaks against a match. */
export function negatedRoles(condition: RolePresence, under: 'plain' | 'not' = 'plain'): ReadonlySet<number> {
  const roles = new Set<number>();
  const flip = under === 'not' ? 'plain' : 'not';
  switch (condition.kind) {
    case 'role':
      if (under === 'not') roles.add(condition.role);
      break;
    case 'not':
      for (const role of negatedRoles(condition.of, flip)) roles.add(role);
      break;
    case 'weight':
      for (const { role, weight } of condition.weights) {
        if ((under === 'not') !== weight < 0) roles.add(role);
      }
      break;
    default:
      for (const part of condition.of) for (const role of negatedRoles(part, under)) roles.add(role);
  }
  return roles;
}
