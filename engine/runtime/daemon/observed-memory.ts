import type { ObservedRecord } from '../chunk-scan.ts';
import type { KeptValue, StorePort } from './store-port.ts';

/** What may be remembered for indicators that come later. */
export interface ObservedLimits {
  /** Days of receipt; 0: nothing is remembered. */
  readonly days: number;
  /** Values by actor on a day, and the bytes of their records; what is beyond is not remembered, and counted. */
  readonly valuesPerDay: number;
  readonly bytesPerDay: number;
}

export const OBSERVED_LIMITS: ObservedLimits = {
  days: 7,
  valuesPerDay: 100_000,
  bytesPerDay: 32 * 1024 * 1024,
};

/** A record that is remembered, with all that detecting on it again needs. */
export interface RememberedRecord extends ObservedRecord {
  readonly source: string;
  readonly file: string;
  /** Microseconds. */
  readonly receivedAt: number;
}

/** What is remembered, and what is not. */
export interface ObservedStats {
  readonly days: number;
  /** Of the newest day. */
  readonly values: number;
  /** Of all days. */
  readonly bytes: number;
  /** Records that the bounds of a day left out, since the process began. */
  readonly lost: number;
}

/** One day of the ring. */
interface Day {
  readonly day: number;
  chunks: number;
  values: number;
  bytes: number;
}

const PREFIX = 'observed/';
const TOLD_KEY = 'retro/told';
const DAY_MICROS = 86_400_000_000;
/** A chunk is written again until it is so long; then the next one begins. */
const CHUNK_BYTES = 64 * 1024;
/** Longer records are not remembered. */
const RECORD_MAX = 64 * 1024;
/** Signals about the past that are remembered as told. */
const TOLD_MAX = 20_000;

/**
 * The records of the last days that hold what feeds may list later: a ring by day of receipt, each value once for each actor and day, in chunks of
 * the store that are committed with the batch they came of. Bounded by day in values and bytes; what a bound leaves out is counted.
 * State in memory: the values of the newest day (a text each) and the chunk in hand. O(1) a record.
 */
export class ObservedMemory {
  readonly #store: Pick<StorePort, 'value' | 'values'>;
  readonly #limits: ObservedLimits;
  readonly #days: Day[] = [];
  /** Values of the newest day, by actor. */
  #known = new Set<string>();
  /** Lines of the newest day's last chunk. */
  #open: string[] = [];
  #openBytes = 0;
  #changed = new Map<string, KeptValue>();
  readonly #told: Set<string>;
  #lost = 0;

  constructor(store: Pick<StorePort, 'value' | 'values'>, limits: ObservedLimits = OBSERVED_LIMITS) {
    this.#store = store;
    this.#limits = limits;
    const told = store.value(TOLD_KEY);
    this.#told = new Set(told === undefined ? [] : (JSON.parse(new TextDecoder().decode(told)) as string[]));
    for (const { key, bytes } of store.values(PREFIX)) this.#reopen(key, bytes);
    const newest = this.#days.at(-1);
    if (newest === undefined) return;
    for (let chunk = 0; chunk < newest.chunks; chunk++) {
      for (const { texts, actor } of this.#chunk(newest.day, chunk)) {
        newest.values += texts.length;
        for (const text of texts) this.#known.add(`${actor}\n${text}`);
      }
    }
  }

  get stats(): ObservedStats {
    return {
      days: this.#days.length,
      values: this.#days.at(-1)?.values ?? 0,
      bytes: this.#days.reduce((sum, { bytes }) => sum + bytes, 0),
      lost: this.#lost,
    };
  }

