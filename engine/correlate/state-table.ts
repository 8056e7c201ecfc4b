import type { SignalReader, SignalWriter } from './snapshot.ts';

/** One entry of a table of state, as it is written down. */
export interface StateRow {
  readonly key: string | null;
  /** Entries put back in the order of their stamps stand in the order they stood in. */
  readonly stamp: number;
  readonly state: unknown;
}

/** State of a node by key, which can be written down whole or only where it changed, and read back entry by entry. */
export interface StateTable {
  /** Unique within its node. */
  readonly name: string;
  readonly log: ChangeLog;
  keys(): Iterable<string | null>;
  /** An entry written down; undefined where there is none of that key. */
  write(key: string | null, writer: SignalWriter): StateRow | undefined;
  /** Puts an entry back; entries come in the order of their stamps, and count as known, not as changed. */
  load(row: StateRow, reader: SignalReader): void;
}

/** Notes which keys of a table have changed, and which are gone. Costs next to nothing until it is started. */
export class ChangeLog {
  private started = false;
  private changed = new Set<string | null>();
  private removed = new Set<string | null>();

  get isOn(): boolean {
    return this.started;
  }

  /** From here on changes are noted. */
  start(): void {
    this.started = true;
  }

  put(key: string | null): void {
    if (!this.started) return;
    this.changed.add(key);
    this.removed.delete(key);
  }

  gone(key: string | null): void {
    if (!this.started) return;
    this.changed.delete(key);
    this.removed.add(key);
  }

  /** What was noted since the call before. */
  take(): { readonly changed: ReadonlySet<string | null>; readonly removed: ReadonlySet<string | null> } {
    const taken = { changed: this.changed, removed: this.removed };
    this.changed = new Set();
    this.removed = new Set();
    return taken;
  }
}
