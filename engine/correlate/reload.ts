import { canonicalJson, type RuleRef } from '../model/index.ts';
import type { CorrelationPlan, NodePlan } from './plan.ts';

/** What is kept of a rule beside its state, to tell at a reload whether the state still fits. */
export interface SavedRule {
  readonly id: string;
  /** The semantics hash that the rule had. */
  readonly hash: string;
  /** What its state depended on. */
  readonly shape: string;
}

/** What becomes of one rule's state at a reload. */
export interface ReloadStep {
  readonly ruleId: string;
  /** `fresh`: there was no such rule; `dropped`: there is none any more. */
  readonly action: 'keep' | 'replay' | 'reset' | 'fresh' | 'dropped';
  /** The rule as it will run; absent where it is dropped. */
  readonly rule?: RuleRef;
  /** Of `replay`: signals from this long before the watermark are fed again. */
  readonly micros?: number;
  /** In a few words. */
  readonly reason: string;
}

/**
 * What a reload with this plan does to the state of every correlation: kept where the semantics hash is unchanged; for an edited rule its
 * `state_on_edit` decides, and `keep` needs state of the same form. In the order of the plan, dropped rules last. O(rules).
 */
export function planReload(saved: readonly SavedRule[], plan: CorrelationPlan): readonly ReloadStep[] {
  const before = new Map(saved.map((rule) => [rule.id, rule]));
  const steps = plan.nodes.map((node): ReloadStep => {
    const known = before.get(node.rule.id);
    before.delete(node.rule.id);
    return { ruleId: node.rule.id, rule: node.rule, ...stepOf(known, node) };
  });
  const dropped = [...before.keys()].map(
    (ruleId): ReloadStep => ({
      ruleId,
      action: 'dropped',
      reason: ruleId.startsWith('x-')
        ? 'no loaded correlation is the same; one without an `id` is another with every edit'
        : 'no loaded correlation has this id',
    }),
  );
  return [...steps, ...dropped];
}

function stepOf(
  known: SavedRule | undefined,
  node: NodePlan,
): Pick<ReloadStep, 'action' | 'reason' | 'micros'> {
  if (known === undefined) return { action: 'fresh', reason: 'the snapshot has no state of it' };
  if (known.hash === node.rule.hash) return { action: 'keep', reason: 'unchanged' };
  if (node.stateOnEdit === 'replay') {
    return { action: 'replay', micros: node.timespanMicros, reason: 'edited, and state_on_edit is replay' };
  }
  if (node.stateOnEdit === 'reset') return { action: 'reset', reason: 'edited, and state_on_edit is reset' };
  return known.shape === stateShape(node)
    ? { action: 'keep', reason: 'edited, in what state does not depend on' }
    : { action: 'reset', reason: 'edited, and its state has another form now' };
}

/** What becomes of a rule's saved state under the plan of now. */
export function fateOf(
  state: Pick<SavedRule, 'hash' | 'shape'> | undefined,
  plan: NodePlan,
): 'kept' | 'fresh' | 'replay' | 'reset' {
  if (state === undefined) return 'fresh';
  if (state.hash === plan.rule.hash) return 'kept';
  if (plan.stateOnEdit === 'keep' && state.shape === stateShape(plan)) return 'kept';
  return plan.stateOnEdit === 'replay' ? 'replay' : 'reset';
}

/** What state depends on: an edit that leaves it alone (thresholds, timespans, limits, how often it fires) can take the state over. */
export function stateShape({ body, rules, groupBy, cased, window, late }: NodePlan): string {
  const form =
    body.kind === 'sequence'
      ? body.stages.map(({ step, times, join, carry, distinct }) => ({ step, times, join, carry, distinct }))
      : body.kind === 'measure'
        ? { type: body.type, counted: body.minEvents > 1 }
        : body.kind === 'temporal'
          ? body.condition
          : null;
  const revises = late === 'revise' ? { revises: true } : {};
  return canonicalJson({ kind: body.kind, form, rules, groupBy, cased, window: window.kind, ...revises });
}

/** What to keep of each rule of a plan beside its state. */
export function savedRules(plan: CorrelationPlan): readonly SavedRule[] {
  return plan.nodes.map((node) => ({ id: node.rule.id, hash: node.rule.hash, shape: stateShape(node) }));
}
