import {
  type CopyNote,
  type FeedAccess,
  type FeedStore,
  fetchFeed,
  isStale,
  type LoadedFeeds,
  NO_ACCESS,
  type Scheduled,
  schedule,
} from '../adapters/index.ts';
import type { IntelSnapshot, SnapshotParts } from '../intel/index.ts';
import { type EventTime, eventTime, type FeedRule, type Signal } from '../model/index.ts';
import { type FeedChange, feedStaleSignal } from '../pipeline/index.ts';
import type { ClockPort, StorePort } from '../runtime/index.ts';
import { compileFeeds, type FeedCompiler } from './feed-compiler.ts';

/** What the feeds of a daemon need from outside. */
export interface FeedPorts {
  readonly store: FeedStore;
  readonly clock: ClockPort;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** By feed, what the operator has said of it. */
  readonly access: Readonly<Record<string, FeedAccess>>;
  /** Gives the threads that detect another snapshot. */
  readonly swap: (snapshot: SnapshotParts) => void;
  /** Takes signals of the engine about itself. */
  readonly signal: (signals: readonly Signal[]) => Promise<void>;
  readonly say: (text: string) => void;
  /** Told of a snapshot that has taken the place of another. */
  readonly changed?: (change: FeedChange) => Promise<void>;
  /** Compiles feeds; on this thread where absent. */
  readonly compile?: FeedCompiler;
}

/** How fresh a fetched feed is. */
export interface FeedFreshness {
  readonly name: string;
  /** When it was last fetched, or confirmed to be what it was; microseconds. Absent where it never was. */
  readonly readAt?: number;
  readonly stale: boolean;
}

/**
 * The feeds of a running daemon: loaded at the start from files and last good copies, each read again on its schedule, put off by its jitter.
 * A new state of any is compiled to a new snapshot, which takes the place of the old one between two batches; where nothing changed, nothing is
 * swapped. Documents of feeds that a reload brings, changes or takes away are heeded at once. A feed that cannot be read keeps its last good copy, and once that is too old it is told by an alert, once an age.
 */
export class DaemonFeeds {
  #feeds: readonly FeedRule[];
  readonly #ports: FeedPorts;
  readonly #startedAt: EventTime;
  #tasks: Scheduled[] = [];
  #begun = false;
  readonly #stop = new AbortController();
  readonly #notes = new Map<string, CopyNote>();
  #digest = '';
  #snapshot: IntelSnapshot | undefined;
  /** Feeds of which nothing could be read. */
  #unread: ReadonlySet<string> = new Set();
  /** One reading at a time: two feeds that come at once make one snapshot after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(feeds: readonly FeedRule[], ports: FeedPorts) {
    this.#feeds = feeds;
    this.#ports = ports;
    this.#startedAt = eventTime(ports.clock.nowMicros());
  }

  /** What the feeds say now; undefined before they are loaded. */
  get snapshot(): IntelSnapshot | undefined {
    return this.#snapshot;
  }

