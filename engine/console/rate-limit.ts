/** How many requests are let through. */
export interface RateLimits {
  /** At once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Keys that are remembered; the one that asked longest ago is forgotten first. */
  readonly keysMax: number;
}

interface Bucket {
  level: number;
  at: number;
}

/** A bucket for each key that fills at a steady rate, and is emptied by requests. O(1) each. */
export class RateLimit {
  readonly #limits: RateLimits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /** Takes one, and gives 0, or after how many whole seconds to come again. `nowMs` is monotonic. */
  take(key: string, nowMs: number): number {
    const { level } = this.#filled(key, nowMs);
    if (level < 1) return this.#waitSeconds(level);
    this.#put(key, { level: level - 1, at: nowMs });
    return 0;
  }

  /** As `take`, but takes nothing. */
  wait(key: string, nowMs: number): number {
    const { level } = this.#filled(key, nowMs);
    return level < 1 ? this.#waitSeconds(level) : 0;
  }

  #filled(key: string, nowMs: number): Bucket {
    const { burst, perSecond } = this.#limits;
    const known = this.#buckets.get(key);
    if (known === undefined) return { level: burst, at: nowMs };
    const level = Math.min(burst, known.level + (Math.max(0, nowMs - known.at) / 1000) * perSecond);
    return { level, at: nowMs };
  }

  #waitSeconds(level: number): number {
    return Math.max(1, Math.ceil((1 - level) / this.#limits.perSecond));
  }

  #put(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= this.#limits.keysMax) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
