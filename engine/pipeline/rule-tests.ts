import { runCorrelationTest } from '../correlate/index.ts';
import { decodeRecord, frameAll, type NormalisedEvent, normalise, Schemas } from '../ingest/index.ts';
import { type ExplainNode, explain, renderExplanation } from '../match/index.ts';
import {
  type CorrelationRule,
  type DetectionRule,
  type ExpectedSignal,
  eventTime,
  type GivenItem,
  type Logsource,
  parseDuration,
  type RuleTest,
  type Signal,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';
import { Engine } from './engine.ts';
import { type Ruleset, ruleRef } from './ruleset.ts';

/** How tests are run. */
export interface RuleTestOptions {
  /** How `raw` and `file` records are recognised. */
  readonly schemas: Schemas;
  /** Whether to find out which selections the tests exercise; costs an explanation an event. */
  readonly coverage?: boolean;
  /** Whether a test is to be run; all are where absent. */
  readonly wanted?: (rule: TestedRule, test: RuleTest) => boolean;
  /**
   * The bytes of a file that a test names, relative to the file the test stands in; a text says why there are none. Without it, tests with
   * `file` fail.
   */
  readonly readFile?: (name: string, test: RuleTest) => Uint8Array | string;
}

/** The kinds of rule that are tested here. */
export type TestedRule = DetectionRule | CorrelationRule;

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
  /** Tests of kinds of rule that are neither detections nor correlations; they were not run. */
  readonly notRun: number;
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
  const run = new TestRun(ruleset, options);
  const results: RuleTestResult[] = [];
  const coverage = new Map<string, SelectionCoverage>();
  for (const rule of ruleset.detections) {
    const wanted = rule.tests.filter((test) => options.wanted?.(rule, test) ?? true);
    if (wanted.length === 0) continue;
    const covered = {
      rule,
      selections: selectionsOf(rule),
      held: new Set<string>(),
      missed: new Set<string>(),
    };
    for (const test of wanted) results.push(run.test(rule, test, covered));
    if (options.coverage) coverage.set(rule.meta.id, covered);
  }
  results.push(...correlationResults(ruleset, options));
  const notRun = ruleset.loaded.tests
    .filter(({ kind }) => kind !== 'detection' && kind !== 'correlation')
    .reduce((sum, { tests }) => sum + tests.length, 0);
  return { results, coverage, notRun };
}

/** The tests of correlations: signals by rule on a virtual clock. */
function correlationResults(ruleset: Ruleset, options: RuleTestOptions): RuleTestResult[] {
  const rules = new Map(
    [...ruleset.detections, ...ruleset.correlations].flatMap((rule) => {
      const ref = ruleRef(rule.kind, rule.meta);
      const entry = { ref, score: scoreSignal(ref.level, ref.confidence) };
      return [rule.meta.id, rule.meta.name ?? rule.meta.id].map((key) => [key, entry] as const);
    }),
  );
  return ruleset.correlations.flatMap((rule) =>
    rule.tests
      .filter((test) => options.wanted?.(rule, test) ?? true)
      .map((test) => {
        const { passed, failures } = runCorrelationTest(test, {
          plan: ruleset.correlationPlan,
          ruleId: rule.meta.id,
          rules,
        });
        return { rule, test, passed, failures };
      }),
  );
}

/** An event of a test, and the signals it gave. */
interface Arrived {
  readonly event: NormalisedEvent;
  readonly signals: readonly Signal[];
}

interface Covered {
  readonly held: Set<string>;
  readonly missed: Set<string>;
}

class TestRun {
  readonly #ruleset: Ruleset;
  readonly #options: RuleTestOptions;
  readonly #recorded: Engine;
  /** By logsource: an engine for events that are given by field names. */
  readonly #named = new Map<string, Engine>();

  constructor(ruleset: Ruleset, options: RuleTestOptions) {
    this.#ruleset = ruleset;
    this.#options = options;
    this.#recorded = new Engine(ruleset, { schemas: options.schemas });
  }

