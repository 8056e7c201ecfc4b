import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listEventFiles } from '../../engine/adapters/event-files.ts';
import { readRuleFiles } from '../../engine/adapters/rule-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telltale-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, content: string | Uint8Array = ''): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const short = (path: string): string => path.slice(folder.length + 1);

describe('rule files', () => {
  async function read(...paths: string[]): Promise<{ files: string[]; codes: string[] }> {
    const { files, diagnostics } = await readRuleFiles(paths.map((p) => join(folder, p)));
    return { files: files.map((f) => short(f.path)), codes: diagnostics.map((d) => d.code) };
  }

  test('a folder gives its .yml and .yaml files at any depth, sorted, and nothing else', async () => {
    for (const path of ['r/b.yml', 'r/a/z.yaml', 'r/a/c.YML', 'r/readme.md', 'r/.hidden.yml', 'r/.git/x.yml'])
      put(path);
    expect(await read('r')).toEqual({ files: ['r/a/c.YML', 'r/a/z.yaml', 'r/b.yml'], codes: [] });
  });

  test('a file is read whatever its name, and once, where it was named first', async () => {
    put('rule.txt');
    put('r/a.yml');
    expect(await read('r/a.yml', 'rule.txt', 'r')).toEqual({ files: ['r/a.yml', 'rule.txt'], codes: [] });
  });

  test('a link to a folder above is reported and not followed; a link to another folder is', async () => {
    put('r/a.yml');
    put('other/b.yml');
    symlinkSync('..', join(folder, 'r', 'loop'));
    symlinkSync('../other', join(folder, 'r', 'more'));
    const got = await read('r');
    expect(got.files).toEqual(['r/a.yml', 'r/more/b.yml']);
    expect(got.codes).toEqual(['TT9007']);
  });

  test('links that lead to each other end', async () => {
    put('r/a/x.yml');
    put('r/b/y.yml');
    symlinkSync('../b', join(folder, 'r', 'a', 'to-b'));
    symlinkSync('../a', join(folder, 'r', 'b', 'to-a'));
    const got = await read('r');
    expect(got.files).toEqual(['r/a/to-b/y.yml', 'r/a/x.yml']);
    expect(got.codes).toEqual(['TT9007', 'TT9007']);
  });

  test('a dangling link, a missing path and a bad file are reported and hide no good one', async () => {
    put('r/good.yml', 'title: x');
    put('r/latin.yml', Buffer.from('title: caf\xe9', 'latin1'));
    put('r/big.yml', new Uint8Array(8 * 1024 * 1024 + 1).fill(97));
    symlinkSync('nowhere', join(folder, 'r', 'dangling.yml'));
    const got = await read('missing', 'r');
    expect(got.files).toEqual(['r/good.yml']);
    expect(got.codes.toSorted()).toEqual(['TT9001', 'TT9001', 'TT9004', 'TT9005']);
  });

  test('a byte order mark is no part of the text', async () => {
    put('a.yml', '\ufefftitle: x');
    const { files } = await readRuleFiles([join(folder, 'a.yml')]);
    expect(files[0]?.text).toBe('title: x');
  });

  test.skipIf(process.getuid?.() === 0)('a file without read permission is TT9002', async () => {
    put('r/secret.yml');
    chmodSync(join(folder, 'r', 'secret.yml'), 0);
    expect((await read('r')).codes).toEqual(['TT9002']);
  });
});

describe('event files', () => {
  async function list(...paths: string[]): Promise<{ files: string[]; codes: string[]; said: string }> {
    const { files, diagnostics } = await listEventFiles(paths.map((p) => (p === '-' ? p : join(folder, p))));
    return {
      files: files.map((f) => (f === '-' ? f : short(f))),
      codes: diagnostics.map((d) => d.code),
      said: diagnostics.map((d) => d.message).join('\n'),
    };
  }

  test('a folder gives what is named like an event log, and says once what was left out', async () => {
    for (const path of ['e/b.ndjson.gz', 'e/a/x.json', 'e/a/y.log', 'e/z.evtx', 'e/y.evtx', 'e/info.yml'])
      put(path);
    const got = await list('e');
    expect(got.files).toEqual(['e/a/x.json', 'e/a/y.log', 'e/b.ndjson.gz']);
    expect(got.codes).toEqual(['TT9008']);
    expect(got.said).toContain('3 files');
    expect(got.said).toContain('.evtx 2, .yml 1');
  });

  test('standard input is taken once, in its place', async () => {
    put('a.dat');
    expect((await list('a.dat', '-', '-')).files).toEqual(['a.dat', '-']);
  });

  test('the order of inputs is kept', async () => {
    put('b.json');
    put('a.json');
    expect((await list('b.json', 'a.json')).files).toEqual(['b.json', 'a.json']);
  });
});
