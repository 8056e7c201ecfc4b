import type { CorrelationPlan } from '../correlate/index.ts';
import type { EventTime, Signal } from '../model/index.ts';
import { restoredDecided, type SavedDecided, savedDecided } from './case-snapshot.ts';

/** Signals that are remembered at most; the oldest go first. */
const SIGNALS_MAX = 100_000;

/**
 * The signals that correlations with `state_on_edit: replay` read, as far back as the longest of their timespans: what such a rule is fed again when it is
 * edited. Nothing is kept where no rule asks for it. O(1) a signal.
 */
export class ReplayMemory {
  readonly #read: ReadonlySet<string>;
  readonly #keepMicros: number;
  #signals: Signal[] = [];
  #oldest = Number.POSITIVE_INFINITY;

  constructor(plan: CorrelationPlan) {
    const asking = plan.nodes.filter(({ stateOnEdit }) => stateOnEdit === 'replay');
    this.#read = new Set(asking.flatMap(({ inputs }) => inputs.map(({ ruleId }) => ruleId)));
    this.#keepMicros = asking.reduce(
      (most, { timespanMicros, latenessMicros }) => Math.max(most, timespanMicros + latenessMicros),
      0,
    );
  }

  /** Remembers a signal where a rule might be fed it again. */
  take(signal: Signal): void {
    if (!this.#read.has(signal.rule.id)) return;
    this.#signals.push(signal);
    this.#oldest = Math.min(this.#oldest, signal.end);
    if (this.#signals.length > SIGNALS_MAX + SIGNALS_MAX / 8) {
      this.#signals.sort((a, b) => a.end - b.end);
      this.#keep(this.#signals.slice(-SIGNALS_MAX));
    }
  }

  /** Forgets what no timespan reaches back to. */
  advanceTo(watermark: EventTime): void {
    const from = watermark - this.#keepMicros;
    // Looked through when an eighth of the time has gone by, so that a signal costs little.
    if (this.#oldest >= from - this.#keepMicros / 8) return;
    this.#keep(this.#signals.filter(({ end }) => end >= from));
  }

  /** What is remembered. */
  signals(): readonly Signal[] {
    return this.#signals;
  }

  save(): readonly SavedDecided[] {
    return this.#signals.map((signal) => savedDecided({ at: signal.end, signal }));
  }

  /** Takes over what another remembered, as far as the rules of now ask for it. */
  restore(saved: readonly SavedDecided[]): void {
    for (const one of saved) this.take(restoredDecided(one).signal);
  }

  #keep(signals: Signal[]): void {
    this.#signals = signals;
    this.#oldest = signals.reduce((least, { end }) => Math.min(least, end), Number.POSITIVE_INFINITY);
  }
}
