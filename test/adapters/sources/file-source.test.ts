import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FILE_SOURCE_DEFAULTS, FileSource, StdinSource } from '../../../engine/adapters/index.ts';
import type { ClockPort } from '../../../engine/runtime/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Follows a path, can be stopped and started again from what was committed, and keeps what came. */
class Reader {
  readonly lines: string[] = [];
  readonly places: string[] = [];
  #now = 1_700_000_000_000_000;
  #onSleep = (): void => undefined;
  /** Sleeping takes no time: it says that a look found nothing. */
  readonly clock: ClockPort = {
    nowMicros: () => this.#now++,
    monotonicMs: () => this.#now / 1000,
    sleep: async () => this.#onSleep(),
  };
  readonly positions = new Map<string, string>();
  readonly #options: {
    readonly path: string;
    readonly from?: 'start' | 'end';
    readonly lineMaxBytes?: number;
  };
  source: FileSource;

  constructor(options: {
    readonly path: string;
    readonly from?: 'start' | 'end';
    readonly lineMaxBytes?: number;
  }) {
    this.#options = options;
    this.source = this.#make();
  }

  #make(): FileSource {
    return new FileSource({ name: 'f', ...FILE_SOURCE_DEFAULTS, ...this.#options }, this.clock);
  }

  /** Reads until nothing comes at so many looks. `kill` after a number of batches ends it there, the last one uncommitted. */
  async read(options: { readonly looks?: number; readonly killAfter?: number } = {}): Promise<void> {
    const stop = new AbortController();
    let idle = 0;
    this.#onSleep = () => {
      if (++idle >= (options.looks ?? 3)) stop.abort();
    };
    let count = 0;
    for await (const batch of this.source.open(new Map(this.positions), stop.signal)) {
      if (options.killAfter !== undefined && ++count > options.killAfter) break;
      idle = 0;
      if (batch.bytes.length > 0) {
        const text = new TextDecoder().decode(batch.bytes).replace(/\n$/, '').split('\n');
        this.lines.push(...text);
        this.places.push(...text.map((_, i) => `${batch.file.slice(folder.length + 1)}:${batch.line + i}`));
      }
      if (batch.position === '') this.positions.delete(batch.partition);
      else this.positions.set(batch.partition, batch.position);
    }
    this.source = this.#make();
  }
}

function numbered(from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => `{"n":${from + i},"pad":"${'x'.repeat(40)}"}\n`).join('');
}

