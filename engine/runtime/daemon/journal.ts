import {
  type Changes,
  type Decision,
  type EventTime,
  eventTime,
  type Signal,
  type StandingDecision,
} from '../../model/index.ts';
import type { StateRow, StorePort } from './store-port.ts';

/** The stages behind detection, as far as the daemon knows them. */
export interface LiveStages {
  take(signals: readonly Signal[]): void;
  advanceTo(watermark: EventTime): Changes;
  apply(decision: Decision): Changes;
  /** The decisions of policies that still change a case. */
  standing(): readonly StandingDecision[];
  report(signals: readonly Signal[]): Changes;
  finish(): Changes;
  snapshot(): Uint8Array;
}

/** Makes stages, from a snapshot where there is one; undefined where the bytes are none that this program can read. */
export type StagesMaker = (saved?: Uint8Array) => LiveStages | undefined;

/** One step of the stages, as it is kept. */
type Entry =
  | { readonly kind: 'signals'; readonly signals: readonly SavedSignal[] }
  | { readonly kind: 'report'; readonly signals: readonly SavedSignal[] }
  | { readonly kind: 'advance'; readonly to: number }
  | { readonly kind: 'decision'; readonly decision: Decision }
  | { readonly kind: 'finish' };

type SavedSignal = Omit<Signal, 'values'> & { readonly values: readonly (readonly [string, unknown])[] };

/** How a recovery went. */
export interface Recovery {
  readonly stages: JournaledStages;
  /** Entries that were gone over again. */
  readonly replayed: number;
  /** The state could not be read by this program: it begins anew. */
  readonly lost: boolean;
}

const ROOM = 'stages';
const CHUNK_BYTES = 256 * 1024;
/** A snapshot is written when the journal behind the last one is longer than it, and than this. */
const JOURNAL_LEAST_BYTES = 4 * 1024 * 1024;

/**
 * The stages with a memory of their steps. What a batch did is kept as the steps that led there (its signals, how far time came, what was decided),
 * which is small; from time to time the whole state takes their place. Gone over again, the same steps give the same state, to the byte.
 */
export class JournaledStages {
  #stages: LiveStages;
  #rows: StateRow[] = [];
  #generation: number;
  #entries: number;
  #journalBytes: number;
  #snapshotBytes: number;
  #chunks: number;

  private constructor(
    stages: LiveStages,
    at: {
      readonly generation: number;
      readonly entries: number;
      readonly journalBytes: number;
      readonly snapshotBytes: number;
      readonly chunks: number;
    },
  ) {
    this.#stages = stages;
    this.#generation = at.generation;
    this.#entries = at.entries;
    this.#journalBytes = at.journalBytes;
    this.#snapshotBytes = at.snapshotBytes;
    this.#chunks = at.chunks;
  }

  /** Stages where they stood at the last commit; fresh ones where there was none, or its state is of another version. */
  static recover(store: Pick<StorePort, 'state'>, make: StagesMaker): Recovery {
    const chunks: Uint8Array[] = [];
    const journal: Uint8Array[] = [];
    let generation = 0;
    for (const { key, bytes } of store.state(ROOM)) {
      generation = Math.max(generation, Number(key.split('/')[1]));
      (key.startsWith('s/') ? chunks : journal).push(bytes);
    }
    const snapshotBytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const saved = chunks.length === 0 ? undefined : joined(chunks, snapshotBytes);
    const restored = make(saved);
    const stages = restored ?? make();
    if (stages === undefined) throw new Error('the stages cannot be made');
    const lost = restored === undefined;
    for (const bytes of lost ? [] : journal) step(stages, entryOf(bytes));
    const journalBytes = journal.reduce((sum, { length }) => sum + length, 0);
    const at = { generation, entries: journal.length, journalBytes, snapshotBytes, chunks: chunks.length };
    const live = new JournaledStages(stages, at);
    // A beginning is kept whole, too: what it began with (learnt baselines, say) may be another when the journal is gone over again.
    if (lost || (chunks.length === 0 && journal.length === 0)) live.renew();
    return { stages: live, replayed: lost ? 0 : journal.length, lost };
  }

