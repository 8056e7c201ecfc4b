import type { Detector, DetectStatus } from '../../engine/detect/index.ts';
import type { RecordBuffer } from '../../engine/ingest/index.ts';

/** Bytes and the same as one unit a byte. */
export function recordBuffer(bytes: Uint8Array): RecordBuffer {
  return { bytes, text: Buffer.from(bytes).toString('latin1') };
}

/** Long enough for memory in which bytes are read by vectors. */
const LONG = 1 << 20;

/** Detects on the bytes where vector programs read them. Throws where the runtime has none: then nothing would be compared. */
export function detectHeld(detector: Detector, bytes: Uint8Array): DetectStatus {
  const held = detector.memoryFor(LONG)?.arena.hold(bytes);
  if (held === undefined) throw new Error('this runtime has no vector programs');
  return detector.detectBytes(recordBuffer(held), 0, held.length);
}
