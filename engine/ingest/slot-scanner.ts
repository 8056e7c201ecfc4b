// Longer than 400 lines would split one state machine; the hot loop of the scanner is kept in one function on purpose.
/**
 * Reads only the asked-for paths of one JSON record, straight from its bytes: offsets into typed arrays, no objects.
 * Bound to `JSON.parse` + `resolvePath` by a differential test. Structure (brackets, commas, colons, numbers, literals) is
 * checked in full; the *inside* of strings is not looked at until somebody reads the value.
 */

import { RECORD_LIMITS } from './framed.ts';
import { hashStep, KeyTable } from './key-table.ts';

/** What became of a record. `fallback`: read it with `JSON.parse` (escaped or repeated keys, unusual depth, too many values, not an object). */
export type SlotScanStatus = 'ok' | 'malformed' | 'fallback';

export const SLOT_ABSENT = 0;
export const SLOT_STRING = 1;
export const SLOT_NUMBER = 2;
export const SLOT_TRUE = 3;
export const SLOT_FALSE = 4;
export const SLOT_NULL = 5;
export const SLOT_OBJECT = 6;
export const SLOT_ARRAY = 7;
/** The path runs through an array or holds `*`: resolve it on the parsed record. */
export const SLOT_RESOLVE = 8;

export const RESOLVE_NEVER = -1;
export const RESOLVE_ALWAYS = -2;

const DEPTH_MAX = 200;
const SEGMENTS_MAX = 8;
const VALUES_MAX = RECORD_LIMITS.recordValuesMax;

const QUOTE = 34;
const BACKSLASH = 92;
const WORD = 4;

/** A set of paths compiled to a trie over key bytes, and the slots of the record scanned last. */
export class SlotScanner {
  /** By slot: one of the SLOT_ kinds; valid after a scan that returned `ok`. */
  kind = new Uint8Array(64);
  /**
   * By slot: RESOLVE_NEVER for a plain path; for one that only the parsed record can resolve (`*`, more than eight keys), the
   * slot that must be present for it to be worth trying, or RESOLVE_ALWAYS.
   */
  guard = new Int32Array(64).fill(RESOLVE_NEVER);
  /** By slot: the value's first byte (inside the quotes for strings) and the byte after its last. */
  from = new Int32Array(64);
  to = new Int32Array(64);
  readonly #slotByPath = new Map<string, number>();
  readonly #paths: string[] = [];
  #slotPriority = new Uint8Array(64);

  // Trie: node 0 is the record itself.
  #nodeCount = 1;
  #nodeSlot = new Int32Array(256).fill(-1);
  #nodePriority = new Uint8Array(256);
  #nodeHasChildren = new Uint8Array(256);
  #nodeStamp = new Int32Array(256);
  readonly #children: number[][] = [[]];

  /** By node: the key that objects there began with last time, or -1. */
  #firstKey = new Int32Array(256).fill(-1);
  readonly #keys = new KeyTable();
  /** The memory that the bytes scanned last lie in. */
  #memory: DataView = new DataView(new ArrayBuffer(0));

  #generation = 0;
  readonly #stackNode = new Int32Array(DEPTH_MAX + 1);
  readonly #stackSlot = new Int32Array(DEPTH_MAX + 1);
  readonly #stackKey = new Int32Array(DEPTH_MAX + 1);

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
    return slot;
  }

  /**
   * Scans the record in `bytes[start, end)`. `text` is the same buffer as a string of one unit a byte, for native searching.
   * Cost: one pass over keys and punctuation; string bodies are skipped by native search.
   */
  scan(
    bytes: Uint8Array,
    text: string,
    range: { readonly start: number; readonly end: number },
  ): SlotScanStatus {
    const { start, end } = range;
    return this.scanRange(bytes, text, start, end);
  }

  /** `scan` without the range object, for the hot path. */
  scanRange(bytes: Uint8Array, text: string, start: number, end: number): SlotScanStatus {
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
    this.kind = grown(this.kind, size);
    this.from = grown(this.from, size);
    this.to = grown(this.to, size);
    this.guard = grown(this.guard, size);
    this.#slotPriority = grown(this.#slotPriority, size);
  }

  #growNodes(count: number): void {
    if (count <= this.#nodeSlot.length) return;
    const size = this.#nodeSlot.length * 2;
    const before = this.#nodeSlot.length;
    this.#nodeSlot = grown(this.#nodeSlot, size).fill(-1, before);
    this.#nodePriority = grown(this.#nodePriority, size);
    this.#nodeHasChildren = grown(this.#nodeHasChildren, size);
    this.#nodeStamp = grown(this.#nodeStamp, size);
    this.#firstKey = grown(this.#firstKey, size).fill(-1, before);
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

function grown<T extends Uint8Array | Int32Array>(array: T, size: number): T;
function grown(array: Uint8Array | Int32Array, size: number): Uint8Array | Int32Array {
  const next = array instanceof Uint8Array ? new Uint8Array(size) : new Int32Array(size);
  next.set(array);
  return next;
}
