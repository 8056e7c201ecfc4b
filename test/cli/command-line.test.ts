import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

describe('the command line', () => {
  test('--version prints the version of the package', async () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
    const { version } = JSON.parse(text) as { version: string };
    expect(await telltale(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('--help lists the commands and the exit codes', async () => {
    const { code, stdout } = await telltale(['--help']);
    expect(code).toBe(0);
    for (const name of [
      'check',
      'scan',
      'test',
      'explain',
      'new',
      'init',
      'schema',
      'explain-code',
      'bench',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect(stdout).toContain('Exit codes:');
  });

  test('every command explains itself', async () => {
    for (const name of [
      'check',
      'scan',
      'test',
      'explain',
      'new',
      'init',
      'schema',
      'explain-code',
      'bench',
    ]) {
      const { code, stdout } = await telltale(['help', name]);
      expect([name, code]).toEqual([name, 0]);
      expect(stdout).toContain(`Usage: telltale ${name}`);
    }
  });

  test('--version and --help load no room but what prints them', async () => {
    // The rooms below take a tenth of a second and more to load; that they are not loaded is what keeps both quick.
    for (const flag of ['--version', '--help', 'scan --help']) {
      const { stderr } = await telltale(flag.split(' '), { env: { NODE_DEBUG: 'esm' } });
      for (const room of ['language', 'ingest', 'match', 'detect', 'pipeline', 'runtime', 'adapters']) {
        expect([flag, room, stderr.includes(`/engine/${room}/index.js`)]).toEqual([flag, room, false]);
      }
    }
  });

  const wrong: { name: string; given: string[]; expect: string }[] = [
    { name: 'an unknown command', given: ['chekc'], expect: 'Did you mean check?' },
    { name: 'an unknown option', given: ['scan', '--ruels', 'x', 'y'], expect: 'Did you mean --rules?' },
    { name: 'a missing argument', given: ['scan'], expect: "missing required argument 'inputs'" },
    { name: 'a missing value', given: ['check', '--format'], expect: 'argument missing' },
    { name: 'too many arguments', given: ['new', 'detection', 'a', 'b'], expect: 'too many arguments' },
    { name: 'nothing at all', given: [], expect: 'Usage: telltale' },
  ];
  for (const { name, given, expect: wanted } of wrong) {
    test(`${name} ends with 3 and says so on standard error`, async () => {
      const { code, stdout, stderr } = await telltale(given, { cwd });
      expect(code).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toContain(wanted);
    });
  }
});

describe('telltale schema', () => {
  test('each schema is a valid one of 2020-12 with descriptions', async () => {
    const { stdout } = await telltale(['schema', '--list']);
    const kinds = stdout.trimEnd().split('\n');
    expect(kinds).toContain('detection');
    for (const kind of kinds) {
      const schema = JSON.parse((await telltale(['schema', kind])).stdout) as object;
      const ajv = new Ajv2020({ strict: false, allErrors: true });
      expect([kind, ajv.validateSchema(schema)]).toEqual([kind, true]);
      expect(JSON.stringify(schema)).toContain('"description"');
      ajv.compile(schema);
    }
  });

  test('the schema of any rule takes good rules of each kind and refuses a misspelt key of ours', async () => {
    const schema = JSON.parse((await telltale(['schema'])).stdout) as object;
    const validate = new Ajv2020({ strict: false }).compile(schema);
    const detection = {
      title: 'a',
      logsource: { product: 'windows' },
      detection: { s: { a: 1 }, condition: 's' },
    };
    expect(validate(detection)).toBe(true);
    expect(validate({ ...detection, level: 'hihg' })).toBe(false);
    expect(validate({ title: 'o', overlay: { rules: ['x'], levle: 'low' } })).toBe(false);
  });
});

describe('telltale init and new', () => {
  test('a new repository is clean, its tests pass and its sample is found', async () => {
    const made = await telltale(['init', 'repo'], { cwd });
    expect(made.code).toBe(0);
    const at = { cwd: join(cwd, 'repo') };
    expect((await telltale(['check'], at)).stdout).toBe('1 rule in 1 file: no findings\n');
    expect((await telltale(['test'], at)).stdout).toBe('1 rule in 1 file: 3 passed, 0 failed\n');
    const found = await telltale(['scan', '--rules', 'rules', '--format', 'csv', 'events'], at);
    expect(found.stdout).toContain('PowerShell started with an encoded command');
    JSON.parse(readFileSync(join(at.cwd, '.vscode', 'settings.json'), 'utf8'));
    expect(load(readFileSync(join(at.cwd, '.github', 'workflows', 'rules.yml'), 'utf8'))).toHaveProperty(
      'jobs',
    );
  });

  test('nothing is overwritten, and nothing is made when something would be', async () => {
    mkdirSync(join(cwd, 'half', 'rules'), { recursive: true });
    const first = await telltale(['new', 'detection', 'half/README.md.yml'], { cwd });
    expect(first.code).toBe(0);
    expect((await telltale(['new', 'detection', 'half/README.md.yml'], { cwd })).code).toBe(3);
    await telltale(['init', 'twice'], { cwd });
    const again = await telltale(['init', 'twice'], { cwd });
    expect(again.code).toBe(3);
    expect(again.stderr.match(/TT8006/g)).toHaveLength(6);
  });

  beforeAll(async () => {
    await telltale(['new', 'detection', 'over/a.yml'], { cwd });
  });
  const kinds = ['detection', 'filter', 'overlay', 'correlation', 'baseline', 'incident', 'policy', 'feed'];
  for (const kind of kinds) {
    test(`a new ${kind} checks clean, and its tests pass`, async () => {
      const path = `fresh/${kind}.yml`;
      const { code } = await telltale(['new', kind, path, '--title', 'It\'s "new": yes'], { cwd });
      expect(code).toBe(0);
      // An overlay needs rules to lie over.
      const checked = await telltale(['check', path, ...(kind === 'overlay' ? ['over'] : [])], { cwd });
      expect(checked.stdout).toMatch(/^\d rules? in \d files?: no findings\n$/);
      const tested = await telltale(['test', path], { cwd });
      // What only lies over other rules, or lists things, is tested with them.
      if (['filter', 'overlay', 'feed'].includes(kind)) expect(tested.stderr).toContain('TT8009');
      else expect(tested.stdout).toMatch(/: \d passed, 0 failed\n$/);
      expect(tested.stderr).not.toContain('TT9040');
    });
  }

  test('tests beside a feed that cannot be read end with 4, and say so', async () => {
    await telltale(['new', 'detection', 'fed/a.yml'], { cwd });
    await telltale(['new', 'feed', 'fed/b.yml'], { cwd });
    expect((await telltale(['test', 'fed'], { cwd })).code).toBe(0);
    rmSync(join(cwd, 'fed', 'b.txt'));
    const { code, stderr } = await telltale(['test', 'fed'], { cwd });
    expect([code, stderr.includes('TT9040')]).toEqual([4, true]);
  });

  test('two rules never share an id', async () => {
    await telltale(['new', 'detection', 'ids/a.yml'], { cwd });
    await telltale(['new', 'detection', 'ids/b.yml'], { cwd });
    expect((await telltale(['check', 'ids'], { cwd })).code).toBe(0);
  });
});

describe('telltale explain-code', () => {
  test('lists every code once, in order', async () => {
    const { stdout } = await telltale(['explain-code']);
    const codes = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, 6));
    expect(codes.length).toBeGreaterThan(60);
    expect(codes).toEqual([...new Set(codes)].sort());
    expect(codes.every((code) => /^TT\d{4}$/.test(code))).toBe(true);
  });

  test('shows a page, whatever the case of the code', async () => {
    const { code, stdout } = await telltale(['explain-code', 'tt8001']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^TT8001: No rule was found \(error\)\n/);
    expect(stdout).toContain('Raised by');
    expect(stdout).toContain('Mended');
  });

  test('an unknown code ends with 3 and offers the nearest', async () => {
    const { code, stderr } = await telltale(['explain-code', 'TT8100']);
    expect(code).toBe(3);
    expect(stderr).toContain('did you mean');
  });
});
