import type { SignalReader, SignalWriter } from '../snapshot.ts';
import type { SavedMeasure } from './measure.ts';

/** A measure's state with its signals by number, as a snapshot holds it. */
export interface SavedWindow {
  readonly entries: readonly (readonly [signal: number, role: number, value: string | number])[];
  readonly marks: readonly number[];
}

/** Puts numbers in the place of signals. */
export function writeWindow(saved: SavedMeasure, writer: SignalWriter): SavedWindow {
  return {
    entries: saved.entries.map((e) => [writer.write(e.signal), e.role, e.value] as const),
    marks: saved.marks,
  };
}

/** Puts signals back in the place of numbers. */
export function readWindow(saved: SavedWindow, reader: SignalReader): SavedMeasure {
  return {
    entries: saved.entries.map(([number, role, value]) => ({ signal: reader.read(number), role, value })),
    marks: saved.marks,
  };
}
