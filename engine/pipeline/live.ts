import type { BaselineState } from '../baseline/index.ts';
import type { ProofOrReason } from '../incident/index.ts';
import type { Changes, Decision, EventTime, Signal, StandingDecision } from '../model/index.ts';
import { Baselines, type SavedBaselines, withoutObservations } from './baselines.ts';
import { packed, unpacked } from './case-snapshot.ts';
import { type CaseOptions, CaseStages, type CaseStats } from './cases.ts';
import type { FeedChange } from './indicator-notes.ts';
import type { StageRules } from './ruleset.ts';

/**
 * The stages behind detection for a feed without an end: baselines → correlations → alerts → incidents. Signals are taken in any order; what is
 * said depends on them and on how far time came, not on batches or on restarts.
 */
export class LiveCases {
  readonly #baselines: Baselines;
  readonly #cases: CaseStages;

  private constructor(baselines: Baselines, cases: CaseStages) {
    this.#baselines = baselines;
    this.#cases = cases;
  }

  /**
   * Fresh stages, which begin with what baselines have learnt, or those that a snapshot was taken of; undefined where the bytes are of another version or none of ours.
   */
  static start(
    ruleset: StageRules,
    options: CaseOptions & { readonly learned?: Readonly<Record<string, BaselineState>> } = {},
    saved?: Uint8Array,
  ): LiveCases | undefined {
    const baselines = new Baselines(ruleset.baselines);
    if (saved === undefined) {
      if (options.learned !== undefined) baselines.begin(options.learned);
      return new LiveCases(baselines, new CaseStages(ruleset, options));
    }
    const [learnt, behind] = unpacked(saved) ?? [];
    if (learnt === undefined || behind === undefined) return undefined;
    try {
      const cases = CaseStages.restore(ruleset, behind, options);
      if (cases === undefined) return undefined;
      // The store has checked that the bytes are what was written; what another version wrote may be of another form.
      baselines.load(JSON.parse(new TextDecoder().decode(learnt)) as SavedBaselines);
      return new LiveCases(baselines, cases);
    } catch {
      return undefined;
    }
  }

  /** Takes the signals of detections, and the observations of baselines. */
  take(signals: readonly Signal[]): void {
    this.#baselines.take(signals);
    this.#cases.take(withoutObservations(signals));
  }

  /** Says that no signal of before this time will come any more. */
  advanceTo(watermark: EventTime): Changes {
    const odd = this.#baselines.advanceTo(watermark);
    this.#cases.take(odd);
    const changes = this.#cases.advanceTo(watermark);
    return odd.length === 0 ? changes : { ...changes, signals: [...odd, ...changes.signals] };
  }

  /** Takes signals of the engine about itself, now; see `CaseStages.report`. */
  report(signals: readonly Signal[]): Changes {
    return this.#cases.report(signals);
  }

  /** The end of the feed: everything that waits is decided. */
  finish(): Changes {
    const odd = this.#baselines.finish();
    this.#cases.take(odd);
    const changes = this.#cases.finish();
    return { ...changes, signals: [...odd, ...changes.signals] };
  }

  /** Applies what a policy or a person decided. */
  standing(): readonly StandingDecision[] {
    return this.#cases.standing();
  }

  apply(decision: Decision): Changes {
    return this.#cases.apply(decision);
  }

  /** What is decided about alerts whose indicators the feeds have taken back between two snapshots; see `IndicatorNotes`. */
  letGo(change: FeedChange, at: EventTime): readonly Decision[] {
    return this.#cases.indicators.letGo(change, at);
  }

  /** The whole state as bytes. */
  snapshot(): Uint8Array {
    return packed([new TextEncoder().encode(JSON.stringify(this.#baselines.save())), this.#cases.snapshot()]);
  }

  /** What proves one incident as it stands now, or why nothing does. */
  proof(id: string): ProofOrReason | undefined {
    return this.#cases.proof(id);
  }

  stats(): CaseStats {
    return this.#cases.stats();
  }
}
