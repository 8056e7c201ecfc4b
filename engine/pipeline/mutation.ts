import { planCorrelations, runCorrelationTest } from '../correlate/index.ts';
import { hasErrors } from '../diagnostic/index.ts';
import { entitiesOf } from '../ingest/index.ts';
import { evaluate } from '../match/index.ts';
import {
  type CorrelationRule,
  type DetectionRule,
  logsourceApplies,
  type RuleTest,
  type Signal,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';
import { correlationMutants, detectionMutants } from './mutants.ts';
import { ruleRef } from './rule-ref.ts';
import {
  arrivedOf,
  compare,
  correlationContext,
  firingRules,
  type RuleTestOptions,
  type TestedRule,
} from './rule-tests.ts';
import type { Ruleset } from './ruleset.ts';
import { type Arrived, GivenEvents } from './test-given.ts';

/** What became of the mutants of one rule. */
export interface MutationResult {
  readonly rule: TestedRule;
  readonly killed: number;
  /** What can be changed without a test noticing. */
  readonly survivors: readonly string[];
  /** Mutants that are no rule. */
  readonly unusable: number;
}

/**
 * Changes one thing at a time in each tested rule, and runs its tests on the mutant: what survives is something that the tests do not look at. Rules
 * without tests, or with a test that fails as it is, have no result. Detections are decided by the reference evaluator. Cost: mutants × tests.
 */
export function mutateRules(ruleset: Ruleset, options: RuleTestOptions): readonly MutationResult[] {
  const given = new GivenEvents(ruleset, options);
  const wanted = (rule: TestedRule): readonly RuleTest[] =>
    rule.tests.filter((test) => options.wanted?.(rule, test) ?? true);
  const results: MutationResult[] = [];
  for (const rule of ruleset.detections) results.push(...mutateDetection(rule, wanted(rule), given));
  const rules = firingRules(ruleset);
  for (const rule of ruleset.correlations)
    results.push(...mutateCorrelation({ rule, tests: wanted(rule), given, ruleset, rules }));
  return results;
}

function mutateDetection(
  rule: DetectionRule,
  tests: readonly RuleTest[],
  given: GivenEvents,
): readonly MutationResult[] {
  const arrivals: { readonly test: RuleTest; readonly arrived: readonly Arrived[] }[] = [];
  for (const test of tests) {
    const arrived = arrivedOf({ rule, test, given });
    if (typeof arrived === 'string' || compare({ rule, test, given }, arrived).length > 0) return [];
    arrivals.push({ test, arrived });
  }
  if (arrivals.length === 0) return [];
  const survivors: string[] = [];
  const mutants = detectionMutants(rule);
  for (const { change, rule: mutant } of mutants) {
    const passes = arrivals.every(
      ({ test, arrived }) =>
        compare(
          { rule, test, given },
          arrived.map((one) => seenBy(mutant, one, given)),
        ).length === 0,
    );
    if (passes) survivors.push(change);
  }
  return [{ rule, killed: mutants.length - survivors.length, survivors, unusable: 0 }];
}

/** An event with the signals it gives where a mutant stands in the place of its rule. */
function seenBy(mutant: DetectionRule, { event, signals }: Arrived, given: GivenEvents): Arrived {
  const others = signals.filter((signal) => signal.rule.id !== mutant.meta.id);
  const own = signals.find((signal) => signal.rule.id === mutant.meta.id);
  const fires =
    logsourceApplies(mutant.logsource, event.logsource) &&
    evaluate(mutant.expression, event, { sets: given.setsAt(event) });
  if (!fires) return { event, signals: others };
  return { event, signals: [...others, own ?? signalOf(mutant, event)] };
}

function signalOf(rule: DetectionRule, event: Arrived['event']): Signal {
  const { id, time, timeNs } = event;
  const source = { entities: event.class.entities, fields: event.fields };
  const { level, confidence, entities } = rule.meta;
  return {
    id,
    rule: ruleRef('detection', rule.meta),
    start: time,
    end: time,
    endNs: timeNs,
    entities: entities.length > 0 ? entitiesOf(source, entities) : entitiesOf(source),
    score: scoreSignal(level, confidence),
    evidence: [{ id, time, timeNs }],
    values: new Map(),
  };
}

interface CorrelationSubject {
  readonly rule: CorrelationRule;
  readonly tests: readonly RuleTest[];
  readonly given: GivenEvents;
  readonly ruleset: Ruleset;
  readonly rules: ReturnType<typeof firingRules>;
}

function mutateCorrelation(subject: CorrelationSubject): readonly MutationResult[] {
  const { rule, tests } = subject;
  if (tests.length === 0 || !passesAs(subject, rule)) return [];
  const survivors: string[] = [];
  let killed = 0;
  let unusable = 0;
  for (const { change, rule: mutant } of correlationMutants(rule)) {
    const passes = passesAs(subject, mutant);
    if (passes === undefined) unusable++;
    else if (passes) survivors.push(change);
    else killed++;
  }
  return [{ rule, killed, survivors, unusable }];
}

/** Whether all tests pass with this rule in the place of the one it is made of; undefined where it cannot be planned. */
function passesAs(
  { rule, tests, given, ruleset, rules }: CorrelationSubject,
  mutant: CorrelationRule,
): boolean | undefined {
  const read = readBy(ruleset, rule.meta.id);
  const planned = planCorrelations(
    ruleset.correlations.filter(({ meta }) => read.has(meta.id)).map((one) => (one === rule ? mutant : one)),
    ruleset.detections.map(({ meta, kind, logsource }) => ({ ...meta, kind, logsource })),
    { score: scoreSignal },
  );
  if (planned.value === undefined || hasErrors(planned.diagnostics)) return undefined;
  const plan = planned.value;
  return tests.every(
    (test) => runCorrelationTest(test, correlationContext({ rule, test, given }, { plan, rules })).passed,
  );
}

/** The correlation and those it reads, directly or not. */
function readBy({ correlationPlan }: Ruleset, ruleId: string): ReadonlySet<string> {
  const nodes = new Map(correlationPlan.nodes.map((node) => [node.rule.id, node]));
  const read = new Set<string>();
  const visit = (id: string): void => {
    const node = nodes.get(id);
    if (node === undefined || read.has(id)) return;
    read.add(id);
    for (const input of node.inputs) visit(input.ruleId);
  };
  visit(ruleId);
  return read;
}
