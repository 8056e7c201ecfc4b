import type { ClockPort } from './clock-port.ts';
import type { FaultPoint } from './daemon-parts.ts';
import type { Delivered, OutboxItem, OutputPort } from './output-port.ts';
import { isFull, type StorePort } from './store-port.ts';

/** How hard an output is tried. */
export interface DispatchLimits {
  /** After so many failed attempts an item goes to the dead letters. */
  readonly attemptsMax: number;
  /** The first wait after a failure; it doubles with every further one, up to `backoffMaxMs`, and is drawn from its upper half. */
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** A call that takes longer is given up and counts as failed. */
  readonly deadlineMs: number;
  /** After so many failed calls in a row the output rests for `restMs`, then one item tries the way. */
  readonly failuresMax: number;
  readonly restMs: number;
  /** Calls a minute at most; what comes faster waits and goes out together, as many as the output takes at once. 0: no limit. */
  readonly callsPerMinute: number;
}

export const DISPATCH_LIMITS: DispatchLimits = {
  attemptsMax: 20,
  backoffFirstMs: 500,
  backoffMaxMs: 300_000,
  deadlineMs: 30_000,
  failuresMax: 5,
  restMs: 15_000,
  callsPerMinute: 0,
};

/** How an output fares. */
export interface OutputStatus {
  readonly output: string;
  readonly delivered: number;
  readonly failedCalls: number;
  readonly dead: number;
  /** In words, while it does not work. */
  readonly problem?: string;
  /** Until when it rests, monotonic milliseconds. */
  readonly restingUntil?: number;
}

/** What a dispatcher needs from outside. */
export interface DispatchPorts {
  readonly store: Pick<StorePort, 'due' | 'settle'>;
  readonly clock: ClockPort;
  /** In [0, 1): spreads retries, so that many outputs do not come back at one instant. */
  readonly random: () => number;
  /** Named points at which a test may end the process. */
  readonly fault?: (point: FaultPoint) => void;
  /** Told when an output stops or begins to work, and of every dead letter. */
  readonly notice?: (event: { readonly kind: 'down' | 'up' | 'dead'; readonly reason: string }) => void;
}

/** The most that an idle output sleeps before it looks again, were a wake-up lost. */
const IDLE_MS = 1000;

/**
 * Takes one output's items from the outbox, oldest first, and sees each delivered or buried. Every output has one of its own, so that none
 * holds up another. Trouble is answered by waiting: exponential with jitter, or as long as the receiver asked for; repeated trouble by a rest.
 */
export class Dispatcher {
  readonly #output: OutputPort;
  readonly #ports: DispatchPorts;
  readonly #limits: DispatchLimits;
  #wake: (() => void) | undefined;
  #delivered = 0;
  #failedCalls = 0;
  #dead = 0;
  #failuresInRow = 0;
  #restingUntil: number | undefined;
  #problem: string | undefined;
  #nextCallAt = 0;

  constructor(output: OutputPort, ports: DispatchPorts, limits: DispatchLimits = DISPATCH_LIMITS) {
    this.#output = output;
    this.#ports = ports;
    this.#limits = limits;
  }

  /** Says that the outbox has something new. */
  notify(): void {
    this.#wake?.();
  }

  status(): OutputStatus {
    return {
      output: this.#output.name,
      delivered: this.#delivered,
      failedCalls: this.#failedCalls,
      dead: this.#dead,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      ...(this.#restingUntil === undefined ? {} : { restingUntil: this.#restingUntil }),
    };
  }

