import type { ClockPort } from '../runtime/index.ts';

/** The machine's clock. */
export const systemClock: ClockPort = {
  nowMicros: () => Date.now() * 1000,
  monotonicMs: () => performance.now(),
  sleep: (ms, stop) =>
    new Promise((resolve) => {
      if (stop?.aborted || ms <= 0) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        stop?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      stop?.addEventListener('abort', done);
    }),
};
