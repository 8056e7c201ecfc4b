import { TEST_START } from '../correlate/index.ts';
import type { BaselineRule, ExpectedSignal, RuleTest, Signal } from '../model/index.ts';
import { Baselines } from './baselines.ts';
import { type GivenEvents, repeatsOf, spanOf } from './test-given.ts';

/** What became of a test of a baseline. */
export interface BaselineTestResult {
  readonly passed: boolean;
  readonly failures: readonly string[];
}

/**
 * Runs a test of a baseline: the events given, on a virtual clock, through the rule's `select`, then learnt and judged in the order of their
 * times. What is expected is compared with the rule's own signals; those that say only that the budget is spent do not count. A test may
 * restart the engine between two items. Time is the test's: it begins on Monday, 2026-01-05, 00:00 UTC, unless the items say otherwise.
 */
export function runBaselineTest(rule: BaselineRule, test: RuleTest, given: GivenEvents): BaselineTestResult {
  // A rule that is tried out is tested as if it were live.
  const live = { ...rule, mode: 'live' as const };
  let baselines = new Baselines([live]);
  const arrivals: {
    readonly time: number;
    readonly signals: readonly Signal[];
    readonly restart: boolean;
  }[] = [];
  for (const item of test.given) {
    let restart = item.restart === true;
    for (const [n, time] of repeatsOf(item)) {
      const came = given.arrive({ item, n, time, logsource: rule.logsource, test });
      if (typeof came === 'string') return { passed: false, failures: [came] };
      for (const { event, signals } of came) {
        const own = signals.filter((signal) => signal.rule.id === rule.meta.id);
        arrivals.push({ time: event.time, signals: own, restart });
        restart = false;
      }
    }
  }
  arrivals.sort((a, b) => a.time - b.time);
  const found: Signal[] = [];
  for (const { signals, restart } of arrivals) {
    const before = signals[0]?.end;
    if (restart && before !== undefined) {
      found.push(...baselines.advanceTo(before));
      const saved = JSON.stringify(baselines.snapshot());
      baselines = new Baselines([live]);
      baselines.restore(JSON.parse(saved));
    }
    baselines.take(signals);
  }
  found.push(...baselines.finish());
  const own = found.filter((signal) => signal.baseline?.spent !== true);
  const failures = compare(test, own);
  const silence = `\nit judged ${baselines.get(rule.meta.id)?.stats().judged ?? 0} times, ${baselines.get(rule.meta.id)?.stats().cold ?? 0} of them before it had learnt enough; ${own.map(said).join('; ') || 'it said nothing'}`;
  return { passed: failures.length === 0, failures: failures.map((text) => text + silence) };
}

function compare(test: RuleTest, own: readonly Signal[]): string[] {
  const { signals } = test.expect;
  if (signals === undefined) return [];
  if (typeof signals === 'number') {
    return own.length === signals ? [] : [`expected ${signals} signals, got ${own.length}`];
  }
  return signals.flatMap((wanted) => {
    const fitting = own.filter((signal) => fits(wanted, signal));
    if (wanted.count !== undefined ? fitting.length === wanted.count : fitting.length > 0) return [];
    return [`no signal is as expected (${JSON.stringify(wanted)})`];
  });
}

function fits(wanted: ExpectedSignal, signal: Signal): boolean {
  const entities = signal.entities.map((entity) => `${entity.type}:${entity.value}`.toLowerCase());
  return (
    (wanted.entities ?? []).every((entity) => entities.includes(entity.toLowerCase())) &&
    (wanted.at === undefined || signal.end === TEST_START + spanOf(wanted.at))
  );
}

function said(signal: Signal): string {
  const features = signal.baseline?.features.map((one) => `${one.name}: ${one.actual}`).join(', ') ?? '';
  return `${signal.entities[0]?.value ?? ''} at ${(signal.end - TEST_START) / 3_600_000_000} h (${features})`;
}
