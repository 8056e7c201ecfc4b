import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultCacheFolder, openDocumentCache } from '../../engine/adapters/document-cache.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telltale-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function filled(values: Readonly<Record<string, unknown>>): Promise<void> {
  const cache = await openDocumentCache(folder, 'reader 1');
  for (const [text, value] of Object.entries(values)) cache.set(text, value);
  expect(await cache.save()).toBe(true);
}

describe('the document cache', () => {
  test('finds after a restart what was kept, by its text', async () => {
    await filled({ 'title: a': [{ title: 'a' }], 'title: b': [{ title: 'b' }] });
    const again = await openDocumentCache(folder, 'reader 1');
    expect(again.get('title: a')).toEqual([{ title: 'a' }]);
    expect(again.get('title: a ')).toBeUndefined();
  });

  test('forgets everything when the reader changes', async () => {
    await filled({ 'title: a': 1 });
    expect((await openDocumentCache(folder, 'reader 2')).get('title: a')).toBeUndefined();
  });

  const damaged: { name: string; given: string }[] = [
    { name: 'an empty file', given: '' },
    { name: 'a file cut short in its name', given: 'telltale docum' },
    { name: 'another format', given: '{"format":"telltale documents 1","documents":{"a":1}}' },
    { name: 'a file cut short in a line', given: `telltale documents 2\n${'0'.repeat(64)}{"title":` },
    { name: 'lines that are none', given: 'telltale documents 2\n\n\0\0\0\n{}\n' },
  ];
  for (const { name, given } of damaged) {
    test(`takes ${name} for an empty cache, and mends it`, async () => {
      writeFileSync(join(folder, 'documents.ndjson'), given);
      await filled({ 'title: a': 1 });
      expect((await openDocumentCache(folder, 'reader 1')).get('title: a')).toBe(1);
    });
  }

  test('loses no more than a damaged line', async () => {
    await filled({ 'title: a': 1, 'title: b': [2] });
    const path = join(folder, 'documents.ndjson');
    writeFileSync(path, readFileSync(path, 'latin1').replace('[2]', '[2'), 'latin1');
    await filled({ 'title: c': 3 });
    const cache = await openDocumentCache(folder, 'reader 1');
    expect(['a', 'b', 'c'].map((name) => cache.get(`title: ${name}`))).toEqual([1, undefined, 3]);
    await filled({ 'title: b': 4 });
    expect((await openDocumentCache(folder, 'reader 1')).get('title: b')).toBe(4);
  });

  test('writes nothing when nothing is new, and leaves no drafts', async () => {
    await filled({ 'title: a': 1 });
    const before = statSync(join(folder, 'documents.ndjson'), { bigint: true }).mtimeNs;
    const again = await openDocumentCache(folder, 'reader 1');
    again.get('title: a');
    await again.save();
    expect(statSync(join(folder, 'documents.ndjson'), { bigint: true }).mtimeNs).toBe(before);
    expect(readdirSync(folder)).toEqual(['documents.ndjson']);
  });

  test('keeps what this run did not ask for', async () => {
    await filled({ 'title: a': 1 });
    const other = await openDocumentCache(folder, 'reader 1');
    other.set('title: b', 2);
    await other.save();
    const last = await openDocumentCache(folder, 'reader 1');
    expect([last.get('title: a'), last.get('title: b')]).toEqual([1, 2]);
  });

  test('is readable by its owner only', async () => {
    await filled({ 'title: a': 1 });
    expect(statSync(join(folder, 'documents.ndjson')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'documents.ndjson'), 'utf8')).not.toContain('title: a');
  });

  test('says false, and no more, where it cannot write', async () => {
    const cache = await openDocumentCache('/dev/null/cache', 'reader 1');
    cache.set('a', 1);
    expect(await cache.save()).toBe(false);
  });

  test('stands where XDG says', () => {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/telltale');
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '' })).toMatch(/\.cache\/telltale$/);
  });
});