function numbersOf(lines: readonly string[]): number[] {
  return lines.map((line) => JSON.parse(line).n);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describe('following files', () => {
  test('a growing file is read to its last whole line, and on from there', async () => {
    const path = join(folder, 'app.log');
    const reader = new Reader({ path });
    await reader.read();
    expect(reader.lines).toEqual([]);
    writeFileSync(path, `${numbered(1, 3)}{"n":4`);
    await reader.read();
    expect(numbersOf(reader.lines)).toEqual([1, 2, 3]);
    appendFileSync(path, ',"x":1}\n');
    await reader.read();
    expect(numbersOf(reader.lines)).toEqual([1, 2, 3, 4]);
    expect(reader.places).toEqual(['app.log:1', 'app.log:2', 'app.log:3', 'app.log:4']);
  });

  test('from the end, only what comes later, from the beginning of a line', async () => {
    const path = join(folder, 'app.log');
    writeFileSync(path, `${numbered(1, 3)}{"n":4`);
    const reader = new Reader({ path, from: 'end' });
    await reader.read();
    expect(reader.lines).toEqual([]);
    appendFileSync(path, `}\n${numbered(5, 1)}`);
    await reader.read();
    expect(reader.places).toEqual(['app.log:4', 'app.log:5']);
  });

  test('rotation by renaming loses and doubles nothing, running or stopped meanwhile', async () => {
    const path = join(folder, 'app.log');
    const reader = new Reader({ path });
    writeFileSync(path, numbered(1, 3));
    await reader.read();
    appendFileSync(path, numbered(4, 2));
    renameSync(path, `${path}.1`);
    writeFileSync(path, numbered(6, 2));
    await reader.read({ looks: 12 });
    expect(numbersOf(reader.lines).sort((a, b) => a - b)).toEqual(range(1, 7));
    expect(new Set(reader.lines).size).toBe(7);
  });

  test('copied and truncated, a file begins again', async () => {
    const path = join(folder, 'app.log');
    const reader = new Reader({ path });
    writeFileSync(path, numbered(1, 5));
    await reader.read();
    copyFileSync(path, join(folder, 'copy.bak'));
    truncateSync(path);
    await reader.read();
    appendFileSync(path, numbered(6, 9));
    await reader.read();
    expect(numbersOf(reader.lines)).toEqual(range(1, 14));
  });

  test('cut and grown past the old end between two looks, it is noticed by its beginning', async () => {
    const path = join(folder, 'app.log');
    const reader = new Reader({ path });
    writeFileSync(path, numbered(1, 2));
    await reader.read();
    writeFileSync(path, numbered(3, 20));
    await reader.read();
    expect(numbersOf(reader.lines)).toEqual(range(1, 22));
  });

  test('a folder is followed with everything in it, packed files are read once, and nothing is read again when it is packed later', async () => {
    mkdirSync(join(folder, 'logs', 'deep'), { recursive: true });
    const reader = new Reader({ path: join(folder, 'logs') });
    writeFileSync(join(folder, 'logs', 'a.log'), numbered(1, 3));
    writeFileSync(join(folder, 'logs', 'deep', 'b.ndjson'), numbered(4, 3));
    writeFileSync(join(folder, 'logs', 'c.json.gz'), gzipSync(numbered(7, 3)));
    writeFileSync(join(folder, 'logs', 'picture.png'), 'no events');
    await reader.read();
    expect(numbersOf(reader.lines)).toEqual([7, 8, 9, 1, 2, 3, 4, 5, 6]);
    await reader.read();
    expect(reader.lines.length).toBe(9);
    const whole = numbered(1, 3) + numbered(10, 2);
    writeFileSync(join(folder, 'logs', 'a.log.1.gz'), gzipSync(whole));
    rmSync(join(folder, 'logs', 'a.log'));
    await reader.read({ looks: 12 });
    expect(numbersOf(reader.lines).slice(9)).toEqual([10, 11]);
  });

  test('a line longer than allowed is passed over and counted; its neighbours are read', async () => {
    const path = join(folder, 'app.log');
    const reader = new Reader({ path, lineMaxBytes: 2_000_000 });
    const { source } = reader;
    writeFileSync(path, `${numbered(1, 1)}${'y'.repeat(7_000_000)}\n${numbered(2, 1)}`);
    await reader.read({ looks: 40 });
    expect(numbersOf(reader.lines)).toEqual([1, 2]);
    expect(reader.places).toEqual(['app.log:1', 'app.log:3']);
    expect(source.status().losses).toEqual([{ kind: 'rejected', reason: 'too_large', count: 1 }]);
  });

  describe('a hole of NUL bytes that is larger than a record may be', () => {
    const hole = '\0'.repeat(3_500_000);
    /** What a file with holes gives, its NUL bytes left out. */
    const clean = (reader: Reader): string[] =>
      reader.lines.map((line) => line.replaceAll('\0', '')).filter((line) => line !== '');
    const text = `${numbered(1, 2)}cut off${hole}${numbered(3, 1)}${hole}${numbered(4, 2)}`;
    const wanted = [...numbered(1, 2).trim().split('\n'), 'cut off', ...numbered(3, 3).trim().split('\n')];

    test('costs no record before or behind it, and is handed on as one byte', async () => {
      writeFileSync(join(folder, 'app.log'), text);
      const reader = new Reader({ path: join(folder, 'app.log') });
      const { source } = reader;
      await reader.read({ looks: 40 });
      expect(clean(reader)).toEqual(wanted);
      expect(reader.lines.join('').match(/\0/g)).toHaveLength(2);
      expect(source.status().losses).toEqual([]);
      expect(reader.places.at(-1)).toBe('app.log:5');
    });

    test('nor does it where the reader is killed within it', async () => {
      writeFileSync(join(folder, 'app.log'), text);
      for (const killAfter of [1, 2, 3, 4]) {
        const reader = new Reader({ path: join(folder, 'app.log') });
        await reader.read({ killAfter });
        await reader.read({ looks: 40 });
        expect([killAfter, clean(reader)]).toEqual([killAfter, wanted]);
      }
    });

    test('nor does it while it grows', async () => {
      const reader = new Reader({ path: join(folder, 'app.log') });
      writeFileSync(join(folder, 'app.log'), `${numbered(1, 2)}cut off`);
      await reader.read();
      for (const more of [hole, hole, numbered(3, 3)]) {
        appendFileSync(join(folder, 'app.log'), more);
        await reader.read({ looks: 40 });
      }
      expect(clean(reader)).toEqual(wanted);
    });

    test('nor does it in a packed file, nor on standard input', async () => {
      writeFileSync(join(folder, 'app.log.gz'), gzipSync(text));
      const reader = new Reader({ path: folder });
      const { source } = reader;
      await reader.read();
      expect(clean(reader).join('\n')).toBe(wanted.join('\n').replace('cut off\n', 'cut off'));
      expect(source.status().losses).toEqual([]);
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: 8 }, (_, i) => bytes.subarray(i << 20, (i + 1) << 20));
      const input = new StdinSource(
        { name: 's', lineMaxBytes: 1 << 20 },
        Readable.from(chunks),
        reader.clock,
      );
      let said = '';
      for await (const batch of input.open(new Map(), new AbortController().signal))
        said += new TextDecoder().decode(batch.bytes);
      expect(said.replaceAll('\0', '')).toBe(text.replaceAll('\0', ''));
      expect(input.status().losses).toEqual([]);
    });

    test('a packed line that is too long is counted once, and its end is no record', async () => {
      const long = `${numbered(1, 1)}${'y'.repeat(3_500_000)}\n${numbered(2, 1)}`;
      writeFileSync(join(folder, 'app.log.gz'), gzipSync(long));
      const reader = new Reader({ path: folder });
      const { source } = reader;
      await reader.read();
      expect(numbersOf(reader.lines)).toEqual([1, 2]);
      expect(reader.places.at(-1)).toBe('app.log.gz:3');
      expect(source.status().losses).toEqual([{ kind: 'rejected', reason: 'too_large', count: 1 }]);
    });
  });

  test('whatever is appended, renamed and stopped, killed before a commit or not: every line comes once, in its file’s order', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ kind: fc.constant('rotate' as const) }),
      fc.record({ kind: fc.constant('read' as const) }),
      fc.record({ kind: fc.constant('kill' as const), after: fc.integer({ min: 0, max: 2 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 14 }), async (actions) => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        const path = join(folder, 'app.log');
        const reader = new Reader({ path: folder });
        let n = 1;
        let rotations = 0;
        writeFileSync(path, '');
        for (const one of actions) {
          if (one.kind === 'append') {
            appendFileSync(path, numbered(n, one.count));
            n += one.count;
          } else if (one.kind === 'rotate') {
            renameSync(path, join(folder, `app.log.${++rotations}`));
            writeFileSync(path, '');
          } else if (one.kind === 'kill') await reader.read({ killAfter: one.after, looks: 1 });
          else await reader.read({ looks: 1 });
        }
        await reader.read({ looks: 10 });
        const seen = numbersOf(reader.lines);
        expect([...seen].sort((a, b) => a - b)).toEqual(range(1, n - 1));
      }),
      { numRuns: 30 },
    );
  });
});
