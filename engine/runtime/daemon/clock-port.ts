/** The time outside, for receipts, time-outs and schedules only; what the core finds never depends on it. */
export interface ClockPort {
  /** Whole microseconds since 1970; may step. */
  nowMicros(): number;
  /** Milliseconds that never go back, from an arbitrary beginning. */
  monotonicMs(): number;
  /** Resolves after so many milliseconds, or at once when stopped. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
}
