import type { CorrelationRule } from '../model/index.ts';
import { CODES } from './errors.ts';
import { filterFields } from './filter.ts';
import type { InputPlan } from './plan.ts';
import type { PlanReport } from './rule-directory.ts';

/** The fields a correlation's signals carry. */
export function projectedBy(rule: CorrelationRule): readonly string[] {
  if (rule.body.type !== 'sequence') return rule.groupBy;
  const joined = rule.body.join.flatMap(({ left, right }) =>
    [left, right].map((end) => `${end.step}.${end.field}`),
  );
  return [...new Set([...rule.groupBy, ...joined])];
}

/** A correlation reads of another only what that carries. Reports TT5004. */
export function checkProjection(context: {
  readonly inputs: readonly InputPlan[];
  readonly byId: ReadonlyMap<string, CorrelationRule>;
  readonly report: PlanReport;
}): void {
  for (const input of context.inputs) {
    const child = context.byId.get(input.ruleId);
    if (child === undefined) continue;
    const given = projectedBy(child);
    const filtered = input.filter === undefined ? [] : filterFields(input.filter);
    for (const field of new Set([...input.groupFields, ...input.valueFields, ...filtered])) {
      if (given.includes(field)) continue;
      const name = child.meta.name ?? child.meta.title;
      context.report(CODES.TT5004, `the signals of "${name}" do not carry "${field}"`, {
        hint:
          given.length === 0
            ? `add "${field}" to the group-by of "${name}"`
            : `they carry ${given.join(', ')}; add "${field}" to its group-by, or map it with an alias`,
      });
    }
  }
}
