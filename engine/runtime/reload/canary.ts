import type { Engine } from '../../pipeline/index.ts';
import { detectBatch } from '../daemon/detect-batch.ts';

/** What a set of rules did on recent events. */
export interface CanaryResult {
  readonly signals: number;
  /** By rule id; observations of baselines are not counted. */
  readonly byRule: ReadonlyMap<string, number>;
  /** Time that matching took, milliseconds. */
  readonly tookMs: number;
}

/** The running and the new rules on the same events. */
export interface CanaryComparison {
  readonly events: number;
  /** Undefined where no rules run yet. */
  readonly before: CanaryResult | undefined;
  readonly after: CanaryResult;
  /** The time ran out before the events did. */
  readonly cut: boolean;
}

/** When new rules are called a jump. */
export interface CanaryLimits {
  /** Time that the trial may take in all, milliseconds. */
  readonly budgetMs: number;
  /** So many times the signals, of all rules or of one. */
  readonly signalsFactorMax: number;
  /** So many times the time. */
  readonly costFactorMax: number;
  /** What is never called a jump: signals in a hundred events, and milliseconds in all. */
  readonly signalsMinPercent: number;
  readonly costMinMs: number;
}

export const CANARY_LIMITS: CanaryLimits = {
  budgetMs: 5000,
  signalsFactorMax: 10,
  costFactorMax: 5,
  signalsMinPercent: 5,
  costMinMs: 100,
};

/** Why new rules are not to run. */
export interface Jump {
  readonly kind: 'signals' | 'cost';
  readonly reason: string;
  /** The rules that alone make it one; empty where no single one does. */
  readonly ruleIds: readonly string[];
}

const SLICE_BYTES = 64 * 1024;

/**
 * Tries new rules on recent events (one a line), slice by slice beside the running ones, so that what else the machine does meanwhile burdens both. Ends
 * when the time is up.
 */
export function tryOut(
  engines: { readonly before: Engine | undefined; readonly after: Engine },
  lines: Uint8Array,
  { budgetMs }: Pick<CanaryLimits, 'budgetMs'>,
): CanaryComparison {
  const before = engines.before === undefined ? undefined : new Trial(engines.before);
  const after = new Trial(engines.after);
  let events = 0;
  let at = 0;
  while (at < lines.length) {
    if (after.tookMs + (before?.tookMs ?? 0) >= budgetMs) break;
    const end = sliceEnd(lines, at);
    const slice = lines.subarray(at, end);
    before?.work(slice);
    events += after.work(slice);
    at = end;
  }
  return { events, before: before?.result(), after: after.result(), cut: at < lines.length };
}

/** Whether the new rules say far more, or take far longer, than the running ones on the same events. */
export function jumpOf({ events, before, after }: CanaryComparison, limits: CanaryLimits): Jump | undefined {
  if (before === undefined || events === 0) return undefined;
  const least = Math.max(10, (events * limits.signalsMinPercent) / 100);
  const ruleIds = [...after.byRule].flatMap(([id, count]) =>
    count > Math.max(least, (before.byRule.get(id) ?? 0) * limits.signalsFactorMax) ? [id] : [],
  );
  if (ruleIds.length > 0 || after.signals > Math.max(least, before.signals * limits.signalsFactorMax)) {
    const reason = `on ${events} recent events the new rules give ${after.signals} signals, the running ones ${before.signals}`;
    return { kind: 'signals', reason, ruleIds };
  }
  if (after.tookMs > Math.max(limits.costMinMs, before.tookMs * limits.costFactorMax)) {
    const [took, took0] = [after.tookMs, before.tookMs].map(Math.round);
    const reason = `on ${events} recent events the new rules take ${took} ms, the running ones ${took0}`;
    return { kind: 'cost', reason, ruleIds: [] };
  }
  return undefined;
}

/** One set of rules at work. */
class Trial {
  tookMs = 0;
  readonly #engine: Engine;
  readonly #byRule = new Map<string, number>();
  #signals = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Gives how many events there were. */
  work(bytes: Uint8Array): number {
    const began = performance.now();
    const task = { source: '', bytes, file: 'canary', line: 1, receivedAt: 0 };
    const { events, signals } = detectBatch(this.#engine, task);
    this.tookMs += performance.now() - began;
    for (const { rule } of signals) {
      if (rule.kind === 'baseline') continue;
      this.#signals++;
      this.#byRule.set(rule.id, (this.#byRule.get(rule.id) ?? 0) + 1);
    }
    return events;
  }

  result(): CanaryResult {
    return { signals: this.#signals, byRule: this.#byRule, tookMs: this.tookMs };
  }
}

function sliceEnd(lines: Uint8Array, at: number): number {
  if (at + SLICE_BYTES >= lines.length) return lines.length;
  const end = lines.indexOf(10, at + SLICE_BYTES);
  return end < 0 ? lines.length : end + 1;
}