  take(signals: readonly Signal[]): void {
    if (signals.length === 0) return;
    this.#stages.take(signals);
    this.#keep({ kind: 'signals', signals: signals.map(savedSignal) });
  }

  /** What the engine says about itself. */
  report(signals: readonly Signal[]): Changes {
    const changes = this.#stages.report(signals);
    this.#keep({ kind: 'report', signals: signals.map(savedSignal) });
    return changes;
  }

  advanceTo(to: EventTime): Changes {
    const changes = this.#stages.advanceTo(to);
    this.#keep({ kind: 'advance', to });
    return changes;
  }

  standing(): readonly StandingDecision[] {
    return this.#stages.standing();
  }

  apply(decision: Decision): Changes {
    const changes = this.#stages.apply(decision);
    this.#keep({ kind: 'decision', decision });
    return changes;
  }

  /** The end of all feeds: everything that waits is decided. */
  finish(): Changes {
    const changes = this.#stages.finish();
    this.#keep({ kind: 'finish' });
    return changes;
  }

  /** Goes on with stages of another ruleset, made from the state of these; false where they cannot be, and nothing changes. */
  swap(make: StagesMaker): boolean {
    const next = make(this.#stages.snapshot());
    if (next === undefined) return false;
    this.#stages = next;
    this.renew();
    return true;
  }

  /** What the next commit must hold. */
  drain(): readonly StateRow[] {
    if (this.#journalBytes > Math.max(JOURNAL_LEAST_BYTES, this.#snapshotBytes)) this.renew();
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  /** Lets the whole state take the place of the steps. */
  renew(): void {
    const old = this.#generation;
    const rows: StateRow[] = [];
    for (let i = 0; i < this.#chunks; i++) rows.push({ room: ROOM, key: chunkKey(old, i), bytes: undefined });
    for (let i = 0; i < this.#entries; i++)
      rows.push({ room: ROOM, key: entryKey(old, i), bytes: undefined });
    const snapshot = this.#stages.snapshot();
    this.#generation = old + 1;
    this.#chunks = Math.max(1, Math.ceil(snapshot.length / CHUNK_BYTES));
    for (let i = 0; i < this.#chunks; i++) {
      const bytes = snapshot.slice(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES);
      rows.push({ room: ROOM, key: chunkKey(this.#generation, i), bytes });
    }
    this.#entries = 0;
    this.#journalBytes = 0;
    this.#snapshotBytes = snapshot.length;
    this.#rows = rows;
  }

  #keep(entry: Entry): void {
    const bytes = new TextEncoder().encode(JSON.stringify(entry));
    this.#rows.push({ room: ROOM, key: entryKey(this.#generation, this.#entries++), bytes });
    this.#journalBytes += bytes.length;
  }
}

function step(stages: LiveStages, entry: Entry): void {
  switch (entry.kind) {
    case 'signals':
      stages.take(entry.signals.map(signalOf));
      return;
    case 'report':
      stages.report(entry.signals.map(signalOf));
      return;
    case 'advance':
      stages.advanceTo(eventTime(entry.to));
      return;
    case 'decision':
      stages.apply(entry.decision);
      return;
    case 'finish':
      stages.finish();
      return;
    default:
      entry satisfies never;
  }
}

/** Rows come by key, so numbers stand in a fixed width. */
function chunkKey(generation: number, chunk: number): string {
  return `s/${String(generation).padStart(12, '0')}/${String(chunk).padStart(9, '0')}`;
}

function entryKey(generation: number, entry: number): string {
  return `j/${String(generation).padStart(12, '0')}/${String(entry).padStart(9, '0')}`;
}

/** What this program wrote itself, under a checksum of the store. */
function entryOf(bytes: Uint8Array): Entry {
  return JSON.parse(new TextDecoder().decode(bytes)) as Entry;
}

function savedSignal(signal: Signal): SavedSignal {
  return { ...signal, values: [...signal.values] };
}

function signalOf(saved: SavedSignal): Signal {
  return { ...saved, values: new Map(saved.values) as Signal['values'] };
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
