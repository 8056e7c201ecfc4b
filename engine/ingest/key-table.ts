const HASH_SEED = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
/** Keys that nobody asks for are remembered up to here, only to be recognised sooner; they are the data's to choose. */
const UNASKED_MAX = 4096;

/**
 * The keys of a trie over JSON objects: by node and bytes to a number, and from there to the node below. Also which key followed which the
 * last time: records of one source repeat their order, so that most keys are recognised by one comparison, without hashing.
 */
export class KeyTable {
  /** By key: where its bytes lie in the pool, how many they are, and the node below (-1: nobody asks). */
  from = new Int32Array(256);
  length = new Int32Array(256);
  target = new Int32Array(256);
  /** By key: the key that came after it last time, or -1. */
  next = new Int32Array(256).fill(-1);
  pool = new Uint8Array(4096);
  #node = new Int32Array(256);
  #hash = new Int32Array(256);
  #count = 0;
  #unasked = 0;
  #poolLength = 0;
  // Open addressing over (node, hash); entries are keys plus one.
  #mask = 1023;
  #table = new Int32Array(1024);

  /** The hash of a key's bytes; `hashStep` goes on with one more. */
  static readonly seed = HASH_SEED;

  /** The number of the key `bytes[from, to)` at a node, or -1. */
  find(bytes: Uint8Array, node: number, keyHash: number, from: number, to: number): number {
    const hash = mixed(node, keyHash);
    const mask = this.#mask;
    const length = to - from;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const key = (this.#table[at] ?? 0) - 1;
      if (key < 0) return -1;
      if (this.#hash[key] !== hash || this.#node[key] !== node || this.length[key] !== length) continue;
      const { pool } = this;
      let k = this.from[key] ?? 0;
      let i = from;
      while (i < to && (pool[k] ?? 0) === (bytes[i] ?? 0)) {
        i++;
        k++;
      }
      if (i === to) return key;
    }
  }

  /** Remembers a key that nobody asks for; -1 where there are enough of them. */
  addUnasked(bytes: Uint8Array, node: number, keyHash: number, from: number, to: number): number {
    if (this.#unasked >= UNASKED_MAX) return -1;
    this.#unasked++;
    return this.#add(bytes.subarray(from, to), node, keyHash);
  }

  /** The number of a key that somebody asks for, made if new. */
  add(bytes: Uint8Array, node: number): number {
    let keyHash = HASH_SEED;
    for (const byte of bytes) keyHash = hashStep(keyHash, byte);
    const known = this.find(bytes, node, keyHash, 0, bytes.length);
    return known >= 0 ? known : this.#add(bytes, node, keyHash);
  }

  #add(bytes: Uint8Array, node: number, keyHash: number): number {
    const key = this.#count++;
    if (key >= this.from.length) this.#growKeys();
    if (this.#poolLength + bytes.length > this.pool.length) {
      const larger = new Uint8Array(Math.max(this.pool.length * 2, this.#poolLength + bytes.length));
      larger.set(this.pool);
      this.pool = larger;
    }
    this.pool.set(bytes, this.#poolLength);
    this.from[key] = this.#poolLength;
    this.#poolLength += bytes.length;
    this.length[key] = bytes.length;
    this.target[key] = -1;
    this.next[key] = -1;
    this.#node[key] = node;
    this.#hash[key] = mixed(node, keyHash);
    if (this.#count * 2 > this.#mask) this.#growTable();
    else this.#place(key);
    return key;
  }

  #place(key: number): void {
    let at = (this.#hash[key] ?? 0) & this.#mask;
    while (this.#table[at] !== 0) at = (at + 1) & this.#mask;
    this.#table[at] = key + 1;
  }

  #growTable(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#table = new Int32Array(this.#mask + 1);
    for (let key = 0; key < this.#count; key++) this.#place(key);
  }

  #growKeys(): void {
    const size = this.from.length * 2;
    this.from = grown(this.from, size);
    this.length = grown(this.length, size);
    this.target = grown(this.target, size);
    this.next = grown(this.next, size);
    this.#node = grown(this.#node, size);
    this.#hash = grown(this.#hash, size);
  }
}

/** One more byte into a key's hash (FNV-1a). */
export function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, HASH_PRIME);
}

function mixed(node: number, keyHash: number): number {
  const hash = Math.imul(keyHash ^ Math.imul(node + 1, 0x9e3779b1 | 0), 0x85ebca6b | 0);
  return hash ^ (hash >>> 15);
}

function grown(array: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(size);
  next.set(array);
  return next;
}
