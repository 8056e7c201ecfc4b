import { Correlator } from '../correlate/index.ts';
import type { Signal } from '../model/index.ts';
import type { Ruleset } from './ruleset.ts';

/** Groups and signals that all correlations of a recording hold together at most; beyond, the least advanced are given up and counted. */
const RECORDING_ITEMS_MAX = 2_000_000;

/**
 * The stages behind detection, for a recording that has an end: signals are taken in any order, and correlated in event time when all
 * are there, so that neither the order of files nor of lines matters. Memory grows with the number of signals that correlations read.
 */
export class RecordingStages {
  readonly #correlator: Correlator | undefined;

  constructor(ruleset: Ruleset) {
    const { correlationPlan } = ruleset;
    this.#correlator =
      correlationPlan.nodes.length === 0
        ? undefined
        : new Correlator(correlationPlan, { items: RECORDING_ITEMS_MAX });
  }

  /** Takes the signals of detections. */
  take(signals: readonly Signal[]): void {
    if (this.#correlator === undefined) return;
    for (const signal of signals) this.#correlator.accept(signal);
  }

  /** The end of the recording: the signals of correlations, in event time. */
  finish(): readonly Signal[] {
    return this.#correlator?.finish() ?? [];
  }

  /** Groups and signals that correlations had to give up for want of memory, over all rules. */
  get losses(): number {
    let losses = 0;
    for (const { evicted } of this.#correlator?.stats().rules.values() ?? []) losses += evicted;
    return losses;
  }
}
