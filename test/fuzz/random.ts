/** Numbers that are the same on every run of a seed ("mulberry32"). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 2³²). */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor((this.bits() / 4_294_967_296) * below);
  }

  /** In [0, 1). */
  fraction(): number {
    return this.bits() / 4_294_967_296;
  }

  one<T>(of: readonly T[]): T {
    const found = of[this.below(of.length)];
    if (found === undefined) throw new Error('there is nothing to choose from');
    return found;
  }
}

/** A seed of its own for a thing by its name and number, so that each can be made again alone. */
export function seedOf(seed: number, name: string, number: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (number + 1), 0x9e3779b1) ^ (number >>> 7);
}
