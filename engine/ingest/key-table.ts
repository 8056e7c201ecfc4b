import { PLAIN_STORAGE, type Storage } from '../vector/index.ts';

const HASH_SEED = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
/** Keys that nobody asks for are remembered up to here, only to be recognised sooner; they are the data's to choose. */
const UNASKED_MAX = 4096;
const WORD = 4;
/** What follows a key where nobody puts blanks: its quote and a colon. */
const BEHIND = [34, 58];
/**
 * Such a key is remembered only this near to where its hash points. Whoever writes the data can find any number of keys with one hash, so
 * a look-up must not have to pass them all.
 */
const UNASKED_REACH = 8;

/**
 * The keys of a trie over JSON objects: by node and bytes to a number, and from there to the node below. Also which key followed which the
 * last time: records of one source repeat their order, so that most keys are recognised by one comparison, without hashing.
 */
export class KeyTable {
  /** By key: where its bytes lie in the pool, how many they are, and the node below (-1: nobody asks). */
  from: Int32Array = new Int32Array(256);
  length: Int32Array = new Int32Array(256);
  target: Int32Array = new Int32Array(256);
  /** By key: the key that came after it last time, or -1. */
  next: Int32Array = new Int32Array(256).fill(-1);
  pool = new Uint8Array(4096);
  /**
   * By key: where the words of its bytes, quote and colon begin and where the last of them stands, which holds the last four bytes, whatever the
   * length; -1 where there are fewer than four. Four bytes are compared at a time.
   */
  wordFrom: Int32Array = new Int32Array(256);
  wordLast: Int32Array = new Int32Array(256);
  words: Int32Array = new Int32Array(1024);
  #wordCount = 0;
  #node: Int32Array = new Int32Array(256);
  #hash: Int32Array = new Int32Array(256);
  #count = 0;
  #unasked = 0;
  /** The keys that somebody asks for. */
  readonly #asked = new Set<number>();
  /** No key lies farther from where its hash points. */
  #reach = UNASKED_REACH;
  #poolLength = 0;
  // Open addressing over (node, hash); entries are keys plus one.
  #mask = 1023;
  #table = new Int32Array(1024);

  #storage: Storage = PLAIN_STORAGE;

  /** Moves what a scan reads into other memory, and makes more of it there from now on. */
  moveTo(storage: Storage): void {
    this.#storage = storage;
    this.next = grown(storage, this.next, this.next.length);
    this.length = grown(storage, this.length, this.length.length);
    this.target = grown(storage, this.target, this.target.length);
    this.wordFrom = grown(storage, this.wordFrom, this.wordFrom.length);
    this.wordLast = grown(storage, this.wordLast, this.wordLast.length);
    this.words = grown(storage, this.words, this.words.length);
  }

  /** The hash of a key's bytes; `hashStep` goes on with one more. */
  static readonly seed = HASH_SEED;

