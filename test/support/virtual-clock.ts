import type { ClockPort } from '../../engine/runtime/index.ts';

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements ClockPort {
  #ms: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#ms = startMs;
  }

  nowMicros(): number {
    return this.#ms * 1000;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  sleep(ms: number, stop?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (stop?.aborted || ms <= 0) return resolve();
      const onStop = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        resolve();
      };
      const wake = (): void => {
        stop?.removeEventListener('abort', onStop);
        resolve();
      };
      const sleeper = { at: this.#ms + ms, wake };
      this.#sleepers.push(sleeper);
      stop?.addEventListener('abort', onStop);
    });
  }

  /** Goes on by so much, waking each sleeper at its time and letting it work before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#ms + ms;
    await settle();
    for (;;) {
      const next = this.#sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      this.#ms = Math.max(this.#ms, next.at);
      next.wake();
      await settle();
    }
    this.#ms = until;
    await settle();
  }
}

/** Lets everything that can go on without time do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
