import { Correlator } from '../correlate/index.ts';
import type { Signal } from '../model/index.ts';
import type { Ruleset } from './ruleset.ts';

/** Groups and signals that all correlations of a recording hold together at most; beyond, the least advanced are given up and counted. */
const RECORDING_ITEMS_MAX = 2_000_000;

/** The state of all correlations when the last signal of a recording had come. */
export interface StateAtEnd {
  /** As `Correlator.restore` takes it. */
  readonly bytes: Uint8Array;
  /** The time of the newest signal, in microseconds; minus infinity where there was none. */
  readonly watermark: number;
  /** By rule: groups and signals held. */
  readonly items: ReadonlyMap<string, number>;
}

/**
 * The stages behind detection, for a recording that has an end: signals are taken in any order, and correlated in event time when all
 * are there, so that neither the order of files nor of lines matters. Memory grows with the number of signals that correlations read.
 */
export class RecordingStages {
  readonly #correlator: Correlator | undefined;
  readonly #keepState: boolean;
  #newest = Number.NEGATIVE_INFINITY;
  #state: StateAtEnd | undefined;

  /** With `keepState`, `state` tells how things stood when the last signal had come, before windows were closed for good. */
  constructor(ruleset: Ruleset, { keepState = false }: { readonly keepState?: boolean } = {}) {
    this.#keepState = keepState;
    const { correlationPlan } = ruleset;
    this.#correlator =
      correlationPlan.nodes.length === 0
        ? undefined
        : new Correlator(correlationPlan, { items: RECORDING_ITEMS_MAX });
  }

  /** Takes the signals of detections. */
  take(signals: readonly Signal[]): void {
    if (this.#correlator === undefined) return;
    for (const signal of signals) {
      this.#correlator.accept(signal);
      if (signal.end > this.#newest) this.#newest = signal.end;
    }
  }

  /** The end of the recording: the signals of correlations, in event time. */
  finish(): readonly Signal[] {
    const correlator = this.#correlator;
    if (correlator === undefined) return [];
    if (!this.#keepState) return correlator.finish();
    const before = correlator.advance(this.#newest);
    const items = new Map([...correlator.stats().rules].map(([id, stats]) => [id, stats.items]));
    this.#state = { bytes: correlator.snapshot(), watermark: this.#newest, items };
    return [...before, ...correlator.finish()];
  }

  /** With `keepState`, after `finish`; undefined where there is no correlation. */
  get state(): StateAtEnd | undefined {
    return this.#state;
  }

  /** Groups and signals that correlations had to give up for want of memory, over all rules. */
  get losses(): number {
    let losses = 0;
    for (const { evicted } of this.#correlator?.stats().rules.values() ?? []) losses += evicted;
    return losses;
  }
}
