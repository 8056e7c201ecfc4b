import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, systemClock } from '../../engine/adapters/index.ts';
import { makeFolder } from '../support/command.ts';
import { type RunningDaemon, startDaemon } from '../support/daemon.ts';

let folder: ReturnType<typeof makeFolder>;
let daemon: RunningDaemon | undefined;
let second = 0;

beforeEach(() => {
  folder = makeFolder();
  second = 0;
  mkdirSync(at('rules'));
  write('rules/a.yml', rule('a', 'alpha'));
  write('rules/b.yml', rule('b', 'beta'));
  write('in.ndjson', '');
  write(
    't.yml',
    `rules: [rules/]
placeholders: [lists/]
state: ./state
threads: 1
api: {enabled: false}
sources:
  - {type: file, path: in.ndjson, poll: 50ms}
outputs:
  - {type: file, path: out.ndjson, severity: informational}
time: {lateness: 0s, idle: 100ms}
reload: {settle: 50ms}
`,
  );
  mkdirSync(at('lists'));
  write('lists/names.txt', 'root\n');
});
afterEach(async () => {
  await daemon?.kill();
  daemon = undefined;
  folder.remove();
});

function at(path: string): string {
  return join(folder.path, path);
}

function write(path: string, text: string): void {
  writeFileSync(at(path), text);
}

function rule(letter: string, word: string): string {
  const id = `${letter.repeat(8)}-0000-4000-8000-000000000000`;
  return `title: Rule ${letter}\nid: ${id}\nlevel: high\nlogsource: {product: app}\ndetection:\n  selection: {msg|expand: ['${word}']}\n  condition: selection\n`;
}

async function start(): Promise<RunningDaemon> {
  daemon = startDaemon(folder.path, ['--config', 't.yml']);
  await daemon.until(/rules are followed/);
  return daemon;
}

/** Sends an event with each word; gives the titles of the alerts that come of them, when `expected` many have. What the engine says of itself is left out. */
async function alertsOf(words: readonly string[], expected: number): Promise<readonly string[]> {
  const before = lines().length;
  const times = words.map(() => new Date(Date.UTC(2026, 0, 1) + ++second * 7_200_000).toISOString());
  appendFileSync(
    at('in.ndjson'),
    words.map((msg, i) => `${JSON.stringify({ '@timestamp': times[i], msg })}\n`).join(''),
  );
  const marker = lines;
  for (let i = 0; i < 400 && marker().length < before + expected; i++) await systemClock.sleep(25);
  return lines()
    .slice(before)
    .map((line) => JSON.parse(line).title)
    .sort();
}

function lines(): readonly string[] {
  try {
    return readFileSync(at('out.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !JSON.parse(line).rule.id.startsWith('engine.'));
  } catch {
    return [];
  }
}

describe('a daemon whose rules change', () => {
  test('loads what is good, keeps the last good version of what is bad, also over restarts, and writes down what changed', async () => {
    let running = await start();
    expect(await alertsOf(['alpha', 'beta'], 2)).toEqual(['Rule a', 'Rule b']);
    // Both at once: one bad, one good.
    write('rules/a.yml', 'title: [');
    write('rules/b.yml', rule('b', 'gamma'));
    await running.until(/rules loaded[^\n]*1 edited/);
    await running.until(/a\.yml is bad, its last good version runs/);
    expect(await alertsOf(['alpha', 'gamma'], 2)).toEqual(['Rule a', 'Rule b']);
    expect(await running.stop()).toBe(0);
    // A start with a bad file.
    running = await start();
    expect(running.said()).toMatch(/a\.yml is bad, its last good version runs/);
    expect(await alertsOf(['alpha', 'beta', 'gamma'], 2)).toEqual(['Rule a', 'Rule b']);
    // Mended; what an editor does: a new file takes the name.
    write('rules/.a.yml.swp', rule('a', 'delta'));
    renameSync(at('rules/.a.yml.swp'), at('rules/a.yml'));
    await running.until(/rules loaded[^\n]*1 edited/);
    expect(await alertsOf(['alpha', 'delta'], 1)).toEqual(['Rule a']);
    // Removed, and one added.
    rmSync(at('rules/b.yml'));
    write('rules/c.yml', rule('c', '%names%'));
    await running.until(/rules loaded[^\n]*1 added, 0 edited, 1 removed/);
    expect(await alertsOf(['gamma', 'root'], 1)).toEqual(['Rule c']);
    // A value list that a rule asks.
    write('lists/names.txt', 'toor\n');
    await running.until(/rules loaded/);
    expect(await alertsOf(['root', 'toor'], 1)).toEqual(['Rule c']);
    expect(await running.stop()).toBe(0);
    const { store } = openStore(at('state/telltale.db'), systemClock);
    const events = store.audit({ limit: 100 }).items.filter(({ action }) => action.startsWith('rules.'));
    expect(events.map(({ action, by, detail }) => [action, by, detail['rules']]).reverse()).toEqual(
      expect.arrayContaining([
        ['rules.reloaded', 'engine', { added: [], edited: [expect.stringMatching(/^b/)], removed: [] }],
        [
          'rules.reloaded',
          'engine',
          { added: [expect.stringMatching(/^c/)], edited: [], removed: [expect.stringMatching(/^b/)] },
        ],
      ]),
    );
    store.close();
  }, 60_000);

  test('follows a folder whose link is swapped, as in a mounted ConfigMap', async () => {
    rmSync(at('rules'), { recursive: true });
    for (const [version, word] of [
      ['..1', 'one'],
      ['..2', 'two'],
    ] as const) {
      mkdirSync(at(`rules/${version}`), { recursive: true });
      write(`rules/${version}/a.yml`, rule('a', word));
    }
    symlinkSync('..1', at('rules/..data'));
    symlinkSync('..data/a.yml', at('rules/a.yml'));
    const running = await start();
    expect(await alertsOf(['one'], 1)).toEqual(['Rule a']);
    symlinkSync('..2', at('rules/..tmp'));
    renameSync(at('rules/..tmp'), at('rules/..data'));
    await running.until(/rules loaded[^\n]*1 edited/);
    expect(await alertsOf(['one', 'two'], 1)).toEqual(['Rule a']);
  }, 60_000);
});
