import { TEST_START } from '../correlate/index.ts';
import { decodeRecord, frameAll, type NormalisedEvent, normalise, Schemas } from '../ingest/index.ts';
import { Enrichment, type EnrichmentParts, type IntelSnapshot } from '../intel/index.ts';
import type { SetLookup } from '../match/index.ts';
import {
  canonicalJson,
  eventTime,
  type GivenItem,
  type Logsource,
  parseDuration,
  type RuleTest,
  type Signal,
} from '../model/index.ts';
import { Engine } from './engine.ts';
import { IntelLookup } from './intel-lookup.ts';
import type { RunnableRuleset } from './ruleset.ts';

/** An event of a test, and the signals it gave. */
export interface Arrived {
  readonly event: NormalisedEvent;
  readonly signals: readonly Signal[];
}

/** Where the events of a test come from. */
export interface GivenOptions {
  /** How `raw` and `file` records are recognised. */
  readonly schemas: Schemas;
  /**
   * The bytes of a file that a test names, relative to the file the test stands in; a text says why there are none. Without it, tests with
   * `file` fail.
   */
  readonly readFile?: (name: string, test: RuleTest) => Uint8Array | string;
  /** What the feeds say; nothing where absent. */
  readonly intel?: IntelSnapshot;
  /** What fields that events lack are worked out from; nothing where absent. */
  readonly enrichment?: EnrichmentParts;
}

/** One repeat of an item. */
export interface GivenAt {
  readonly item: GivenItem;
  /** From 1. */
  readonly n: number;
  /** Event time, in microseconds; undefined leaves a record its own, where it has one. */
  readonly time: number | undefined;
  /** Of events given by field names. */
  readonly logsource: 'any' | Logsource;
  readonly test: RuleTest;
}

/**
 * Makes events of what tests give, and runs the detections on them. An event given by field names is of the logsource asked for; its id, like that of
 * a record without one, is made of its content and its time, so that equal events at two times are two.
 */
export class GivenEvents {
  readonly #ruleset: RunnableRuleset;
  readonly #options: GivenOptions;
  readonly #recorded: Engine;
  readonly #intel: IntelLookup;
  readonly #enrichment: Enrichment | undefined;
  /** By logsource: an engine for events that are given by field names. */
  readonly #named = new Map<string, Engine>();

  constructor(ruleset: RunnableRuleset, options: GivenOptions) {
    this.#ruleset = ruleset;
    this.#options = options;
    this.#recorded = new Engine(ruleset, { schemas: options.schemas, ...outsideOf(options) });
    this.#enrichment = options.enrichment === undefined ? undefined : new Enrichment(options.enrichment);
    this.#intel = new IntelLookup(ruleset.feedNames, options.intel);
  }

  /** What explanations of an event ask feeds. */
  setsAt(event: NormalisedEvent): SetLookup {
    return this.#intel.setsAt(event.time);
  }

  /** What one repeat of an item gives; a text says why nothing. */
  arrive(at: GivenAt): readonly Arrived[] | string {
    const { item, n, time } = at;
    if (item.event !== undefined) {
      const engine = this.#engineFor(at.logsource);
      return [this.#process(engine, { ...item.event, ...varied(item, n) }, time ?? TEST_START)];
    }
    if (item.raw !== undefined) {
      const { raw } = item;
      const changed = varied(item, n);
      const record = Object.keys(changed).length > 0 && isObject(raw) ? { ...raw, ...changed } : raw;
      return [this.#process(this.#recorded, record, time)];
    }
    if (item.file !== undefined) return this.#fromFile(item.file, at);
    return 'a test of a detection is given events, not signals of other rules';
  }

  #fromFile(name: string, { test, time }: GivenAt): readonly Arrived[] | string {
    const bytes = this.#options.readFile?.(name, test) ?? 'files cannot be read here';
    if (typeof bytes === 'string') return `${name}: ${bytes}`;
    const events: NormalisedEvent[] = [];
    for (const framed of frameAll(bytes)) {
      if (framed.kind === 'problem') return `${name}:${framed.problem.line}: ${framed.problem.message}`;
      const decoded = decodeRecord(framed.bytes, { line: framed.line, column: framed.column });
      if (decoded.kind === 'problem') return `${name}:${framed.line}: ${decoded.problem.message}`;
      if (decoded.kind === 'record') events.push(this.#normalised(this.#recorded, decoded.value));
    }
    const first = events.reduce((least, event) => Math.min(least, event.time), Number.POSITIVE_INFINITY);
    const shift = time === undefined ? 0 : time - first;
    const arrived = events.map((event) =>
      this.#run(this.#recorded, { ...event, time: eventTime(event.time + shift) }),
    );
    return arrived.length === 0 ? `${name}: no event in it` : arrived;
  }

  #process(engine: Engine, record: unknown, time: number | undefined): Arrived {
    const event = this.#normalised(engine, record, time);
    return this.#run(engine, time === undefined ? event : { ...event, time: eventTime(time), timeNs: 0 });
  }

  #run(engine: Engine, event: NormalisedEvent): Arrived {
    const signals = engine.process(event);
    // What explains a failure sees what the rules saw.
    const seen =
      this.#enrichment === undefined ? event : { ...event, fields: this.#enrichment.view(event.fields) };
    return { event: seen, signals };
  }

  #normalised(engine: Engine, record: unknown, time?: number): NormalisedEvent {
    const options = { observedAt: eventTime(TEST_START) };
    if (time === undefined) return normalise(record, engine.schemas, options);
    return normalise(record, engine.schemas, { ...options, source: `${time} ${canonicalJson(record)}` });
  }

  /** An engine that takes every record for one of this logsource and every key for a field name. */
  #engineFor(logsource: 'any' | Logsource): Engine {
    const key =
      logsource === 'any' ? 'any' : [logsource.product, logsource.category, logsource.service].join('\u0000');
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const engine = new Engine(this.#ruleset, {
      schemas: new Schemas([], logsource),
      ...outsideOf(this.#options),
    });
    this.#named.set(key, engine);
    return engine;
  }
}

function outsideOf({ intel, enrichment }: GivenOptions): Pick<GivenOptions, 'intel' | 'enrichment'> {
  return {
    ...(intel === undefined ? {} : { intel }),
    ...(enrichment === undefined ? {} : { enrichment }),
  };
}

/** The repeats of an item with their times after the start, copies included: `[n, time]`. */
export function repeatsOf(item: GivenItem): readonly (readonly [n: number, time: number])[] {
  const at = TEST_START + spanOf(item.at);
  const every = spanOf(item.every);
  const copies = item.copies ?? 1;
  return Array.from({ length: (item.repeat ?? 1) * copies }, (_, i) => {
    const n = Math.floor(i / copies) + 1;
    return [n, at + (n - 1) * every] as const;
  });
}

/** A time span as tests write it; `0s` and nothing are 0. */
export function spanOf(text: string | undefined): number {
  return text === undefined ? 0 : (parseDuration(text) ?? 0);
}

/** The fields that change from repeat to repeat: of a list the n-th (and round again), of a template with `{n}` the number. */
export function varied(item: GivenItem, n: number): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  for (const [field, values] of Object.entries(item.vary ?? {})) {
    if (Array.isArray(values)) changed[field] = values[(n - 1) % values.length];
    else changed[field] = typeof values === 'string' ? values.replaceAll('{n}', String(n)) : values;
  }
  return changed;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
