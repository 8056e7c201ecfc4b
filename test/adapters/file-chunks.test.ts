import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readChunks } from '../../engine/adapters/file-chunks.ts';

const folder = mkdtempSync(join(tmpdir(), 'telltale-chunks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A text that does not compress well, so that damage can stand in the middle of it. */
function lines(count: number): string {
  let seed = 1;
  let text = '';
  for (let i = 0; i < count; i++) {
    seed = (seed * 48271) % 2147483647;
    text += `{"line":${i},"noise":"${seed.toString(36)}"}\n`;
  }
  return text;
}

async function read(
  path: string,
  chunkBytes?: number,
  memory: 'fresh' | 'lent' = 'fresh',
): Promise<{ text: string; codes: string[]; bytes: number }> {
  const codes: string[] = [];
  let bytes = 0;
  const parts: Buffer[] = [];
  const options = {
    memory,
    report: (d: { code: string }) => codes.push(d.code),
    progress: (n: number) => {
      bytes += n;
    },
  };
  for await (const chunk of readChunks(path, chunkBytes === undefined ? options : { ...options, chunkBytes }))
    parts.push(Buffer.from(chunk));
  return { text: Buffer.concat(parts).toString('utf8'), codes, bytes };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const TEXT = lines(20_000);
const FEW = lines(4).replaceAll('\n', ' ').slice(0, 90);
const PACKED = gzipSync(TEXT);

describe('chunks of a file', () => {
  const whole: { name: string; content: string | Uint8Array; expect: string }[] = [
    { name: 'a plain file comes back byte for byte', content: TEXT, expect: TEXT },
    { name: 'an empty file gives nothing', content: '', expect: '' },
    { name: 'a first line longer than pieces are is held in memory of its own', content: FEW, expect: FEW },
    { name: 'one byte is no gzip header', content: '\u001f', expect: '\u001f' },
    { name: 'gzip is told by its bytes and not by its name', content: PACKED, expect: TEXT },
    {
      name: 'members behind one another count as one text',
      content: Buffer.concat([PACKED, gzipSync('end\n')]),
      expect: `${TEXT}end\n`,
    },
    {
      name: 'zero padding behind the last member is allowed',
      content: Buffer.concat([PACKED, Buffer.alloc(512)]),
      expect: TEXT,
    },
  ];
  for (const { name, content, expect: wanted } of whole) {
    for (const chunkBytes of [undefined, 1, 7000]) {
      if (chunkBytes === 1 && content.length > 100) continue;
      test(`${name} (chunks of ${chunkBytes ?? 'the usual size'})`, async () => {
        const path = file('whole.log', content);
        for (const memory of ['fresh', 'lent'] as const) {
          const got = await read(path, chunkBytes, memory);
          expect(got.codes).toEqual([]);
          expect(got.text === wanted).toBe(true);
          expect(got.bytes).toBe(Buffer.byteLength(content));
        }
      });
    }
  }

  const flipped = Buffer.from(PACKED);
  flipped[PACKED.length - 40_000] = (flipped[PACKED.length - 40_000] ?? 0) ^ 0x55;
  const damaged: { name: string; content: Uint8Array; least: number }[] = [
    {
      name: 'a file cut in the middle gives what stands before the cut',
      content: PACKED.subarray(0, PACKED.length >> 1),
      least: TEXT.length * 0.45,
    },
    {
      name: 'a damaged checksum costs none of the text before it',
      content: Buffer.concat([PACKED.subarray(0, PACKED.length - 8), Buffer.alloc(8, 7)]),
      least: TEXT.length,
    },
    {
      name: 'foreign bytes behind the last member cost none of the text',
      content: Buffer.concat([PACKED, Buffer.from('this is no gzip')]),
      least: TEXT.length,
    },
    {
      name: 'a small file with a damaged end gives its text',
      content: Buffer.concat([gzipSync('{"a":1}\n{"a":2}\n').subarray(0, -8), Buffer.from('12345678')]),
      least: 16,
    },
    { name: 'a flipped byte costs only what stands behind it', content: flipped, least: TEXT.length * 0.5 },
  ];
  for (const { name, content, least } of damaged) {
    test(`${name}, and reports TT9003`, async () => {
      const got = await read(file('damaged.gz', content));
      expect(got.codes).toEqual(['TT9003']);
      expect(got.text.length).toBeGreaterThanOrEqual(least);
      if (least === TEXT.length) expect(got.text === TEXT).toBe(true);
    });
  }

  test('a file that is not there is reported as TT9001', async () => {
    expect((await read(join(folder, 'missing'))).codes).toEqual(['TT9001']);
  });

  test('a folder is reported as TT9002', async () => {
    expect((await read(folder)).codes).toEqual(['TT9002']);
  });

  test('a named pipe is read to its end', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = read(pipe);
    execFileSync('sh', ['-c', 'printf "one\\ntwo\\n" > "$0"', pipe]);
    expect((await reading).text).toBe('one\ntwo\n');
  });

  test('each chunk is memory of its own, which the receiver may hand to another thread', async () => {
    for (const content of [TEXT, PACKED]) {
      let total = 0;
      for await (const chunk of readChunks(file('own', content), {
        report: () => undefined,
        chunkBytes: 10_000,
      })) {
        const { buffer } = chunk;
        if (!(buffer instanceof ArrayBuffer)) throw new Error('shared memory');
        total += structuredClone(chunk, { transfer: [buffer] }).length;
      }
      expect(total).toBe(TEXT.length);
    }
  });

  test('a first line that trickles in comes in one piece', async () => {
    const sizes: number[] = [];
    const options = { report: () => undefined, chunkBytes: 3 };
    for await (const chunk of readChunks(file('trickle', '{"a":1}\n{"b":2}\n'), options))
      sizes.push(chunk.length);
    expect(sizes).toEqual([9, 3, 3, 1]);
  });

  test('a receiver that stops early closes the file', async () => {
    const path = file('early.log', TEXT);
    for await (const chunk of readChunks(path, { report: () => undefined, chunkBytes: 100 })) {
      expect(chunk.length).toBeGreaterThanOrEqual(100);
      break;
    }
    const packed = file('early.gz', PACKED);
    for await (const chunk of readChunks(packed, { report: () => undefined })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});
