import type { BaselineState } from '../baseline/index.ts';
import { Correlator } from '../correlate/index.ts';
import { type Changes, type Decision, eventTime, type Signal } from '../model/index.ts';
import { Baselines, withoutObservations } from './baselines.ts';
import { type CaseOptions, CaseStages, type CaseStats, type IncidentProof } from './cases.ts';
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

/** What becomes of a recording's signals. */
export interface RecordingOptions extends CaseOptions {
  /** Verdicts and the like, applied in event time, each after the signals of before it. */
  readonly decisions?: readonly Decision[];
  /** `signals`: correlations only, and nothing is held for alerts. */
  readonly until?: 'signals' | 'cases';
  /** `state` shall tell how things stood when the last signal had come, before windows were closed for good. */
  readonly keepState?: boolean;
  /** By baseline rule: what it has learnt before. */
  readonly learned?: Readonly<Record<string, BaselineState>>;
}

/** What a correlation did not see whole. */
export interface RuleLosses {
  readonly ruleId: string;
  /** Groups and runs given up at a memory bound. */
  readonly evicted: number;
  /** Signals that came after their time was decided. */
  readonly late: number;
}

/**
 * The stages behind detection, for a recording that has an end: signals are taken in any order, and correlated, made alerts and made
 * incidents in event time when all are there, so that neither the order of files nor of lines matters. Memory grows with the number of
 * signals that are read: by correlations, or, up to cases, all.
 */
export class RecordingStages {
  readonly #cases: CaseStages | undefined;
  readonly #baselines: Baselines;
  readonly #correlator: Correlator | undefined;
  readonly #decisions: readonly Decision[];
  readonly #keepState: boolean;
  #newest = Number.NEGATIVE_INFINITY;
  #state: StateAtEnd | undefined;

  constructor(ruleset: Ruleset, options: RecordingOptions = {}) {
    const { correlationPlan } = ruleset;
    this.#baselines = new Baselines(ruleset.baselines);
    if (options.learned !== undefined) this.#baselines.begin(options.learned);
    if (options.until !== 'signals')
      this.#cases = new CaseStages(ruleset, { correlationItems: RECORDING_ITEMS_MAX, ...options });
    else if (correlationPlan.nodes.length > 0)
      this.#correlator = new Correlator(correlationPlan, {
        items: RECORDING_ITEMS_MAX,
        ...(options.hashSeed === undefined ? {} : { hashSeed: options.hashSeed }),
        weightOf: (entity) => options.asset?.(entity)?.weight,
      });
    this.#decisions = [...(options.decisions ?? [])].sort((a, b) => a.at - b.at);
    this.#keepState = options.keepState === true;
  }

  /** Takes the signals of detections, and the observations of baselines. */
  take(taken: readonly Signal[]): void {
    this.#baselines.take(taken);
    this.#hand(withoutObservations(taken));
  }

  #hand(signals: readonly Signal[]): void {
    this.#cases?.take(signals);
    for (const signal of signals) {
      this.#correlator?.accept(signal);
      if (signal.end > this.#newest) this.#newest = signal.end;
    }
  }

  /**
   * The end of the recording: the signals of baselines, then those of correlations, in event time, and every revision of alerts and
   * incidents.
   */
  finish(): Changes {
    const odd = this.#baselines.finish();
    this.#hand(odd);
    const steps = this.#cases === undefined ? this.#correlated() : this.#decided(this.#cases);
    return {
      signals: [...odd, ...steps.flatMap(({ signals }) => signals)],
      alerts: steps.flatMap(({ alerts }) => alerts),
      incidents: steps.flatMap(({ incidents }) => incidents),
    };
  }

  /** The baselines with what they have learnt. */
  get baselines(): Baselines {
    return this.#baselines;
  }

  /** Applies what was decided after the end: the revisions that it made. Nothing where there are no cases. */
  apply(decision: Decision): Changes {
    return this.#cases?.apply(decision) ?? { signals: [], alerts: [], incidents: [] };
  }

  /** After the end: what proves each incident, where the stage of incidents keeps proofs. */
  proofs(): readonly IncidentProof[] {
    return this.#cases?.proofs() ?? [];
  }

  /** Counters of the stages; absent where there are no cases. */
  stats(): CaseStats | undefined {
    return this.#cases?.stats();
  }

  /** With `keepState`, after `finish`; undefined where there is no correlation. */
  get state(): StateAtEnd | undefined {
    return this.#state;
  }

  /** Groups and runs that correlations had to give up for want of memory, over all rules. */
  get losses(): number {
    let losses = 0;
    for (const { evicted } of this.lossesByRule()) losses += evicted;
    return losses;
  }

  /** The correlations that gave something up, or to which something came too late, in the order of their ids. */
  lossesByRule(): readonly RuleLosses[] {
    const stats = this.#correlator?.stats() ?? this.#cases?.stats().correlations;
    return [...(stats?.rules ?? [])]
      .flatMap(([ruleId, { evicted, late }]) => (evicted + late > 0 ? [{ ruleId, evicted, late }] : []))
      .sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
  }

  #correlated(): readonly Changes[] {
    const correlator = this.#correlator;
    if (correlator === undefined) return [];
    const before = this.#keepState ? correlator.advance(this.#newest) : [];
    if (this.#keepState) this.#note(correlator);
    return [{ signals: [...before, ...correlator.finish()], alerts: [], incidents: [] }];
  }

  #decided(cases: CaseStages): readonly Changes[] {
    const steps: Changes[] = [];
    const decide = (decision: Decision): void => {
      steps.push(cases.advanceTo(eventTime(decision.at)), cases.apply(decision));
    };
    const later = this.#decisions.findIndex(({ at }) => at > this.#newest);
    const split = later < 0 ? this.#decisions.length : later;
    for (const decision of this.#decisions.slice(0, split)) decide(decision);
    if (this.#keepState) {
      steps.push(cases.advanceTo(eventTime(this.#newest)));
      if (cases.correlator !== undefined) this.#note(cases.correlator);
    }
    for (const decision of this.#decisions.slice(split)) decide(decision);
    steps.push(cases.finish());
    return steps;
  }

  #note(correlator: Correlator): void {
    const items = new Map([...correlator.stats().rules].map(([id, stats]) => [id, stats.items]));
    this.#state = { bytes: correlator.snapshot(), watermark: this.#newest, items };
  }
}
