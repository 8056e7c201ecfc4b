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
    { name: 'a file cut short', given: '{"format":"telltale documents 1","docum' },
    { name: 'another format', given: '{"format":"telltale documents 0","documents":{"a":1}}' },
    { name: 'no object', given: '[1,2]' },
    { name: 'documents that are none', given: '{"format":"telltale documents 1","documents":7}' },
  ];
  for (const { name, given } of damaged) {
    test(`takes ${name} for an empty cache, and mends it`, async () => {
      writeFileSync(join(folder, 'documents.json'), given);
      await filled({ 'title: a': 1 });
      expect((await openDocumentCache(folder, 'reader 1')).get('title: a')).toBe(1);
    });
  }

  test('writes nothing when nothing is new, and leaves no drafts', async () => {
    await filled({ 'title: a': 1 });
    const before = statSync(join(folder, 'documents.json'), { bigint: true }).mtimeNs;
    const again = await openDocumentCache(folder, 'reader 1');
    again.get('title: a');
    await again.save();
    expect(statSync(join(folder, 'documents.json'), { bigint: true }).mtimeNs).toBe(before);
    expect(readdirSync(folder)).toEqual(['documents.json']);
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
    expect(statSync(join(folder, 'documents.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'documents.json'), 'utf8')).not.toContain('title: a');
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
