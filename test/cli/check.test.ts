import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const GOOD = `title: Bad program
id: 0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11
status: test
level: high
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\bad.exe'}
  condition: selection
`;

function put(name: string, content: string): void {
  mkdirSync(join(cwd, name, '..'), { recursive: true });
  writeFileSync(join(cwd, name), content);
}

beforeAll(() => {
  put('good/a.yml', GOOD);
  put('mixed/a.yml', GOOD);
  put('mixed/b.yml', GOOD.replace('0f7a3c1e', '1f7a3c1e').replace('Image|endswith', 'Image|endswiht'));
  put('mixed/c.yml', 'title: [unclosed\n');
  put('warned/a.yml', GOOD.replace("'\\bad.exe'", "['\\bad.exe', '\\bad.exe']"));
  put(
    'overlaid/a.yml',
    `${GOOD}---\ntitle: Not here\noverlay:\n  rules: [0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11]\n  level: low\n  confidence: 0.1\n  filter: {known: {User: svc}, condition: not known}\n`,
  );
});

const check = (...args: string[]) => telltale(['check', ...args], { cwd });

describe('telltale check', () => {
  test('a clean folder is said to be clean, and ends with 0', async () => {
    expect(await check('good')).toEqual({ code: 0, stdout: '1 rule in 1 file: no findings\n', stderr: '' });
  });

  test('every finding of every file is shown with its line, a caret and a hint; it ends with 2', async () => {
    const { code, stdout } = await check('mixed');
    expect(code).toBe(2);
    expect(stdout).toContain('mixed/b.yml:7:21: error');
    expect(stdout).toMatch(/\n {2}\| {3}selection: \{Image\|endswiht.*\n {2}\| +\^{8}\n/);
    expect(stdout).toContain('endswith');
    expect(stdout).toContain('mixed/c.yml:');
    expect(stdout).toMatch(/1 rule in 3 files: 2 errors\n$/);
  });

  test('warnings end with 1, or as --fail-on says', async () => {
    expect((await check('warned')).code).toBe(1);
    expect((await check('--fail-on', 'error', 'warned')).code).toBe(0);
  });

  test.each([
    { name: 'named by --config', args: ['--config', 'deploy/telltale.yml'] },
    { name: 'among the paths', args: ['deploy/telltale.yml'] },
  ])('a configuration $name is checked with the rules it names', async ({ args }) => {
    put('deploy/telltale.yml', `rules: [${cwd}/good]\nsources: [{type: stdin}]\n`);
    expect(await check(...args)).toEqual({
      code: 0,
      stdout: '1 rule in 2 files: no findings\n',
      stderr: '',
    });
    put(
      'deploy/telltale.yml',
      `rules: [${cwd}/mixed]\nsources:\n  - {type: http, lisen: 127.0.0.1:9200}\noutputs: [{type: file, path: a.ndjson}]\n`,
    );
    const { code, stdout, stderr } = await check(...args);
    expect(code).toBe(3);
    expect(stdout + stderr).toMatch(/deploy\/telltale\.yml:3:18: error TT\d{4}.*lisen/);
    expect(stdout + stderr).toContain('listen');
  });

  test('a secret that is not set where rules are checked is told, and is no fault', async () => {
    put(
      'deploy/secret.yml',
      `rules: [${cwd}/good]\nsources: [{type: http, listen: "127.0.0.1:9200", token: "\${env:TELLTALE_NEVER_SET}"}]\n`,
    );
    const { code, stdout } = await check('deploy/secret.yml');
    expect(stdout).toContain('info TT7012');
    expect(stdout).toContain('1 rule in 2 files');
    expect(code).toBe(0);
  });

  test('several reports at once: one to standard output, others to files', async () => {
    const reports = ['json', 'junit', 'sarif', 'markdown', 'github', 'ndjson'].map(
      (f) => `--report=${f}=out.${f}`,
    );
    const { code, stdout } = await check('mixed', '--format', 'ndjson', ...reports);
    expect(code).toBe(2);
    const kinds = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(['finding', 'finding', 'summary']);
    expect(readFileSync(join(cwd, 'out.junit'), 'utf8')).toContain('failures="2"');
    expect(JSON.parse(readFileSync(join(cwd, 'out.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(readFileSync(join(cwd, 'out.github'), 'utf8')).toMatch(
      /^::error file=mixed\/b\.yml,line=7,col=21,/,
    );
    expect(readFileSync(join(cwd, 'out.markdown'), 'utf8')).toContain('| error |');
  });

  test('findings are the same in text and in JSON', async () => {
    const parsed = JSON.parse((await check('mixed', '--json')).stdout) as {
      findings: { code: string; at: { line: number } }[];
    };
    const { stdout } = await check('mixed');
    for (const { code, at } of parsed.findings)
      expect(stdout).toMatch(new RegExp(`:${at.line}:\\d+: error ${code}:`));
  });

  test('--effective shows rules as overlays leave them', async () => {
    const { code, stdout } = await check('--effective', 'overlaid');
    expect(code).toBe(0);
    expect(stdout).toContain('overlaid/a.yml:1: Bad program');
    expect(stdout).toContain('level: low');
    expect(stdout).toContain('confidence: 0.1');
    expect(stdout).toMatch(/not\n.*known:\n.*User equals "svc"/s);
  });

  const nothing: { name: string; given: string[]; expect: RegExp }[] = [
    { name: 'a path that is not there', given: ['nowhere'], expect: /TT9001/ },
    { name: 'a folder without rules', given: ['.git'], expect: /TT9001|TT8001/ },
    { name: 'a report without a file', given: ['--report', 'junit', 'good'], expect: /TT8003/ },
    {
      name: 'a report of no known form',
      given: ['--report', 'junitt=x', 'good'],
      expect: /did you mean junit/,
    },
    { name: 'a format of no known name', given: ['--format', 'yaml', 'good'], expect: /TT8003/ },
    { name: 'an option that is none', given: ['--reprot', 'x', 'good'], expect: /Did you mean --report/ },
  ];
  for (const { name, given, expect: wanted } of nothing) {
    test(`${name} ends with 3`, async () => {
      const { code, stdout, stderr } = await check(...given);
      expect(code).toBe(3);
      expect(stdout + stderr).toMatch(wanted);
    });
  }

  test('a report that cannot be written ends with 4', async () => {
    expect((await check('--report', 'json=no/such/out.json', 'good')).code).toBe(4);
  });
});
