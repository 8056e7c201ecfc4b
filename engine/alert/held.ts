import {
  type Adjustment,
  ALERT_STATES,
  type AlertState,
  type Decision,
  isPolicy,
  LEVELS,
  SEVERITIES,
  type Severity,
  type Signal,
  type StandingDecision,
} from '../model/index.ts';
import type { Life } from './life.ts';
import type { AlertRule } from './plan.ts';
import type { Recent } from './recency.ts';

/** An alert in the book. */
export interface Held extends Recent<Held> {
  readonly id: string;
  readonly life: Life;
  rule: AlertRule;
  severity: Severity;
  intel: Signal['intel'];
}

/** Ranks of `Recency`: severities, each with and without repeats; on top, what somebody works on. */
export const RANKS = SEVERITIES.length * 2 + 1;

/** Lengths stand before texts: no value can be written so that it passes for two. */
export function keyOf(rule: AlertRule, group: Life['group']): string {
  let key = rule.rule.id;
  for (const [name, value] of group)
    key += typeof value === 'string' ? ` ${name}=${value.length}:${value}` : ` ${name}=${value}`;
  return key;
}

/** A rule's suppression keeps it quiet, unless the level or the severity it names is reached. */
export function isQuiet({ rule, severity }: Held): boolean {
  if (rule.quietMicros === undefined) return false;
  if (rule.unless === undefined) return true;
  const limit = LEVELS.indexOf(rule.unless);
  return LEVELS.indexOf(rule.rule.level) < limit && LEVELS.indexOf(severity) < limit;
}

/** How dear an alert is when room is short: what somebody works on, then severity, then repeats. */
export function rankOf({ life, severity }: Held): number {
  if (life.state === 'acknowledged' || life.assignee !== undefined) return RANKS - 1;
  return SEVERITIES.indexOf(severity) * 2 + (life.count > 1 ? 1 : 0);
}

/** A verdict closes what it is given for, unless the decision names a state. */
export function stateOf({ state, verdict }: Decision): AlertState | undefined {
  const named = ALERT_STATES.find((one) => one === state);
  return named ?? (verdict === undefined ? undefined : 'resolved');
}

/** What still stands of what was decided about figures, when `by` decides again or takes back. People add to what they said, policies say it anew. */
export function standing({ adjustments }: Life, { by, withdraw }: Decision): Life['adjustments'] {
  if (withdraw !== true && !isPolicy(by)) return adjustments;
  return adjustments.some((one) => one.by === by) ? adjustments.filter((one) => one.by !== by) : adjustments;
}

/** The decisions of policies that still change an alert. */
export function policiesOf({ id, adjustments, suppressed }: Life): readonly StandingDecision[] {
  const by = new Map<string, StandingDecision>();
  for (const one of [...adjustments, ...(suppressed === undefined ? [] : [suppressed])])
    if (isPolicy(one.by)) by.set(one.by, { target: { kind: 'alert', id }, by: one.by, hash: one.hash });
  return [...by.values()];
}

/** What a decision says of figures, where it says something. */
export function adjustmentOf(decision: Decision): Adjustment | undefined {
  const { confidence, severity, at, by, reason, hash } = decision;
  if (confidence === undefined && severity === undefined) return undefined;
  const floor = SEVERITIES.find((one) => one === severity?.floor);
  const ceiling = SEVERITIES.find((one) => one === severity?.ceiling);
  return {
    at,
    by,
    reason,
    ...(confidence === undefined ? {} : { confidence }),
    severity: { ...(floor === undefined ? {} : { floor }), ...(ceiling === undefined ? {} : { ceiling }) },
    ...(hash === undefined ? {} : { hash }),
  };
}
