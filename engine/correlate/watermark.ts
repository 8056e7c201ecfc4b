/** How the clock of event time is kept for one source. All in microseconds. */
export interface SourceTiming {
  /** How much older than the newest an event of this source may be. */
  readonly latenessMicros: number;
  /** After so long without an event (by receipt) the source no longer holds the others back. */
  readonly idleMicros: number;
}

/**
 * How far time has come by a source, where all are idle. What was under way has arrived when the source was quiet for as long as its events may be late:
 * then its newest event is past, too. A source whose events came as they happened says more: nothing has happened since, so that what waits for
 * something to be absent need not wait for the next event. One that read old events does not: more of them may come.
 */
function idleMark({ newest, seenAt, latenessMicros, idleMicros }: SourceState, now: number): number {
  const waitMicros = Math.max(idleMicros, latenessMicros);
  const mark = now - seenAt >= latenessMicros ? newest + 1 : newest - latenessMicros;
  const asItHappened = seenAt - newest <= waitMicros;
  return asItHappened ? Math.max(mark, now - waitMicros) : mark;
}

/** An event's time as far as it may be believed. */
export interface Admitted {
  readonly time: number;
  /** The event claimed to be further in the future than allowed; its time was set to the latest allowed. */
  readonly clamped: boolean;
}

interface SourceState {
  newest: number;
  seenAt: number;
  latenessMicros: number;
  idleMicros: number;
}

/**
 * Watermarks: how far event time has come, over several sources. A source's watermark is its newest time less its lateness; the
 * whole's is the least of the sources that are not idle, and never goes back. An event dated further ahead of its receipt than
 * `maxSkewMicros` is set back to that limit and moves no watermark.
 */
export class Watermarks {
  private readonly sources = new Map<string, SourceState>();
  private readonly timing: SourceTiming;
  private readonly maxSkewMicros: number;
  private current = Number.NEGATIVE_INFINITY;
  /** Events dated too far in the future. */
  clamped = 0;

  constructor(options: SourceTiming & { readonly maxSkewMicros: number }) {
    this.timing = options;
    this.maxSkewMicros = options.maxSkewMicros;
  }

  /** Notes an event of a source: its own time, and when it was received. */
  observe(source: string, time: number, receivedAt: number): Admitted {
    const state = this.sources.get(source) ?? {
      newest: Number.NEGATIVE_INFINITY,
      seenAt: receivedAt,
      latenessMicros: this.timing.latenessMicros,
      idleMicros: this.timing.idleMicros,
    };
    this.sources.set(source, state);
    state.seenAt = Math.max(state.seenAt, receivedAt);
    const latest = receivedAt + this.maxSkewMicros;
    if (time > latest) {
      this.clamped++;
      return { time: latest, clamped: true };
    }
    state.newest = Math.max(state.newest, time);
    return { time, clamped: false };
  }

  /** Gives a source its own lateness and idle time. */
  configure(source: string, timing: SourceTiming): void {
    const state = this.sources.get(source);
    if (state === undefined) {
      this.sources.set(source, {
        newest: Number.NEGATIVE_INFINITY,
        seenAt: Number.NEGATIVE_INFINITY,
        ...timing,
      });
    } else {
      state.latenessMicros = timing.latenessMicros;
      state.idleMicros = timing.idleMicros;
    }
  }

  /** The watermark at a time of receipt: nothing before it is expected any more. Never goes back. */
  at(now: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const state of this.sources.values()) {
      if (now - state.seenAt >= state.idleMicros) continue;
      least = Math.min(least, state.newest - state.latenessMicros);
    }
    if (least === Number.POSITIVE_INFINITY) {
      least = Number.NEGATIVE_INFINITY;
      for (const state of this.sources.values()) least = Math.max(least, idleMark(state, now));
    }
    this.current = Math.max(this.current, least);
    return this.current;
  }

  /** The watermark as it was last asked for, which is what was decided by. */
  get reached(): number {
    return this.current;
  }

  /** How far one source has come: its newest event, and up to when it is taken to be complete; undefined before its first. */
  of(source: string): { readonly newest: number; readonly watermark: number } | undefined {
    const state = this.sources.get(source);
    if (state === undefined || !Number.isFinite(state.newest)) return undefined;
    return { newest: state.newest, watermark: state.newest - state.latenessMicros };
  }

  /** The state, plain: JSON can hold it. */
  save(): unknown {
    const finite = (time: number): number | null => (Number.isFinite(time) ? time : null);
    return {
      current: finite(this.current),
      clamped: this.clamped,
      sources: [...this.sources].map(([source, { newest, seenAt, latenessMicros, idleMicros }]) => [
        source,
        finite(newest),
        finite(seenAt),
        latenessMicros,
        finite(idleMicros),
      ]),
    };
  }

  /** Goes on where `save` was called. What is configured here stays: an operator may have changed it. False where it is no such state. */
  load(saved: unknown): boolean {
    if (!isSaved(saved)) return false;
    this.current = Math.max(this.current, saved.current ?? Number.NEGATIVE_INFINITY);
    this.clamped = saved.clamped;
    for (const [source, newest, seenAt, latenessMicros, idleMicros] of saved.sources) {
      const known = this.sources.get(source);
      this.sources.set(source, {
        newest: newest ?? Number.NEGATIVE_INFINITY,
        seenAt: seenAt ?? Number.NEGATIVE_INFINITY,
        latenessMicros: known?.latenessMicros ?? latenessMicros,
        idleMicros: known?.idleMicros ?? idleMicros ?? Number.POSITIVE_INFINITY,
      });
    }
    return true;
  }
}

interface SavedWatermarks {
  readonly current: number | null;
  readonly clamped: number;
  readonly sources: readonly (readonly [
    source: string,
    newest: number | null,
    seenAt: number | null,
    latenessMicros: number,
    idleMicros: number | null,
  ])[];
}

/** The form of what `save` gave; a store's bytes are checked no deeper. */
function isSaved(saved: unknown): saved is SavedWatermarks {
  return (
    typeof saved === 'object' &&
    saved !== null &&
    'sources' in saved &&
    Array.isArray(saved.sources) &&
    'clamped' in saved &&
    typeof saved.clamped === 'number'
  );
}
