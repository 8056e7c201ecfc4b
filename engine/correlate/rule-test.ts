import {
  duration,
  type Entity,
  type EventRef,
  type ExpectedSignal,
  eventTime,
  formatDuration,
  type GivenItem,
  parseDuration,
  type RuleRef,
  type RuleTest,
  type Scalar,
  type Signal,
  sha256,
} from '../model/index.ts';
import { Correlator } from './correlator.ts';
import { explainMiss } from './explain.ts';
import type { CorrelationPlan } from './plan.ts';
import { standing } from './standing.ts';

/** Start of every test on the virtual clock: 2026-01-05T00:00:00Z, a Monday. */
export const TEST_START = 1_767_571_200_000_000;
/** How late a delivery may be in a test before it counts as too late, in microseconds. */
export const TEST_LATENESS = 300_000_000;

/** What a correlation's test is run with. */
export interface CorrelationTestContext {
  readonly plan: CorrelationPlan;
  /** Id of the rule under test. */
  readonly ruleId: string;
  /** Every rule that fires, by id and by name, with what its signals score. */
  readonly rules: ReadonlyMap<string, { readonly ref: RuleRef; readonly score: number }>;
  /** Entities of a signal's values; none where absent. */
  readonly entities?: (values: ReadonlyMap<string, Scalar | readonly Scalar[]>) => readonly Entity[];
  /**
   * The firings of detections on what an item gives (`event`, `raw` or `file`), its `n`-th repeat at this time; a text says why there are none.
   * Without it tests can be given signals only.
   */
  readonly detect?: (
    item: GivenItem,
    at: { readonly n: number; readonly time: number },
  ) => readonly Signal[] | string;
  /** What delivers; the engine itself where absent. */
  readonly deliver?: Deliver;
}

/** Brings arrivals to an engine and gives everything that it says until the end of the stream. */
export type Deliver = (arrivals: readonly Arrival[], plan: CorrelationPlan) => readonly Signal[];

/** What became of a test. */
export interface CorrelationTestResult {
  readonly passed: boolean;
  /** What was expected and did not come, with the nearest misses. */
  readonly failures: readonly string[];
  readonly signals: readonly Signal[];
}

/** A signal that reaches the engine. */
export interface Arrival {
  /** When it arrives, in microseconds; what arrives at one time is one batch. */
  readonly at: number;
  /** Place among those that arrive at one time. */
  readonly order: number;
  readonly signal: Signal;
  /** The engine is stopped and restored before it arrives. */
  readonly restart: boolean;
}

/**
 * Runs one test of a correlation on a virtual clock: the given signals are delivered in the order of their arrival, copies and
 * restarts included, with five minutes of lateness; then the stream ends, so that windows close.
 */
export function runCorrelationTest(test: RuleTest, context: CorrelationTestContext): CorrelationTestResult {
  const { arrivals, problems } = testArrivals(test, context);
  if (problems.length > 0) return { passed: false, failures: problems, signals: [] };
  const signals = standing((context.deliver ?? deliver)(arrivals, context.plan), context.plan);
  const own = signals.filter((signal) => signal.rule.id === context.ruleId);
  const given = new Map(arrivals.map(({ signal }) => [signal.id, signal]));
  const failures = compare(test, { own, all: [...given.values(), ...signals], context });
  const node = context.plan.nodes.find((one) => one.rule.id === context.ruleId);
  const seen = [...arrivals.map((arrival) => arrival.signal), ...signals];
  const near = failures.length === 0 || node === undefined ? [] : explainMiss(node, seen);
  const explained = near.map(({ group, text }) => `  ${group}: ${text}`);
  return {
    passed: failures.length === 0,
    failures: failures.length === 0 ? [] : [[...failures, ...explained].join('\n')],
    signals,
  };
}

