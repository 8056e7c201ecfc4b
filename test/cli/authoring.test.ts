import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, shell, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

function put(name: string, text: string): void {
  mkdirSync(join(cwd, name, '..'), { recursive: true });
  writeFileSync(join(cwd, name), text);
}

const RULE = `# who wrote this
level: high # because
title: Bad program
tags: [attack.t1059.001, attack.execution]
name: bad_program
logsource: {category: process_creation, product: windows}
detection:
    condition: selection
    # the program
    selection: {Image|endswith: '\\bad.exe'}
`;
const CANONICAL = `# who wrote this
title: Bad program
name: bad_program
tags: [attack.t1059.001, attack.execution]
logsource: {product: windows, category: process_creation}
detection:
  # the program
  selection: {Image|endswith: '\\bad.exe'}
  condition: selection
level: high # because
`;
const EVENT = `${JSON.stringify({ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, UtcTime: '2026-01-05 10:00:00.000', Image: 'C:\\bad.exe' })}\n`;

describe('telltale fmt', () => {
  test('says which files are not canonical, writes them, and is content then', async () => {
    put('fmt/a.yml', RULE);
    expect(await telltale(['fmt', '--check', 'fmt'], { cwd })).toMatchObject({
      code: 1,
      stdout: 'fmt/a.yml\n',
    });
    expect(readFileSync(join(cwd, 'fmt/a.yml'), 'utf8')).toBe(RULE);
    expect(await telltale(['fmt', 'fmt'], { cwd })).toMatchObject({ code: 0, stdout: 'fmt/a.yml\n' });
    expect(readFileSync(join(cwd, 'fmt/a.yml'), 'utf8')).toBe(CANONICAL);
    expect(await telltale(['fmt', '--check', 'fmt'], { cwd })).toMatchObject({ code: 0, stdout: '' });
  });

  test('leaves a file alone that cannot be read, and says why', async () => {
    put('fmt-bad/a.yml', 'title: [\n');
    const { code, stderr } = await telltale(['fmt', 'fmt-bad'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('fmt-bad/a.yml:')]);
    expect(readFileSync(join(cwd, 'fmt-bad/a.yml'), 'utf8')).toBe('title: [\n');
  });
});

describe('telltale coverage', () => {
  test('counts tactics and techniques, and names what another set covers', async () => {
    put('own/a.yml', RULE);
    put(
      'other/a.yml',
      RULE.replace('attack.t1059.001', 'attack.t1059.003, attack.t1003').replace('bad_program', 'other'),
    );
    const { code, stdout } = await telltale(['coverage', 'own', '--against', 'other'], { cwd });
    expect(stdout).toContain('1 techniques\n');
    expect(stdout).toMatch(/ {2}execution {13}1 rule\n/);
    expect(stdout).toContain('techniques of other that are missing: 1\n  T1003 ');
    expect(stdout).toContain('of which another part is covered: 1\n  T1059.003 ');
    expect(code).toBe(0);
  });

  test('writes a layer of the Navigator', async () => {
    const { stdout } = await telltale(['coverage', 'own', '--format', 'navigator'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      domain: 'enterprise-attack',
      versions: { layer: '4.5' },
      techniques: [{ techniqueID: 'T1059.001', comment: 'Bad program' }],
    });
  });
});

describe('telltale schema', () => {
  test('knows mappings', async () => {
    const { stdout } = await telltale(['schema', 'mapping'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Telltale mapping', type: 'object' });
    const any = await telltale(['schema'], { cwd });
    expect(any.stdout).not.toContain('Telltale mapping');
  });
});

describe('telltale diff', () => {
  test('says what changes between two revisions over a recording', async () => {
    put('repo/rules/a.yml', CANONICAL);
    put('repo/e.ndjson', EVENT);
    const at = { cwd: join(cwd, 'repo') };
    const git = 'git -c user.name=a -c user.email=a@example.com';
    await shell(`git init -q . && git add -A && ${git} commit -qm one`, at);
    const same = await telltale(['diff', 'HEAD', '--over', 'e.ndjson'], at);
    expect([same.code, same.stdout]).toEqual([
      0,
      expect.stringContaining('signals: 1 → 1; 0 new, 0 gone, 0 changed'),
    ]);
    put('repo/rules/a.yml', CANONICAL.replace('level: high', 'level: low'));
    const level = await telltale(['diff', 'HEAD', '--over', 'e.ndjson'], at);
    expect(level.stdout).toContain('signals: 1 → 1; 0 new, 0 gone, 1 changed');
    expect(level.stdout).toContain('level high → low');
    expect(level.stdout).toContain('alerts: 1 → 1; 0 new, 0 gone, 1 changed');
    expect(level.code).toBe(1);
    put('repo/rules/a.yml', CANONICAL.replace('bad.exe', 'worse.exe'));
    await shell(`git add -A && ${git} commit -qm two`, at);
    const gone = await telltale(['diff', 'HEAD~1', 'HEAD', '--over', 'e.ndjson', '--json'], at);
    expect(JSON.parse(gone.stdout)).toMatchObject({
      signals: [{ change: 'gone', title: 'Bad program' }],
      alerts: [{ change: 'gone' }],
    });
  });

  test('needs a recording, and a revision that is there', async () => {
    const at = { cwd: join(cwd, 'repo') };
    expect(await telltale(['diff', 'HEAD'], at)).toMatchObject({ code: 3 });
    const { code, stderr } = await telltale(['diff', 'nowhere', '--over', 'e.ndjson'], at);
    expect([code, stderr]).toEqual([3, expect.stringContaining('TT8023: nowhere: ')]);
  });
});
