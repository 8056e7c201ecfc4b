import { once } from 'node:events';
import { createGunzip, type Gunzip } from 'node:zlib';
import { errorCode } from './file-trouble.ts';

/** Compressed bytes fed at once: what one damaged piece may cost before it is gone over again byte by byte. */
const PIECE_BYTES = 16 * 1024;

/** How an unpacking ended: the reason in words where the bytes are damaged. */
export interface Unpacked {
  readonly damage: string | undefined;
}

/**
 * Unpacks gzip; members behind one another count as one text, zero padding behind the last is allowed. Node's decoder drops what it
 * had unpacked of a piece when it meets damage in that piece. Therefore `again`, where given, opens the same bytes a second time:
 * they are fed up to the last sound piece, then byte by byte, so that every byte before the damage is given out.
 */
export async function* gunzip(
  packed: AsyncIterable<Uint8Array>,
  again?: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, Unpacked, void> {
  let given = 0;
  let sound = 0;
  const first = decode(packed, () => PIECE_BYTES);
  for (;;) {
    const step = await first.next();
    if (!step.done) {
      given += step.value.length;
      yield step.value;
      continue;
    }
    if (step.value.damage === undefined || again === undefined) return { damage: step.value.damage };
    sound = Math.max(0, step.value.fed - 2 * PIECE_BYTES);
    break;
  }
  const second = decode(again(), (fed) => (fed < sound ? Math.min(PIECE_BYTES, sound - fed) : 1));
  let skipped = 0;
  for (;;) {
    const step = await second.next();
    if (step.done) return { damage: step.value.damage };
    const fresh = step.value.subarray(Math.min(step.value.length, given - skipped));
    skipped += step.value.length - fresh.length;
    if (fresh.length > 0) yield fresh;
  }
}

interface Decoded {
  readonly damage: string | undefined;
  /** Compressed bytes handed to the decoder. */
  readonly fed: number;
}

async function* decode(
  packed: AsyncIterable<Uint8Array>,
  pieceBytes: (fed: number) => number,
): AsyncGenerator<Uint8Array, Decoded, void> {
  const decoder = createGunzip({ chunkSize: 256 * 1024 });
  const feeding = { fed: 0, fault: undefined as unknown };
  const done = feed(packed, { decoder, pieceBytes, feeding });
  try {
    // The decoder cuts its chunks from memory that it goes on using: they are copied, so that the receiver may keep or hand over each.
    for await (const chunk of decoder) yield new Uint8Array(chunk);
  } catch (thrown) {
    await done;
    return { damage: damageOf(thrown), fed: feeding.fed };
  } finally {
    decoder.destroy();
  }
  await done;
  if (feeding.fault !== undefined) throw feeding.fault;
  return { damage: undefined, fed: feeding.fed };
}

interface Feed {
  readonly decoder: Gunzip;
  readonly pieceBytes: (fed: number) => number;
  readonly feeding: { fed: number; fault: unknown };
}

/** Writes the packed bytes piece by piece and waits for each to be taken. Never rejects: a fault of the source is kept. */
async function feed(packed: AsyncIterable<Uint8Array>, to: Feed): Promise<void> {
  const gone = once(to.decoder, 'close').then(() => undefined);
  gone.catch(() => undefined);
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; ) {
        if (to.decoder.destroyed) return;
        const size = to.pieceBytes(to.feeding.fed);
        const piece = chunk.subarray(at, at + size);
        at += piece.length;
        to.feeding.fed += piece.length;
        const taken = new Promise<void>((resolve) => {
          to.decoder.write(piece, () => resolve());
        });
        await Promise.race([taken, gone.catch(() => undefined)]);
      }
    }
  } catch (thrown) {
    to.feeding.fault = thrown;
  }
  if (!to.decoder.destroyed) to.decoder.end();
}

function damageOf(thrown: unknown): string {
  const code = errorCode(thrown);
  if (code === 'Z_BUF_ERROR') return 'it ends too early';
  if (code === 'Z_DATA_ERROR') return 'its bytes do not unpack';
  throw thrown;
}
