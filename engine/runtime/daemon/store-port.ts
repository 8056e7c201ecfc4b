import type { OutboxItem } from './output-port.ts';

/** The exact account of records: `received = matched + unmatched + rejected + dropped`, by source and in all. */
export interface Ledger {
  readonly received: number;
  readonly matched: number;
  readonly unmatched: number;
  readonly rejected: number;
  readonly dropped: number;
}

/** A piece of a stage's state. `bytes` undefined deletes it. */
export interface StateRow {
  /** `correlate`, `alert`, `incident`, `baseline`, `watermark` … */
  readonly room: string;
  readonly key: string;
  readonly bytes: Uint8Array | undefined;
}

/** A revision of an alert or incident. */
export interface StoredRevision {
  readonly kind: 'alert' | 'incident';
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly severity: string;
  readonly ruleId: string;
  /** Values of the entities it is about, for listings. */
  readonly entities: readonly string[];
  /** Microseconds of event time. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** The NDJSON line without its line end. */
  readonly body: string;
  /** Microseconds, when it was stored. */
  readonly storedAt: number;
}

/** One thing that somebody or something did. */
export interface AuditEvent {
  /** Microseconds. */
  readonly at: number;
  /** `engine`, `policy:<id>`, `token:<name>`, `operator`. */
  readonly by: string;
  /** `alert.opened`, `incident.merged`, `rules.reloaded`, `dlq.replayed` … */
  readonly action: string;
  readonly subject: string;
  /** Plain JSON. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An item bound for an output. */
export interface OutboxEntry extends Omit<OutboxItem, 'sequence' | 'attempts'> {
  readonly output: string;
}

/** A small thing of the runtime; `bytes` undefined forgets it. */
export interface KeptValue {
  readonly key: string;
  readonly bytes: Uint8Array | undefined;
}

/** What one transaction holds. All of it is there after a crash, or none of it. */
export interface Commit {
  /** An empty position forgets the partition. */
  readonly positions: readonly {
    readonly source: string;
    readonly partition: string;
    readonly position: string;
  }[];
  readonly state: readonly StateRow[];
  readonly revisions: readonly StoredRevision[];
  readonly outbox: readonly OutboxEntry[];
  readonly audit: readonly AuditEvent[];
  /** Added to the account of each source. */
  readonly ledger: readonly ({ readonly source: string } & Ledger)[];
  /** Small things of the runtime that stand or fall with this. */
  readonly values?: readonly KeptValue[];
}

/** What a restart goes on from. */
export interface Checkpoint {
  /** By source, then by partition. */
  readonly positions: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly ledger: ReadonlyMap<string, Ledger>;
  /** Number of commits since the database was made. */
  readonly commits: number;
}

/** Which alerts or incidents to list. Newest `lastSeen` first; `after` is the cursor of the page before. */
export interface RevisionQuery {
  readonly kind: 'alert' | 'incident';
  readonly states?: readonly string[];
  readonly severities?: readonly string[];
  readonly ruleId?: string;
  /** An entity's value, exact. */
  readonly entity?: string;
  /** `lastSeen` in [since, until), microseconds. */
  readonly since?: number;
  readonly until?: number;
  readonly after?: string;
  readonly limit: number;
}

/** A revision, with its number in the order in which revisions were stored. */
export interface StoredChange {
  readonly sequence: number;
  readonly revision: StoredRevision;
}

/** How many alerts and incidents are about an entity. */
export interface EntityCount {
  readonly value: string;
  readonly alerts: number;
  readonly incidents: number;
}

/** A page of a listing. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; undefined at the end. */
  readonly next?: string;
}

/** An item that an output will never take, or did not take in time. */
export interface DeadLetter extends OutboxItem {
  readonly output: string;
  readonly reason: string;
  /** Microseconds. */
  readonly failedAt: number;
}

/** How an output's queue stands. */
export interface QueueStatus {
  readonly output: string;
  readonly waiting: number;
  /** When the oldest was put in, microseconds. */
  readonly oldestAt?: number;
  readonly dead: number;
}

/** The daemon's durable memory. Calls are synchronous: one transaction each, on disk (fsync) when they return. */
export interface StorePort {
  checkpoint(): Checkpoint;
  /** All rows of a room, by key. */
  state(room: string): Iterable<{ readonly key: string; readonly bytes: Uint8Array }>;
  commit(commit: Commit): void;

  /** The latest revision of each thing that fits. */
  list(query: RevisionQuery): Page<StoredRevision>;
  latest(kind: 'alert' | 'incident', id: string): StoredRevision | undefined;
  history(kind: 'alert' | 'incident', id: string): readonly StoredRevision[];
  /** Revisions in the order in which they were stored, behind a number. */
  changes(after: number, limit: number): readonly StoredChange[];
  /** The number of the last revision; 0 where there is none. */
  lastChange(): number;
  /** The entities that alerts and incidents are about, by value. */
  entities(query: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit: number;
  }): Page<EntityCount>;
  /** `subject`: only what was done to it. */
  audit(query: {
    readonly since?: number;
    readonly subject?: string;
    readonly after?: string;
    readonly limit: number;
  }): Page<AuditEvent>;

  /** Items due at a time, oldest first, never a lane's later item before its earlier one. */
  due(output: string, at: { readonly nowMicros: number; readonly limit: number }): readonly OutboxItem[];
  /** What became of items: done ones go, others wait until `retryAt`, refused ones go to the dead letters. */
  settle(
    output: string,
    results: readonly {
      readonly sequence: number;
      readonly outcome: 'done' | 'retry' | 'dead';
      readonly retryAt?: number;
      readonly reason?: string;
    }[],
  ): void;
  queues(): readonly QueueStatus[];
  deadLetters(
    output: string | undefined,
    page: { readonly after?: string; readonly limit: number },
  ): Page<DeadLetter>;
  /** Puts dead letters back into their queues; all of an output where no sequences are named. Gives how many. */
  replay(output: string, sequences: readonly number[] | 'all'): number;

  /**
   * Forgets alerts and incidents, audit events and dead letters that nobody touched since a time, at most `limit` of each; what still waits
   * for an output stays. Gives how many went.
   */
  purge(
    before: number,
    limit: number,
  ): { readonly revisions: number; readonly audit: number; readonly dead: number };
  /** Small things of the runtime: last good rule files, silences, verdicts. */
  value(key: string): Uint8Array | undefined;
  putValue(key: string, bytes: Uint8Array | undefined): void;
  /** Many at once, in one transaction. */
  putValues(values: readonly KeptValue[]): void;
  values(prefix: string): Iterable<{ readonly key: string; readonly bytes: Uint8Array }>;
  /** A consistent copy into a file, while running. */
  backup(path: string): void;
  sizeBytes(): number;
  close(): void;
}

/** Whether an error of the store says that the disk has no room. */
export function isFull(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'kind' in error && error.kind === 'full';
}

/** How the opening went. */
export interface StoreOpening {
  readonly store: StorePort;
  /** The database was not whole: it was set aside under this name, and a new one begun. */
  readonly setAside?: string;
  readonly reason?: string;
  /** It was of an earlier layout and has been brought to the present one; what it was before is in the copy. */
  readonly upgraded?: { readonly from: number; readonly to: number; readonly copy: string };
}