/** What a test gives, in the order in which it arrives, and what is wrong with it. */
export function testArrivals(
  test: RuleTest,
  context: CorrelationTestContext,
): { readonly arrivals: readonly Arrival[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const found = test.given.flatMap((item) => arrivalsOf(item, { context, problems }));
  const arrivals = found.map((arrival, order) => ({ ...arrival, order }));
  arrivals.sort((a, b) => a.at - b.at || a.order - b.order);
  return { arrivals, problems };
}

/** Delivers to a correlator, whose watermark follows the newest signal, after each batch. */
export function deliver(arrivals: readonly Arrival[], plan: CorrelationPlan): Signal[] {
  let correlator = new Correlator(plan);
  const out: Signal[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (const [i, { at, signal, restart }] of arrivals.entries()) {
    if (restart)
      correlator = Correlator.restore(plan, correlator.snapshot())?.correlator ?? new Correlator(plan);
    correlator.accept(signal);
    newest = Math.max(newest, signal.end);
    if (arrivals[i + 1]?.at !== at) out.push(...correlator.advance(newest - TEST_LATENESS));
  }
  out.push(...correlator.finish());
  return out;
}

function arrivalsOf(
  item: GivenItem,
  { context, problems }: { readonly context: CorrelationTestContext; readonly problems: string[] },
): Arrival[] {
  const base = TEST_START + spanOf(item.at, 0);
  const every = spanOf(item.every, 0);
  const delivered = item.delivered === undefined ? undefined : TEST_START + spanOf(item.delivered, 0);
  const arrivals: Arrival[] = [];
  for (let n = 1; n <= (item.repeat ?? 1); n++) {
    const later = (n - 1) * every;
    const time = base + later;
    const signals = signalsOf(item, { n, time, context });
    if (typeof signals === 'string') {
      problems.push(signals);
      return [];
    }
    for (let copy = 0; copy < (item.copies ?? 1); copy++) {
      for (const signal of signals) {
        // What a file holds keeps its distances, on the way too.
        const at = delivered === undefined ? signal.end : delivered + later + (signal.end - time);
        arrivals.push({ at, order: 0, signal, restart: item.restart === true && arrivals.length === 0 });
      }
    }
  }
  return arrivals;
}

/** The signals that one repeat of an item stands for; a text says why there are none. */
function signalsOf(
  item: GivenItem,
  at: { readonly n: number; readonly time: number; readonly context: CorrelationTestContext },
): readonly Signal[] | string {
  const { n, time, context } = at;
  if (item.signal === undefined) {
    return (
      context.detect?.(item, { n, time }) ??
      'a test of a correlation is given signals: `signal: <rule>` with `fields`'
    );
  }
  const rule = context.rules.get(item.signal);
  if (rule === undefined) return `no loaded rule has the id or name '${item.signal}'`;
  const values = valuesOf(item, n);
  return [signalOf(rule, { time, values, entities: context.entities?.(values) ?? [] })];
}

function valuesOf(item: GivenItem, n: number): Map<string, Scalar | readonly Scalar[]> {
  const values = new Map<string, Scalar | readonly Scalar[]>();
  for (const [field, value] of Object.entries(item.fields ?? {})) {
    const scalar = scalarOf(value);
    if (scalar !== undefined) values.set(field, scalar);
  }
  for (const [field, vary] of Object.entries(item.vary ?? {})) {
    const value = Array.isArray(vary)
      ? vary[(n - 1) % vary.length]
      : typeof vary === 'string'
        ? vary.replaceAll('{n}', String(n))
        : vary;
    const scalar = scalarOf(value);
    if (scalar !== undefined) values.set(field, scalar);
  }
  return values;
}

function scalarOf(value: unknown): Scalar | readonly Scalar[] | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((member: unknown) => {
    const scalar = scalarOf(member);
    return scalar === undefined || (typeof scalar === 'object' && scalar !== null) ? [] : [scalar];
  });
}

function signalOf(
  rule: { readonly ref: RuleRef; readonly score: number },
  from: {
    readonly time: number;
    readonly values: ReadonlyMap<string, Scalar | readonly Scalar[]>;
    readonly entities: readonly Entity[];
  },
): Signal {
  const time = eventTime(from.time);
  const content = `${from.time} ${JSON.stringify([...from.values])}`;
  const evidence: EventRef[] = [{ id: sha256(content).slice(0, 32), time, timeNs: 0 }];
  return {
    id: sha256(`${rule.ref.hash}\n${rule.ref.id}\n${content}`).slice(0, 32),
    rule: rule.ref,
    start: time,
    end: time,
    endNs: 0,
    entities: from.entities,
    score: rule.score,
    evidence,
    values: from.values,
  };
}

function spanOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : (parseDuration(text) ?? otherwise);
}

function compare(
  test: RuleTest,
  got: {
    readonly own: readonly Signal[];
    readonly all: readonly Signal[];
    readonly context: CorrelationTestContext;
  },
): string[] {
  const { signals } = test.expect;
  const { own, all, context } = got;
  if (typeof signals === 'number') {
    if (own.length === signals) return [];
    const came = own.map((signal) => `\n  fired: ${described(signal)}`).join('');
    return [`expected ${signals} signal${signals === 1 ? '' : 's'}, got ${own.length}${came}`];
  }
  return signals.flatMap((wanted) => {
    const id =
      wanted.rule === undefined ? context.ruleId : (context.rules.get(wanted.rule)?.ref.id ?? wanted.rule);
    const fits = all.filter((signal) => signal.rule.id === id && matches(signal, wanted));
    const enough = wanted.count === undefined ? fits.length > 0 : fits.length === wanted.count;
    if (enough) return [];
    const came = own.map((signal) => `\n  fired: ${described(signal)}`).join('');
    return [`expected ${JSON.stringify(wanted)}, got ${fits.length} such${came === '' ? '' : came}`];
  });
}

function matches(signal: Signal, wanted: ExpectedSignal): boolean {
  if (wanted.at !== undefined && signal.end - TEST_START !== spanOf(wanted.at, 0)) return false;
  if (wanted.evidence !== undefined && signal.correlation?.partsTotal !== wanted.evidence) return false;
  const group = new Map(signal.correlation?.group);
  for (const [name, value] of Object.entries(wanted.group ?? {})) {
    if (String(group.get(name)).toLowerCase() !== String(value).toLowerCase()) return false;
  }
  const entities = signal.entities.map((entity) => `${entity.type}:${entity.value}`);
  return (wanted.entities ?? []).every((entity) => entities.includes(entity));
}

function described(signal: Signal): string {
  const group = (signal.correlation?.group ?? [])
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(', ');
  const at = signal.end - TEST_START;
  return `${at === 0 ? '0s' : formatDuration(duration(at))} ${group || 'all'}, ${signal.correlation?.partsTotal ?? 0} signals`;
}
