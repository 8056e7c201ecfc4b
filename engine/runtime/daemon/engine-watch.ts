import type { ClockPort } from './clock-port.ts';
import type { Detected } from './detection.ts';
import type { OutputStatus } from './dispatcher.ts';
import type { EngineTrouble, EngineTroubleKind } from './engine-trouble.ts';
import type { SourceStatus } from './source-port.ts';

/** From when on something is wrong. */
export interface WatchLimits {
  /** A source that has sent, and then nothing for so long, is silent. */
  readonly silentMicros: number;
  /** Less room than this on the disk of the state folder is little. */
  readonly diskFreeBytes: number;
  /** A rule that takes more than this share of a processor is too dear; 0: none is. */
  readonly ruleShareMax: number;
}

/** What is looked at. */
export interface WatchPorts {
  readonly clock: ClockPort;
  readonly sources: () => readonly (SourceStatus & { readonly name: string })[];
  readonly outputs: () => readonly OutputStatus[];
  /** Room on the disk of the state folder; undefined where nobody can say. */
  readonly freeBytes: () => number | undefined;
  /** Things given up for want of room since the process began, by what gave them up. */
  readonly losses: () => ReadonlyMap<string, number>;
  /** Milliseconds that rules have taken since the process began, by id. */
  readonly ruleTimes: () => ReadonlyMap<string, number>;
  /** Events dated too far in the future since the state was begun. */
  readonly clamped: () => number;
}

/** What a look found. */
export interface Looked {
  /** Something is wrong that was not before, or has happened again. */
  readonly begun: readonly EngineTrouble[];
  /** What was wrong is so no more. */
  readonly ended: readonly Omit<EngineTrouble, 'reason'>[];
  /** What was told by whoever saw it, and is in no log of the watch's making. */
  readonly told: readonly EngineTrouble[];
}

/** Troubles that last, and end by themselves when what they are about works again. */
const LASTING: readonly EngineTroubleKind[] = [
  'source_silent',
  'source_down',
  'output_down',
  'disk_low',
  'rule_too_dear',
];
/** Over so long rules are judged: a burst makes none dear. */
const RULE_WINDOW_MS = 60_000;

/**
 * Looks after the engine itself. What lasts (an output that is down) is told when it begins and when it ends; what happens (records dropped) is told
 * when it has happened since the last look, once for each source and reason.
 */
