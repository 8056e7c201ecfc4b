import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { mutated } from './mutate.ts';
import { Random, seedOf } from './random.ts';

const MAIN = resolve(import.meta.dirname, '..', '..', 'dist', 'test', 'fuzz', 'main.js');
const SEED =
  process.env['TELLTALE_SEED'] === 'random'
    ? Math.floor(Math.random() * 2 ** 31)
    : Number(process.env['TELLTALE_SEED'] ?? '20261124');

/** Runs the command as `npm run fuzz` does; a planted fault is among the parsers where one is named. */
async function run(
  args: readonly string[],
  planted?: string,
): Promise<{ readonly code: number; readonly stdout: string }> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`npm run build\` first`);
  const env = { ...process.env, ...(planted === undefined ? {} : { TELLTALE_FUZZ_PLANTED: planted }) };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--seed', String(SEED), ...args], {
      env,
      maxBuffer: 1 << 26,
    });
    return { code: 0, stdout };
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && 'stdout' in error)
      return { code: Number(error.code), stdout: String(error.stdout) };
    throw error;
  }
}

describe('parsers under broken input', () => {
  test('none crashes, hangs or loses a neighbour in 100,000 inputs', async () => {
    const { code, stdout } = await run(['--inputs', '100000']);
    expect(code, stdout).toBe(0);
    expect(Number(/^(\d+) parsers/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(12);
    expect(Number(/(\d+) inputs in/.exec(stdout)?.[1])).toBeGreaterThan(99_000);
  });

  test.each(['crash', 'hang', 'loss'])('a planted %s is caught', async (planted) => {
    const { code, stdout } = await run(['--inputs', '2000', '--only', `planted-${planted}`], planted);
    expect(code).toBe(1);
    expect(stdout).toContain(`FAILED planted-${planted}`);
    expect(stdout).toContain(planted === 'hang' ? 'it does not end within' : planted);
  });

  test('an input is the same whenever it is asked for', () => {
    const material = { corpus: [new TextEncoder().encode('{"a":1}')], words: [] };
    const make = (number: number): Uint8Array => mutated(material, new Random(seedOf(7, 'x', number)));
    expect(make(3)).toEqual(make(3));
    const all = new Set(Array.from({ length: 500 }, (_, i) => Buffer.from(make(i)).toString('hex')));
    expect(all.size).toBeGreaterThan(400);
  });
});
