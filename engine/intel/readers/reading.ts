import type { Diagnostic, Place } from '../../diagnostic/index.ts';
import { type EventTime, eventTime, type IndicatorType } from '../../model/index.ts';
import { type IntelCode, intelDiagnostic } from '../errors.ts';
import { type FeedSink, type Indicator, isOfType, refang, typeOf } from '../indicator.ts';

/** What every reader is told of a feed. */
export interface FeedOptions {
  /** The feed's name, which every indicator carries. */
  readonly source: string;
  /** The file's name, for places. */
  readonly file: string;
  /** 0–100 where the feed states none. */
  readonly confidence: number;
  /** The type of rows that do not state one; told by the shape of the value where absent. */
  readonly type?: IndicatorType;
  /** When the feed last saw what it gives no time for. */
  readonly seenAt?: EventTime;
}

/** What became of a feed: read + bad = rows, but that a row of STIX may hold several indicators. */
export interface FeedReading {
  readonly read: number;
  /** Rows that hold no indicator. All are counted; the first hundred have a diagnostic. */
  readonly bad: number;
  readonly diagnostics: readonly Diagnostic[];
}

const DIAGNOSTICS_MAX = 100;

/** One run of a reader. */
export class Reading {
  readonly options: FeedOptions;
  readonly #sink: FeedSink;
  readonly #diagnostics: Diagnostic[] = [];
  #read = 0;
  #bad = 0;

  constructor(sink: FeedSink, options: FeedOptions) {
    this.#sink = sink;
    this.options = options;
  }

  /** Takes a value of a type, or of whatever type its shape says. False, and TT6601, where it is none. */
  take(
    value: string,
    type: IndicatorType | undefined,
    more: Partial<Omit<Indicator, 'type' | 'value' | 'source'>> & {
      readonly line?: number | undefined;
      readonly path?: string;
    },
  ): boolean {
    const { line, path, ...said } = more;
    const mended = refang(value.trim());
    const stated = type ?? this.options.type;
    const known = stated === undefined ? typeOf(mended) : isOfType(stated, mended) ? stated : undefined;
    if (known === undefined) {
      const what = stated === undefined ? 'no indicator of any type' : `not of the type ${stated}`;
      this.bad('TT6601', `${shown(value)} is ${what}`, { line, path });
      return false;
    }
    this.#read++;
    const { source, confidence, seenAt } = this.options;
    const seen = seenAt === undefined ? {} : { lastSeen: seenAt };
    this.#sink.indicator({ type: known, value: mended, source, confidence, ...seen, ...said });
    return true;
  }

  /** Counts a row that holds nothing. */
  bad(
    code: IntelCode,
    message: string,
    where: { readonly line?: number | undefined; readonly path?: string | undefined; readonly hint?: string },
  ): void {
    this.#bad++;
    if (this.#diagnostics.length >= DIAGNOSTICS_MAX) return;
    const at: Place = { file: this.options.file, line: where.line ?? 1, column: 1 };
    const text = where.path === undefined ? message : `${where.path}: ${message}`;
    this.#diagnostics.push(
      intelDiagnostic(code, text, { at, ...(where.hint === undefined ? {} : { hint: where.hint }) }),
    );
  }

  end(): FeedReading {
    return { read: this.#read, bad: this.#bad, diagnostics: this.#diagnostics };
  }
}

function shown(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

/** ISO 8601, `YYYY-MM-DD hh:mm:ss` with or without ` UTC`, seconds or milliseconds since 1970. UTC where no zone is given. */
export function timeOf(value: unknown): EventTime | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{9,13}$/.test(value))) {
    const number = Number(value);
    return Number.isFinite(number) ? eventTime(Math.floor(number * (number >= 1e11 ? 1e3 : 1e6))) : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?)?$/.exec(
    value.trim(),
  );
  if (found === null) return undefined;
  const [, day = '', clock = '00:00', zone = 'Z'] = found;
  const ms = Date.parse(`${day}T${clock}${zone === 'UTC' ? 'Z' : zone}`);
  return Number.isNaN(ms) ? undefined : eventTime(ms * 1000);
}

/** A confidence as feeds write it: a number from 0 to 100, or `high`, `medium`, `low`. */
export function confidenceOf(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const word = ({ high: 85, medium: 50, low: 15 } as Readonly<Record<string, number>>)[value.toLowerCase()];
    if (word !== undefined) return word;
    if (!/^\d+(\.\d+)?%?$/.test(value.trim())) return undefined;
  }
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? Number.parseFloat(value) : Number.NaN;
  return number >= 0 && number <= 100 ? number : undefined;
}

/** Only the keys that have a value. */
export function given<T extends object>(of: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** An object of JSON, for reading keys of unknown documents. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** Parses JSON, or counts TT6603. */
export function jsonOf(text: string, reading: Reading): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch (thrown) {
    reading.bad('TT6603', `not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
      hint: 'fetch the feed again; a download that broke off looks like this',
    });
    return undefined;
  }
}