  /** The number of the key `bytes[from, to)` at a node, or -1. */
  find(bytes: Uint8Array, node: number, keyHash: number, from: number, to: number): number {
    const hash = mixed(node, keyHash);
    const mask = this.#mask;
    const length = to - from;
    let at = hash & mask;
    for (let left = this.#reach; left > 0; left--, at = (at + 1) & mask) {
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
    return -1;
  }

  /** Remembers a key that nobody asks for; -1 where there are enough of them, all or of its hash. */
  addUnasked(bytes: Uint8Array, node: number, keyHash: number, from: number, to: number): number {
    if (this.#unasked >= UNASKED_MAX || !this.#hasRoom(mixed(node, keyHash))) return -1;
    this.#unasked++;
    return this.#add(bytes.subarray(from, to), node, keyHash);
  }

  /** The number of a key that somebody asks for, made if new. */
  add(bytes: Uint8Array, node: number): number {
    let keyHash = HASH_SEED;
    for (const byte of bytes) keyHash = hashStep(keyHash, byte);
    const known = this.find(bytes, node, keyHash, 0, bytes.length);
    // Noted first: making it may fill the table anew.
    this.#asked.add(known >= 0 ? known : this.#count);
    const key = known >= 0 ? known : this.#add(bytes, node, keyHash);
    // It must not have to stand behind keys that the data chose.
    if (this.#reach > UNASKED_REACH && this.#unasked > 0) this.#fill();
    return key;
  }

  #add(bytes: Uint8Array, node: number, keyHash: number): number {
    const key = this.#count++;
    if (key >= this.from.length) this.#growKeys();
    if (this.#poolLength + bytes.length > this.pool.length) {
      const larger = new Uint8Array(Math.max(this.pool.length * 2, this.#poolLength + bytes.length));
      larger.set(this.pool);
      this.pool = larger;
    }
    this.#addWords(key, Uint8Array.of(...bytes, ...BEHIND));
    this.pool.set(bytes, this.#poolLength);
    this.from[key] = this.#poolLength;
    this.#poolLength += bytes.length;
    this.length[key] = bytes.length;
    this.target[key] = -1;
    this.next[key] = -1;
    this.#node[key] = node;
    this.#hash[key] = mixed(node, keyHash);
    if (this.#count * 2 > this.#mask) {
      this.#mask = this.#mask * 2 + 1;
      this.#fill();
    } else this.#place(key);
    return key;
  }

  /** Whether a key of this hash finds a free place within the reach of keys that nobody asks for. */
  #hasRoom(hash: number): boolean {
    const mask = this.#mask;
    for (let i = 0; i < UNASKED_REACH; i++) if (this.#table[(hash + i) & mask] === 0) return true;
    return false;
  }

  #addWords(key: number, bytes: Uint8Array): void {
    const count = Math.ceil(bytes.length / WORD);
    this.wordFrom[key] = this.#wordCount;
    this.wordLast[key] = bytes.length < WORD ? -1 : this.#wordCount + count - 1;
    if (bytes.length < WORD) return;
    if (this.#wordCount + count > this.words.length)
      this.words = grown(this.#storage, this.words, Math.max(this.words.length * 2, this.#wordCount + count));
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++)
      this.words[this.#wordCount++] = view.getInt32(Math.min(i * WORD, bytes.length - WORD), true);
  }

  #place(key: number): void {
    const home = (this.#hash[key] ?? 0) & this.#mask;
    let at = home;
    while (this.#table[at] !== 0) at = (at + 1) & this.#mask;
    this.#table[at] = key + 1;
    this.#reach = Math.max(this.#reach, ((at - home) & this.#mask) + 1);
  }

  /** Fills the table anew: first what somebody asks for, then of the rest what still finds room (what does not is forgotten). */
  #fill(): void {
    this.#table = new Int32Array(this.#mask + 1);
    this.#reach = UNASKED_REACH;
    for (const key of this.#asked) this.#place(key);
    for (let key = 0; key < this.#count; key++) {
      if ((this.length[key] ?? 0) < 0 || this.#asked.has(key)) continue;
      if (this.#hasRoom(this.#hash[key] ?? 0)) this.#place(key);
      // A key that is forgotten may still stand as the next one of another: it must match nothing, or it would hide one made later.
      else {
        this.length[key] = -1;
        // By words neither: those would be compared with what lies in front of the record, where there may be nothing.
        this.wordLast[key] = -1;
      }
    }
  }

  #growKeys(): void {
    const size = this.from.length * 2;
    const storage = this.#storage;
    this.from = grown(PLAIN_STORAGE, this.from, size);
    this.length = grown(storage, this.length, size);
    this.target = grown(storage, this.target, size);
    this.next = grown(storage, this.next, size);
    this.wordFrom = grown(storage, this.wordFrom, size);
    this.wordLast = grown(storage, this.wordLast, size);
    this.#node = grown(PLAIN_STORAGE, this.#node, size);
    this.#hash = grown(PLAIN_STORAGE, this.#hash, size);
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

function grown(storage: Storage, array: Int32Array, size: number): Int32Array {
  const next = storage.int32(size);
  next.set(array);
  return next;
}
