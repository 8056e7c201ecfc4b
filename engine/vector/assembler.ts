/**
 * A small assembler for WebAssembly: programs are written as nested calls, each giving the code of one instruction with its operands, and are
 * encoded as the specification's binary format has it (WebAssembly Core Specification 2.0, section 5). Only what our programs use is here.
 */

/** Code of one instruction or several; the labels of the blocks around it, innermost last, are known only when it is encoded. */
export type Code = (labels: readonly string[]) => readonly number[];

/** The types of values. */
const I32 = 0x7f;
const V128 = 0x7b;
const FUNCTION = 0x60;
const NO_RESULT = 0x40;

/** A local variable of a function. */
export interface Local {
  readonly get: Code;
  /** Stores the value and leaves nothing. */
  readonly set: (value: Code) => Code;
  /** Stores the value and gives it, too. */
  readonly tee: (value: Code) => Code;
  /** Adds to it. */
  readonly add: (by: Code) => Code;
}

/** What a function takes and gives: numbers of 32 bits only. */
export interface Signature {
  readonly parameters: number;
  readonly results: 0 | 1;
}

interface Declared extends Signature {
  readonly name: string;
}

interface Defined extends Declared {
  readonly types: readonly number[];
  readonly body: Code;
}

/** Makes a module: imported functions first, then those defined here. Memory is imported as `env.memory`. */
export class Assembler {
  readonly #imported: Declared[] = [];
  readonly #defined: Defined[] = [];

  /** A function of the host, imported as `env.NAME`. All of these come before the first `define`. */
  import(name: string, signature: Signature): (...args: readonly Code[]) => Code {
    const index = this.#imported.length;
    this.#imported.push({ name, ...signature });
    return (...args) => concat(...args, bytes(0x10, ...unsigned(index)));
  }

  /** A function, exported under its name; what is given back calls it. */
  define(
    name: string,
    signature: Signature,
    write: (locals: Locals) => Code,
  ): (...args: readonly Code[]) => Code {
    const index = this.#imported.length + this.#defined.length;
    const locals = new Locals(signature.parameters);
    const body = write(locals);
    this.#defined.push({ name, ...signature, types: locals.types, body });
    return (...args) => concat(...args, bytes(0x10, ...unsigned(index)));
  }

