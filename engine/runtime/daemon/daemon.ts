// Long because it is the loop and all that may happen between two batches.
import { type Changes, type Decision, eventTime, type Signal } from '../../model/index.ts';
import {
  accountOf,
  alertRevision,
  decisionAudit,
  incidentRevision,
  lossesOf,
  merged,
  outboxEntries,
  revisionAudit,
  watermarkRow,
} from './commit-parts.ts';
import { DAEMON_LIMITS, type DaemonLimits, type DaemonParts, type RulesChange } from './daemon-parts.ts';
import type { Detected } from './detection.ts';
import { LossAccount } from './loss-account.ts';
import type { SourceBatch, SourcePort } from './source-port.ts';
import { type AuditEvent, type Commit, isFull, type Ledger } from './store-port.ts';

interface Pending {
  readonly source: SourcePort;
  readonly batch: SourceBatch;
  /** Set anew where the rules that it was detected by are taken back. */
  detected: Promise<Detected>;
  done: Detected | undefined;
}

/** The place among the batches at which other rules begin: all before it were detected by the old ones, all behind it by the new ones. */
interface Border {
  readonly cross: () => Promise<void>;
  readonly refuse: (reason: Error) => void;
}

/** What is committed besides what changed. */
type More = Partial<Pick<Commit, 'positions' | 'ledger' | 'audit' | 'values'>> & {
  /** What was decided before, for the account of who changed what. */
  readonly decided?: readonly Decision[];
};

/** Why nothing can be committed. */
const FULL = 'the disk is full';

/** Stands where a batch has not been given to the detector yet; never resolves. */
const NOT_YET: Promise<Detected> = new Promise(() => undefined);

/** One more thing to be done between two batches: a decision, silence. */
interface Errand {
  readonly work: () => Promise<void>;
  readonly refuse: (reason: Error) => void;
}

/**
 * The loop: batches of all sources are detected side by side, taken in the order in which they came, and what they changed is committed in one
 * transaction with the sources' positions; then the sources are told, then the outputs. Whatever ends the process, the next one goes on from
 * the last commit: nothing is lost, nothing doubled.
 */
export class Daemon {
  readonly #parts: DaemonParts;
  readonly #limits: DaemonLimits;
  readonly #queue: (Pending | Border)[] = [];
  readonly #errands: Errand[] = [];
  readonly #room: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #pumps = 0;
  #commits = 0;
  #ended = false;
  #lookedAt: number | undefined;
  #stuck: string | undefined;
  readonly #losses: LossAccount;

  constructor(parts: DaemonParts, limits: DaemonLimits = DAEMON_LIMITS) {
    this.#parts = parts;
    this.#losses = new LossAccount(parts.sources);
    this.#limits = limits;
  }

