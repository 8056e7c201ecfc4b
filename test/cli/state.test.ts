import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, systemClock } from '../../engine/adapters/index.ts';
import { keepPoison } from '../../engine/runtime/index.ts';
import { makeFolder, telltale } from '../support/command.ts';
import { type RunningDaemon, startDaemon } from '../support/daemon.ts';

const folder = makeFolder();
const at = (path: string): string => join(folder.path, path);
let daemon: RunningDaemon;

beforeAll(async () => {
  mkdirSync(at('rules'));
  writeFileSync(
    at('rules/a.yml'),
    'title: A\nid: aaaaaaaa-0000-4000-8000-000000000000\nlevel: high\nlogsource: {product: app}\ndetection: {selection: {msg: alpha}, condition: selection}\n',
  );
  writeFileSync(at('in.ndjson'), '{"@timestamp":"2026-01-01T00:00:00Z","msg":"alpha"}\n');
  writeFileSync(
    at('t.yml'),
    `rules: [${at('rules')}]
state: ${at('state')}
threads: 1
api: {listen: 127.0.0.1:0}
sources: [{type: file, path: ${at('in.ndjson')}, poll: 50ms}]
outputs: [{type: file, path: ${at('alerts.ndjson')}}]
time: {lateness: 0s, idle: 100ms}
watch: {disk_free: 1KiB}
`,
  );
  const { store } = openStore(at('state/telltale.db'), systemClock);
  const bytes = new TextEncoder().encode('{"@timestamp":"2026-01-01T00:00:01Z","msg":"alpha","poison":1}\n');
  keepPoison(store, { at: 5, source: 'file', file: 'x', line: 9, reason: 'it ended', bytes });
  store.close();
}, 60_000);

afterAll(async () => {
  await daemon.kill();
  folder.remove();
});

const ask = (...args: readonly string[]) => telltale([...args, '--state', at('state')]);

describe('the state of a daemon, from its shell', () => {
  test('records that were set aside are shown while no daemon runs, and nothing is written', async () => {
    const before = readdirSync(at('state')).filter((name) => !name.endsWith('-shm'));
    const listed = await ask('poison', 'list', '--json');
    const { id, sizeBytes } = JSON.parse(listed.stdout);
    expect([listed.code, sizeBytes]).toEqual([0, 63]);
    expect((await ask('poison', 'show', id)).stdout).toContain('"poison":1');
    expect((await ask('poison', 'export', id)).stdout).toMatch(/^\{.*"poison":1\}\n$/);
    expect((await ask('poison', 'show', 'nothing')).code).toBe(3);
    expect((await ask('poison', 'retry', id)).code).toBe(4);
    expect((await ask('export', '--format', 'csv')).code).toBe(1);
    expect(readdirSync(at('state')).filter((name) => !name.endsWith('-shm'))).toEqual(before);
  }, 60_000);

  test('a daemon tries one again, and what it gives is an alert; a second daemon is refused', async () => {
    daemon = startDaemon(folder.path, ['--config', 't.yml']);
    await daemon.until(/"event":"engine.started"/);
    expect(statSync(at('state')).mode & 0o077).toBe(0);
    const second = await telltale(['run', '--config', at('t.yml')]);
    expect([second.code, second.stderr]).toEqual([4, expect.stringContaining('TT8085')]);
    const { id } = JSON.parse((await ask('poison', 'list', '--json')).stdout);
    const retried = await ask('poison', 'retry', id);
    expect([retried.code, retried.stdout]).toEqual([0, expect.stringContaining('taken in: 1 signals')]);
    expect((await ask('poison', 'list')).stdout).toBe('');
    expect((await ask('doctor', '--config', at('t.yml'))).stdout).toMatch(/well +ports .*held by the daemon/);
  }, 60_000);

  test('a backup of a running daemon, restored elsewhere, is the same state', async () => {
    appendFileSync(at('in.ndjson'), '{"@timestamp":"2026-01-01T09:00:00Z","msg":"alpha"}\n');
    // All that is known has been said: the first alert with both its records, and the one of the record above.
    const said = () => (existsSync(at('alerts.ndjson')) ? readFileSync(at('alerts.ndjson'), 'utf8') : '');
    await expect.poll(said, { timeout: 20_000 }).toContain('"lastSeen":"2026-01-01T09:00:00.000Z"');
    await expect.poll(said, { timeout: 20_000 }).toContain('"count":2');
    const made = await ask('backup', at('b.db'));
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('whole')]);
    expect((await ask('backup', at('b.db'))).code).toBe(3);
    expect((await ask('backup', at('b.db'), '--force')).code).toBe(0);
    expect((await ask('restore', at('b.db'))).code).toBe(3);
    expect((await ask('restore', at('b.db'), '--force')).code).toBe(4);
    expect((await telltale(['restore', at('b.db'), '--state', at('other')])).code).toBe(0);
    const live = await ask('export', '--format', 'ndjson');
    const restored = await telltale(['export', '--format', 'ndjson', '--state', at('other')]);
    expect(restored.stdout).toBe(live.stdout);
    expect(restored.stdout).toContain('"kind":"alert"');
  }, 60_000);

  test('the doctor finds nothing where all is well, says in JSON what it finds, and its exit code tells how bad it is', async () => {
    await daemon.stop();
    const well = await ask('doctor', '--config', at('t.yml'));
    expect([well.code, well.stderr]).toEqual([0, '']);
    writeFileSync(
      at('bad.yml'),
      readFileSync(at('t.yml'), 'utf8').replace(
        'alerts.ndjson}',
        'a.ndjson}, {type: webhook, url: "http://127.0.0.1:9/", allow_private: true}',
      ),
    );
    const bad = await ask('doctor', '--config', at('bad.yml'), '--json');
    const looks: { name: string; well: string; findings: { code: string; hint: string }[] }[] = JSON.parse(
      bad.stdout,
    );
    expect(bad.code).toBe(4);
    expect(
      looks
        .filter(({ well: state }) => state !== 'well')
        .map(({ name, findings }) => [name, findings[0]?.code]),
    ).toEqual([['outputs', 'TT8088']]);
    writeFileSync(at('rules/b.yml'), 'title: [');
    expect((await ask('doctor', '--config', at('t.yml'))).code).toBe(2);
    expect((await ask('doctor', '--config', at('none.yml'))).code).toBe(3);
  }, 60_000);
});