  /** Remembers what a batch held. */
  take(
    records: readonly ObservedRecord[],
    from: { readonly source: string; readonly file: string; readonly receivedAt: number },
  ): void {
    if (records.length === 0 || this.#limits.days === 0) return;
    const day = this.#dayOf(Math.floor(from.receivedAt / DAY_MICROS));
    const { source, file, receivedAt } = from;
    for (const record of records) this.#remember(day, { ...record, source, file, receivedAt });
  }

  /** What the next commit must hold. */
  drain(): readonly KeptValue[] {
    this.#sealOpen();
    const values = [...this.#changed.values()];
    this.#changed = new Map();
    return values;
  }

  /** What was remembered until now, the oldest first; chunks are read one by one. Only what is committed is there. */
  *records(): Generator<RememberedRecord> {
    for (const { day, chunks } of [...this.#days])
      for (let chunk = 0; chunk < chunks; chunk++) yield* this.#chunk(day, chunk);
  }

  /** Whether a signal about the past was told already. */
  wasTold(signalId: string): boolean {
    return this.#told.has(signalId);
  }

  /** Notes signals as told; what is given must be committed with them. The oldest beyond 20,000 are forgotten. */
  tell(signalIds: readonly string[]): KeptValue {
    for (const id of signalIds) this.#told.add(id);
    for (const oldest of this.#told) {
      if (this.#told.size <= TOLD_MAX) break;
      this.#told.delete(oldest);
    }
    return { key: TOLD_KEY, bytes: new TextEncoder().encode(JSON.stringify([...this.#told])) };
  }

  #remember(day: Day, record: RememberedRecord): void {
    const texts = record.texts.filter((text) => !this.#known.has(`${record.actor}\n${text}`));
    if (texts.length === 0) return;
    const line = JSON.stringify({ ...record, texts });
    const { valuesPerDay, bytesPerDay } = this.#limits;
    if (
      line.length > RECORD_MAX ||
      day.values + texts.length > valuesPerDay ||
      day.bytes + line.length > bytesPerDay
    ) {
      this.#lost++;
      return;
    }
    for (const text of texts) this.#known.add(`${record.actor}\n${text}`);
    if (day.chunks === 0 || this.#openBytes >= CHUNK_BYTES) this.#nextChunk(day);
    this.#open.push(line);
    this.#openBytes += line.length + 1;
    day.values += texts.length;
    day.bytes += line.length + 1;
    this.#changed.set(OPEN, { key: OPEN, bytes: undefined });
  }

  #nextChunk(day: Day): void {
    this.#sealOpen();
    day.chunks++;
    this.#open = [];
    this.#openBytes = 0;
  }

  #sealOpen(): void {
    const newest = this.#days.at(-1);
    if (newest === undefined || !this.#changed.has(OPEN)) return;
    this.#changed.delete(OPEN);
    const key = keyOf(newest.day, newest.chunks - 1);
    this.#changed.set(key, { key, bytes: new TextEncoder().encode(this.#open.join('\n')) });
  }

  /** The day at hand; a clock that goes back does not reopen a day. */
  #dayOf(given: number): Day {
    const newest = this.#days.at(-1);
    if (newest !== undefined && given <= newest.day) return newest;
    this.#sealOpen();
    const day = { day: given, chunks: 0, values: 0, bytes: 0 };
    this.#days.push(day);
    this.#known = new Set();
    this.#open = [];
    this.#openBytes = 0;
    for (let first = this.#days[0]; first !== undefined; first = this.#days[0]) {
      if (first.day > given - this.#limits.days) break;
      this.#days.shift();
      for (let chunk = 0; chunk < first.chunks; chunk++) {
        const key = keyOf(first.day, chunk);
        this.#changed.set(key, { key, bytes: undefined });
      }
    }
    return day;
  }

  #reopen(key: string, bytes: Uint8Array): void {
    const [day, chunk] = key.slice(PREFIX.length).split('/').map(Number);
    if (day === undefined || chunk === undefined) return;
    let known = this.#days.find((one) => one.day === day);
    if (known === undefined) {
      known = { day, chunks: 0, values: 0, bytes: 0 };
      this.#days.push(known);
      this.#days.sort((a, b) => a.day - b.day);
    }
    known.chunks = Math.max(known.chunks, chunk + 1);
    known.bytes += bytes.length + 1;
    // A process that begins writes a chunk of its own, and lets what is there stand.
    this.#openBytes = CHUNK_BYTES;
  }

  #chunk(day: number, chunk: number): readonly RememberedRecord[] {
    const bytes = this.#store.value(keyOf(day, chunk));
    return bytes === undefined ? [] : recordsOf(bytes);
  }
}

/** Stands for the chunk in hand until its bytes are made. */
const OPEN = 'open';

function keyOf(day: number, chunk: number): string {
  return `${PREFIX}${String(day).padStart(6, '0')}/${String(chunk).padStart(6, '0')}`;
}

/** What this program wrote itself, under a checksum of the store. */
function recordsOf(bytes: Uint8Array): readonly RememberedRecord[] {
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => JSON.parse(line) as RememberedRecord);
}
