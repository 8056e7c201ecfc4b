import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

function put(name: string, content: string | Uint8Array): void {
  mkdirSync(join(cwd, name, '..'), { recursive: true });
  writeFileSync(join(cwd, name), content);
}

const RULE = `title: Bad program
id: 0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11
name: bad_program
status: test
level: high
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\bad.exe'}
  condition: selection
entities:
  - {type: user, role: actor, fields: [User]}
`;

const raw = (image: string): string =>
  JSON.stringify({ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Image: image, User: 'ada' });

const run = (...args: string[]) => telltale(['test', ...args], { cwd });

/** A rule with one test: what is given, and what is expected. */
function ruleWith(given: string, expected: string): string {
  return `${RULE}tests:\n  - name: the one\n    given:\n      - ${given}\n    expect: {signals: ${expected}}\n`;
}

describe('telltale test', () => {
  const passing: { name: string; given: string; expect: string }[] = [
    { name: 'an event by field names', given: "event: {Image: 'C:\\bad.exe'}", expect: '1' },
    { name: 'an event that must stay silent', given: "event: {Image: 'C:\\good.exe'}", expect: '0' },
    { name: 'a record as the source sends it', given: `raw: ${raw('C:\\bad.exe')}`, expect: '1' },
    {
      name: 'a record of another logsource',
      given: `raw: ${raw('C:\\bad.exe').replace('"EventID":1', '"EventID":3')}`,
      expect: '0',
    },
    { name: 'repeats', given: "{event: {Image: 'C:\\bad.exe'}, repeat: 4}", expect: '4' },
    {
      name: 'values that vary',
      given: "{event: {}, repeat: 3, vary: {Image: ['C:\\bad.exe', 'C:\\x.exe']}}",
      expect: '2',
    },
    {
      name: 'a template that varies',
      given: "{event: {Image: 'C:\\bad.exe'}, repeat: 2, vary: {User: 'u{n}'}}",
      expect: "[{entities: ['user:u1']}, {entities: ['user:u2']}]",
    },
    {
      name: 'a signal with its entities',
      given: "event: {Image: 'C:\\bad.exe', User: ada}",
      expect: "[{rule: bad_program, entities: ['user:ada'], evidence: 1}]",
    },
    { name: 'a recording beside the rule', given: 'file: events.ndjson', expect: '1' },
    { name: 'a packed recording', given: 'file: events.ndjson.gz', expect: '1' },
  ];
  put('passing/events.ndjson', `${raw('C:\\good.exe')}\n${raw('C:\\bad.exe')}\n`);
  put('passing/events.ndjson.gz', gzipSync(`${raw('C:\\good.exe')}\n${raw('C:\\bad.exe')}\n`));
  for (const { name, given, expect: wanted } of passing) {
    test(`takes ${name}`, async () => {
      put('passing/a.yml', ruleWith(given, wanted));
      const { code, stdout } = await run('passing');
      expect(stdout).toBe('1 rule in 1 file: 1 passed, 0 failed\n');
      expect(code).toBe(0);
    });
  }

  const failing: { name: string; given: string; expect: string; says: RegExp }[] = [
    {
      name: 'too few signals, with the nearest miss',
      given: "event: {Image: 'C:\\good.exe'}",
      expect: '1',
      says: /expected 1 signal, got 0[\s\S]*✗ Image\|endswith: '\\bad\.exe'/,
    },
    {
      name: 'too many signals, with the match',
      given: "event: {Image: 'C:\\bad.exe'}",
      expect: '0',
      says: /expected 0 signals, got 1[\s\S]*✓ Bad program fires/,
    },
    {
      name: 'another entity',
      given: "event: {Image: 'C:\\bad.exe', User: bob}",
      expect: "[{entities: ['user:ada']}]",
      says: /entities found: .*user:bob/,
    },
    {
      name: 'a recording that is not there',
      given: 'file: nowhere.ndjson',
      expect: '1',
      says: /nowhere\.ndjson/,
    },
    {
      name: 'a recording outside of the folder',
      given: 'file: /etc/passwd',
      expect: '1',
      says: /relative to the rule file/,
    },
  ];
  for (const { name, given, expect: wanted, says } of failing) {
    test(`fails on ${name}, and ends with 1`, async () => {
      put('failing/a.yml', ruleWith(given, wanted));
      const { code, stdout } = await run('failing');
      expect(code).toBe(1);
      expect(stdout).toMatch(/failing\/a\.yml:\d+: failed: Bad program: the one/);
      expect(stdout).toMatch(says);
      expect(stdout).toContain('0 passed, 1 failed');
    });
  }

  test('runs the tests of a file beside the rule', async () => {
    put('beside/a.yml', RULE);
    put(
      'beside/a.test.yml',
      "tests:\n  - name: beside\n    given: [{event: {Image: 'x\\bad.exe'}}]\n    expect: {signals: 2}\n",
    );
    const { code, stdout } = await run('beside');
    expect(code).toBe(1);
    expect(stdout).toMatch(/beside\/a\.test\.yml:2: failed: Bad program: beside/);
  });

  test('filters see what filters leave', async () => {
    put('filtered/a.yml', ruleWith("event: {Image: 'C:\\bad.exe', User: svc}", '0'));
    put(
      'filtered/f.yml',
      'title: Known\nid: 5a0f0f6e-33c6-4a3e-9b53-3c1d5a8f2b10\nlogsource: {product: windows, category: process_creation}\nfilter:\n  rules: any\n  known: {User: svc}\n  condition: not known\n',
    );
    expect((await run('filtered')).code).toBe(0);
  });

  test('a rule that does not load ends with 2, and the tests of the others run', async () => {
    put('broken/a.yml', ruleWith("event: {Image: 'C:\\bad.exe'}", '1'));
    put('broken/b.yml', 'title: B\ndetection: {a: {b: c}, condition: d}\nlogsource: {product: windows}\n');
    const { code, stdout } = await run('broken');
    expect(code).toBe(2);
    expect(stdout).toContain('broken/b.yml:');
    expect(stdout).toContain('1 passed, 0 failed; 1 error');
  });

  test('nothing to run ends with 3', async () => {
    put('untested/a.yml', RULE);
    expect(await run('untested')).toMatchObject({ code: 3, stdout: '' });
    put('passing/a.yml', ruleWith("event: {Image: 'C:\\bad.exe'}", '1'));
    expect((await run('passing', '--filter', 'no such')).code).toBe(3);
    expect((await run('passing', '--filter', 'THE ONE')).code).toBe(0);
  });

  test("raw records of a schema of one's own take the mapping that is given", async () => {
    put('mapped/a.yml', ruleWith('raw: {app: x, exe: "C:\\\\bad.exe"}', '1'));
    put(
      'map.yml',
      'mapping: my-app\ntitle: Mine\ndetect: [[{path: app}]]\ntime: [ts]\nlogsource: {products: [windows], categories: [process_creation]}\nfields: {Image: [exe]}\n',
    );
    expect((await run('mapped')).code).toBe(1);
    expect((await run('mapped', '--mapping', 'map.yml')).code).toBe(0);
    put(
      'bad-map.yml',
      'mapping: my-app\ntitle: Mine\ndetect: [[{path: app}]]\ntime: [ts]\nfeilds: {Image: [exe]}\n',
    );
    const bad = await run('mapped', '--mapping', 'bad-map.yml');
    expect(bad.code).toBe(3);
    expect(bad.stderr).toContain('bad-map.yml:5:1: error TT2011');
  });
});
