import { RuleProbe } from '../detect/index.ts';
import type { Engine } from './engine.ts';

/** What a rule cost: how often it was evaluated, and for how long in all. */
export interface MeasuredRule {
  readonly rule: string;
  readonly evaluations: number;
  readonly tookMs: number;
}

/**
 * Does something with an engine, and gives what each rule cost meanwhile, by id. `now` is a monotonic clock in milliseconds. Measuring costs two looks at it
 * for each rule that is evaluated; results are the same.
 */
export function measuredRules(engine: Engine, now: () => number, work: () => void): readonly MeasuredRule[] {
  const probe = new RuleProbe(now);
  engine.probe = probe;
  try {
    work();
  } finally {
    engine.probe = undefined;
  }
  const { plan, refs } = engine.ruleset;
  return [...probe.costs].flatMap(([position, cost]) => {
    const ref = refs[plan.rules[position]?.index ?? -1];
    return ref === undefined ? [] : [{ rule: ref.id, ...cost }];
  });
}