  /** Works until stopped. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const waitMs = Math.max(this.#restingUntil ?? 0, this.#nextCallAt) - this.#ports.clock.monotonicMs();
      if (waitMs > 0) {
        await this.#ports.clock.sleep(waitMs, stop);
        continue;
      }
      if (!(await this.step(stop))) await this.#idle(stop);
    }
  }

  /** One call, if anything is due; false where nothing was. */
  async step(stop: AbortSignal): Promise<boolean> {
    const probing = this.#failuresInRow >= this.#limits.failuresMax;
    const items = this.#ports.store.due(this.#output.name, {
      nowMicros: this.#ports.clock.nowMicros(),
      limit: probing ? 1 : this.#output.batchMax,
    });
    if (items.length === 0) return false;
    if (this.#limits.callsPerMinute > 0) {
      this.#nextCallAt = this.#ports.clock.monotonicMs() + 60_000 / this.#limits.callsPerMinute;
    }
    this.#ports.fault?.('before-deliver');
    const results = await this.#deliver(items, stop);
    this.#ports.fault?.('after-deliver');
    if (stop.aborted && results === undefined) return true;
    await this.#settle(items, results ?? items.map(() => timedOut(this.#limits.deadlineMs)), stop);
    this.#ports.fault?.('after-settle');
    return true;
  }

  /** What the output says; undefined where it did not in time. */
  async #deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[] | undefined> {
    const given = new AbortController();
    const timer = new AbortController();
    let onStop = (): void => given.abort();
    const stopped = new Promise<undefined>((resolve) => {
      onStop = () => resolve(undefined);
    });
    if (stop.aborted) onStop();
    stop.addEventListener('abort', onStop);
    try {
      const late = this.#ports.clock.sleep(this.#limits.deadlineMs, timer.signal).then(() => undefined);
      return await Promise.race([this.#attempt(items, given.signal), late, stopped]);
    } finally {
      timer.abort();
      given.abort();
      stop.removeEventListener('abort', onStop);
    }
  }

  async #attempt(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]> {
    try {
      const results = await this.#output.deliver(items, stop);
      if (results.length === items.length) return results;
      return items.map(() => ({ kind: 'retry', reason: 'the output did not say what became of every item' }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return items.map(() => ({ kind: 'retry', reason }));
    }
  }

  async #settle(
    items: readonly OutboxItem[],
    results: readonly Delivered[],
    stop: AbortSignal,
  ): Promise<void> {
    const now = this.#ports.clock.nowMicros();
    const settled: {
      sequence: number;
      outcome: 'done' | 'retry' | 'dead';
      retryAt?: number;
      reason?: string;
    }[] = [];
    let trouble: Trouble | undefined;
    let worked = false;
    for (const [index, item] of items.entries()) {
      const result = results[index] ?? timedOut(0);
      const { sequence } = item;
      if (result.kind === 'held') continue;
      if (result.kind === 'done') {
        worked = true;
        this.#delivered++;
        settled.push({ sequence, outcome: 'done' });
      } else if (result.kind === 'refused' || item.attempts + 1 >= this.#limits.attemptsMax) {
        if (result.kind === 'refused') worked = true;
        else trouble ??= result;
        this.#dead++;
        settled.push({ sequence, outcome: 'dead', reason: result.reason });
        this.#ports.notice?.({ kind: 'dead', reason: `${item.key}: ${result.reason}` });
      } else {
        trouble ??= result;
        const waitMs = Math.max(result.afterMs ?? 0, this.#backoff(item.attempts));
        settled.push({ sequence, outcome: 'retry', retryAt: now + Math.round(waitMs * 1000) });
      }
    }
    await this.#write(settled, stop);
    this.#judge(worked ? undefined : trouble);
  }

  /** Writes what became of items; while the disk has no room, again and again: what is not written would be sent twice. */
  async #write(settled: Parameters<StorePort['settle']>[1], stop: AbortSignal): Promise<void> {
    for (;;) {
      try {
        this.#ports.store.settle(this.#output.name, settled);
        return;
      } catch (error) {
        if (!isFull(error) || stop.aborted) throw error;
        this.#problem = 'the disk is full: what was sent cannot be noted';
        await this.#ports.clock.sleep(IDLE_MS, stop);
        if (stop.aborted) return;
      }
    }
  }

  /** Notes whether the call as a whole worked. */
  #judge(trouble: Trouble | undefined): void {
    if (trouble === undefined) {
      if (this.#problem !== undefined) this.#ports.notice?.({ kind: 'up', reason: 'it works again' });
      this.#failuresInRow = 0;
      this.#problem = undefined;
      this.#restingUntil = undefined;
      return;
    }
    this.#failedCalls++;
    this.#failuresInRow++;
    if (this.#problem === undefined) this.#ports.notice?.({ kind: 'down', reason: trouble.reason });
    this.#problem = trouble.reason;
    if (this.#failuresInRow >= this.#limits.failuresMax) {
      this.#restingUntil =
        this.#ports.clock.monotonicMs() + this.#limits.restMs * (0.5 + this.#ports.random() / 2);
    }
  }

  #backoff(attempts: number): number {
    const whole = Math.min(
      this.#limits.backoffMaxMs,
      this.#limits.backoffFirstMs * 2 ** Math.min(attempts, 30),
    );
    return whole * (0.5 + this.#ports.random() / 2);
  }

  async #idle(stop: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    stop.addEventListener('abort', this.#wake, { once: true });
    await this.#ports.clock.sleep(IDLE_MS, woken.signal);
    stop.removeEventListener('abort', this.#wake);
    this.#wake = undefined;
  }
}

/** An item that is to be tried again. */
type Trouble = Extract<Delivered, { readonly kind: 'retry' }>;

function timedOut(deadlineMs: number): Trouble {
  return { kind: 'retry', reason: `no answer within ${deadlineMs} ms` };
}
