// Longer than 400 lines would split one state machine; the hot loop of the scanner is kept in one function on purpose.
/**
 * Reads only the asked-for paths of one JSON record, straight from its bytes: offsets into typed arrays, no objects.
 * Bound to `JSON.parse` + `resolvePath` by a differential test. Structure (brackets, commas, colons, numbers, literals) is
 * checked in full; the *inside* of strings is not looked at until somebody reads the value.
 */

import { type Arena, PLAIN_STORAGE, type Storage, type VectorFunction } from '../vector/index.ts';
import { RECORD_LIMITS } from './framed.ts';
import { isBlank } from './framing-head.ts';
import { hashStep, KeyTable } from './key-table.ts';
import {
  SCAN_DEPTH_MAX,
  SCAN_FALLBACK,
  SCAN_MALFORMED,
  SCAN_OK,
  SCAN_PROGRAM,
  SCAN_TABLES,
} from './scan-program.ts';
import {
  RESOLVE_ALWAYS,
  RESOLVE_NEVER,
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_NUMBER,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  SLOT_TRUE,
} from './slot-kind.ts';

/** What became of a record. `fallback`: read it with `JSON.parse` (escaped or repeated keys, unusual depth, too many values, not an object). */
export type SlotScanStatus = 'ok' | 'malformed' | 'fallback';

const SEGMENTS_MAX = 8;
const DEPTH_MAX = SCAN_DEPTH_MAX;
const VALUES_MAX = RECORD_LIMITS.recordValuesMax;

const QUOTE = 34;
const BACKSLASH = 92;
const WORD = 4;
const FOUND_KEY = SCAN_TABLES.indexOf('foundKey');

/** Bytes of records, and the same as a string of one unit a byte, for native searching; it may be made only when it is asked for. */
export interface RecordBuffer {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A set of paths compiled to a trie over key bytes, and the slots of the record scanned last. */
export class SlotScanner {
  /** By slot: one of the SLOT_ kinds; valid after a scan that returned `ok`. */
  kind: Uint8Array = new Uint8Array(64);
  /**
   * By slot: RESOLVE_NEVER for a plain path; for one that only the parsed record can resolve (`*`, more than eight keys), the
   * slot that must be present for it to be worth trying, or RESOLVE_ALWAYS.
   */
  guard: Int32Array = new Int32Array(64).fill(RESOLVE_NEVER);
  /** By slot: the value's first byte (inside the quotes for strings) and the byte after its last. */
  from: Int32Array = new Int32Array(64);
  to: Int32Array = new Int32Array(64);
  readonly #slotByPath = new Map<string, number>();
  readonly #paths: string[] = [];
  #slotPriority: Uint8Array = new Uint8Array(64);

  // Trie: node 0 is the record itself.
  #nodeCount = 1;
  #nodeSlot: Int32Array = new Int32Array(256).fill(-1);
  #nodePriority: Uint8Array = new Uint8Array(256);
  #nodeHasChildren: Uint8Array = new Uint8Array(256);
  #nodeStamp: Int32Array = new Int32Array(256);
  readonly #children: number[][] = [[]];

  /** By node: the key that objects there began with last time, or -1. */
  #firstKey: Int32Array = new Int32Array(256).fill(-1);
  readonly #keys = new KeyTable();
  /** The memory that the bytes scanned last lie in. */
  #memory: DataView = new DataView(new ArrayBuffer(0));

  #generation = 0;
  #stackNode: Int32Array = new Int32Array(DEPTH_MAX + 1);
  #stackSlot: Int32Array = new Int32Array(DEPTH_MAX + 1);
  #stackKey: Int32Array = new Int32Array(DEPTH_MAX + 1);

