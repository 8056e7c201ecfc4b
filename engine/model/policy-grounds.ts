import type { Decision } from './decision.ts';
import type { PolicyRule } from './policy.ts';

/** A question that a policy asked, and what it was told: of a map only the members that the policy looks at. */
export interface AskedFact {
  readonly fact: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Absent where nothing was known. */
  readonly value?: unknown;
}

/** What a policy decided from: enough for it to decide the same again, alone. */
export interface PolicyGrounds {
  /** The policy as it was read, without its tests and the folder that it stood in. */
  readonly policy: PolicyRule;
  /** By name the lists of values that it compares with. */
  readonly lists: Readonly<Record<string, readonly (string | number)[]>>;
  /** Lists that have too many values to be carried: with one of these it cannot be decided again. */
  readonly left: readonly string[];
  readonly facts: readonly AskedFact[];
}

/** A decision, and where a policy made it, what from. */
export interface Decided extends Decision {
  readonly grounds?: PolicyGrounds;
}
