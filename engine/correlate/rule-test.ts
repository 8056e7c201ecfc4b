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

/** Start of every test on the virtual clock: 2026-01-05T00:00:00Z, a Monday. */
const START = 1_767_571_200_000_000;
/** How late a delivery may be in a test before it counts as too late. */
const LATENESS = 300_000_000;

/** What a correlation's test is run with. */
export interface CorrelationTestContext {
  readonly plan: CorrelationPlan;
  /** Id of the rule under test. */
  readonly ruleId: string;
  /** Every rule that fires, by id and by name, with what its signals score. */
  readonly rules: ReadonlyMap<string, { readonly ref: RuleRef; readonly score: number }>;
  /** Entities of a signal's values; none where absent. */
  readonly entities?: (values: ReadonlyMap<string, Scalar | readonly Scalar[]>) => readonly Entity[];
}

/** What became of a test. */
export interface CorrelationTestResult {
  readonly passed: boolean;
  /** What was expected and did not come, with the nearest misses. */
  readonly failures: readonly string[];
  readonly signals: readonly Signal[];
}

interface Arrival {
  readonly at: number;
  readonly order: number;
  readonly signal: Signal;
  readonly restart: boolean;
}

/**
 * Runs one test of a correlation on a virtual clock: the given signals are delivered in the order of their arrival, copies and
 * restarts included, with five minutes of lateness; then the stream ends, so that windows close.
 */
export function runCorrelationTest(test: RuleTest, context: CorrelationTestContext): CorrelationTestResult {
  const problems: string[] = [];
  const arrivals = test.given.flatMap((item) => arrivalsOf(item, { context, problems }));
  if (problems.length > 0) return { passed: false, failures: problems, signals: [] };
  arrivals.sort((a, b) => a.at - b.at || a.order - b.order);
  const signals = deliver(arrivals, context.plan);
  const own = signals.filter((signal) => signal.rule.id === context.ruleId);
  const failures = compare(test, { own, all: signals, context });
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

function deliver(arrivals: readonly Arrival[], plan: CorrelationPlan): Signal[] {
  let correlator = new Correlator(plan);
  const out: Signal[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (const { signal, restart } of arrivals) {
    if (restart)
      correlator = Correlator.restore(plan, correlator.snapshot())?.correlator ?? new Correlator(plan);
    correlator.accept(signal);
    newest = Math.max(newest, signal.end);
    out.push(...correlator.advance(newest - LATENESS));
  }
  out.push(...correlator.finish());
  return out;
}

function arrivalsOf(
  item: GivenItem,
  { context, problems }: { readonly context: CorrelationTestContext; readonly problems: string[] },
): Arrival[] {
  const rule = item.signal === undefined ? undefined : context.rules.get(item.signal);
  if (rule === undefined) {
    problems.push(
      item.signal === undefined
        ? 'a test of a correlation is given signals: `signal: <rule>` with `fields`'
        : `no loaded rule has the id or name '${item.signal}'`,
    );
    return [];
  }
  const at = spanOf(item.at, 0);
  const every = spanOf(item.every, 0);
  const delivered = item.delivered === undefined ? undefined : spanOf(item.delivered, 0);
  const arrivals: Arrival[] = [];
  for (let n = 1; n <= (item.repeat ?? 1); n++) {
    const time = START + at + (n - 1) * every;
    const values = valuesOf(item, n);
    const signal = signalOf(rule, { time, values, entities: context.entities?.(values) ?? [] });
    for (let copy = 0; copy < (item.copies ?? 1); copy++) {
      arrivals.push({
        at: delivered === undefined ? time : START + delivered + (n - 1) * every,
        order: arrivals.length,
        signal,
        restart: item.restart === true && n === 1 && copy === 0,
      });
    }
  }
  return arrivals;
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
  if (wanted.at !== undefined && signal.end - START !== spanOf(wanted.at, 0)) return false;
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
  const at = signal.end - START;
  return `${at === 0 ? '0s' : formatDuration(duration(at))} ${group || 'all'}, ${signal.correlation?.partsTotal ?? 0} signals`;
}