  #storage: Storage = PLAIN_STORAGE;
  /** Where the same is done by vectors: the memory, the program, and where in the header the addresses of the tables stand. */
  #arena: Arena | undefined;
  #program: VectorFunction | undefined;
  #header = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** The paths by slot number. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /**
   * The slot of a dotted path, made if new. Every way to cut the path into keys is a route; where a record has several,
   * the longest first key wins (as `resolvePath` has it).
   */
  addPath(path: string): number {
    const known = this.#slotByPath.get(path);
    if (known !== undefined) return known;
    const slot = this.#paths.length;
    this.#paths.push(path);
    this.#slotByPath.set(path, slot);
    this.#growSlots(slot + 1);
    const segments = path.split('.');
    const wild = segments.indexOf('*');
    if (wild >= 0 || segments.length > SEGMENTS_MAX) {
      const prefix = wild < 0 ? [] : segments.slice(0, wild);
      this.guard[slot] = prefix.length === 0 ? RESOLVE_ALWAYS : this.addPath(prefix.join('.'));
      return slot;
    }
    this.guard[slot] = RESOLVE_NEVER;
    const cuts = 1 << (segments.length - 1);
    // Bit i set: cut after segment i. Few early cuts first, so that the longest first key has the best priority.
    const routes = Array.from({ length: cuts }, (_, mask) => routeOf(segments, mask)).sort(byLongestPrefix);
    routes.forEach((route, priority) => {
      this.#addRoute(route, slot, priority);
    });
    this.#bind();
    return slot;
  }

