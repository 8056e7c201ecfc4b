import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { fileSink, streamSink } from '../../engine/adapters/text-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'telltale-sink-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a sink', () => {
  test('into a file writes everything, in order, anew', async () => {
    const path = join(folder, 'out.txt');
    for (const round of [1, 2]) {
      const sink = await fileSink(path);
      if ('code' in sink) throw new Error(sink.message);
      for (let i = 0; i < 50_000; i++) await sink.write(`${round} line ${i}\n`);
      expect(await sink.close()).toBeUndefined();
    }
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toHaveLength(50_001);
    expect(lines[49_999]).toBe('2 line 49999');
  });

  test('into a folder that is not there is TT9006', async () => {
    const sink = await fileSink(join(folder, 'no', 'out.txt'));
    expect('code' in sink && sink.code).toBe('TT9006');
  });

  test('into a full device is TT9006 and drops what follows', async () => {
    const sink = await fileSink('/dev/full');
    if ('code' in sink) throw new Error(sink.message);
    await sink.write('x'.repeat(100_000));
    expect(sink.open).toBe(false);
    expect(sink.write('more')).toBeUndefined();
    expect((await sink.close())?.code).toBe('TT9006');
  });

  test('gathers small texts and makes the writer wait for a slow reader', async () => {
    const taken: number[] = [];
    const release: (() => void)[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        taken.push(chunk.length);
        release.push(done);
      },
    });
    const sink = streamSink(slow, 'a slow reader');
    let waited: Promise<void> | undefined;
    for (let i = 0; i < 1000; i++) waited = sink.write('x'.repeat(100)) ?? waited;
    expect(waited).toBeInstanceOf(Promise);
    await Promise.resolve();
    expect(taken).toHaveLength(1);
    expect(taken[0]).toBeGreaterThanOrEqual(64 * 1024);
    const closed = sink.close();
    while (taken.reduce((a, b) => a + b, 0) < 100_000) {
      release.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const done of release) done();
    expect(await closed).toBeUndefined();
  });

  test('whose reader has gone is closed quietly', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    const sink = streamSink(broken, 'standard output');
    await sink.write('x'.repeat(100_000));
    expect(sink.open).toBe(false);
    expect(await sink.close()).toBeUndefined();
  });
});