  /** The binary of the module. */
  assemble(): Uint8Array {
    const all = [...this.#imported, ...this.#defined];
    const sections = [
      section(1, vectorOf(all.map(typeOf))),
      section(
        2,
        vectorOf([
          [...name('env'), ...name('memory'), 0x02, 0x00, 0x01],
          ...this.#imported.map((found, i) => [...name('env'), ...name(found.name), 0x00, ...unsigned(i)]),
        ]),
      ),
      section(3, vectorOf(this.#defined.map((_, i) => unsigned(this.#imported.length + i)))),
      section(
        7,
        vectorOf(
          this.#defined.map((found, i) => [
            ...name(found.name),
            0x00,
            ...unsigned(this.#imported.length + i),
          ]),
        ),
      ),
      section(10, vectorOf(this.#defined.map(bodyOf))),
    ];
    return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);
  }
}

/** The locals of a function: its parameters, and what it declares. */
export class Locals {
  readonly types: number[] = [];
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** The parameter with this number, from 0. */
  parameter(index: number): Local {
    return local(index);
  }

  /** A number of 32 bits, 0 at first. */
  i32(): Local {
    return this.#declare(I32);
  }

  /** A vector of 16 bytes, zeros at first. */
  v128(): Local {
    return this.#declare(V128);
  }

  #declare(type: number): Local {
    this.types.push(type);
    return local(this.#parameters + this.types.length - 1);
  }
}

// --- Instructions ------------------------------------------------------------------------------------------------

/** One after the other. */
export function seq(...codes: readonly Code[]): Code {
  return concat(...codes);
}

/** A constant. */
export function i32(value: number): Code {
  return bytes(0x41, ...signed(value));
}

export const add = binary(0x6a);
export const sub = binary(0x6b);
export const mul = binary(0x6c);
export const and = binary(0x71);
export const or = binary(0x72);
export const xor = binary(0x73);
export const shl = binary(0x74);
export const shrU = binary(0x76);
export const eq = binary(0x46);
export const ne = binary(0x47);
export const ltS = binary(0x48);
export const ltU = binary(0x49);
export const gtS = binary(0x4a);
export const gtU = binary(0x4b);
export const leU = binary(0x4d);
export const geS = binary(0x4e);
export const geU = binary(0x4f);
export const eqz = unary(0x45);
/** The number of zeros below the lowest bit that is set. */
export const trailingZeros = unary(0x68);

/** The byte at an address; `offset` is added to it, here and below. */
export function load8(address: Code, offset = 0): Code {
  return concat(address, bytes(0x2d, 0, ...unsigned(offset)));
}
/** Sixteen bits at an address, without sign. */
export function load16(address: Code, offset = 0): Code {
  return concat(address, bytes(0x2f, 0, ...unsigned(offset)));
}
/** Thirty-two bits at an address, in the order of little-endian memory. */
export function load32(address: Code, offset = 0): Code {
  return concat(address, bytes(0x28, 0, ...unsigned(offset)));
}
/** Stores the lowest byte of a value. */
export function store8(address: Code, value: Code): Code {
  return concat(address, value, bytes(0x3a, 0, 0));
}
/** Stores the lower two bytes of a value. */
export function store16(address: Code, value: Code): Code {
  return concat(address, value, bytes(0x3b, 0, 0));
}
/** Stores all four bytes of a value. */
export function store32(address: Code, value: Code, offset = 0): Code {
  return concat(address, value, bytes(0x36, 0, ...unsigned(offset)));
}
/** Sets `count` bytes from an address to the lowest byte of a value. */
export function fill(address: Code, value: Code, count: Code): Code {
  return concat(address, value, count, bytes(0xfc, 11, 0));
}

/** Sixteen bytes at an address. */
export function loadV(address: Code, offset = 0): Code {
  return concat(address, bytes(0xfd, 0, 0, ...unsigned(offset)));
}
/** Stores sixteen bytes. */
export function storeV(address: Code, value: Code, offset = 0): Code {
  return concat(address, value, bytes(0xfd, 11, 0, ...unsigned(offset)));
}
/** A byte in all sixteen places; 32 bits in all four. */
export const splat8 = unary(0xfd, 15);
export const splat16 = unary(0xfd, 16);
export const splat32 = unary(0xfd, 17);
/** By byte: all bits where they are equal, else none. */
export const eq8 = binary(0xfd, 35);
/** The same by sixteen bits. */
export const eq16 = binary(0xfd, 45);
/** By byte, without sign. */
export const ltU8 = binary(0xfd, 38);
export const andV = binary(0xfd, 78);
export const orV = binary(0xfd, 80);
export const xorV = binary(0xfd, 81);
export const sub8 = binary(0xfd, ...unsigned(113));
export const add32 = binary(0xfd, ...unsigned(174));
export const mul32 = binary(0xfd, ...unsigned(181));
export const shrU32 = binary(0xfd, ...unsigned(173));
/** The highest bits of the sixteen bytes as a number. */
export const highBits = unary(0xfd, ...unsigned(100));
/** The same of the eight numbers of sixteen bits. */
export const highBits16 = unary(0xfd, ...unsigned(132));
/** Whether any bit is set. */
export const anyTrue = unary(0xfd, ...unsigned(83));
/** The lower, and the upper eight bytes as sixteen-bit numbers. */
export const lowWide = unary(0xfd, ...unsigned(137));
export const highWide = unary(0xfd, ...unsigned(138));

/** One of the four 32-bit numbers of a vector. */
export function lane32(vector: Code, lane: 0 | 1 | 2 | 3): Code {
  return concat(vector, bytes(0xfd, 27, lane));
}

/** A sequence that `branch` to its label leaves. */
export function block(label: string, ...body: readonly Code[]): Code {
  return (labels) => [0x02, NO_RESULT, ...concat(...body)([...labels, label]), 0x0b];
}

/** A sequence that `branch` to its label begins anew; where its end is reached, it is left. */
export function loop(label: string, ...body: readonly Code[]): Code {
  return (labels) => [0x03, NO_RESULT, ...concat(...body)([...labels, label]), 0x0b];
}

/** Goes to a label. */
export function branch(label: string): Code {
  return (labels) => [0x0c, ...unsigned(depthOf(labels, label))];
}

/** Goes to a label where the condition is not 0. */
export function branchIf(label: string, condition: Code): Code {
  return (labels) => [...condition(labels), 0x0d, ...unsigned(depthOf(labels, label))];
}

/** Does the first where the condition is not 0, else the second. */
export function when(condition: Code, then: readonly Code[], otherwise: readonly Code[] = []): Code {
  return (labels) => {
    const inner = [...labels, ''];
    const els = otherwise.length === 0 ? [] : [0x05, ...concat(...otherwise)(inner)];
    return [...condition(labels), 0x04, NO_RESULT, ...concat(...then)(inner), ...els, 0x0b];
  };
}

/** Leaves the function with a value. */
export function giveBack(value: Code): Code {
  return concat(value, bytes(0x0f));
}

/** Drops a value. */
export function drop(value: Code): Code {
  return concat(value, bytes(0x1a));
}

// --- Encoding ----------------------------------------------------------------------------------------------------

function local(index: number): Local {
  const number = unsigned(index);
  const get = bytes(0x20, ...number);
  const set = (value: Code): Code => concat(value, bytes(0x21, ...number));
  return {
    get,
    set,
    tee: (value) => concat(value, bytes(0x22, ...number)),
    add: (by) => set(add(get, by)),
  };
}

function bytes(...code: readonly number[]): Code {
  return () => code;
}

function concat(...codes: readonly Code[]): Code {
  return (labels) => codes.flatMap((code) => [...code(labels)]);
}

function unary(...opcode: readonly number[]): (value: Code) => Code {
  return (value) => concat(value, bytes(...opcode));
}

function binary(...opcode: readonly number[]): (left: Code, right: Code) => Code {
  return (left, right) => concat(left, right, bytes(...opcode));
}

function depthOf(labels: readonly string[], label: string): number {
  const at = labels.lastIndexOf(label);
  if (at < 0) throw new Error(`no block is called ${label}`);
  return labels.length - 1 - at;
}

/** LEB128 without sign. */
function unsigned(value: number): readonly number[] {
  const out: number[] = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest & 127) | 128);
    rest >>>= 7;
  }
  out.push(rest);
  return out;
}

/** LEB128 with sign. */
function signed(value: number): readonly number[] {
  const out: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...out, low];
    out.push(low | 128);
  }
}

function name(text: string): readonly number[] {
  return [...unsigned(text.length), ...new TextEncoder().encode(text)];
}

function vectorOf(items: readonly (readonly number[])[]): readonly number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...unsigned(content.length), ...content];
}

function typeOf({ parameters, results }: Signature): readonly number[] {
  const numbers = (count: number) => [...unsigned(count), ...new Array<number>(count).fill(I32)];
  return [FUNCTION, ...numbers(parameters), ...numbers(results)];
}

function bodyOf({ types, body }: Defined): readonly number[] {
  const locals = vectorOf(types.map((type) => [1, type]));
  const code = [...locals, ...body([]), 0x0b];
  return [...unsigned(code.length), ...code];
}
