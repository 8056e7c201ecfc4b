import { type EventTime, eventTime, MICROS_PER_SECOND } from '../model/index.ts';
import type { Indicator } from './indicator.ts';

const HOUR = 3600 * MICROS_PER_SECOND;
/** Stands for "nobody said when": the year 2927, which no feed names. */
const NEVER_SAID = 0x7f_ffff;

/** What is known of an indicator besides its value. */
export interface Note {
  readonly source: string;
  readonly confidence: number;
  /** Undefined where nobody said: then it does not decay. */
  readonly lastSeen: EventTime | undefined;
  readonly validUntil: EventTime | undefined;
  readonly revoked: boolean;
}

/** Notes by number, each kept once: feeds say the same of thousands of indicators. Times are coarse so that it stays so. */
export class Notes {
  readonly #notes: Note[];
  /** By what does not expire, then by when it expires: numbers are far cheaper keys than texts. */
  readonly #numbers = new Map<number, Map<number, number>>();
  readonly #sources = new Map<string, number>();

  constructor(notes: readonly Note[] = []) {
    this.#notes = [...notes];
  }

  get size(): number {
    return this.#notes.length;
  }

  /** The number of what an indicator says; `loadedAt` stands for a time that it does not give. */
  numberOf(indicator: Indicator, loadedAt: EventTime | undefined): number {
    const source = this.#sourceOf(indicator.source);
    const confidence = Math.round(Math.min(100, Math.max(0, indicator.confidence)));
    const seen = indicator.lastSeen ?? loadedAt;
    const hour =
      seen === undefined ? NEVER_SAID : Math.min(NEVER_SAID - 1, Math.max(0, Math.floor(seen / HOUR)));
    const second =
      indicator.validUntil === undefined
        ? Number.POSITIVE_INFINITY
        : Math.floor(indicator.validUntil / MICROS_PER_SECOND);
    const revoked = indicator.revoked === true;
    const key = ((source * 128 + confidence) * 2 + (revoked ? 1 : 0)) * 0x80_0000 + hour;
    let bySecond = this.#numbers.get(key);
    if (bySecond === undefined) {
      bySecond = new Map();
      this.#numbers.set(key, bySecond);
    }
    const known = bySecond.get(second);
    if (known !== undefined) return known;
    const number = this.#notes.length;
    bySecond.set(second, number);
    this.#notes.push({
      source: indicator.source,
      confidence,
      lastSeen: hour === NEVER_SAID ? undefined : eventTime(hour * HOUR),
      validUntil: Number.isFinite(second) ? eventTime(second * MICROS_PER_SECOND) : undefined,
      revoked,
    });
    return number;
  }

  /** All, by number. */
  get all(): readonly Note[] {
    return this.#notes;
  }

  at(number: number): Note {
    const note = this.#notes[number];
    if (note === undefined) throw new Error(`no note ${number}`);
    return note;
  }

  /**
   * Of what was said of one value, what stands: of each source the latest, and nothing of a source that took it back then or later. The
   * order is that of the sources' names.
   */
  settle(numbers: readonly number[]): readonly number[] {
    const [only] = numbers;
    if (numbers.length === 1 && only !== undefined) return this.at(only).revoked ? [] : numbers;
    const bySource = new Map<string, number>();
    for (const number of numbers) {
      const note = this.at(number);
      const known = bySource.get(note.source);
      if (known === undefined || prevails(note, this.at(known))) bySource.set(note.source, number);
    }
    return [...bySource]
      .filter(([, number]) => !this.at(number).revoked)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, number]) => number);
  }

  #sourceOf(name: string): number {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    this.#sources.set(name, this.#sources.size);
    return this.#sources.size - 1;
  }
}

/** Later, then revoked, then valid longer, then surer: so the order of rows does not matter. */
function prevails(a: Note, b: Note): boolean {
  const [seen, seenOther] = [a.lastSeen ?? Number.POSITIVE_INFINITY, b.lastSeen ?? Number.POSITIVE_INFINITY];
  if (seen !== seenOther) return seen > seenOther;
  if (a.revoked !== b.revoked) return a.revoked;
  const [until, other] = [a.validUntil ?? Number.POSITIVE_INFINITY, b.validUntil ?? Number.POSITIVE_INFINITY];
  return until !== other ? until > other : a.confidence > b.confidence;
}