  test(rule: DetectionRule, test: RuleTest, covered: Covered): RuleTestResult {
    const trouble: string[] = [];
    const arrived: Arrived[] = [];
    for (const item of test.given) {
      const came = this.#arrive(rule, test, item);
      if (typeof came === 'string') trouble.push(came);
      else arrived.push(...came);
    }
    const failures = trouble.length > 0 ? trouble : compare(rule, test, arrived);
    if (this.#options.coverage) for (const { event } of arrived) cover(explain(rule, event), covered);
    return { rule, test, passed: failures.length === 0, failures };
  }

  /** What an item gives; a text says why nothing. */
  #arrive(rule: DetectionRule, test: RuleTest, item: GivenItem): readonly Arrived[] | string {
    if (item.event !== undefined) {
      const { event } = item;
      const engine = this.#engineFor(rule.logsource);
      return times(item).map((n) => this.#process(engine, { ...event, ...varied(item, n) }));
    }
    if (item.raw !== undefined) {
      const { raw } = item;
      return times(item).map((n) => {
        const changed = varied(item, n);
        const record = Object.keys(changed).length > 0 && isObject(raw) ? { ...raw, ...changed } : raw;
        return this.#process(this.#recorded, record);
      });
    }
    if (item.file !== undefined) return this.#fromFile(item.file, test);
    return 'a test of a detection is given events, not signals of other rules';
  }

  #fromFile(name: string, test: RuleTest): readonly Arrived[] | string {
    const bytes = this.#options.readFile?.(name, test) ?? 'files cannot be read here';
    if (typeof bytes === 'string') return `${name}: ${bytes}`;
    const arrived: Arrived[] = [];
    for (const framed of frameAll(bytes)) {
      if (framed.kind === 'problem') return `${name}:${framed.problem.line}: ${framed.problem.message}`;
      const decoded = decodeRecord(framed.bytes, { line: framed.line, column: framed.column });
      if (decoded.kind === 'problem') return `${name}:${framed.line}: ${decoded.problem.message}`;
      if (decoded.kind === 'record') arrived.push(this.#process(this.#recorded, decoded.value));
    }
    return arrived.length === 0 ? `${name}: no event in it` : arrived;
  }

  #process(engine: Engine, record: unknown): Arrived {
    const event = normalise(record, engine.schemas, { observedAt: eventTime(0) });
    return { event, signals: engine.process(event) };
  }

  /** An engine that takes every record for one of this logsource and every key for a field name. */
  #engineFor(logsource: Logsource): Engine {
    const key = [logsource.product, logsource.category, logsource.service].join('\u0000');
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const engine = new Engine(this.#ruleset, { schemas: new Schemas([], logsource) });
    this.#named.set(key, engine);
    return engine;
  }
}

/** The numbers, from 1, of the events that an item stands for. */
function times(item: GivenItem): number[] {
  const count = (item.repeat ?? 1) * (item.copies ?? 1);
  const copies = item.copies ?? 1;
  return Array.from({ length: count }, (_, i) => Math.floor(i / copies) + 1);
}

/** The fields that change from repeat to repeat: of a list the n-th (and round again), of a template with `{n}` the number. */
function varied(item: GivenItem, n: number): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  for (const [field, values] of Object.entries(item.vary ?? {})) {
    if (Array.isArray(values)) changed[field] = values[(n - 1) % values.length];
    else changed[field] = typeof values === 'string' ? values.replaceAll('{n}', String(n)) : values;
  }
  return changed;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What of the expectation did not come. */
function compare(rule: DetectionRule, test: RuleTest, arrived: readonly Arrived[]): string[] {
  const { signals } = test.expect;
  const own = arrived.flatMap((one) => one.signals.filter((signal) => signal.rule.id === rule.meta.id));
  if (typeof signals === 'number') {
    if (own.length === signals) return [];
    const text = `expected ${plural(signals)}, got ${own.length}`;
    return [`${text}\n${explanation(rule, arrived, own.length < signals)}`];
  }
  const all = arrived.flatMap((one) => one.signals);
  return signals.flatMap((wanted) => {
    const reason = missing(rule, wanted, all);
    return reason === undefined ? [] : [`${reason}\n${explanation(rule, arrived, true)}`];
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
    (wanted.at === undefined || signal.end === (parseDuration(wanted.at) ?? 0))
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
function explanation(rule: DetectionRule, arrived: readonly Arrived[], silent: boolean): string {
  let best: ExplainNode | undefined;
  for (const { event } of arrived) {
    const tree = explain(rule, event);
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
