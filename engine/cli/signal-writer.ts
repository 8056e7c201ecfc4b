import type { SignalFormat, TextSink } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { type Changes, type Incident, LEVELS, type Level, type Signal } from '../model/index.ts';
import type { Emitted } from './finding-formats.ts';

/** What a writer is told besides where to write to. */
export interface WriterOptions {
  readonly emit: readonly Emitted[];
  readonly revisions: 'last' | 'all';
  readonly failOn: Level | undefined;
  readonly promptly: boolean;
}

/** Writes what was found as text, and notes whether a signal reached a level. */
export class SignalWriter {
  readonly #sink: TextSink;
  readonly #format: SignalFormat;
  readonly #levels: readonly Level[];
  readonly #options: WriterOptions;
  reached = false;
  /** How many of each there are in the end. */
  readonly found = { alerts: 0, suppressed: 0, incidents: 0 };
  /** The last revision of each. */
  incidents: readonly Incident[] = [];

  constructor(sink: TextSink, format: SignalFormat, options: WriterOptions) {
    const { failOn } = options;
    this.#sink = sink;
    this.#format = format;
    this.#levels = failOn === undefined ? [] : LEVELS.slice(LEVELS.indexOf(failOn));
    this.#options = options;
  }

  async begin(): Promise<void> {
    await this.#sink.write(this.#format.begin());
  }

  write(signals: readonly Signal[]): Promise<void> | undefined {
    let text = '';
    const emitted = this.#options.emit.includes('signals');
    for (const signal of signals) {
      if (emitted) text += this.#format.signal(signal);
      if (this.#levels.includes(signal.rule.level)) this.reached = true;
    }
    const full = this.#sink.write(text);
    return this.#options.promptly ? this.#sink.flush() : full;
  }

  async writeCases({ alerts, incidents }: Changes): Promise<void> {
    const { emit, revisions } = this.#options;
    const last = { alerts: lastOf(alerts), incidents: lastOf(incidents) };
    this.found.alerts = last.alerts.length;
    this.found.suppressed = last.alerts.filter(({ suppressed }) => suppressed !== undefined).length;
    this.found.incidents = last.incidents.length;
    this.incidents = last.incidents;
    const chosen = revisions === 'all' ? { alerts, incidents } : last;
    for (const alert of emit.includes('alerts') ? chosen.alerts : [])
      await this.#sink.write(this.#format.alert(alert));
    for (const incident of emit.includes('incidents') ? chosen.incidents : [])
      await this.#sink.write(this.#format.incident(incident));
  }

  async end(): Promise<Diagnostic | undefined> {
    await this.#sink.write(this.#format.end());
    return this.#sink.close();
  }
}

/** The last revision of each, in the order in which they first came about. */
function lastOf<T extends { readonly id: string }>(revisions: readonly T[]): readonly T[] {
  return [...new Map(revisions.map((one) => [one.id, one])).values()];
}
