import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MAIN, makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const DETECTION = `title: Bad program
name: bad_program
status: test
level: high
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\bad.exe'}
  known: {User: root}
  condition: selection and not known
tests:
  - name: fires
    given: [{event: {Image: 'C:\\bad.exe', User: ada}}]
    expect: {signals: 1}
`;
const NEAR_MISSES = `  - name: another program
    given: [{event: {Image: 'C:\\good.exe', User: ada}}]
    expect: {signals: 0}
  - name: known
    given: [{event: {Image: 'C:\\bad.exe', User: root}}]
    expect: {signals: 0}
`;
const CORRELATION = `title: Many
name: many
status: test
level: high
correlation: {type: event_count, rules: [bad_program], group-by: [User], timespan: 10m, condition: {gte: 3}}
tests:
  - name: three
    given: [{signal: bad_program, fields: {User: ada}, repeat: 3, every: 4m}]
    expect: {signals: 1}
`;

function put(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}

const run = (...args: string[]) => telltale(['test', ...args], { cwd });

describe('telltale test --mutate', () => {
  test('says what no test notices, and how many changes were noticed', async () => {
    put('loose.yml', DETECTION);
    const { code, stdout, stderr } = await run('loose.yml', '--mutate');
    expect(stdout).toContain("TT8015: Bad program: no test notices when 'selection' is left out");
    expect(stdout).toContain("TT8015: Bad program: no test notices when `not` 'known' is left out");
    // Without the `not` the rule no longer fires on ada: that is noticed.
    expect(stderr).toBe('3 mutants of 1 rule: 1 noticed, 2 not\n');
    expect(code).toBe(0);
  });

  test('finds nothing where a near miss stands for each part', async () => {
    put('tight.yml', DETECTION + NEAR_MISSES);
    const { stdout, stderr } = await run('tight.yml', '--mutate');
    expect(stderr).toBe('3 mutants of 1 rule: 3 noticed, 0 not\n');
    expect(stdout).not.toContain('TT8015');
  });

  test('changes correlations, too', async () => {
    put('many.yml', `${DETECTION}---\n${CORRELATION}`);
    const { stdout } = await run('many.yml', '--mutate', '--filter', 'many');
    expect(stdout).toContain('Many: no test notices when the timespan is 20m, not 10m');
    expect(stdout).toContain('Many: no test notices when it is not grouped by `User`');
    // Three in 8 minutes: half the time span and a stricter bound are noticed.
    expect(stdout).not.toContain('5m, not 10m');
    expect(stdout).not.toContain('the bound is');
  });
});

describe('telltale test --coverage', () => {
  test('of a correlation says what its tests never see', async () => {
    put('many.yml', `${DETECTION}---\n${CORRELATION}`);
    const { stdout } = await run('many.yml', '--coverage', '--filter', 'many');
    expect(stdout).toContain('TT8014: Many: no test sees it stay silent');
  });
});

describe('telltale test --fuzz', () => {
  test('delivers otherwise, and says that nothing changed', async () => {
    put('many.yml', `${DETECTION}---\n${CORRELATION}`);
    const { code, stderr } = await run('many.yml', '--fuzz', '20');
    expect([code, stderr]).toEqual([0, '1 test of correlations, 20 deliveries each: 0 change the result\n']);
  });

  test('refuses a number of runs that is none', async () => {
    const { code, stderr } = await run('many.yml', '--fuzz', 'often');
    expect([code, stderr]).toEqual([3, expect.stringContaining('TT8003: --fuzz is often')]);
  });
});

describe('telltale test --watch', () => {
  test('runs again when a rule changes, and ends with the last outcome', async () => {
    put('watched.yml', DETECTION);
    const child = spawn(process.execPath, [MAIN, 'test', 'watched.yml', '--watch'], {
      cwd,
      env: { NO_COLOR: '1' },
    });
    let said = '';
    const until = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (said.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        look();
      });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    await until('watching');
    expect(said).toContain('1 passed, 0 failed');
    put('watched.yml', DETECTION.replace('signals: 1', 'signals: 2'));
    await until('0 passed, 1 failed');
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
  });
});
