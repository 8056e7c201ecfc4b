import type { CorrelationBody, CorrelationRule } from '../model/index.ts';
import type { PlannedBody } from './plan.ts';
import type { PlanReport, Resolve } from './plan-rules.ts';

/** Resolves the steps of a sequence. Reports TT5007 and TT5008. */
export function planSequence(
  _rule: CorrelationRule,
  _context: {
    readonly idOf: Resolve;
    readonly rules: readonly string[];
    readonly report: PlanReport;
    readonly body: Extract<CorrelationBody, { type: 'sequence' }>;
  },
): PlannedBody | undefined {
  return undefined;
}