export class EngineWatch {
  readonly #ports: WatchPorts;
  readonly #limits: WatchLimits;
  readonly #lasting = new Map<string, EngineTrouble>();
  readonly #known = new Set<string>();
  readonly #counted = new Map<string, number>();
  readonly #happened = new Map<string, { readonly trouble: Omit<EngineTrouble, 'reason'>; count: number }>();
  readonly #told: EngineTrouble[] = [];
  #first = true;
  #judged: {
    readonly at: number;
    readonly times: ReadonlyMap<string, number>;
    readonly dear: readonly EngineTrouble[];
  };

  constructor(ports: WatchPorts, limits: WatchLimits) {
    this.#ports = ports;
    this.#limits = limits;
    this.#judged = { at: ports.clock.monotonicMs(), times: new Map(), dear: [] };
  }

  /** Something happened, told by whoever saw it. */
  tell(trouble: EngineTrouble): void {
    this.#told.push(trouble);
  }

  /** A process before this one left something open: it ends at the next look where it is well by now. */
  remember(trouble: EngineTrouble): void {
    this.#lasting.set(keyOf(trouble), trouble);
  }

  /** Counts what a batch lost. */
  taken(source: string, { rejected, dropped }: Pick<Detected, 'rejected' | 'dropped'>): void {
    for (const [reason, count] of rejected) this.#happen('records_rejected', `${source}: ${reason}`, count);
    for (const [reason, count] of dropped) this.#happen('records_dropped', `${source}: ${reason}`, count);
  }

  /** What is new since the last look. */
  look(): Looked {
    const lasting = new Map(this.#present().map((trouble) => [keyOf(trouble), trouble]));
    const begun = [...lasting].filter(([key]) => !this.#lasting.has(key)).map(([, trouble]) => trouble);
    const ended = [...this.#lasting].filter(([key]) => !lasting.has(key)).map(([, trouble]) => trouble);
    // A process before this one may have left something open that is well by now.
    const well = this.#subjects().filter((one) => !lasting.has(keyOf(one)) && !this.#known.has(keyOf(one)));
    for (const one of well) this.#known.add(keyOf(one));
    this.#lasting.clear();
    for (const [key, trouble] of lasting) this.#lasting.set(key, trouble);
    this.#count();
    for (const { trouble, count } of this.#happened.values())
      begun.push({ ...trouble, reason: `${count} since the last look` });
    this.#happened.clear();
    const told = this.#told.splice(0);
    this.#first = false;
    return { begun, ended: [...ended, ...well], told };
  }

  #present(): readonly EngineTrouble[] {
    const { clock, sources, outputs, freeBytes } = this.#ports;
    const found: EngineTrouble[] = [];
    for (const { name, problem, lastAt } of sources()) {
      if (problem !== undefined) found.push({ kind: 'source_down', subject: name, reason: problem });
      const silent = lastAt === undefined ? 0 : clock.nowMicros() - lastAt;
      if (silent >= this.#limits.silentMicros) {
        const reason = `nothing has come for ${Math.round(silent / 1e6)} s`;
        found.push({ kind: 'source_silent', subject: name, reason });
      }
    }
    for (const { output, problem } of outputs())
      if (problem !== undefined) found.push({ kind: 'output_down', subject: output, reason: problem });
    const free = freeBytes();
    if (free !== undefined && free < this.#limits.diskFreeBytes)
      found.push({ kind: 'disk_low', subject: 'state', reason: `${free} bytes are free` });
    found.push(...this.#dearRules());
    return found;
  }

  /** Rules that took more than their share, judged once a window; in between what was said stands. */
  #dearRules(): readonly EngineTrouble[] {
    const { clock, ruleTimes } = this.#ports;
    const now = clock.monotonicMs();
    const { at, times, dear } = this.#judged;
    const elapsedMs = now - at;
    if (elapsedMs < RULE_WINDOW_MS) return dear;
    const present = ruleTimes();
    const share = this.#limits.ruleShareMax;
    const found = [...present].flatMap(([rule, tookMs]): EngineTrouble[] => {
      const part = (tookMs - (times.get(rule) ?? 0)) / elapsedMs;
      if (share === 0 || part <= share) return [];
      const reason = `it took ${Math.round(part * 100)} % of a processor, ${Math.round(share * 100)} % are allowed`;
      return [{ kind: 'rule_too_dear', subject: rule, reason }];
    });
    this.#judged = { at: now, times: new Map(present), dear: found };
    return found;
  }

  /** Everything that could be in lasting trouble. */
  #subjects(): readonly Omit<EngineTrouble, 'reason'>[] {
    const { sources, outputs } = this.#ports;
    return LASTING.flatMap((kind): readonly Omit<EngineTrouble, 'reason'>[] => {
      if (kind === 'disk_low') return [{ kind, subject: 'state' }];
      // There are thousands of rules; what was open of them is remembered.
      if (kind === 'rule_too_dear') return [];
      const names =
        kind === 'output_down' ? outputs().map(({ output }) => output) : sources().map(({ name }) => name);
      return names.map((subject) => ({ kind, subject }));
    });
  }

  /** What counters say has happened since the last look. */
  #count(): void {
    const { sources, outputs, losses, clamped } = this.#ports;
    for (const { name, losses: lost } of sources()) {
      for (const { kind, reason, count } of lost)
        this.#more(kind === 'dropped' ? 'records_dropped' : 'records_rejected', `${name}: ${reason}`, count);
    }
    for (const { output, dead } of outputs()) this.#more('output_dead_letter', output, dead);
    // These are counted since the state was begun: what a process before this one saw is no news.
    const lost = losses();
    if (this.#first) {
      for (const [subject, count] of lost)
        this.#counted.set(keyOf({ kind: 'limit_reached', subject }), count);
      this.#counted.set(keyOf({ kind: 'future_events', subject: 'events' }), clamped());
    }
    for (const [what, count] of lost) this.#more('limit_reached', what, count);
    this.#more('future_events', 'events', clamped());
  }

  #more(kind: EngineTroubleKind, subject: string, count: number): void {
    const key = keyOf({ kind, subject });
    const before = this.#counted.get(key) ?? 0;
    this.#counted.set(key, count);
    if (count > before) this.#happen(kind, subject, count - before);
  }

  #happen(kind: EngineTroubleKind, subject: string, count: number): void {
    const key = keyOf({ kind, subject });
    const known = this.#happened.get(key);
    if (known === undefined) this.#happened.set(key, { trouble: { kind, subject }, count });
    else known.count += count;
  }
}

function keyOf({ kind, subject }: Omit<EngineTrouble, 'reason'>): string {
  return `${kind}\n${subject}`;
}
