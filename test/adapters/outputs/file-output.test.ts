import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileOutput, type FileOutputOptions } from '../../../engine/adapters/index.ts';
import type { OutboxItem } from '../../../engine/runtime/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'out-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function output(more: Partial<FileOutputOptions> = {}): FileOutput {
  const path = join(folder, 'alerts.ndjson');
  return new FileOutput({
    name: 'f',
    path,
    format: 'ndjson',
    rotateSizeBytes: 1 << 20,
    keepFiles: 2,
    productVersion: '0',
    ...more,
  });
}

function item(n: number): OutboxItem {
  const body = `{"kind":"alert","id":"${n}"}`;
  return {
    sequence: n,
    kind: 'alert',
    id: String(n),
    revision: 1,
    key: `alert:${n}:1`,
    lane: String(n),
    body,
    attempts: 0,
  };
}

function text(name = 'alerts.ndjson'): string {
  return readFileSync(join(folder, name), 'utf8');
}

describe('a file as an output', () => {
  test('appends whole lines behind what is there, over a restart', async () => {
    writeFileSync(join(folder, 'alerts.ndjson'), 'earlier\n');
    for (const n of [1, 2]) {
      const one = output();
      expect(await one.deliver([item(n)])).toEqual([{ kind: 'done' }]);
      await one.close();
    }
    expect(text()).toBe('earlier\n{"kind":"alert","id":"1"}\n{"kind":"alert","id":"2"}\n');
  });

  test('is rotated by size, keeps so many, and no line is cut in two', async () => {
    const one = output({ rotateSizeBytes: 60 });
    for (let n = 1; n <= 12; n++) await one.deliver([item(n)]);
    await one.close();
    expect(readdirSync(folder).sort()).toEqual(['alerts.ndjson', 'alerts.ndjson.1', 'alerts.ndjson.2']);
    const kept = ['alerts.ndjson.2', 'alerts.ndjson.1', 'alerts.ndjson'].map(text).join('');
    expect(
      kept
        .trim()
        .split('\n')
        .map((line) => Number(JSON.parse(line).id)),
    ).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('goes on in a new file when somebody else has moved it away', async () => {
    const one = output();
    await one.deliver([item(1)]);
    renameSync(join(folder, 'alerts.ndjson'), join(folder, 'moved'));
    await one.deliver([item(2)]);
    await one.close();
    expect(JSON.parse(text('moved')).id).toBe('1');
    expect(JSON.parse(text()).id).toBe('2');
  });

  test('CSV has its head once', async () => {
    const one = output({ format: 'csv' });
    await one.deliver([item(1)]);
    await one.deliver([item(2)]);
    await one.close();
    const again = output({ format: 'csv' });
    await again.deliver([item(3)]);
    await again.close();
    expect(
      text()
        .split('\n')
        .filter((line) => line.startsWith('first_seen,')).length,
    ).toBe(1);
    expect(text().trim().split('\n').length).toBe(4);
  });

  test('a write that fails leaves what was there before, and is tried again', async () => {
    writeFileSync(join(folder, 'alerts.ndjson'), 'earlier\n');
    const handle = await open(join(folder, 'alerts.ndjson'), 'a');
    const prototype: { appendFile: unknown } = Object.getPrototypeOf(handle);
    await handle.close();
    const real = prototype.appendFile;
    for (const fresh of [true, false]) {
      const one = output();
      if (!fresh) await one.deliver([item(1)]);
      const before = text();
      // Half of the text reaches the disk, then it is full.
      prototype.appendFile = async function (this: { write(text: string): Promise<unknown> }, data: string) {
        await this.write(data.slice(0, 7));
        throw new Error('ENOSPC: no space left on device');
      };
      expect(await one.deliver([item(2)])).toEqual([
        { kind: 'retry', reason: 'ENOSPC: no space left on device' },
      ]);
      expect(text()).toBe(before);
      prototype.appendFile = real;
      expect(await one.deliver([item(2)])).toEqual([{ kind: 'done' }]);
      expect(text()).toBe(`${before}{"kind":"alert","id":"2"}\n`);
      await one.close();
    }
  });

  test('a folder that is not there is trouble of the receiver, not the end', async () => {
    const one = output({ path: join(folder, 'no', 'such', 'alerts.ndjson') });
    expect(await one.deliver([item(1)])).toMatchObject([{ kind: 'retry' }]);
    mkdirSync(join(folder, 'no', 'such'), { recursive: true });
    expect(await one.deliver([item(1)])).toEqual([{ kind: 'done' }]);
    await one.close();
  });
});
