import type { Scalar, Signal } from '../model/index.ts';
import type { Decided } from './signal-order.ts';

/** A waiting signal as a snapshot holds it. */
export interface SavedDecided {
  readonly at: number;
  readonly signal: Omit<Signal, 'values'> & {
    readonly values: readonly (readonly [string, Scalar | readonly Scalar[]])[];
  };
}

/** A waiting signal as plain data. */
export function savedDecided({ at, signal }: Decided): SavedDecided {
  return { at, signal: { ...signal, values: [...signal.values] } };
}

/** A waiting signal of a snapshot. */
export function restoredDecided({ at, signal }: SavedDecided): Decided {
  return { at, signal: { ...signal, values: new Map(signal.values) } };
}

/** Byte sections as one: how many, how long each is (32 bits, least significant byte first), then the sections. */
export function packed(sections: readonly Uint8Array[]): Uint8Array {
  const head = 4 + sections.length * 4;
  const bytes = new Uint8Array(head + sections.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sections.length, true);
  let at = head;
  sections.forEach((section, i) => {
    view.setUint32(4 + i * 4, section.length, true);
    bytes.set(section, at);
    at += section.length;
  });
  return bytes;
}

/** The sections of what `packed` made; undefined where the bytes are no such thing. */
export function unpacked(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  let at = 4 + count * 4;
  if (at > bytes.length) return undefined;
  const sections: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(4 + i * 4, true);
    if (at + length > bytes.length) return undefined;
    sections.push(bytes.subarray(at, at + length));
    at += length;
  }
  return at === bytes.length ? sections : undefined;
}
