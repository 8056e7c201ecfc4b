import type { ValueMemory } from './value-memory.ts';

/** Places for values at most, and at first. */
const PLACES_MAX = 1024;
const PLACES_MIN = 16;
/** A value may stand in any of so many neighbouring places; where all are taken, it replaces one of them, in turn. */
const WAYS = 4;
/** After so many look-ups it is decided whether the cache pays. */
const TRIAL = 512;
/** The least share of hits: a miss costs a copy of the value. */
const HIT_RATE_MIN = 0.5;
/** Bytes of a word; values must not be shorter. */
const WORD = 4;
/** Values longer than this are hashed by so many words. */
const SAMPLED_FROM = 64;
const SAMPLES = 16;
const MIX = 0x9e3779b1 | 0;

interface Entry {
  readonly hash: number;
  readonly length: number;
  /** The value's bytes, four to a word; the last word holds the last four bytes, whatever the length. */
  readonly words: Int32Array;
  readonly triggers: Int32Array;
}

/**
 * Remembers by a value's raw bytes which triggers it fires, for fields whose values repeat (images, users, call traces). Switches itself
 * off where they do not. Hashes and compares four bytes at a time: a map keyed by strings makes a string of every value it is asked for and
 * hashes that letter by letter, which costs more than most matching. Who makes values collide makes them only slower.
 */
export class ValueCache {
  worthwhile = true;
  /** Its number in a `ValueMemory`; 0 before it has one. */
  #owner = 0;
  #places: (Entry | undefined)[] = new Array<Entry | undefined>(WAYS).fill(undefined);
  #count = 0;
  #lookups = 0;
  #hits = 0;
  #hash = 0;
  #turn = 0;

  /** What the value `bytes[from, to)` fires, if known; it must have four bytes or more. Cost: a nanosecond for two bytes. */
  get(bytes: DataView, from: number, to: number): Int32Array | undefined {
    if (++this.#lookups === TRIAL) this.#decide();
    const hash = hashOf(bytes, from, to);
    this.#hash = hash;
    const places = this.#places;
    const first = hash & (places.length - WAYS);
    for (let way = 0; way < WAYS; way++) {
      const entry = places[first + way];
      if (entry === undefined) return undefined;
      if (entry.hash !== hash || entry.length !== to - from) continue;
      if (!isSame(entry.words, bytes, from, to)) continue;
      this.#hits++;
      return entry.triggers;
    }
    return undefined;
  }

  /** The same where the bytes lie in that memory: the value at the addresses `[from, to)`, which is kept there. */
  getKept(kept: ValueMemory, from: number, to: number): Int32Array | undefined {
    if (++this.#lookups === TRIAL) this.#decide();
    if (this.#owner === 0) this.#owner = kept.owner();
    const known = kept.get(this.#owner, from, to);
    if (known !== undefined) this.#hits++;
    return known;
  }

  /** Remembers there what the value that `getKept` was asked for last fires. */
  setKept(kept: ValueMemory, from: number, to: number, triggers: Int32Array): void {
    if (this.worthwhile) kept.set(this.#owner, from, to, triggers);
  }

  /** Remembers what the value that `get` was asked for last fires. */
  set(bytes: DataView, from: number, to: number, triggers: Int32Array): void {
    if (!this.worthwhile) return;
    if (this.#count * 2 >= this.#places.length && this.#places.length < PLACES_MAX) this.#grow();
    const words = new Int32Array(Math.ceil((to - from) / WORD));
    for (let i = 0; i < words.length - 1; i++) words[i] = bytes.getInt32(from + i * WORD, true);
    words[words.length - 1] = bytes.getInt32(to - WORD, true);
    this.#place({ hash: this.#hash, length: to - from, words, triggers });
  }

  #place(entry: Entry): void {
    const places = this.#places;
    const first = entry.hash & (places.length - WAYS);
    for (let way = 0; way < WAYS; way++) {
      if (places[first + way] !== undefined) continue;
      places[first + way] = entry;
      this.#count++;
      return;
    }
    this.#turn = (this.#turn + 1) % WAYS;
    places[first + this.#turn] = entry;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Array<Entry | undefined>(Math.max(PLACES_MIN, before.length * 2)).fill(undefined);
    this.#count = 0;
    for (const entry of before) if (entry !== undefined) this.#place(entry);
  }

  #decide(): void {
    if (this.#hits < TRIAL * HIT_RATE_MIN) {
      this.worthwhile = false;
      this.#places = new Array<Entry | undefined>(WAYS).fill(undefined);
    }
    this.#lookups = 0;
    this.#hits = 0;
  }
}

function isSame(words: Int32Array, bytes: DataView, from: number, to: number): boolean {
  const last = words.length - 1;
  for (let i = 0, at = from; i < last; i++, at += WORD)
    if (bytes.getInt32(at, true) !== words[i]) return false;
  return bytes.getInt32(to - WORD, true) === words[last];
}

/**
 * Depends on the length, on the first and last words, and of a long value on some evenly spread ones between: what is found is compared in full, and
 * values that differ nowhere there share the few places of one hash. The upper bits are folded into the lower ones, which choose the place.
 */
function hashOf(bytes: DataView, from: number, to: number): number {
  let hash = to - from;
  const last = to - WORD;
  const step = to - from <= SAMPLED_FROM ? WORD : Math.floor((to - from) / SAMPLES);
  for (let at = from; at < last; at += step) {
    hash = Math.imul(hash ^ bytes.getInt32(at, true), MIX);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ bytes.getInt32(last, true), MIX);
  return hash ^ (hash >>> 15);
}