  /**
   * Moves the tables into an arena: records whose bytes it holds are scanned by a vector program from now on, others as before. Where the runtime
   * refuses the program, nothing changes.
   */
  moveTo(arena: Arena): void {
    const program = arena.link(SCAN_PROGRAM, { findKey: this.#findKey, markResolve: this.#markAll });
    if (program === undefined) return;
    this.#storage = arena;
    this.kind = moved(arena, this.kind);
    this.from = moved(arena, this.from);
    this.to = moved(arena, this.to);
    this.#slotPriority = moved(arena, this.#slotPriority);
    this.#nodeSlot = moved(arena, this.#nodeSlot);
    this.#nodePriority = moved(arena, this.#nodePriority);
    this.#nodeHasChildren = moved(arena, this.#nodeHasChildren);
    this.#nodeStamp = moved(arena, this.#nodeStamp);
    this.#firstKey = moved(arena, this.#firstKey);
    this.#stackNode = moved(arena, this.#stackNode);
    this.#stackSlot = moved(arena, this.#stackSlot);
    this.#stackKey = moved(arena, this.#stackKey);
    this.#stackSlot[0] = -1;
    this.#keys.moveTo(arena);
    this.#arena = arena;
    this.#header = arena.header(SCAN_TABLES.length);
    this.#program = program['scan'];
    this.#bind();
  }

  /**
   * Scans the record in `source.bytes[start, end)`. Cost: one pass over keys and punctuation; string bodies are skipped by native search, or sixteen
   * bytes at a time. What may stand around a record (`isBlank`) is passed over, as it is where records are decoded.
   */
  scanRange(source: RecordBuffer, first: number, last: number): SlotScanStatus {
    const { bytes } = source;
    let start = first;
    let end = last;
    while (start < end && isBlank(bytes[start] ?? 0)) start++;
    while (end > start && isBlank(bytes[end - 1] ?? 0)) end--;
    const program = this.#program;
    if (program === undefined || this.#arena?.holds(bytes) !== true)
      return this.#scanPlainly(bytes, source.text, { start, end });
    this.#bytes = bytes;
    const base = bytes.byteOffset;
    const slots = this.#paths.length;
    const status = program(base + start, base + end, base, ++this.#generation, slots, this.#header);
    return status === SCAN_OK ? 'ok' : status === SCAN_MALFORMED ? 'malformed' : 'fallback';
  }

  /** What the vector program does, in TypeScript: what it means, and what runs where bytes lie elsewhere. */
  #scanPlainly(
    bytes: Uint8Array,
    text: string,
    { start, end }: { readonly start: number; readonly end: number },
  ): SlotScanStatus {
    const generation = ++this.#generation;
    this.kind.fill(SLOT_ABSENT, 0, this.#paths.length);
    if (this.#memory.buffer !== bytes.buffer) this.#memory = new DataView(bytes.buffer);
    const memory = this.#memory;
    const { byteOffset } = bytes;
    const stackNode = this.#stackNode;
    const stackSlot = this.#stackSlot;
    const nodeStamp = this.#nodeStamp;
    const nodeHasChildren = this.#nodeHasChildren;
    let p = start;
    let c = bytes[p] ?? 0;
    while (c === 32 || c === 9 || c === 13 || c === 10) {
      if (++p >= end) return 'malformed';
      c = bytes[p] ?? 0;
    }
    if (c !== 123 || p >= end) return 'fallback';
    p++;
    let depth = 0;
    // The trie node of the innermost container; -1: an object nobody asks about; -2: an array.
    let node = 0;
    stackSlot[0] = -1;
    let afterOpen = true;
    // Containers count, as they do where records are decoded, which says so about a record that has too many.
    let values = 1;
    // The key before in the same object; -1: none yet, or one too many to be remembered.
    let lastKey = -1;
    const keys = this.#keys;
    const stackKey = this.#stackKey;

    for (;;) {
      // Before a member or an element, or the end of a container just opened.
      c = bytes[p] ?? 0;
      while (c === 32 || c === 9 || c === 13 || c === 10) c = bytes[++p] ?? 0;
      if (p >= end) return 'malformed';
      let closes = afterOpen && c === (node === -2 ? 93 : 125);
      afterOpen = false;
      if (!closes) {
        let target = -1;
        if (node !== -2) {
          if (c !== QUOTE) return 'malformed';
          const keyFrom = ++p;
          let colonSeen = false;
          if (node >= 0) {
            // Most often it is the key that stood here in the last record.
            const expected = lastKey >= 0 ? (keys.next[lastKey] ?? -1) : (this.#firstKey[node] ?? -1);
            let key = -1;
            if (expected >= 0) {
              // With its quote and colon, if they follow at once.
              const last = keys.wordLast[expected] ?? -1;
              const after = p + (keys.length[expected] ?? 0) + 2;
              if (last >= 0 && after <= end) {
                const { words } = keys;
                let word = keys.wordFrom[expected] ?? 0;
                let at = byteOffset + p;
                while (word < last && words[word] === memory.getInt32(at, true)) {
                  word++;
                  at += WORD;
                }
                if (word === last && words[word] === memory.getInt32(byteOffset + after - WORD, true)) {
                  key = expected;
                  p = after;
                  colonSeen = true;
                }
              }
            }
            if (key < 0) {
              let hash = KeyTable.seed;
              c = bytes[p] ?? 0;
              while (c !== QUOTE) {
                if (c === BACKSLASH) return 'fallback';
                if (c < 32) return 'malformed';
                hash = hashStep(hash, c);
                c = bytes[++p] ?? 0;
              }
              key = keys.find(bytes, node, hash, keyFrom, p);
              if (key < 0) key = keys.addUnasked(bytes, node, hash, keyFrom, p);
              if (lastKey >= 0) keys.next[lastKey] = key;
              else this.#firstKey[node] = key;
            }
            if (p >= end) return 'malformed';
            lastKey = key;
            target = key >= 0 ? (keys.target[key] ?? -1) : -1;
            if (target >= 0 && nodeHasChildren[target] === 1) {
              if (nodeStamp[target] === generation) return 'fallback';
              nodeStamp[target] = generation;
            }
            if (!colonSeen) p++;
          } else {
            p = closingQuote(bytes, text, p, end) + 1;
            if (p === 0) return 'malformed';
          }
          c = bytes[p] ?? 0;
          if (!colonSeen) {
            while (c === 32 || c === 9 || c === 13 || c === 10) c = bytes[++p] ?? 0;
            if (c !== 58) return 'malformed';
            c = bytes[++p] ?? 0;
          }
          while (c === 32 || c === 9 || c === 13 || c === 10) c = bytes[++p] ?? 0;
        }
        if (p >= end) return 'malformed';
        // A value.
        if (c === QUOTE) {
          const close = closingQuote(bytes, text, p + 1, end);
          if (close < 0) return 'malformed';
          if (target >= 0) this.#put(target, SLOT_STRING, p + 1, close);
          p = close + 1;
        } else if (c === 123 || c === 91) {
          if (++depth > DEPTH_MAX || ++values > VALUES_MAX) return 'fallback';
          stackNode[depth] = node;
          stackSlot[depth] = target;
          stackKey[depth] = lastKey;
          lastKey = -1;
          if (target >= 0) {
            this.#put(target, c === 123 ? SLOT_OBJECT : SLOT_ARRAY, p, p);
            if (c === 91 && nodeHasChildren[target] === 1) this.#markResolve(target);
          }
          if (c === 91) node = -2;
          else node = target >= 0 && nodeHasChildren[target] === 1 ? target : -1;
          p++;
          afterOpen = true;
          continue;
        } else if (c === 116) {
          if (bytes[p + 1] !== 114 || bytes[p + 2] !== 117 || bytes[p + 3] !== 101) return 'malformed';
          if (target >= 0) this.#put(target, SLOT_TRUE, p, p + 4);
          p += 4;
        } else if (c === 102) {
          if (bytes[p + 1] !== 97 || bytes[p + 2] !== 108 || bytes[p + 3] !== 115 || bytes[p + 4] !== 101) {
            return 'malformed';
          }
          if (target >= 0) this.#put(target, SLOT_FALSE, p, p + 5);
          p += 5;
        } else if (c === 110) {
          if (bytes[p + 1] !== 117 || bytes[p + 2] !== 108 || bytes[p + 3] !== 108) return 'malformed';
          if (target >= 0) this.#put(target, SLOT_NULL, p, p + 4);
          p += 4;
        } else {
          const after = numberEnd(bytes, p);
          if (after < 0) return 'malformed';
          if (target >= 0) this.#put(target, SLOT_NUMBER, p, after);
          p = after;
        }
      }
      // After a value: a comma, or the ends of containers.
      for (;;) {
        if (!closes) {
          c = bytes[p] ?? 0;
          while (c === 32 || c === 9 || c === 13 || c === 10) c = bytes[++p] ?? 0;
          if (p >= end) return 'malformed';
          if (c === 44) {
            if (++values > VALUES_MAX) return 'fallback';
            p++;
            break;
          }
          if (c !== (node === -2 ? 93 : 125)) return 'malformed';
        }
        closes = false;
        p++;
        const slotNode = stackSlot[depth] ?? -1;
        if (slotNode >= 0) this.#close(slotNode, p);
        if (depth === 0) {
          if (p > end) return 'malformed';
          while (p < end) {
            c = bytes[p] ?? 0;
            if (c !== 32 && c !== 9 && c !== 13 && c !== 10) return 'malformed';
            p++;
          }
          return 'ok';
        }
        node = stackNode[depth] ?? -1;
        lastKey = stackKey[depth] ?? -1;
        depth--;
      }
    }
  }

  /** Tells the program where the tables are; without one where they found no room in its memory. */
  #bind(): void {
    const arena = this.#arena;
    if (arena === undefined) return;
    const keys = this.#keys;
    const tables: Readonly<Record<(typeof SCAN_TABLES)[number], Uint8Array | Int32Array | undefined>> = {
      keyNext: keys.next,
      keyLength: keys.length,
      keyTarget: keys.target,
      keyWordFrom: keys.wordFrom,
      keyWordLast: keys.wordLast,
      keyWords: keys.words,
      firstKey: this.#firstKey,
      nodeHasChildren: this.#nodeHasChildren,
      nodeStamp: this.#nodeStamp,
      nodeSlot: this.#nodeSlot,
      nodePriority: this.#nodePriority,
      slotPriority: this.#slotPriority,
      kind: this.kind,
      from: this.from,
      to: this.to,
      stackNode: this.#stackNode,
      stackSlot: this.#stackSlot,
      stackKey: this.#stackKey,
      foundKey: undefined,
    };
    SCAN_TABLES.forEach((name, i) => {
      const table = tables[name];
      if (table === undefined) return;
      if (!arena.holds(table)) this.#program = undefined;
      arena.words[this.#header / WORD + i] = table.byteOffset;
    });
  }

  /** For the program: the key that begins at an address. Gives the address of its closing quote, or the complement of a status. */
  readonly #findKey = (node: number, lastKey: number, address: number): number => {
    const bytes = this.#bytes;
    const from = address - bytes.byteOffset;
    let p = from;
    let hash = KeyTable.seed;
    let c = bytes[p] ?? 0;
    while (c !== QUOTE) {
      if (c === BACKSLASH) return ~SCAN_FALLBACK;
      if (c < 32) return ~SCAN_MALFORMED;
      hash = hashStep(hash, c);
      c = bytes[++p] ?? 0;
    }
    const keys = this.#keys;
    let key = keys.find(bytes, node, hash, from, p);
    if (key < 0) {
      key = keys.addUnasked(bytes, node, hash, from, p);
      if (key >= 0) this.#bind();
      if (this.#program === undefined) return ~SCAN_FALLBACK;
    }
    if (lastKey >= 0) keys.next[lastKey] = key;
    else this.#firstKey[node] = key;
    if (this.#arena !== undefined) this.#arena.words[this.#header / WORD + FOUND_KEY] = key;
    return bytes.byteOffset + p;
  };

  readonly #markAll = (node: number): number => {
    this.#markResolve(node);
    return 0;
  };

  #put(node: number, kind: number, from: number, to: number): void {
    const slot = this.#nodeSlot[node] ?? -1;
    if (slot < 0) return;
    const priority = this.#nodePriority[node] ?? 0;
    const before = this.kind[slot] ?? 0;
    if (before !== SLOT_ABSENT && (before === SLOT_RESOLVE || (this.#slotPriority[slot] ?? 0) < priority))
      return;
    this.#slotPriority[slot] = priority;
    this.kind[slot] = kind;
    this.from[slot] = from;
    this.to[slot] = to;
  }

  #close(node: number, to: number): void {
    const slot = this.#nodeSlot[node] ?? -1;
    if (slot < 0 || this.#slotPriority[slot] !== this.#nodePriority[node]) return;
    const kind = this.kind[slot];
    if (kind === SLOT_OBJECT || kind === SLOT_ARRAY) this.to[slot] = to;
  }

  #markResolve(node: number): void {
    for (const child of this.#children[node] ?? []) {
      const slot = this.#nodeSlot[child] ?? -1;
      if (slot >= 0) this.kind[slot] = SLOT_RESOLVE;
      this.#markResolve(child);
    }
  }

  #addRoute(keys: readonly string[], slot: number, priority: number): void {
    let node = 0;
    for (const key of keys) node = this.#child(node, key);
    this.#nodeSlot[node] = slot;
    this.#nodePriority[node] = priority;
  }

  #child(parent: number, name: string): number {
    const key = this.#keys.add(new TextEncoder().encode(name), parent);
    const known = this.#keys.target[key] ?? -1;
    if (known >= 0) return known;
    const node = this.#nodeCount++;
    this.#growNodes(this.#nodeCount);
    this.#children.push([]);
    this.#children[parent]?.push(node);
    this.#nodeHasChildren[parent] = 1;
    this.#keys.target[key] = node;
    return node;
  }

  #growSlots(count: number): void {
    if (count <= this.kind.length) return;
    const size = this.kind.length * 2;
    const storage = this.#storage;
    this.kind = grown(storage, this.kind, size);
    this.from = grown(storage, this.from, size);
    this.to = grown(storage, this.to, size);
    this.guard = grown(PLAIN_STORAGE, this.guard, size);
    this.#slotPriority = grown(storage, this.#slotPriority, size);
    this.#bind();
  }

  #growNodes(count: number): void {
    if (count <= this.#nodeSlot.length) return;
    const size = this.#nodeSlot.length * 2;
    const before = this.#nodeSlot.length;
    const storage = this.#storage;
    this.#nodeSlot = grown(storage, this.#nodeSlot, size).fill(-1, before);
    this.#nodePriority = grown(storage, this.#nodePriority, size);
    this.#nodeHasChildren = grown(storage, this.#nodeHasChildren, size);
    this.#nodeStamp = grown(storage, this.#nodeStamp, size);
    this.#firstKey = grown(storage, this.#firstKey, size).fill(-1, before);
  }
}

/** The keys of one way to cut a path: bit i of `mask` cuts after segment i. */
function routeOf(segments: readonly string[], mask: number): readonly string[] {
  const keys: string[] = [];
  let from = 0;
  for (let i = 0; i < segments.length - 1; i++) {
    if ((mask & (1 << i)) === 0) continue;
    keys.push(segments.slice(from, i + 1).join('.'));
    from = i + 1;
  }
  keys.push(segments.slice(from).join('.'));
  return keys;
}

/** Longest first key first, then longest second key, and so on. */
function byLongestPrefix(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const lengthA = (a[i] ?? '').split('.').length;
    const lengthB = (b[i] ?? '').split('.').length;
    if (lengthA !== lengthB) return lengthB - lengthA;
  }
  return a.length - b.length;
}

/** The closing quote's position of a string whose body starts at `from`, or -1. */
function closingQuote(bytes: Uint8Array, text: string, from: number, end: number): number {
  let p = from;
  // Short bodies are looked at byte by byte; native search costs more than it saves there.
  const near = Math.min(end, from + 12);
  while (p < near) {
    const c = bytes[p] ?? 0;
    if (c === QUOTE) return p;
    p += c === BACKSLASH ? 2 : 1;
  }
  for (;;) {
    const quote = text.indexOf('"', p);
    if (quote < 0 || quote >= end) return -1;
    let before = quote - 1;
    while (before >= p && bytes[before] === BACKSLASH) before--;
    if (((quote - before) & 1) === 1) return quote;
    p = quote + 1;
  }
}

/** The byte after a JSON number that starts at `from`, or -1 where there is none (RFC 8259, section 6). */
function numberEnd(bytes: Uint8Array, from: number): number {
  let p = from;
  let c = bytes[p] ?? 0;
  if (c === 45) c = bytes[++p] ?? 0;
  if (c === 48) c = bytes[++p] ?? 0;
  else if (c >= 49 && c <= 57) {
    while (c >= 48 && c <= 57) c = bytes[++p] ?? 0;
  } else return -1;
  if (c === 46) {
    c = bytes[++p] ?? 0;
    if (c < 48 || c > 57) return -1;
    while (c >= 48 && c <= 57) c = bytes[++p] ?? 0;
  }
  if (c === 101 || c === 69) {
    c = bytes[++p] ?? 0;
    if (c === 43 || c === 45) c = bytes[++p] ?? 0;
    if (c < 48 || c > 57) return -1;
    while (c >= 48 && c <= 57) c = bytes[++p] ?? 0;
  }
  return p;
}

function grown<T extends Uint8Array | Int32Array>(storage: Storage, array: T, size: number): T;
function grown(storage: Storage, array: Uint8Array | Int32Array, size: number): Uint8Array | Int32Array {
  const next = array instanceof Uint8Array ? storage.uint8(size) : storage.int32(size);
  next.set(array);
  return next;
}

function moved<T extends Uint8Array | Int32Array>(storage: Storage, array: T): T {
  return grown(storage, array, array.length);
}
