import {
  AlertBook,
  type AlertLimits,
  type AlertPorts,
  type AlertStats,
  type SavedBook,
} from '../alert/index.ts';
import { Correlator, type CorrelatorLimits, type CorrelatorStats } from '../correlate/index.ts';
import type { ProofOrReason } from '../incident/index.ts';
import {
  type Alert,
  type Changes,
  type Decision,
  ENGINE_TAG,
  type EventTime,
  eventTime,
  type Incident,
  type Signal,
  type StandingDecision,
  type VerdictCounts,
} from '../model/index.ts';
import { assess, scoreSignal } from '../score/index.ts';
import { packed, restoredDecided, type SavedDecided, savedDecided, unpacked } from './case-snapshot.ts';
import { IndicatorNotes, type SavedNotes } from './indicator-notes.ts';
import { ReplayMemory } from './replay-memory.ts';
import type { StageRules } from './ruleset.ts';
import { type LastSignal, SignalOrder } from './signal-order.ts';

/**
 * The stage that makes incidents of alerts. Everything comes in the order of time, which never goes back; before something is taken in at
 * a time, the stage does what was due before it (its own timers), so that batches change nothing.
 */
export interface IncidentStage {
  /** Takes a new revision of an alert, at the time at which it was made. Alerts that reach nobody (shadow mode) do not come. */
  accept(alert: Alert, at: EventTime): void;
  /** Takes a signal that went into an alert, after the alert's revision where it made one, at the time at which it was worked on. */
  observe(signal: Signal, alert: string, at: EventTime): void;
  /** Says that nothing will come before this time any more. */
  advanceTo(at: EventTime): void;
  /** Takes a decision about an incident (or about an alert, which it may have to know of). False where it is not for it. */
  apply(decision: Decision, at: EventTime): boolean;
  /** The decisions of policies that still change an incident. */
  standing?(): readonly StandingDecision[];
  /** The revisions since the last call, in order. */
  take(): readonly Incident[];
  /** The end of a recording: what waits is decided. */
  finish(): void;
  /** The whole state, the same bytes for the same state. */
  snapshot(): Uint8Array;
  /** What proves each incident that is or was shown, where the stage was made to keep it. */
  proofs?(): readonly IncidentProof[];
  /** What proves one incident as it stands now, or why nothing does. */
  proof?(id: string): ProofOrReason;
}

/** What proves an incident, or in words why nothing does. */
export interface IncidentProof {
  readonly id: string;
  readonly proof: ProofOrReason;
}

/** Makes the stage of incidents, from its snapshot where there is one. */
export type IncidentStageMaker = (saved?: Uint8Array) => IncidentStage;

/** What the stages behind signals are made with. */
export interface CaseOptions {
  /** Absent: no incidents are made. */
  readonly incidents?: IncidentStageMaker;
  readonly alerts?: AlertLimits;
  /** What entities are worth. */
  readonly asset?: AlertPorts['asset'];
  /** By rule id: what analysts found before. It counts from the first signal on. */
  readonly verdicts?: ReadonlyMap<string, VerdictCounts>;
  /** What an alert was found to be before; it stands in `verdicts` already. */
  readonly verdictOf?: AlertPorts['verdictOf'];
  /** Groups and signals that all correlations hold together at most. */
  readonly correlationItems?: number;
  /** Keys the hash tables of correlations. A host draws one at random; no result depends on it. */
  readonly hashSeed?: number;
}

/** Counters of the stages. */
export interface CaseStats {
  readonly alerts: AlertStats;
  readonly correlations?: CorrelatorStats;
  /** Signals that came twice. */
  readonly copies: number;
  /** Signals that wait for the watermark. */
  readonly waiting: number;
  /** Average size of an item of correlations in the last snapshot; absent before there was one with any. */
  readonly correlationBytesPerItem?: number;
}

const SNAPSHOT_VERSION = 1;
const NOTHING: Changes = { signals: [], alerts: [], incidents: [] };

/** The first section of a snapshot; behind it stand the bytes of the correlator and of the incidents, empty where there are none. */
interface Saved {
  readonly version: number;
  readonly frontier: number | null;
  readonly waiting: readonly SavedDecided[];
  readonly last: LastSignal | null;
  readonly copies: number;
  readonly book: SavedBook;
  /** Signals that a rule may be fed again; absent where none is. */
  readonly recent?: readonly SavedDecided[];
  /** Absent in states from before there were any. */
  readonly indicators?: SavedNotes;
}

/**
 * The stages behind detection, in their order: correlate → alert → incident. Signals are taken in any order; `advanceTo` says that none
 * of before a time will come any more, and gives what changed. A correlation's signal is worked on when it is decided, which is by its
 * rule's lateness after its time; so the order in which alerts see signals is one for all ways of batching and arriving.
 */
