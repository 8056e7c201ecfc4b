/** Values kept in each of two generations. */
const ENTRIES_MAX = 256;
/** After so many look-ups it is decided whether the cache pays. */
const TRIAL = 512;
/** The least share of hits: a miss costs a copy of the value. */
const HIT_RATE_MIN = 0.5;

/**
 * Remembers by a value's raw bytes which triggers it fires, for fields whose values repeat (images, users, call traces). Switches itself
 * off where they do not. Two generations: what is used again moves to the young one, the rest is dropped with the old.
 */
export class ValueCache {
  worthwhile = true;
  #young = new Map<string, Int32Array>();
  #old = new Map<string, Int32Array>();
  #lookups = 0;
  #hits = 0;

  /** What the value fires, if known. */
  get(value: string): Int32Array | undefined {
    if (++this.#lookups === TRIAL) this.#decide();
    const young = this.#young.get(value);
    if (young !== undefined) {
      this.#hits++;
      return young;
    }
    const old = this.#old.get(value);
    if (old === undefined) return undefined;
    this.#hits++;
    this.set(value, old);
    return old;
  }

  /** Remembers what a value fires. */
  set(value: string, triggers: Int32Array): void {
    if (!this.worthwhile) return;
    if (this.#young.size >= ENTRIES_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(ownCopy(value), triggers);
  }

  #decide(): void {
    if (this.#hits < TRIAL * HIT_RATE_MIN) {
      this.worthwhile = false;
      this.#young = new Map();
      this.#old = new Map();
    }
    this.#lookups = 0;
    this.#hits = 0;
  }
}

/** A copy that does not hold on to the buffer that the text was cut from. */
function ownCopy(text: string): string {
  const copy: unknown = JSON.parse(JSON.stringify(text));
  return typeof copy === 'string' ? copy : text;
}
