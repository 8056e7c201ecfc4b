/** A parser, and what must hold whatever it is given. */
export interface FuzzTarget {
  readonly name: string;
  /** What it stands for, and which law beside "no crash, no hang" it is held to. */
  readonly law: string;
  /** Its part of a run, over the sum of all parts: parsers that take long are asked less often. */
  readonly weight: number;
  readonly corpus: readonly Uint8Array[];
  readonly words: readonly string[];
  /** Throws where the law is broken. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

/** Something that was good beside the input was lost, or told otherwise, because of it. */
export class LawBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LawBroken';
  }
}

/** Throws `LawBroken` where it does not hold. */
export function must(holds: boolean, law: string): void {
  if (!holds) throw new LawBroken(law);
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** A corpus of texts. */
export function texts(...all: readonly string[]): readonly Uint8Array[] {
  return all.map((text) => ENCODER.encode(text));
}

/** Bytes as a parser of text gets them: what is no UTF-8 is replaced. */
export function textOf(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** Bytes behind one another. */
export function concat(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const bytes = parts.map((part) => (typeof part === 'string' ? ENCODER.encode(part) : part));
  const whole = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The size of the chunks that an input is cut into: some bytes; of long inputs more, as no reader gives a file byte by byte. */
export function chunkSize({ length }: Uint8Array, below: number): number {
  return 1 + (length % below) + (length >> 6);
}
