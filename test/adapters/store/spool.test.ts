import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Spool, type SpooledBatch, SpoolRefusal } from '../../../engine/adapters/index.ts';

const LIMITS = { sizeMaxBytes: 10_000_000, segmentSizeBytes: 2000 };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lines(from: number, count: number): Uint8Array {
  return new TextEncoder().encode(Array.from({ length: count }, (_, i) => `{"n":${from + i}}\n`).join(''));
}

/** Reads `count` records and stops. */
async function take(
  spool: Spool,
  { count, position }: { readonly count: number; readonly position?: string },
): Promise<{ readonly numbers: number[]; readonly batches: SpooledBatch[] }> {
  const stop = new AbortController();
  const numbers: number[] = [];
  const batches: SpooledBatch[] = [];
  if (count === 0) return { numbers, batches };
  for await (const batch of spool.read(position, stop.signal)) {
    batches.push(batch);
    for (const line of new TextDecoder().decode(batch.bytes).trim().split('\n'))
      numbers.push(JSON.parse(line).n);
    if (numbers.length >= count) break;
  }
  return { numbers, batches };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

describe('a spool', () => {
  test('gives back what was appended, in order, over many segments and a reopening', async () => {
    const first = new Spool(folder, LIMITS);
    for (let i = 0; i < 100; i++) await first.append(lines(i * 3 + 1, 3), 3, 1000 + i);
    await first.close();
    expect(readdirSync(folder).length).toBeGreaterThan(1);
    const again = new Spool(folder, LIMITS);
    const { numbers, batches } = await take(again, { count: 300 });
    expect(numbers).toEqual(upTo(300));
    expect(batches[0]?.line).toBe(1);
    for (const batch of batches)
      expect(batch.line).toBe(JSON.parse(new TextDecoder().decode(batch.bytes).split('\n')[0] ?? '').n);
    await again.append(lines(301, 1), 1, 9);
    expect((await take(again, { count: 1, position: batches.at(-1)?.position ?? '' })).numbers).toEqual([
      301,
    ]);
    await again.close();
  });

  test('goes on from any position, and forgets what is acknowledged', async () => {
    const spool = new Spool(folder, LIMITS);
    for (let i = 0; i < 200; i++) await spool.append(lines(i + 1, 1), 1, i);
    const { batches } = await take(spool, { count: 200 });
    const files = readdirSync(folder).length;
    let seen = 0;
    for (const batch of batches) {
      seen += new TextDecoder().decode(batch.bytes).trim().split('\n').length;
      const rest = await take(spool, { count: 200 - seen, position: batch.position });
      expect(rest.numbers).toEqual(upTo(200).slice(seen));
      spool.acknowledge(batch.position);
      await spool.close().then(() => undefined);
      break;
    }
    const again = new Spool(folder, LIMITS, batches.at(-1)?.position);
    expect(again.backlogBytes).toBe(0);
    expect(readdirSync(folder).length).toBeLessThan(files);
    await again.append(lines(201, 1), 1, 0);
    const { numbers, batches: later } = await take(again, { count: 1 });
    expect(numbers).toEqual([201]);
    expect(later[0]?.line).toBe(201);
    await again.close();
  });

  test('numbers go on when all segments are gone', async () => {
    const spool = new Spool(folder, LIMITS);
    await spool.append(lines(1, 5), 5, 0);
    const { batches } = await take(spool, { count: 5 });
    await spool.close();
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const again = new Spool(folder, LIMITS, batches[0]?.position);
    await again.append(lines(6, 1), 1, 0);
    const { batches: later } = await take(again, { count: 1, position: batches[0]?.position ?? '' });
    expect(later[0]?.line).toBe(6);
    await again.close();
  });

  test('appends that come together share the work and all arrive', async () => {
    const spool = new Spool(folder, LIMITS);
    await Promise.all(upTo(500).map((n) => spool.append(lines(n, 1), 1, n)));
    expect((await take(spool, { count: 500 })).numbers).toEqual(upTo(500));
    await spool.close();
  });

  test('refuses when too much waits, and takes again when that is acknowledged', async () => {
    const spool = new Spool(folder, { sizeMaxBytes: 500, segmentSizeBytes: 200 });
    let refused: unknown;
    let count = 0;
    for (; count < 100 && refused === undefined; count++) {
      await spool.append(lines(count + 1, 1), 1, 0).catch((error: unknown) => {
        refused = error;
      });
    }
    expect(refused).toBeInstanceOf(SpoolRefusal);
    const { batches, numbers } = await take(spool, { count: count - 1 });
    expect(numbers).toEqual(upTo(count - 1));
    spool.acknowledge(batches.at(-1)?.position ?? '');
    await spool.append(lines(count, 1), 1, 0);
    await spool.close();
  });

  test('whatever a kill tears off, or a bit that flips: what is read back is what was appended, in order, and never anything else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }),
        fc.oneof(
          fc.record({ kind: fc.constant('torn' as const), by: fc.integer({ min: 1, max: 400 }) }),
          fc.record({ kind: fc.constant('flip' as const), by: fc.integer({ min: 0, max: 100_000 }) }),
          fc.record({ kind: fc.constant('junk' as const), by: fc.integer({ min: 1, max: 400 }) }),
        ),
        async (sizes, damage) => {
          const here = mkdtempSync(join(tmpdir(), 'spool-'));
          const spool = new Spool(here, LIMITS);
          let n = 1;
          for (const size of sizes) {
            await spool.append(lines(n, size), size, 0);
            n += size;
          }
          await spool.close();
          const names = readdirSync(here).sort();
          const path = join(here, names[damage.by % names.length] ?? '');
          const bytes = readFileSync(path);
          if (damage.kind === 'torn') {
            const last = join(here, names.at(-1) ?? '');
            const all = readFileSync(last);
            writeFileSync(last, all.subarray(0, Math.max(0, all.length - damage.by)));
          } else if (damage.kind === 'flip') {
            const at = damage.by % bytes.length;
            bytes[at] = (bytes[at] ?? 0) ^ (1 << (damage.by % 8));
            writeFileSync(path, bytes);
          } else appendFileSync(join(here, names.at(-1) ?? ''), Buffer.alloc(damage.by, 0x54));
          const again = new Spool(here, LIMITS);
          await again.append(lines(1_000_000, 1), 1, 0);
          const numbers: number[] = [];
          const stop = new AbortController();
          for await (const batch of again.read(undefined, stop.signal)) {
            for (const line of new TextDecoder().decode(batch.bytes).trim().split('\n'))
              numbers.push(JSON.parse(line).n);
            if (numbers.at(-1) === 1_000_000) break;
          }
          await again.close();
          rmSync(here, { recursive: true, force: true });
          const read = numbers.slice(0, -1);
          expect(read).toEqual([...read].sort((a, b) => a - b));
          expect(read.every((one) => one >= 1 && one < n)).toBe(true);
          expect(new Set(read).size).toBe(read.length);
          if (damage.kind === 'junk') expect(read).toEqual(upTo(n - 1));
          // One frame at most is lost to one flipped bit or to a cut shorter than two frames' heads.
          const most = Math.max(...sizes);
          if (damage.kind === 'flip') expect(read.length).toBeGreaterThanOrEqual(n - 1 - most);
        },
      ),
      { numRuns: 150 },
    );
  });
});
