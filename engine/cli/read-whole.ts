import { readChunks } from '../adapters/index.ts';

/** The bytes of a file, gzip unpacked, or why there are none: it cannot be read, or has more than so many. */
export async function readWhole(path: string, bytesMax: number): Promise<Uint8Array | string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let trouble: string | undefined;
  const report = ({ message }: { readonly message: string }): void => {
    trouble = message;
  };
  for await (const chunk of readChunks(path, { report })) {
    size += chunk.length;
    if (size > bytesMax) return `it has more than ${bytesMax} bytes`;
    pieces.push(chunk);
  }
  return trouble ?? Buffer.concat(pieces);
}
