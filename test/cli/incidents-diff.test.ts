import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const SAMPLE = join(ROOT, 'examples', 'intrusion.ndjson');
const folder = makeFolder();
const at = (name: string): string => join(folder.path, name);

async function scan(name: string, ...more: readonly string[]): Promise<void> {
  const args = ['scan', SAMPLE, '--quiet', '--format', 'ndjson', '--emit', 'incidents', '--output', at(name)];
  expect((await telltale([...args, ...more])).code).toBe(0);
}

beforeAll(async () => {
  await scan('all.ndjson');
  await scan('few.ndjson', '--rules', join(ROOT, 'rules', 'windows'));
  await scan('log.ndjson', '--revisions', 'all');
});
afterAll(() => folder.remove());

describe('incidents diff', () => {
  test('of a run with itself is empty', async () => {
    const run = await telltale(['incidents', 'diff', at('all.ndjson'), at('all.ndjson')]);
    expect(run.stdout).toMatch(/^0 opened, 0 gone, 0 merged, 0 split, 0 changed, [1-9]\d* the same\n$/);
    expect(run.code).toBe(0);
  });

  test('of two rule sets says what is gone and why scores shifted', async () => {
    const run = await telltale(['incidents', 'diff', at('all.ndjson'), at('few.ndjson'), '--json']);
    expect(run.code).toBe(1);
    const difference = JSON.parse(run.stdout);
    const told = [...difference.gone, ...difference.changed, ...difference.split, ...difference.opened];
    expect(told.length).toBeGreaterThan(0);
    for (const { changes, causes } of difference.changed) {
      if (changes.some((text: string) => text.startsWith('score'))) expect(causes.length).toBeGreaterThan(0);
    }
  });

  test('tells what an edit of a rule does: to the score where it carries it, and to what the alert says where another does', async () => {
    const rules = join(ROOT, 'rules', 'windows');
    const read = join(rules, 'process_access', 'lsass_memory_read.yml');
    const dump = ['--rules', join(rules, 'file_event', 'credential_dump_file_written.yml')];
    writeFileSync(
      at('edited.yml'),
      readFileSync(read, 'utf8').replace(/^confidence: 0.75$/m, 'confidence: 0.6'),
    );
    const runs: string[] = [];
    for (const [name, more] of [
      ['alone', []],
      ['beside', dump],
    ] as const) {
      await scan(`${name}-before.ndjson`, '--rules', read, ...more);
      await scan(`${name}-after.ndjson`, '--rules', at('edited.yml'), ...more);
      const run = await telltale([
        'incidents',
        'diff',
        at(`${name}-before.ndjson`),
        at(`${name}-after.ndjson`),
      ]);
      runs.push(run.stdout);
      expect(run.code).toBe(1);
    }
    const edited =
      /“Memory of LSASS is opened .*”: declared high with confidence 0\.6.*, before: declared high with confidence 0\.75/;
    expect(runs[0]).toMatch(/^ {4}score [\d.]+ → [\d.]+$/m);
    expect(runs[0]).toMatch(/^ {4}because credential-access \+[\d.]+ → \+[\d.]+: /m);
    for (const run of runs) expect(run).toMatch(edited);
    for (const run of runs) expect(run).not.toMatch(/ (\S+) → \1$/m);
  });

  test('of two moments of a log tells what came about between them', async () => {
    const log = ['--log', at('log.ndjson')];
    const lines = readFileSync(at('log.ndjson'), 'utf8').trim().split('\n');
    const first: { readonly id: string; readonly revision: number } = JSON.parse(lines[0] ?? '');
    const whole = await telltale(['incidents', 'diff', 'start', 'end', ...log, '--json']);
    expect(whole.code).toBe(1);
    expect(JSON.parse(whole.stdout).opened.length).toBeGreaterThan(0);
    const part = await telltale(['incidents', 'diff', `${first.id}@1`, 'end', ...log, '--json']);
    expect(part.code).toBe(1);
    const { opened, gone, merged, changed } = JSON.parse(part.stdout);
    expect(opened.length + gone.length + merged.length + changed.length).toBeGreaterThan(0);
    const none = await telltale(['incidents', 'diff', String(lines.length), 'end', ...log]);
    expect(none.code).toBe(0);
  });

  test('refuses a moment that is not there, and a file of another kind', async () => {
    const run = await telltale(['incidents', 'diff', '0', '100000', '--log', at('log.ndjson')]);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('TT8032');
    writeFileSync(at('other.ndjson'), '{"a":1}\n');
    const other = await telltale(['incidents', 'diff', at('all.ndjson'), at('other.ndjson')]);
    expect(other.code).toBe(3);
  });
});
