import { Decider, type FactSource, PolicyStage, planPolicies } from '../policy/index.ts';
import type { LiveRules } from '../runtime/index.ts';

/** The policies of some rules, with whom they ask. */
export function policyStage(
  { policies: { rules, lists } }: LiveRules,
  sources: readonly FactSource[],
): PolicyStage {
  const { value } = planPolicies(rules, { lists });
  return new PolicyStage(new Decider(value ?? { policies: [], context: { lists } }, { sources }));
}
