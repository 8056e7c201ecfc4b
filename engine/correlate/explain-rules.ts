import { duration, formatDuration } from '../model/index.ts';
import type { Member } from './explain-text.ts';
import { figureText } from './explain-text.ts';
import type { NodePlan } from './plan.ts';
import { holds, negatedRoles, type RolePresence } from './presence.ts';

/** How far a set of rules is towards a condition, and how that is said. */
interface Reckoning {
  readonly have: (present: ReadonlySet<number>) => number;
  readonly needed: number;
  readonly text: (have: number) => string;
}

/** How near a group came to a condition over rule names: the window in which most of what counts was there. O(n·window). */
export function missOfRules(
  plan: NodePlan,
  condition: RolePresence,
  members: readonly Member[],
): { readonly progress: number; readonly text: string } {
  const span = formatDuration(duration(plan.timespanMicros));
  const unwanted = negatedRoles(condition);
  const reckoning = reckoningOf(plan, condition, unwanted);
  let best: ReadonlySet<number> = new Set();
  let most = Number.NEGATIVE_INFINITY;
  for (const [i, last] of members.entries()) {
    const seen = new Set<number>();
    for (let j = i; j >= 0; j--) {
      const member = members[j];
      if (member === undefined || last.signal.end - member.signal.end >= plan.timespanMicros) break;
      for (const role of member.input.roles) seen.add(role);
    }
    const have = reckoning.have(seen);
    if (have > most || (have === most && seen.size > best.size)) {
      best = seen;
      most = have;
    }
  }
  const name = (role: number): string => `${plan.names[role] ?? ''}${weightText(condition, role)}`;
  const roles = plan.rules.map((_, role) => role);
  const wanted = roles.filter((role) => !unwanted.has(role));
  const there = wanted.filter((role) => best.has(role)).map(name);
  const everSeen = new Set(members.flatMap((member) => member.input.roles));
  const missing = wanted.filter((role) => !best.has(role));
  const late = missing.filter((role) => everSeen.has(role)).map(name);
  const never = missing.filter((role) => !everSeen.has(role)).map(name);
  const against = roles.filter((role) => unwanted.has(role) && best.has(role)).map(name);
  const have = Math.max(0, most);
  const parts = [`${reckoning.text(have)} in ${span}: ${there.join(', ') || 'none'}`];
  if (late.length > 0) parts.push(`${late.join(', ')} came, but not in one window with them`);
  if (never.length > 0) parts.push(`${never.join(', ')} never came`);
  if (against.length > 0) parts.push(`${against.join(', ')} came too, against it`);
  return { progress: Math.min(1, have / Math.max(1, reckoning.needed)), text: parts.join('; ') };
}

function reckoningOf(plan: NodePlan, condition: RolePresence, unwanted: ReadonlySet<number>): Reckoning {
  if (condition.kind === 'weight') {
    const { weights, atLeast } = condition;
    return {
      have: (present) => weights.reduce((sum, { role, weight }) => sum + (present.has(role) ? weight : 0), 0),
      needed: atLeast,
      text: (have) => `weight ${figureText(have)} of ${figureText(atLeast)}`,
    };
  }
  if (condition.kind === 'at_least' && condition.count < condition.of.length) {
    const { count, of } = condition;
    return {
      have: (present) => {
        const there = Uint8Array.from(plan.rules, (_, role) => Number(present.has(role)));
        return of.filter((part) => holds(part, there)).length;
      },
      needed: count,
      text: (have) => `${have} of the ${count} wanted, of ${of.length},`,
    };
  }
  const needed = plan.rules.length - unwanted.size;
  return {
    have: (present) => [...present].filter((role) => !unwanted.has(role)).length,
    needed,
    text: (have) => `${have} of ${needed} rules`,
  };
}

/** ` (2)` where rules have weights. */
function weightText(condition: RolePresence, role: number): string {
  if (condition.kind !== 'weight') return '';
  const of = condition.weights.find((one) => one.role === role);
  return ` (${figureText(of?.weight ?? 0)})`;
}
