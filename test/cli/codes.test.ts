import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADAPTER_CODES } from '../../engine/adapters/index.ts';
import { allCodes } from '../../engine/cli/codes.ts';
import { CLI_CODES } from '../../engine/cli/errors.ts';
import { makeFolder, shell, writeWarmCommand } from '../support/command.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const folder = makeFolder();
afterAll(() => folder.remove());

const bin = join(folder.path, 'bin');

// The examples are shell lines for whoever has installed the package; so they run against a copy as npm would install it.
beforeAll(async () => {
  const installed = join(folder.path, 'package');
  mkdirSync(bin);
  mkdirSync(join(installed, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'dist', 'engine'), join(installed, 'dist', 'engine'), { recursive: true });
  for (const name of ['package.json', 'rules'])
    cpSync(join(ROOT, name), join(installed, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
  await writeWarmCommand(join(installed, 'dist', 'engine', 'cli', 'main.js'), bin);
});

let runs = 0;

async function said(line: string): Promise<string> {
  const cwd = join(folder.path, `run-${runs++}`);
  mkdirSync(cwd);
  const { stdout, stderr } = await shell(line, { cwd, env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
  return stdout + stderr;
}

describe('the codes of the command line and the adapters', () => {
  for (const { code, failing, fixed } of Object.values({ ...CLI_CODES, ...ADAPTER_CODES })) {
    test(`${code} is raised by its example, and not by the mended one`, async () => {
      // The page of a code names it; every other mention is the code being raised.
      expect(await said(failing)).toContain(`${code}:`);
      expect((await said(fixed)).replace(new RegExp(`^${code}: .*\\n`), '')).not.toContain(`${code}:`);
    });
  }
});

describe('all codes', () => {
  const codes = [...allCodes().values()];

  test('are all that any room declares', () => {
    const engine = join(ROOT, 'engine');
    const declared = readdirSync(engine, { recursive: true, encoding: 'utf8' })
      .filter((path) => basename(path) === 'errors.ts')
      .flatMap((path) => [...readFileSync(join(engine, path), 'utf8').matchAll(/^ {2}(TT\d{4}): \{/gm)])
      .map(([, code]) => code);
    expect(declared.length).toBeGreaterThan(150);
    expect(codes.map(({ code }) => code).sort()).toEqual(declared.sort());
  });

  test('are unique, and stand in the range of a room', () => {
    const tables = codes.map(({ code }) => code);
    expect(new Set(tables).size).toBe(tables.length);
    expect(tables.filter((code) => !/^TT[1-9]\d{3}$/.test(code))).toEqual([]);
  });

  test('have a title, an explanation, an example and its mending', () => {
    const bad = codes.filter(
      ({ title, explanation, failing, fixed }) =>
        title.length < 5 || explanation.length < 40 || failing === '' || fixed === '' || failing === fixed,
    );
    expect(bad.map(({ code }) => code)).toEqual([]);
  });
});