  /** What the feeds say now, where what they said before is not known; undefined where there are none. */
  get begun(): FeedChange | undefined {
    return this.#snapshot === undefined
      ? undefined
      : { before: undefined, after: this.#snapshot, unread: this.#unread };
  }

  /** How fresh the feeds are that are fetched, as of the last look at each. */
  freshness(): readonly FeedFreshness[] {
    const now = eventTime(this.#ports.clock.nowMicros());
    return this.#feeds.flatMap((feed) => {
      if (feed.origin.kind === 'file') return [];
      const note = this.#notes.get(feed.name);
      const stale = isStale(feed, note, { now, since: this.#startedAt });
      return [{ name: feed.name, stale, ...(note === undefined ? {} : { readAt: note.fetchedAt }) }];
    });
  }

  /** Loads what there is; the snapshot to start with, undefined where there are no feeds. */
  async load(): Promise<SnapshotParts | undefined> {
    if (this.#feeds.length === 0) return undefined;
    const loaded = await this.#compile();
    this.#digest = loaded.snapshot.digest;
    this.#snapshot = loaded.snapshot;
    return loaded.snapshot.shared();
  }

  /** Begins to read the feeds on their schedules. Those that were never fetched are fetched now. */
  async begin(): Promise<void> {
    this.#begun = true;
    const feeds = this.#feeds;
    for (const task of this.#tasks) task.stop();
    this.#tasks = feeds.map((feed) =>
      schedule(feed.refresh, async () => {
        await this.#ports.clock.sleep((feed.jitter / 1000) * this.#ports.random(), this.#stop.signal);
        if (!this.#stop.signal.aborted && this.#feeds === feeds) await this.refresh(feed);
      }),
    );
    for (const feed of feeds) {
      if (feed.origin.kind !== 'file' && (await this.#ports.store.note(feed)) === undefined)
        void this.refresh(feed);
    }
  }

  /**
   * Other rules run: their feeds are loaded from what there is, swapped in, and read on their own schedules from now on. Resolves when that is done;
   * never rejects. Where no document of a feed has changed, nothing happens.
   */
  follow(feeds: readonly FeedRule[]): Promise<void> {
    if (hashesOf(feeds) === hashesOf(this.#feeds)) return Promise.resolve();
    this.#feeds = feeds;
    for (const task of this.#tasks) task.stop();
    this.#tasks = [];
    this.#turn = this.#turn
      .then(async () => {
        const before = this.#digest;
        await this.#swapped();
        if (this.#digest !== before) this.#ports.say(`feeds of the new rules: ${this.#size()} indicators`);
        if (this.#begun && !this.#stop.signal.aborted) void this.begin();
      })
      .catch((error: unknown) => {
        this.#ports.say(`feeds: ${error instanceof Error ? error.message : String(error)}`);
      });
    return this.#turn;
  }

  /** Reads one feed again. Never rejects. */
  refresh(feed: FeedRule): Promise<void> {
    this.#turn = this.#turn.then(() =>
      this.#refresh(feed).catch((error: unknown) => {
        this.#ports.say(`feed ${feed.name}: ${error instanceof Error ? error.message : String(error)}`);
      }),
    );
    return this.#turn;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    for (const task of this.#tasks) task.stop();
    await this.#turn;
  }

  async #refresh(feed: FeedRule): Promise<void> {
    const { store, clock, access, say } = this.#ports;
    const fetched = await fetchFeed(
      feed,
      { store, nowMicros: () => clock.nowMicros() },
      Object.hasOwn(access, feed.name) ? access[feed.name] : NO_ACCESS,
    );
    if (fetched.kind === 'failed') {
      say(`feed ${feed.name}: ${fetched.reason}; its last good copy stands`);
      await this.#tellStale(feed);
      return;
    }
    // A file may have changed without anybody fetching it, and a confirmed copy is fresher than it was.
    const before = this.#digest;
    await this.#swapped();
    if (this.#digest !== before)
      say(`feed ${feed.name} is new: ${this.#size()} indicators, digest ${this.#digest.slice(0, 12)}`);
  }

  /** Compiles the feeds as they stand, and gives the threads the snapshot where it is another one. */
  async #swapped(): Promise<void> {
    const { snapshot } = await this.#compile();
    if (snapshot.digest === this.#digest || this.#stop.signal.aborted) return;
    const before = this.#snapshot;
    this.#digest = snapshot.digest;
    this.#snapshot = snapshot;
    this.#ports.swap(snapshot.shared());
    if (before !== undefined) await this.#ports.changed?.({ before, after: snapshot, unread: this.#unread });
  }

  #size(): number {
    return this.#snapshot?.size ?? 0;
  }

  async #tellStale(feed: FeedRule): Promise<void> {
    const { store, clock, signal } = this.#ports;
    const note = await store.note(feed);
    const now = eventTime(clock.nowMicros());
    if (!isStale(feed, note, { now, since: this.#startedAt })) return;
    const lastRead = note === undefined ? undefined : eventTime(note.fetchedAt);
    await signal([feedStaleSignal(feed, { lastRead, now })]);
  }

  async #compile(): Promise<LoadedFeeds> {
    const { compile = compileFeeds, store } = this.#ports;
    for (const feed of this.#feeds) {
      const note = await store.note(feed);
      if (note === undefined) this.#notes.delete(feed.name);
      else this.#notes.set(feed.name, note);
    }
    const loaded = await compile(this.#feeds, store.folder);
    this.#unread = new Set(loaded.feeds.flatMap(({ feed, copy }) => (copy === undefined ? [feed.name] : [])));
    for (const { message } of loaded.diagnostics.slice(0, 5)) this.#ports.say(`feeds: ${message}`);
    if (loaded.diagnostics.length > 5)
      this.#ports.say(
        `feeds: ${loaded.diagnostics.length - 5} more findings; telltale intel check shows all`,
      );
    return loaded;
  }
}

/** What tells one set of feeds from another. */
function hashesOf(feeds: readonly FeedRule[]): string {
  return feeds.map(({ meta, name }) => `${name} ${meta.hash}`).join('\n');
}

/** Whether an alert is still open, or somebody is at it. */
export function isOpen(store: StorePort, id: string): boolean {
  const state = store.latest('alert', id)?.state;
  return state === undefined || state === 'open' || state === 'acknowledged';
}
