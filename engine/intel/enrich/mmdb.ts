/** What a record of such a file holds. */
export type MmdbValue =
  | string
  | number
  | boolean
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue }
  | undefined;

const MARKER = [0xab, 0xcd, 0xef, 0x4d, 0x61, 0x78, 0x4d, 0x69, 0x6e, 0x64, 0x2e, 0x63, 0x6f, 0x6d];
/** The metadata lies within the last so many bytes. */
const METADATA_MAX = 128 * 1024;
/** Between the tree and the data lie so many zeros. */
const SEPARATOR = 16;
/** Deeper nesting is no database but an attack. */
const DEPTH_MAX = 32;

const POINTER = 1;
const TEXT = 2;
const DOUBLE = 3;
const BYTES = 4;
const MAP = 7;
const INT32 = 8;
const LIST = 11;
const BOOLEAN = 14;
const FLOAT = 15;

/**
 * A reader of MaxMind DB files, by the published specification of the format, version 2.0: a binary tree over the bits of addresses, whose leaves point
 * at records. It reads from memory that threads can share, and makes nothing before it is asked. A look-up costs at most 128 steps and the decoding of one
 * record. Throws RangeError where the bytes are no such file, or damaged.
 */
export class MmdbReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #nodes: number;
  readonly #recordBits: number;
  readonly #ipVersion: number;
  readonly #data: number;
  readonly #v4Root: number;
  /** Such as `GeoLite2-City`. */
  readonly type: string;
  /** Seconds since 1970 at which it was built. */
  readonly builtAt: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const start = metadataStart(bytes);
    if (start === undefined) throw new RangeError('it is no MaxMind DB file');
    const { value } = this.#decode(start, start, 0);
    const metadata = isMap(value) ? value : {};
    this.#nodes = numberIn(metadata, 'node_count');
    this.#recordBits = numberIn(metadata, 'record_size');
    this.#ipVersion = numberIn(metadata, 'ip_version');
    this.builtAt = numberIn(metadata, 'build_epoch');
    this.type = typeof metadata['database_type'] === 'string' ? metadata['database_type'] : '';
    if (![24, 28, 32].includes(this.#recordBits) || ![4, 6].includes(this.#ipVersion))
      throw new RangeError(`a tree of ${this.#recordBits} bits a record is not known`);
    const treeBytes = (this.#nodes * this.#recordBits) / 4;
    this.#data = treeBytes + SEPARATOR;
    if (this.#data > bytes.length) throw new RangeError('the file ends within its tree');
    this.#v4Root = this.#ipVersion === 6 ? this.#walk(0, new Uint8Array(12)) : 0;
  }

  /** The record of the network that holds an address of 4 or 16 bytes; undefined where none does. */
  get(address: Uint8Array): MmdbValue {
    if (address.length === 16 && this.#ipVersion === 4) return undefined;
    const node = this.#walk(address.length === 4 ? this.#v4Root : 0, address);
    if (node <= this.#nodes) return undefined;
    return this.#decode(this.#data + node - this.#nodes - SEPARATOR, this.#data, 0).value;
  }

  /** Follows the bits from a node on, to a leaf or to where the bits end. */
  #walk(from: number, bits: Uint8Array): number {
    let node = from;
    for (let i = 0; i < bits.length * 8 && node < this.#nodes; i++) {
      const bit = ((bits[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
      node = this.#child(node, bit);
    }
    return node;
  }

  #child(node: number, bit: number): number {
    const view = this.#view;
    switch (this.#recordBits) {
      case 24: {
        const at = node * 6 + bit * 3;
        return (view.getUint16(at) << 8) | view.getUint8(at + 2);
      }
      case 28: {
        const at = node * 7;
        const middle = view.getUint8(at + 3);
        return bit === 0
          ? ((middle >> 4) * 0x100_0000) | (view.getUint32(at) >>> 8)
          : ((middle & 15) * 0x100_0000) | (view.getUint32(at + 3) & 0xff_ffff);
      }
      default:
        return view.getUint32(node * 8 + bit * 4);
    }
  }

  /** The value at a place, and where the next begins; pointers count from `base`. */
  #decode(from: number, base: number, depth: number): { readonly value: MmdbValue; readonly next: number } {
    if (depth > DEPTH_MAX) throw new RangeError('its records are nested too deep');
    const view = this.#view;
    let at = from;
    const control = view.getUint8(at++);
    let type = control >> 5;
    if (type === POINTER) {
      const { target, next } = this.#pointer(control, at);
      return { value: this.#decode(base + target, base, depth + 1).value, next };
    }
    if (type === 0) type = 7 + view.getUint8(at++);
    let size = control & 31;
    if (size >= 29) {
      const more = size - 28;
      const extra = this.#whole(at, more);
      at += more;
      size = [29, 285, 65_821][more - 1] ?? 0;
      size += extra;
    }
    switch (type) {
      case MAP: {
        const map: Record<string, MmdbValue> = Object.create(null);
        for (let i = 0; i < size; i++) {
          const key = this.#decode(at, base, depth + 1);
          const value = this.#decode(key.next, base, depth + 1);
          if (typeof key.value === 'string') map[key.value] = value.value;
          at = value.next;
        }
        return { value: map, next: at };
      }
      case LIST: {
        const list: MmdbValue[] = [];
        for (let i = 0; i < size; i++) {
          const { value, next } = this.#decode(at, base, depth + 1);
          list.push(value);
          at = next;
        }
        return { value: list, next: at };
      }
      case BOOLEAN:
        return { value: size !== 0, next: at };
      case TEXT:
        return { value: this.#text(at, size), next: at + size };
      case DOUBLE:
        return { value: view.getFloat64(at), next: at + 8 };
      case FLOAT:
        return { value: view.getFloat32(at), next: at + 4 };
      case INT32:
        return { value: this.#whole(at, size) | 0, next: at + size };
      case BYTES:
        return { value: undefined, next: at + size };
      // Unsigned whole numbers of up to 128 bits; beyond 2^53 they lose their last digits, which none that is asked for has.
      default:
        return { value: this.#whole(at, size), next: at + size };
    }
  }

  #pointer(control: number, at: number): { readonly target: number; readonly next: number } {
    const high = control & 7;
    switch ((control >> 3) & 3) {
      case 0:
        return { target: high * 0x100 + this.#whole(at, 1), next: at + 1 };
      case 1:
        return { target: high * 0x1_0000 + this.#whole(at, 2) + 2048, next: at + 2 };
      case 2:
        return { target: high * 0x100_0000 + this.#whole(at, 3) + 526_336, next: at + 3 };
      default:
        return { target: this.#whole(at, 4), next: at + 4 };
    }
  }

  #whole(at: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.#view.getUint8(at + i);
    return value;
  }

  #text(at: number, size: number): string {
    if (at + size > this.#bytes.length) throw new RangeError('the file ends within a text');
    // A copy: texts cannot be decoded from shared memory.
    return new TextDecoder().decode(this.#bytes.slice(at, at + size));
  }
}

function isMap(value: MmdbValue): value is { readonly [key: string]: MmdbValue } {
  return typeof value === 'object' && !Array.isArray(value);
}

function numberIn(map: { readonly [key: string]: MmdbValue }, key: string): number {
  const value = map[key];
  if (typeof value !== 'number') throw new RangeError(`its metadata lack ${key}`);
  return value;
}

/** Where the metadata begin: behind the last marker. */
function metadataStart(bytes: Uint8Array): number | undefined {
  const last = bytes.length - MARKER.length;
  for (let at = last; at >= Math.max(0, last - METADATA_MAX); at--) {
    if (MARKER.every((byte, i) => bytes[at + i] === byte)) return at + MARKER.length;
  }
  return undefined;
}
