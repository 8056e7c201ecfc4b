import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../engine/cli/program.ts';
import { processTerminal, type Terminal } from '../../engine/cli/terminal.ts';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const rule = (condition: string, expected: number): string => `title: Bad program
id: 0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11
status: test
description: Finds the program that is bad.
author: us
date: 2026-11-24
level: high
tags: [attack.execution, attack.t1059]
falsepositives: [none]
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\bad.exe'}
  condition: ${condition}
tests:
  - name: the bad program
    given: [{event: {Channel: Microsoft-Windows-Sysmon/Operational, EventID: 1, Image: 'C:\\bad.exe'}}]
    expect: {signals: ${expected}}
`;

beforeAll(() => {
  mkdirSync(join(cwd, 'good'));
  mkdirSync(join(cwd, 'failing'));
  mkdirSync(join(cwd, 'broken'));
  mkdirSync(join(cwd, 'empty'));
  writeFileSync(join(cwd, 'good', 'rule.yml'), rule('selection', 1));
  writeFileSync(join(cwd, 'failing', 'rule.yml'), rule('selection', 2));
  writeFileSync(join(cwd, 'broken', 'rule.yml'), rule('selektion', 1));
  writeFileSync(join(cwd, 'a.ndjson'), '{"EventID":1,"Image":"C:\\\\bad.exe"}\n');
});

/** A few commands for each code of the table: what a script that calls them relies on. */
const CASES: readonly { readonly code: number; readonly args: readonly string[]; readonly name: string }[] = [
  { code: 0, name: 'a scan that was done', args: ['scan', '--rules', 'good', 'a.ndjson'] },
  { code: 0, name: 'rules without a finding', args: ['check', 'good'] },
  { code: 0, name: 'tests that pass', args: ['test', 'good'] },
  { code: 0, name: 'help', args: ['scan', '--help'] },
  { code: 1, name: 'a test that fails', args: ['test', 'failing'] },
  {
    code: 1,
    name: 'a threshold that is reached',
    args: ['scan', '--rules', 'good', '--fail-on', 'high', 'a.ndjson'],
  },
  { code: 2, name: 'a rule that does not load, to check', args: ['check', 'broken'] },
  {
    code: 2,
    name: 'a rule that does not load, to scan with',
    args: ['scan', '--rules', 'broken', 'a.ndjson'],
  },
  { code: 2, name: 'a rule that does not load, to test', args: ['test', 'broken'] },
  { code: 3, name: 'an option that is not there', args: ['scan', '--rulez', 'good', 'a.ndjson'] },
  { code: 3, name: 'no command', args: [] },
  { code: 3, name: 'a path that is not there', args: ['scan', '--rules', 'good', 'none.ndjson'] },
  { code: 3, name: 'a folder without a rule', args: ['check', 'empty'] },
  { code: 3, name: 'a code that is not there', args: ['explain-code', 'TT0000'] },
  {
    code: 4,
    name: 'a disk that is full',
    args: ['scan', '--rules', 'good', '--output', '/dev/full', 'a.ndjson'],
  },
];

describe('the exit code', () => {
  test.each(CASES)('$code: $name', async ({ code, args }) => {
    const run = await telltale(args, { cwd });
    expect([run.code, run.stderr.includes('internal error')], run.stderr).toEqual([code, false]);
  });

  test('4: no daemon', async () => {
    const env = { TELLTALE_TOKEN: 'x'.repeat(40) };
    const { code, stderr } = await telltale(['status', '--url', 'http://127.0.0.1:9'], { cwd, env });
    expect(code, stderr).toBe(4);
  });

  test('5: a fault of ours, which says so and asks for a report', async () => {
    const said: string[] = [];
    const outside = processTerminal(process);
    // A stream that breaks its own contract stands for whatever nobody has thought of.
    const stdout = new Proxy(outside.stdout, {
      get(): never {
        throw new TypeError('broken stream');
      },
    });
    const terminal: Terminal = { ...outside, stdout, say: (text) => void said.push(text) };
    expect(await runCommandLine(['schema', 'detection'], terminal)).toBe(5);
    expect(said.join('\n')).toMatch(/internal error; please report it[\s\S]*TypeError: broken stream/);
  });
});
