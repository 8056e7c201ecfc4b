import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, systemClock } from '../../engine/adapters/index.ts';
import type { FaultPoint } from '../../engine/runtime/index.ts';
import { type Run, telltale } from '../support/command.ts';

const SAMPLE = resolve(import.meta.dirname, '..', '..', 'examples', 'intrusion.ndjson');
const FILES = 8;
let folder: string;

/** Every revision in the database, and the account of its sources. */
interface Outcome {
  readonly revisions: readonly string[];
  readonly ledger: unknown;
  /** Items in the output file, without the repeats that at-least-once allows. */
  readonly written: readonly string[];
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'));
  mkdirSync(join(folder, 'logs'));
  const lines = readFileSync(SAMPLE, 'utf8').trim().split('\n');
  const size = Math.ceil(lines.length / FILES);
  for (let i = 0; i < FILES; i++) {
    writeFileSync(
      join(folder, 'logs', `${i}.ndjson`),
      `${lines.slice(i * size, (i + 1) * size).join('\n')}\n`,
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(name: string, fault?: string): Promise<Run> {
  const config = join(folder, `${name}.yml`);
  writeFileSync(
    config,
    `state: ${join(folder, name)}
threads: 1
sources:
  - {type: file, path: ${join(folder, 'logs')}}
outputs:
  - {type: file, path: ${join(folder, `${name}.ndjson`)}, severity: informational}
time: {lateness: 1h}
`,
  );
  const args = ['run', '--config', config, '--until-end', ...(fault === undefined ? [] : ['--fault', fault])];
  return telltale(args, { env: { TELLTALE_FAULTS: 'allow' } });
}

function outcome(name: string): Outcome {
  const { store, setAside } = openStore(join(folder, name, 'telltale.db'), systemClock);
  expect(setAside).toBeUndefined();
  const revisions = (['alert', 'incident'] as const).flatMap((kind) =>
    store
      .list({ kind, limit: 10_000 })
      .items.flatMap(({ id }) => store.history(kind, id))
      .map(({ body }) => body),
  );
  const ledger = [...store.checkpoint().ledger];
  expect(store.queues().reduce((sum, { waiting }) => sum + waiting, 0)).toBe(0);
  store.close();
  const path = join(folder, `${name}.ndjson`);
  const written = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  for (const line of written) JSON.parse(line);
  return { revisions: revisions.sort(), ledger, written: [...new Set(written)].sort() };
}

/** What matters where files are read; all points are gone through with events over HTTP in test/chaos. */
const POINTS: readonly FaultPoint[] = ['before-take', 'inside-commit', 'after-commit', 'after-deliver'];

describe('a daemon that is killed', () => {
  test('reading files, at a named point, goes on from its last commit: nothing lost, nothing doubled, the account exact', async () => {
    const whole = await run('whole');
    expect(whole.code, whole.stderr).toBe(0);
    const expected = outcome('whole');
    expect(expected.revisions.length).toBeGreaterThan(20);
    expect(expected.written.length).toBeGreaterThan(20);
    const events = readFileSync(SAMPLE, 'utf8').trim().split('\n').length;
    expect(expected.ledger).toMatchObject([['file', { received: events }]]);
    for (const [i, point] of POINTS.entries()) {
      const name = `k${i}`;
      const killed = await run(name, `${point}:${1 + (i % 2)}`);
      // The process ends by the signal, not by itself, unless the point was passed less often.
      if (killed.code !== 0) expect(killed.code, killed.stderr).toBeNull();
      const again = await run(name);
      expect(again.code, again.stderr).toBe(0);
      const found = outcome(name);
      expect(found.ledger, point).toEqual(expected.ledger);
      expect(found.revisions, point).toEqual(expected.revisions);
      expect(found.written, point).toEqual(expected.written);
    }
  }, 240_000);

  test('a fault that was not allowed, or does not exist, is refused', async () => {
    const refused = await telltale(['run', '--until-end', '--fault', 'before-commit']);
    expect(refused.code).toBe(3);
    expect((await run('x', 'no-such-point')).code).toBe(3);
  });
});