  /** Works until stopped, or until every source has ended (then everything received is committed). */
  async run(stop: AbortSignal): Promise<void> {
    const { sources, store } = this.#parts;
    const { positions } = store.checkpoint();
    const pumps = sources.map((source) => this.#pump(source, positions.get(source.name) ?? new Map(), stop));
    const wake = (): void => this.#wake?.();
    stop.addEventListener('abort', wake);
    try {
      while (!stop.aborted && (this.#pumps > 0 || this.#queue.length > 0 || this.#errands.length > 0)) {
        this.#lookedAt = this.#parts.clock.monotonicMs();
        const worked = await this.#step();
        if (!worked) await this.#rest();
      }
    } finally {
      stop.removeEventListener('abort', wake);
      for (const go of this.#room.splice(0)) go();
      this.#ended = true;
      await Promise.all(sources.map((source) => source.close()));
      await Promise.all(pumps);
      // Those who still wait are told that it will not be done.
      const ended = new Error('the daemon has ended');
      for (const { refuse } of this.#errands.splice(0)) refuse(ended);
      for (const item of this.#queue) if ('refuse' in item) item.refuse(ended);
    }
  }

  /** After `run`: no source will ever have more, so everything that waits for time is decided. */
  async finish(): Promise<void> {
    await this.#settle([this.#parts.stages.finish()], {});
  }

  /** Commits so far. */
  get commits(): number {
    return this.#commits;
  }

  /** Batches that wait for their commit. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Why nothing can be committed at present; undefined where it can. */
  get stuck(): string | undefined {
    return this.#stuck;
  }

  /** When the loop last went round, monotonic milliseconds; undefined before it runs. */
  get lookedAt(): number | undefined {
    return this.#lookedAt;
  }

  /** Applies decisions of people, between two batches; resolves when they are committed. */
  decide(decisions: readonly Decision[], audit: readonly AuditEvent[] = []): Promise<void> {
    return this.#errand(async () => {
      const steps = decisions.map((decision) => this.#parts.stages.apply(decision));
      await this.#settle(steps, { audit, decided: decisions });
    });
  }

  /** Takes signals that came of no batch, between two batches: of feeds about the past, and of what was set aside. `more` is committed with them. */
  take(signals: readonly Signal[], more: More = {}): Promise<void> {
    return this.#errand(async () => {
      const { stages, watermarks, clock } = this.#parts;
      stages.take(signals);
      const watermark = watermarks.at(clock.nowMicros());
      const changes = Number.isFinite(watermark) ? [stages.advanceTo(eventTime(watermark))] : [];
      await this.#settle(changes, more);
    });
  }

  /** Resolves when every batch that was received before this is committed. */
  passed(): Promise<void> {
    if (this.#ended) return Promise.reject(new Error('the daemon has ended'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ cross: async () => resolve(), refuse: reject });
      this.#wake?.();
    });
  }

  /** Takes what the engine says about itself, and decisions about what it said before, between two batches; resolves when they are committed. */
  report(signals: readonly Signal[], decisions: readonly Decision[] = []): Promise<void> {
    return this.#errand(async () => {
      const { stages } = this.#parts;
      const said = signals.length === 0 ? [] : [stages.report(signals)];
      const steps = decisions.map((decision) => stages.apply(decision));
      await this.#settle([...said, ...steps], { decided: decisions });
    });
  }

  /**
   * Goes on with other rules, between two batches: those received before this are detected and judged by the old ones, those received after it by the
   * new ones, and none by both. False where the new stages cannot take over the state; then everything goes on as before. Resolves when it is committed.
   */
  swap(change: RulesChange): Promise<boolean> {
    if (this.#ended) return Promise.reject(new Error('the daemon has ended'));
    change.detect();
    return new Promise((resolve, reject) => {
      const cross = async (): Promise<void> => {
        let swapped: boolean;
        try {
          swapped = this.#parts.stages.swap(change.make);
        } catch (failure) {
          // Nothing has been put in the place of anything.
          this.#takeBack(change);
          reject(failure);
          return;
        }
        if (!swapped) {
          this.#takeBack(change);
          resolve(false);
          return;
        }
        change.taken?.();
        try {
          const steps = (change.decisions?.() ?? []).map((decision) => this.#parts.stages.apply(decision));
          await this.#settle(steps, { audit: change.audit ?? [], values: change.values ?? [] });
          resolve(true);
        } catch (error) {
          reject(error);
          // The stages may be ahead of the store: only a restart from the store is sure.
          throw error;
        }
      };
      this.#queue.push({ cross, refuse: reject });
      this.#wake?.();
    });
  }

  /** What came behind the border is detected again, by the rules that stay. */
  #takeBack(change: RulesChange): void {
    change.takeBack();
    for (const item of this.#queue) if ('batch' in item) this.#detect(item);
  }

  #errand(work: () => Promise<void>): Promise<void> {
    if (this.#ended) return Promise.reject(new Error('the daemon has ended'));
    return new Promise((resolve, reject) => {
      const guarded = async (): Promise<void> => {
        try {
          await work();
          resolve();
        } catch (error) {
          reject(error);
          // The stages may be ahead of the store: only a restart from the store is sure.
          throw error;
        }
      };
      this.#errands.push({ work: guarded, refuse: reject });
      this.#wake?.();
    });
  }

  /** Asks a source for batches, as long as there is room for them. */
  async #pump(source: SourcePort, positions: ReadonlyMap<string, string>, stop: AbortSignal): Promise<void> {
    this.#pumps++;
    try {
      for await (const batch of source.open(positions, stop)) {
        this.#parts.fault?.('batch-received');
        const pending: Pending = { source, batch, detected: NOT_YET, done: undefined };
        this.#detect(pending);
        this.#queue.push(pending);
        while (this.#queue.length >= this.#limits.batchesMax && !stop.aborted) {
          await new Promise<void>((resolve) => this.#room.push(resolve));
        }
        if (stop.aborted) break;
      }
    } catch (error) {
      this.#parts.trouble?.(`source ${source.name}`, error);
    } finally {
      this.#pumps--;
      this.#wake?.();
    }
  }

  #detect(pending: Pending): void {
    const detected = this.#parts.detector.detect(pending.batch);
    pending.detected = detected;
    pending.done = undefined;
    detected.then(
      (done) => {
        // It may have been detected again meanwhile.
        if (pending.detected === detected) pending.done = done;
        this.#wake?.();
      },
      () => this.#wake?.(),
    );
  }

  /** Does what can be done now; false where nothing was. */
  async #step(): Promise<boolean> {
    const errand = this.#errands.shift();
    if (errand !== undefined) {
      await errand.work();
      return true;
    }
    const first = this.#queue[0];
    if (first !== undefined && 'cross' in first) {
      this.#queue.shift();
      await first.cross();
      return true;
    }
    const ready: Pending[] = [];
    for (const next of this.#queue) {
      if ('cross' in next || next.done === undefined || ready.length === this.#limits.commitBatchesMax) break;
      ready.push(next);
    }
    // A detector that fails has tried everything; the error is the loop's.
    if (ready.length === 0 && first !== undefined)
      await Promise.race([first.detected, this.#parts.clock.sleep(this.#limits.tickMs)]);
    if (ready.length === 0) return first?.done !== undefined;
    if (this.#stuck !== undefined && this.#parts.ballast?.hold() === false) {
      await this.#parts.clock.sleep(this.#limits.tickMs);
      return true;
    }
    this.#stuck = undefined;
    await this.#work(ready);
    this.#queue.splice(0, ready.length);
    for (const go of this.#room.splice(0)) go();
    return true;
  }

  async #work(ready: readonly Pending[]): Promise<void> {
    const { stages, watermarks, clock, fault } = this.#parts;
    fault?.('batch-detected');
    const positions = new Map<string, Commit['positions'][number]>();
    const ledger = new Map<string, Ledger>();
    for (const { batch, done } of ready) {
      if (done === undefined) continue;
      fault?.('before-take');
      stages.take(done.signals);
      fault?.('after-take');
      if (done.newest !== undefined) watermarks.observe(batch.source, done.newest, batch.receivedAt);
      const { source, partition, position } = batch;
      const { file, receivedAt } = batch;
      this.#parts.observed?.take(done.observed ?? [], { source, file, receivedAt });
      this.#parts.taken?.(source, done);
      positions.set(`${source}\n${partition}`, { source, partition, position });
      ledger.set(source, lossesOf(batch.lost ?? [], accountOf(done, ledger.get(source))));
    }
    for (const [source, account] of this.#losses.since(ledger)) ledger.set(source, account);
    const changes = stages.advanceTo(eventTime(watermarks.at(clock.nowMicros())));
    fault?.('after-advance');
    await this.#settle([changes], {
      positions: [...positions.values()],
      ledger: [...ledger].map(([source, account]) => ({ source, ...account })),
    });
    fault?.('before-acknowledge');
    const sources = new Map(ready.map(({ source }) => [source.name, source]));
    for (const { source, partition, position } of positions.values()) {
      await sources.get(source)?.acknowledge(partition, position);
    }
    fault?.('after-acknowledge');
  }

  /** Lets policies speak about what changed, and commits it all. */
  async #settle(steps: readonly Changes[], more: More): Promise<void> {
    const { stages, decide, clock, fault, dispatchers } = this.#parts;
    const { changes, decisions } = await decide(merged(steps), (decision) => stages.apply(decision));
    fault?.('after-decide');
    const now = clock.nowMicros();
    const revisions = [
      ...changes.alerts.map((alert) => alertRevision(alert, now)),
      ...changes.incidents.map((one) => incidentRevision(one, now)),
    ];
    const decided = [...(more.decided ?? []), ...decisions];
    const commit: Commit = {
      positions: more.positions ?? [],
      ledger: more.ledger ?? [],
      state: [...stages.drain(), watermarkRow(this.#parts.watermarks)],
      revisions,
      outbox: outboxEntries(changes, decisions, this.#parts.route),
      audit: [
        ...(more.audit ?? []),
        ...decisions.map((decision) => decisionAudit(decision, now)),
        ...revisions.map((revision) => revisionAudit(revision, decided, now)),
      ],
      values: [...(more.values ?? []), ...(this.#parts.observed?.drain() ?? [])],
    };
    fault?.('before-commit');
    await this.#commit(commit);
    this.#commits++;
    fault?.('after-commit');
    this.#parts.committed?.(changes);
    fault?.('before-dispatch');
    if (commit.outbox.length > 0) for (const dispatcher of dispatchers) dispatcher.notify();
  }

  /** Commits, and goes on trying while the disk is full: nothing is acknowledged meanwhile, so nothing is lost. */
  async #commit(commit: Commit): Promise<void> {
    for (;;) {
      try {
        this.#parts.store.commit(commit);
        if (this.#parts.ballast?.hold() !== false) this.#stuck = undefined;
        return;
      } catch (error) {
        if (!isFull(error)) throw error;
        this.#stuck = FULL;
        // With the room that was held back this commit ends, and the outputs can empty their queues; nothing more is taken in until there is room.
        if (this.#parts.ballast?.release() === true) continue;
        this.#lookedAt = this.#parts.clock.monotonicMs();
        this.#parts.trouble?.(FULL, error);
        await this.#parts.clock.sleep(this.#limits.tickMs);
      }
    }
  }

  /** Waits for something to do; at every tick time itself may have something to say. */
  async #rest(): Promise<void> {
    const { stages, watermarks, clock } = this.#parts;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await clock.sleep(this.#limits.tickMs, woken.signal);
    this.#wake = undefined;
    if (woken.signal.aborted) return;
    if (this.#stuck !== undefined && this.#parts.ballast?.hold() !== false) this.#stuck = undefined;
    const losses = [...this.#losses.since(new Map())].map(([source, account]) => ({ source, ...account }));
    if (losses.length > 0) await this.#settle([], { ledger: losses });
    const watermark = watermarks.at(clock.nowMicros());
    if (!Number.isFinite(watermark)) return;
    const changes = stages.advanceTo(eventTime(watermark));
    if (changes.alerts.length + changes.incidents.length + changes.signals.length > 0)
      await this.#settle([changes], {});
  }
}
