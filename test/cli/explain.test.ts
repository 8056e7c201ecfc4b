import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;
const GOLDEN = join(import.meta.dirname, '..', 'golden', 'explain');

const RULE = `title: Encoded command
id: 0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11
name: encoded_command
level: high
logsource: {product: windows, category: process_creation}
detection:
  program: {Image|endswith: ['\\powershell.exe', '\\pwsh.exe']}
  encoded: {CommandLine|contains: ' -enc '}
  known: {User: SYSTEM}
  condition: program and encoded and not known
`;

const base = {
  Channel: 'Microsoft-Windows-Sysmon/Operational',
  EventID: 1,
  '@timestamp': '2026-01-12T08:14:03.211Z',
  Image: 'C:\\Windows\\powershell.exe',
  CommandLine: 'powershell -enc AAAA',
  User: 'ada',
};
const EVENTS: readonly object[] = [
  { ...base, Image: 'C:\\Windows\\notepad.exe', CommandLine: 'notepad a.txt' },
  base,
  { ...base, User: 'system' },
  { ...base, CommandLine: undefined },
  { ...base, EventID: 3 },
  { ...base, CommandLine: 'a -enc \u001b]0;x\u0007\u202e' },
];

beforeAll(() => {
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(join(cwd, 'rules', 'a.yml'), RULE);
  writeFileSync(join(cwd, 'e.ndjson'), EVENTS.map((e) => `${JSON.stringify(e)}\n`).join(''));
  writeFileSync(join(cwd, 'list.json'), JSON.stringify(EVENTS, null, 1));
});

const explain = (...args: string[]) => telltale(['explain', '--rules', 'rules', ...args], { cwd });

describe('telltale explain', () => {
  const cases: { name: string; line: number; golden: string }[] = [
    { name: 'a match shows every selection that holds', line: 2, golden: 'match' },
    { name: 'a near miss shows what was found instead', line: 1, golden: 'other-value' },
    { name: 'what must not hold, but does, is said', line: 3, golden: 'excluded' },
    { name: 'an absent field is said to be absent', line: 4, golden: 'absent-field' },
    { name: 'another logsource is the reason at the root', line: 5, golden: 'other-logsource' },
    { name: 'what an attacker typed cannot steer the terminal', line: 6, golden: 'control-characters' },
  ];
  for (const { name, line, golden } of cases) {
    test(name, async () => {
      const { code, stdout, stderr } = await explain('--rule', 'encoded_command', `e.ndjson:${line}`);
      expect([code, stderr]).toEqual([0, '']);
      const path = join(GOLDEN, `${golden}.txt`);
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(GOLDEN, { recursive: true });
        writeFileSync(path, stdout);
      }
      expect(existsSync(path)).toBe(true);
      expect(stdout).toBe(readFileSync(path, 'utf8'));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested.
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    });
  }

  test('fields that events lack are worked out as they are when rules run', async () => {
    writeFileSync(join(cwd, 'p.csv'), 'user,department\nada,sales\n');
    writeFileSync(join(cwd, 'enrich.yml'), `enrich: {identities: ${join(cwd, 'p.csv')}, countries: false}\n`);
    writeFileSync(
      join(cwd, 'dept.yml'),
      'title: Sales runs code\nid: 0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d12\nlevel: low\nlogsource: {category: any}\n' +
        'detection: {a: {user.department: sales}, condition: a}\n',
    );
    writeFileSync(join(cwd, 'ada.ndjson'), `${JSON.stringify({ user: { name: 'ada' } })}\n`);
    const args = ['explain', 'ada.ndjson:1', '--rules', 'dept.yml'];
    expect((await telltale(args, { cwd })).stdout).toContain('none of 1 rules fires');
    const known = await telltale([...args, '--enrich', join(cwd, 'enrich.yml')], { cwd });
    expect([known.code, known.stdout]).toEqual([0, expect.stringContaining('Sales runs code')]);
  });

  test('a rule is named by id, name, title or file', async () => {
    for (const rule of [
      '0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11',
      'encoded_command',
      'encoded COMMAND',
      'rules/a.yml',
      'a.yml',
    ]) {
      const { code, stdout } = await explain('--rule', rule, 'e.ndjson:2');
      expect([rule, code]).toEqual([rule, 0]);
      expect(stdout).toContain('✓ Encoded command fires');
    }
  });

  test('without a line, the first event on which the rule fires is explained', async () => {
    expect((await explain('--rule', 'encoded_command', 'e.ndjson')).stdout).toContain('e.ndjson:2 ');
  });

  test('without a rule, every rule that fires is explained, or it is said that none does', async () => {
    expect((await explain('e.ndjson:2')).stdout).toContain('✓ Encoded command fires');
    expect((await explain('e.ndjson:1')).stdout).toBe('none of 1 rules fires on e.ndjson:1\n');
  });

  test('in a list, an event is named by the line on which it begins', async () => {
    const text = readFileSync(join(cwd, 'list.json'), 'utf8').split('\n');
    const second = text.findIndex((line, i) => i > 1 && line.trim() === '{') + 1;
    expect((await explain('--rule', 'encoded_command', `list.json:${second}`)).stdout).toContain('fires');
  });

  test('JSON carries the tree', async () => {
    const { stdout } = await explain('--json', '--rule', 'encoded_command', 'e.ndjson:3');
    expect(JSON.parse(stdout)).toMatchObject([
      {
        rule: { id: '0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11', file: 'rules/a.yml', line: 1 },
        event: { file: 'e.ndjson', line: 3, time: '2026-01-12T08:14:03.211Z' },
        fires: false,
        explanation: { kind: 'rule', holds: false },
      },
    ]);
  });

  test('explain and scan agree on every event', async () => {
    const scanned = await telltale(['scan', '--rules', 'rules', '--format', 'ndjson', 'e.ndjson'], { cwd });
    const hits = [...scanned.stdout.matchAll(/"line":(\d+)/g)].map(([, line]) => Number(line));
    for (const [i] of EVENTS.entries()) {
      const { stdout } = await explain('--json', '--rule', 'encoded_command', `e.ndjson:${i + 1}`);
      const [one] = JSON.parse(stdout) as { fires: boolean }[];
      expect([i + 1, one?.fires]).toEqual([i + 1, hits.includes(i + 1)]);
    }
  });

  const wrong: { name: string; given: string[]; expect: RegExp }[] = [
    {
      name: 'a rule that is not there',
      given: ['--rule', 'encoded_comand', 'e.ndjson:1'],
      expect: /did you mean encoded_command/,
    },
    {
      name: 'a line that is not there',
      given: ['--rule', 'encoded_command', 'e.ndjson:99'],
      expect: /TT8008.*99/,
    },
    { name: 'a file that is not there', given: ['nowhere.ndjson:1'], expect: /TT9001/ },
  ];
  for (const { name, given, expect: wanted } of wrong) {
    test(`${name} ends with 3`, async () => {
      const { code, stderr } = await explain(...given);
      expect(code).toBe(3);
      expect(stderr).toMatch(wanted);
    });
  }
});
