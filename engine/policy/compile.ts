import type { Diagnostic } from '../diagnostic/index.ts';
import { effectiveOthers, type LoadedRules, readPolicy } from '../language/index.ts';
import { type PolicyPlan, type PolicyPlanOptions, planPolicies } from './plan.ts';

/** Policies ready to be linked, with everything found on the way. */
export interface CompiledPolicies {
  readonly plan: PolicyPlan;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The way of a policy: the loaded documents of kind policy, with overlays applied, read and resolved. One that cannot be used is left out
 * with its findings. Reports TT1901–TT1907 and TT6501–TT6505.
 */
export function compilePolicies(loaded: LoadedRules, options: PolicyPlanOptions = {}): CompiledPolicies {
  const { others } = effectiveOthers(loaded);
  const read = others.filter(({ kind }) => kind === 'policy').map(readPolicy);
  const rules = read.flatMap(({ value }) => value ?? []);
  const { value, diagnostics } = planPolicies(rules, options);
  return {
    plan: value ?? { policies: [], context: { lists: options.lists ?? new Map() } },
    diagnostics: [...read.flatMap((one) => one.diagnostics), ...diagnostics],
  };
}