export class CaseStages {
  readonly #ruleset: StageRules;
  readonly #options: CaseOptions;
  #correlator: Correlator | undefined;
  #book: AlertBook;
  #incidents: IncidentStage | undefined;
  #bytesPerItem: number | undefined;
  readonly #order = new SignalOrder();
  readonly #recent: ReplayMemory;
  /** Which alerts rest on which indicators. */
  readonly indicators = new IndicatorNotes();
  readonly #lateness: ReadonlyMap<string, number>;
  #frontier = Number.NEGATIVE_INFINITY;

  constructor(ruleset: StageRules, options: CaseOptions = {}) {
    this.#ruleset = ruleset;
    this.#options = options;
    const { correlationPlan } = ruleset;
    this.#lateness = new Map(correlationPlan.nodes.map((node) => [node.rule.id, node.latenessMicros]));
    this.#recent = new ReplayMemory(correlationPlan);
    this.#correlator =
      correlationPlan.nodes.length === 0 ? undefined : new Correlator(correlationPlan, this.#limits());
    this.#book = new AlertBook(ruleset.alertPlan, this.#ports(), options.alerts);
    for (const [rule, counts] of options.verdicts ?? []) this.#book.learn(rule, counts);
    this.#incidents = options.incidents?.();
  }

  /** Takes signals of detections and baselines, in any order. They are worked on when the watermark has passed them. */
  take(signals: readonly Signal[]): void {
    for (const signal of signals) {
      this.#correlator?.accept(signal);
      this.#recent.take(signal);
      this.#order.push({ at: signal.end, signal });
    }
  }

  /** Says that no signal of before this time will come any more. What changed, each list in the order in which it came about. */
  advanceTo(watermark: EventTime): Changes {
    return this.#advance(watermark);
  }

  /** Applies what a policy or a person decided, now: after everything before the watermark, before everything behind it. */
  apply(decision: Decision): Changes {
    // A person's clock may be ahead of the watermark; signals are still to come from before it.
    const at = Number.isFinite(this.#frontier) ? eventTime(this.#frontier) : decision.at;
    this.#book.apply(decision);
    const alerts: Alert[] = [];
    this.#hand(alerts);
    this.#incidents?.apply(decision, at);
    return { signals: [], alerts, incidents: this.#incidents?.take() ?? [] };
  }

  /**
   * Takes signals of the engine about itself, now: they wait for no watermark, which may stand still just because of what they tell. They are in no
   * incident.
   */
  report(signals: readonly Signal[]): Changes {
    const at = Number.isFinite(this.#frontier) ? this.#frontier : 0;
    for (const signal of signals) this.#book.accept(signal, at);
    const alerts: Alert[] = [];
    this.#hand(alerts);
    return { signals, alerts, incidents: this.#incidents?.take() ?? [] };
  }

  /** The end of the stream: everything that waits is decided, timers included. */
  finish(): Changes {
    const changes = this.#advance(Number.POSITIVE_INFINITY);
    this.#incidents?.finish();
    return { ...changes, incidents: [...changes.incidents, ...(this.#incidents?.take() ?? [])] };
  }

  /** The decisions of policies that still change an alert or incident. O(alerts and incidents). */
  standing(): readonly StandingDecision[] {
    return [...this.#book.standing(), ...(this.#incidents?.standing?.() ?? [])];
  }

  stats(): CaseStats {
    const correlations = this.#correlator?.stats();
    return {
      alerts: this.#book.stats(),
      ...(correlations === undefined ? {} : { correlations }),
      copies: this.#order.copies,
      waiting: this.#order.size,
      ...(this.#bytesPerItem === undefined ? {} : { correlationBytesPerItem: this.#bytesPerItem }),
    };
  }

  /** What proves each incident that is or was shown; nothing where the stage keeps no proofs. */
  proofs(): readonly IncidentProof[] {
    return this.#incidents?.proofs?.() ?? [];
  }

  /** What proves one incident as it stands now, or why nothing does; undefined where there is no such stage. */
  proof(id: string): ProofOrReason | undefined {
    return this.#incidents?.proof?.(id);
  }

  /** What correlates, for those who look at its state; undefined where there is no correlation. */
  get correlator(): Correlator | undefined {
    return this.#correlator;
  }

  /** The whole state as bytes: versioned, the same bytes for the same state. */
  snapshot(): Uint8Array {
    const recent = this.#recent.save();
    const indicators = this.indicators.save();
    const saved: Saved = {
      version: SNAPSHOT_VERSION,
      frontier: Number.isFinite(this.#frontier) ? this.#frontier : null,
      waiting: this.#order.contents().map(savedDecided),
      last: this.#order.last ?? null,
      copies: this.#order.copies,
      book: this.#book.save(),
      ...(recent.length === 0 ? {} : { recent }),
      ...(indicators.length === 0 ? {} : { indicators }),
    };
    const correlator = this.#correlator?.snapshot() ?? EMPTY;
    const items = this.#correlator?.stats().items ?? 0;
    if (items > 0) this.#bytesPerItem = correlator.length / items;
    return packed([
      new TextEncoder().encode(JSON.stringify(saved)),
      correlator,
      this.#incidents?.snapshot() ?? EMPTY,
    ]);
  }

  /** Stages that go on where others were saved; undefined where the bytes are of another version or none of ours. */
  static restore(ruleset: StageRules, bytes: Uint8Array, options: CaseOptions = {}): CaseStages | undefined {
    const [head, correlator = EMPTY, incidents = EMPTY] = unpacked(bytes) ?? [];
    const saved = head === undefined ? undefined : savedOf(head);
    if (saved === undefined) return undefined;
    const stages = new CaseStages(ruleset, options);
    return stages.#load(saved, correlator, incidents) ? stages : undefined;
  }

  #load(saved: Saved, correlator: Uint8Array, incidents: Uint8Array): boolean {
    const { alerts: limits } = this.#options;
    const book = AlertBook.restore(saved.book, this.#ruleset.alertPlan, {
      ports: this.#ports(),
      ...(limits === undefined ? {} : { limits }),
    });
    if (book === undefined) return false;
    this.#book = book;
    this.indicators.load(saved.indicators ?? []);
    this.#frontier = saved.frontier ?? Number.NEGATIVE_INFINITY;
    this.#recent.restore(saved.recent ?? []);
    this.#order.restore(saved.waiting.map(restoredDecided), saved.last ?? undefined, saved.copies);
    if (this.#correlator !== undefined && correlator.length > 0) {
      const restored = Correlator.restore(this.#ruleset.correlationPlan, correlator, this.#limits());
      if (restored === undefined) return false;
      this.#correlator = restored.correlator;
      // A rule whose edit asks for it is fed what is remembered: also what only the rules before this remembered.
      const past = (saved.recent ?? []).map((one) => restoredDecided(one).signal);
      for (const { ruleId, micros } of restored.report.replay) {
        const from = this.#frontier - micros;
        this.#correlator.replay(
          ruleId,
          past.filter(({ end }) => end >= from),
        );
      }
    }
    if (incidents.length > 0) this.#incidents = this.#options.incidents?.(incidents);
    return true;
  }

  #advance(watermark: number): Changes {
    // Where time stands still only what came late, of before it, is to be worked on.
    if (watermark < this.#frontier) return NOTHING;
    if (watermark === this.#frontier && !this.#order.hasBefore(watermark)) return NOTHING;
    const derived = this.#correlator?.advance(watermark) ?? [];
    for (const signal of derived) {
      this.#recent.take(signal);
      this.#order.push({ at: signal.end + (this.#lateness.get(signal.rule.id) ?? 0), signal });
    }
    const alerts: Alert[] = [];
    const incidents: Incident[] = [];
    // What comes late is worked on now; nothing is lost, and time does not go back.
    for (let next = this.#order.take(watermark); next !== undefined; next = this.#order.take(watermark)) {
      const at = Math.max(next.at, this.#frontier);
      this.#frontier = at;
      const alert = this.#book.accept(next.signal, at);
      this.#hand(alerts);
      if (alert !== undefined) this.indicators.note(alert, next.signal);
      if (alert !== undefined) this.#incidents?.observe(next.signal, alert, eventTime(at));
    }
    this.#frontier = watermark;
    if (Number.isFinite(watermark)) this.#recent.advanceTo(eventTime(watermark));
    this.#book.advanceTo(watermark);
    this.#hand(alerts);
    if (this.#incidents !== undefined) {
      if (Number.isFinite(watermark)) this.#incidents.advanceTo(eventTime(watermark));
      incidents.push(...this.#incidents.take());
    }
    return { signals: derived, alerts, incidents };
  }

  /** Hands revisions on to the incidents, each at the time at which it was made. */
  #hand(into: Alert[]): void {
    for (const { alert, at } of this.#book.take()) {
      into.push(alert);
      const silent = alert.suppressed?.by === `rule:${alert.rule.id}` || alert.rule.tags.includes(ENGINE_TAG);
      if (!silent) this.#incidents?.accept(alert, eventTime(at));
    }
  }

  #ports(): AlertPorts {
    const { asset, verdictOf } = this.#options;
    return {
      assess,
      score: scoreSignal,
      ...(asset === undefined ? {} : { asset }),
      ...(verdictOf === undefined ? {} : { verdictOf }),
    };
  }

  #limits(): Partial<CorrelatorLimits> {
    const { correlationItems, hashSeed, asset } = this.#options;
    return {
      ...(correlationItems === undefined ? {} : { items: correlationItems }),
      ...(hashSeed === undefined ? {} : { hashSeed }),
      ...(asset === undefined ? {} : { weightOf: (entity) => asset(entity)?.weight }),
    };
  }
}

const EMPTY = new Uint8Array(0);

function savedOf(bytes: Uint8Array): Saved | undefined {
  try {
    const saved: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isSaved(saved) ? saved : undefined;
  } catch {
    return undefined;
  }
}

/** A snapshot of this version is one that this program wrote: its members are not looked at one by one. */
function isSaved(value: unknown): value is Saved {
  return (
    typeof value === 'object' && value !== null && 'version' in value && value.version === SNAPSHOT_VERSION
  );
}
