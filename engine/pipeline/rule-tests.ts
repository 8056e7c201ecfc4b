import {
  type CorrelationTestContext,
  runCorrelationTest,
  TEST_START,
  testArrivals,
} from '../correlate/index.ts';
import { type ExplainNode, explain, renderExplanation } from '../match/index.ts';
import type {
  BaselineRule,
  CorrelationRule,
  DetectionRule,
  ExpectedSignal,
  IncidentTemplate,
  RuleTest,
  Signal,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';
import { alertFailures } from './alert-tests.ts';
import { runBaselineTest } from './baseline-tests.ts';
import { runIncidentTest } from './incident-tests.ts';
import { matching } from './intel.ts';
import { ruleRef } from './rule-ref.ts';
import type { Ruleset } from './ruleset.ts';
import { type Arrived, GivenEvents, type GivenOptions, repeatsOf, spanOf } from './test-given.ts';

/** How tests are run. */
export interface RuleTestOptions extends GivenOptions {
  /** Whether to find out which selections the tests exercise; costs an explanation an event. */
  readonly coverage?: boolean;
  /** Whether a test is to be run; all are where absent. */
  readonly wanted?: (rule: TestedRule, test: RuleTest) => boolean;
}

/** The kinds of rule that are tested here. */
export type TestedRule = DetectionRule | CorrelationRule | BaselineRule | IncidentTemplate;

/** What became of one test. */
export interface RuleTestResult {
  readonly rule: TestedRule;
  readonly test: RuleTest;
  readonly passed: boolean;
  /** What was expected and did not come, each with the tree that explains it. */
  readonly failures: readonly string[];
}

/** What became of all of them. */
export interface RuleTestReport {
  readonly results: readonly RuleTestResult[];
  /** By id of a detection, where asked for: the selections that held for some event of its tests, and those that did not for some. */
  readonly coverage: ReadonlyMap<string, SelectionCoverage>;
  /** By id of a correlation, where asked for. */
  readonly correlationCoverage: ReadonlyMap<string, CorrelationCoverage>;
  /** Tests of kinds of rule that are neither detections, correlations, baselines, incident templates nor feeds; they were not run. */
  readonly notRun: number;
}

/** What the tests of one correlation exercised. */
export interface CorrelationCoverage {
  readonly rule: CorrelationRule;
  /** Ids of rules that it reads and whose firing no test gives. */
  readonly unread: readonly string[];
  /** Some test sees it fire, and some sees it stay silent. */
  readonly fired: boolean;
  readonly silent: boolean;
}

/** Selections of one rule, as its tests exercised them. */
export interface SelectionCoverage {
  readonly rule: DetectionRule;
  /** Every selection of the condition, in its order. */
  readonly selections: readonly string[];
  readonly held: ReadonlySet<string>;
  readonly missed: ReadonlySet<string>;
}

/**
 * Runs the tests of detections: what is given goes through the compiled engine, and what comes out is compared with what is expected. The
 * explanation of a failure comes from the reference evaluator. Results stand in the order of rules and tests.
 * Cost: one engine a logsource, one event a given item and repeat, one explanation a failure.
 */
export function runRuleTests(ruleset: Ruleset, options: RuleTestOptions): RuleTestReport {
  const given = new GivenEvents(ruleset, options);
  const results: RuleTestResult[] = [];
  const coverage = new Map<string, SelectionCoverage>();
  for (const rule of [...ruleset.detections, ...ruleset.feeds.map(matching)]) {
    const wanted = rule.tests.filter((test) => options.wanted?.(rule, test) ?? true);
    if (wanted.length === 0) continue;
    const covered = {
      rule,
      selections: selectionsOf(rule),
      held: new Set<string>(),
      missed: new Set<string>(),
    };
    for (const test of wanted)
      results.push(testDetection({ rule, test, given, ruleset }, options.coverage ? covered : undefined));
    if (options.coverage) coverage.set(rule.meta.id, covered);
  }
  const correlated = testCorrelations(ruleset, given, options);
  results.push(...correlated.results);
  for (const rule of ruleset.baselines) {
    for (const test of rule.tests) {
      if (options.wanted?.(rule, test) === false) continue;
      results.push({ rule, test, ...runBaselineTest(rule, test, given) });
    }
  }
  const firing = firingRules(ruleset);
  for (const rule of ruleset.templates) {
    for (const test of rule.tests) {
      if (options.wanted?.(rule, test) === false) continue;
      results.push({ rule, test, ...runIncidentTest(rule, test, { rules: firing, given }) });
    }
  }
  const kinds: readonly string[] = ['detection', 'correlation', 'baseline', 'incident', 'feed'];
  const notRun = ruleset.loaded.tests
    .filter(({ kind }) => !kinds.includes(kind))
    .reduce((sum, { tests }) => sum + tests.length, 0);
  return { results, coverage, correlationCoverage: correlated.coverage, notRun };
}

/** The tests of correlations: signals by rule, or events through the detections, on a virtual clock. */
function testCorrelations(
  ruleset: Ruleset,
  given: GivenEvents,
  options: RuleTestOptions,
): {
  readonly results: readonly RuleTestResult[];
  readonly coverage: ReadonlyMap<string, CorrelationCoverage>;
} {
  const rules = firingRules(ruleset);
  const { correlationPlan: plan } = ruleset;
  const results: RuleTestResult[] = [];
  const coverage = new Map<string, CorrelationCoverage>();
  for (const rule of ruleset.correlations) {
    const wanted = rule.tests.filter((test) => options.wanted?.(rule, test) ?? true);
    const unread = new Set(
      plan.nodes.find((node) => node.rule.id === rule.meta.id)?.inputs.map((input) => input.ruleId),
    );
    let fired = false;
    let silent = false;
    for (const test of wanted) {
      const context = correlationContext({ rule, test, given }, { plan, rules });
      const { failures: found, signals } = runCorrelationTest(test, context);
      const failures = [...found, ...alertFailures({ ruleset, ruleId: rule.meta.id }, test, signals)];
      results.push({ rule, test, passed: failures.length === 0, failures });
      if (!options.coverage) continue;
      for (const { signal } of testArrivals(test, context).arrivals) unread.delete(signal.rule.id);
      for (const signal of signals) unread.delete(signal.rule.id);
      if (signals.some((signal) => signal.rule.id === rule.meta.id)) fired = true;
      else silent = true;
    }
    if (options.coverage && wanted.length > 0)
      coverage.set(rule.meta.id, { rule, unread: [...unread], fired, silent });
  }
  return { results, coverage };
}

/** Every rule that tests of correlations can let fire, by id and by name. */
export function firingRules(ruleset: Ruleset): CorrelationTestContext['rules'] {
  return new Map(
    [...ruleset.detections, ...ruleset.feeds, ...ruleset.correlations].flatMap((rule) => {
      const ref = ruleRef(rule.kind, rule.meta);
      const entry = { ref, score: scoreSignal(ref.level, ref.confidence) };
      return [rule.meta.id, rule.meta.name ?? rule.meta.id].map((key) => [key, entry] as const);
    }),
  );
}

/** What a test of a correlation is run with. Events given by field names are looked at by every detection, whatever its logsource. */
export function correlationContext(
  of: { readonly rule: CorrelationRule; readonly test: RuleTest; readonly given: GivenEvents },
  with_: Pick<CorrelationTestContext, 'plan' | 'rules'>,
): CorrelationTestContext {
  const { rule, test, given } = of;
  return {
    ...with_,
    ruleId: rule.meta.id,
    detect: (item, { n, time }) => {
      const came = given.arrive({ item, n, time, logsource: 'any', test });
      return typeof came === 'string' ? came : came.flatMap(({ signals }) => signals);
    },
  };
}

interface Covered {
  readonly held: Set<string>;
  readonly missed: Set<string>;
}

/** A test of a detection, and where its events come from. */
export interface DetectionTest {
  readonly rule: DetectionRule;
  readonly test: RuleTest;
  readonly given: GivenEvents;
}

function testDetection(
  { rule, test, given, ruleset }: DetectionTest & { readonly ruleset: Ruleset },
  covered: Covered | undefined,
): RuleTestResult {
  const arrived = arrivedOf({ rule, test, given });
  if (typeof arrived === 'string') return { rule, test, passed: false, failures: [arrived] };
  const signals = arrived.flatMap((one) => one.signals);
  const failures = [
    ...compare({ rule, test, given }, arrived),
    ...alertFailures({ ruleset, ruleId: rule.meta.id }, test, signals),
  ];
  if (covered !== undefined)
    for (const { event } of arrived) cover(explain(rule, event, { sets: given.setsAt(event) }), covered);
  return { rule, test, passed: failures.length === 0, failures };
}

/** The events of a detection's test with their signals; a text says what is wrong with an item. A record without `at` keeps its own time. */
export function arrivedOf({ rule, test, given }: DetectionTest): readonly Arrived[] | string {
  const arrived: Arrived[] = [];
  for (const item of test.given) {
    for (const [n, start] of repeatsOf(item)) {
      const time = item.event === undefined && item.at === undefined ? undefined : start;
      const came = given.arrive({ item, n, time, logsource: rule.logsource, test });
      if (typeof came === 'string') return came;
      arrived.push(...came);
    }
  }
  return arrived;
}

/** What of the expectation of a detection's test did not come. */
export function compare(of: DetectionTest, arrived: readonly Arrived[]): string[] {
  const { rule, test } = of;
  const { signals } = test.expect;
  const own = arrived.flatMap((one) => one.signals.filter((signal) => signal.rule.id === rule.meta.id));
  if (typeof signals === 'number') {
    if (own.length === signals) return [];
    const text = `expected ${plural(signals)}, got ${own.length}`;
    return [`${text}\n${explanation(of, arrived, own.length < signals)}`];
  }
  const all = arrived.flatMap((one) => one.signals);
  return signals.flatMap((wanted) => {
    const reason = missing(rule, wanted, all);
    return reason === undefined ? [] : [`${reason}\n${explanation(of, arrived, true)}`];
  });
}

function plural(count: number): string {
  return `${count} ${count === 1 ? 'signal' : 'signals'}`;
}

/** Why an expected signal is not among those that came; undefined where it is. */
function missing(rule: DetectionRule, wanted: ExpectedSignal, all: readonly Signal[]): string | undefined {
  const named = wanted.rule ?? rule.meta.id;
  const of = all.filter((signal) => signal.rule.id === named || signal.rule.name === named);
  const who = wanted.rule === undefined ? '' : ` of ${wanted.rule}`;
  if (of.length === 0) return wanted.count === 0 ? undefined : `expected a signal${who}, got none`;
  const fitting = of.filter((signal) => fits(wanted, signal));
  if (fitting.length === 0 && wanted.count !== 0) {
    const entities = [...new Set(of.flatMap(entityTexts))].join(', ') || 'none';
    return `no signal${who} is as expected (${expectedText(wanted)}); entities found: ${entities}`;
  }
  if (wanted.count !== undefined && fitting.length !== wanted.count) {
    return `expected ${plural(wanted.count)}${who}, got ${fitting.length}`;
  }
  return undefined;
}

function fits(wanted: ExpectedSignal, signal: Signal): boolean {
  const entities = entityTexts(signal);
  return (
    (wanted.evidence === undefined || signal.evidence.length === wanted.evidence) &&
    (wanted.entities ?? []).every((entity) => entities.includes(entity.toLowerCase())) &&
    (wanted.at === undefined || signal.end === TEST_START + spanOf(wanted.at))
  );
}

function entityTexts(signal: Signal): string[] {
  return signal.entities.map((entity) => `${entity.type}:${entity.value}`.toLowerCase());
}

function expectedText(wanted: ExpectedSignal): string {
  return Object.entries(wanted)
    .filter(([key]) => key !== 'rule' && key !== 'count')
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join('; ');
}

/** The event that tells most: the nearest miss where a signal is missing, the one that fired where there is one too many. */
function explanation({ rule, given }: DetectionTest, arrived: readonly Arrived[], silent: boolean): string {
  let best: ExplainNode | undefined;
  for (const { event } of arrived) {
    const tree = explain(rule, event, { sets: given.setsAt(event) });
    const fitting = tree.holds !== silent;
    if (best === undefined || (fitting && (best.holds === silent || tree.nearness > best.nearness)))
      best = tree;
  }
  return best === undefined ? 'no event was given' : renderExplanation(best);
}

/** The names of the selections that a rule's condition asks, in its order. */
function selectionsOf(rule: DetectionRule): string[] {
  const names = new Set<string>();
  const visit = (expression: DetectionRule['expression']): void => {
    if (expression.kind === 'selection') names.add(expression.name);
    if (expression.kind === 'and' || expression.kind === 'or') expression.of.forEach(visit);
    if (expression.kind === 'not') visit(expression.of);
  };
  visit(rule.expression);
  return [...names];
}

function cover(node: ExplainNode, covered: Covered): void {
  if (node.kind === 'selection') (node.holds ? covered.held : covered.missed).add(node.expected);
  for (const member of node.of) cover(member, covered);
}
