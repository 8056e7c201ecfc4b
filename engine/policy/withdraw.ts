import type { Decision, EventTime, StandingDecision } from '../model/index.ts';
import type { PolicyPlan } from './plan.ts';

/**
 * Takes back what policies decided that are gone or were edited since: each case gets its own figures back, and is no longer silent. What an edited policy
 * still says, it says anew about the revision that this makes. Cost: linear in the decisions that stand.
 */
export function withdrawals(
  standing: readonly StandingDecision[],
  { policies }: PolicyPlan,
  at: EventTime,
): readonly Decision[] {
  const loaded = new Map(policies.map(({ rule: { meta } }) => [`policy:${meta.id}`, meta]));
  return standing.flatMap(({ target, by, hash }): readonly Decision[] => {
    const meta = loaded.get(by);
    if (meta !== undefined && meta.hash === hash) return [];
    const reason =
      meta === undefined
        ? 'the policy is not loaded any more: what it decided is taken back'
        : `the policy was edited ('${meta.title}', version ${meta.version}): what it decided before is taken back`;
    return [{ at, by, target, reason, withdraw: true }];
  });
}
