import type { Signal } from '../model/index.ts';
import type { CorrelationPlan } from './plan.ts';

/**
 * What stands in the end of what was said: without what late data took back, and of each match of a rule with `late: revise` the last version.
 * What `emit: update` says stands beside what it updates.
 */
export function standing(signals: readonly Signal[], plan: CorrelationPlan): readonly Signal[] {
  const revising = new Set(
    plan.nodes.flatMap((node) => (node.late === 'revise' && node.emit !== 'update' ? [node.rule.id] : [])),
  );
  if (revising.size === 0) return signals;
  const held = new Map<string, Signal>();
  /** All versions of one match lead to its first. */
  const firsts = new Map<string, string>();
  for (const signal of signals) {
    const { revises, retracted } = signal.correlation ?? {};
    const replaces = retracted === true || revising.has(signal.rule.id);
    const first = revises === undefined || !replaces ? signal.id : (firsts.get(revises) ?? revises);
    if (retracted === true) held.delete(first);
    else {
      firsts.set(signal.id, first);
      held.set(first, signal);
    }
  }
  return [...held.values()];
}
