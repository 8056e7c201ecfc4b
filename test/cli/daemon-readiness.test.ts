import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ReadinessParts, readinessChecks } from '../../engine/cli/daemon-readiness.ts';
import { asking, makeApp } from '../console/engine.ts';

const state = mkdtempSync(join(tmpdir(), 'ready-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));

const WELL: ReadinessParts = {
  stuck: undefined,
  quietMs: 12,
  ending: false,
  ailingThreads: 0,
  rules: { listed: [{ kind: 'detection' } as ReadinessParts['rules']['listed'][number]] },
  state,
  sources: [{ name: 's' }],
};

const CASES: readonly {
  readonly name: string;
  readonly given: Partial<ReadinessParts>;
  readonly fails: string;
}[] = [
  { name: 'the loop does not run yet', given: { quietMs: undefined }, fails: 'loop' },
  { name: 'the loop hangs', given: { quietMs: 61_000 }, fails: 'loop' },
  { name: 'it is shutting down', given: { ending: true }, fails: 'running' },
  { name: 'the disk is full', given: { stuck: 'the disk is full' }, fails: 'commit' },
  { name: 'the state folder is gone', given: { state: join(state, 'gone') }, fails: 'state' },
  { name: 'a worker is dead', given: { ailingThreads: 1 }, fails: 'detector' },
  { name: 'no rule is loaded', given: { rules: { listed: [] } }, fails: 'rules' },
  { name: 'a source does not work', given: { sources: [{ name: 's', problem: 'no' }] }, fails: 'source s' },
];

/** What /readyz and /healthz answer for these checks. */
async function answers(parts: ReadinessParts): Promise<readonly number[]> {
  const { engine } = makeApp();
  const { app } = makeApp({ status: () => ({ ...engine.status(), checks: readinessChecks(parts) }) });
  const ready = await asking(app, '/readyz');
  const alive = await asking(app, '/healthz');
  return [ready.status, alive.status];
}

describe('whether the engine is ready', () => {
  test('it is where all holds', async () => {
    expect(readinessChecks(WELL).filter(({ holds }) => !holds)).toEqual([]);
    expect(await answers(WELL)).toEqual([200, 200]);
  });

  test.each(CASES)('it is not where $name, and it is alive all the same', async ({ given, fails }) => {
    const parts = { ...WELL, ...given };
    expect(
      readinessChecks(parts)
        .filter(({ holds }) => !holds)
        .map(({ name }) => name),
    ).toEqual([fails]);
    expect(await answers(parts)).toEqual([503, 200]);
  });
});
