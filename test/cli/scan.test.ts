import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAIN, makeFolder, shell, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const HIT = {
  Channel: 'Microsoft-Windows-Sysmon/Operational',
  EventID: 1,
  '@timestamp': '2026-01-12T08:14:03.211Z',
  Hostname: 'ws-14',
  User: 'EXAMPLE\\ada',
  Image: 'C:\\Windows\\bad.exe',
};
const MISS = { ...HIT, Image: 'C:\\Windows\\good.exe' };

const RULE = `title: Bad program
id: 0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11
version: 3
level: high
confidence: 0.7
tags: [attack.execution]
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\bad.exe'}
  condition: selection
`;

function put(name: string, content: string | Uint8Array): void {
  mkdirSync(join(cwd, name, '..'), { recursive: true });
  writeFileSync(join(cwd, name), content);
}

const ndjson = (...events: readonly unknown[]): string =>
  events.map((e) => `${JSON.stringify(e)}\n`).join('');

interface Line {
  readonly kind: string;
  readonly id: string;
  readonly rule: Readonly<Record<string, unknown>>;
  readonly time: string;
  readonly tags: readonly string[];
  readonly entities: readonly unknown[];
  readonly events: readonly { readonly file: string; readonly line: number; readonly id: string }[];
}

const lines = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line));

const places = (text: string): string[] =>
  lines(text).map((l) => `${l.events[0]?.file}:${l.events[0]?.line}`);

beforeAll(() => {
  put('rules/bad.yml', RULE);
  put('a.ndjson', ndjson(MISS, HIT, MISS, HIT));
  const many = Array.from({ length: 20_000 }, (_, i) => (i % 7 === 0 ? { ...HIT, n: i } : { ...MISS, n: i }));
  put('many.ndjson', ndjson(...many));
});

const scan = (...args: string[]) =>
  telltale(['scan', '--rules', 'rules', '--format', 'ndjson', ...args], { cwd });

describe('telltale scan', () => {
  test('prints a line a signal, with what others read', async () => {
    const { code, stdout, stderr } = await scan('a.ndjson');
    expect(code).toBe(0);
    expect(places(stdout)).toEqual(['a.ndjson:2', 'a.ndjson:4']);
    expect(lines(stdout)[0]).toMatchObject({
      kind: 'signal',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      rule: {
        id: '0f7a3c1e-9d2b-4a53-8a0e-6b1f5f0c2d11',
        title: 'Bad program',
        version: 3,
        level: 'high',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      time: '2026-01-12T08:14:03.211Z',
      tags: ['attack.execution'],
      entities: expect.arrayContaining([{ type: 'user', role: 'actor', value: 'ada' }]),
      events: [{ file: 'a.ndjson', line: 2, id: expect.any(String) }],
    });
    expect(stderr).toBe('4 events in 1 file, 2 signals, 1 rule\n');
  });

  const shapes: { name: string; content: string | Uint8Array; expect: string[] }[] = [
    { name: 'gzip', content: gzipSync(ndjson(MISS, HIT)), expect: ['2'] },
    { name: 'a list on one line', content: JSON.stringify([MISS, HIT]), expect: ['1'] },
    { name: 'a list laid out', content: JSON.stringify([MISS, HIT], null, 2), expect: ['10'] },
    { name: 'a Records wrapper', content: JSON.stringify({ Records: [HIT] }), expect: ['1'] },
    { name: 'one object laid out', content: JSON.stringify(HIT, null, 2), expect: ['1'] },
    {
      name: 'objects one after another',
      content: JSON.stringify(MISS, null, 1) + JSON.stringify(HIT, null, 1),
      expect: ['8'],
    },
    { name: 'no line end at the end', content: ndjson(MISS, HIT).trimEnd(), expect: ['2'] },
    { name: 'CRLF', content: ndjson(MISS, HIT).replaceAll('\n', '\r\n'), expect: ['2'] },
    { name: 'a byte order mark', content: `\ufeff${ndjson(HIT)}`, expect: ['1'] },
    { name: 'UTF-16', content: Buffer.from(`\ufeff${ndjson(MISS, HIT)}`, 'utf16le'), expect: ['2'] },
    { name: 'empty lines', content: `\n\n${ndjson(HIT)}\n\n${ndjson(HIT)}`, expect: ['3', '6'] },
  ];
  for (const { name, content, expect: wanted } of shapes) {
    test(`reads ${name}, and counts its lines`, async () => {
      put('shape.json', content);
      const { code, stdout } = await scan('shape.json');
      expect(code).toBe(0);
      expect(places(stdout)).toEqual(wanted.map((line) => `shape.json:${line}`));
    });
  }

  describe('bytes that are not UTF-8', () => {
    const damaged = Buffer.from(
      `${ndjson(HIT, MISS)}${JSON.stringify({ ...HIT, n: '#' })}\n${JSON.stringify({ ...MISS, n: '#' })}\n${ndjson({ ...HIT, n: '\u00e9' })}`.replaceAll(
        '#',
        '\u00ff\u00fe',
      ),
      'latin1',
    );
    // `\u00e9` became one byte as well, which is malformed in UTF-8, too.
    const wanted = { hits: ['1', '3', '5'], said: /(?:-|damaged[.\w]*):3:\d+: warning TT2006: /, count: 3 };
    const check = ({ code, stdout, stderr }: Awaited<ReturnType<typeof telltale>>): void => {
      expect(code).toBe(0);
      expect(places(stdout).map((place) => place.split(':')[1])).toEqual(wanted.hits);
      expect(stderr).toMatch(wanted.said);
      expect(stderr.match(/warning TT2006/g)).toHaveLength(1);
      expect(stderr).toContain(', 3 not UTF-8 (TT2006)\n');
    };

    test('are counted, shown once with their place, and the records are read', async () => {
      put('damaged.ndjson', damaged);
      check(await scan('damaged.ndjson'));
    });

    test('so they are in gzip, on standard input, in a list, and on other threads', async () => {
      put('damaged.json.gz', gzipSync(damaged));
      check(await scan('damaged.json.gz'));
      check(await telltale(['scan', '--rules', 'rules', '--format', 'ndjson', '-'], { cwd, input: damaged }));
      check(await scan('--threads', '2', 'damaged.ndjson'));
    });
  });

  test('reads standard input, as - and in its place', async () => {
    const args = ['scan', '--rules', 'rules', '--format', 'ndjson', 'a.ndjson', '-'];
    const { code, stdout } = await telltale(args, { cwd, input: ndjson(HIT) });
    expect(code).toBe(0);
    expect(places(stdout)).toEqual(['a.ndjson:2', 'a.ndjson:4', '-:1']);
  });

  test('reads gzip from standard input', async () => {
    const args = ['scan', '--rules', 'rules', '--format', 'ndjson', '-'];
    const { stdout } = await telltale(args, { cwd, input: gzipSync(ndjson(HIT)) });
    expect(places(stdout)).toEqual(['-:1']);
  });

  test('reads folders in the order of names, and leaves out what is no log', async () => {
    put('logs/b.ndjson', ndjson(HIT));
    put('logs/a/z.json', ndjson(HIT));
    put('logs/readme.md', 'no log');
    const { stdout, stderr } = await scan('logs');
    expect(places(stdout)).toEqual(['logs/a/z.json:1', 'logs/b.ndjson:1']);
    expect(stderr).toContain('TT9008');
  });

  test('writes the same whatever the number of threads', async () => {
    const [one, two, three] = await Promise.all([
      scan('many.ndjson'),
      scan('--threads', '2', 'many.ndjson'),
      scan('--threads', '3', 'many.ndjson'),
    ]);
    expect(lines(one.stdout)).toHaveLength(2858);
    expect(two.stdout === one.stdout).toBe(true);
    expect(three.stdout === one.stdout).toBe(true);
  });

  test('a malformed line is counted and shown, and the next line is read', async () => {
    put('bad.ndjson', `${ndjson(HIT)}{"a": 1\nnot json\n"text"\n7\n${ndjson(HIT)}`);
    const { code, stdout, stderr } = await scan('bad.ndjson');
    expect(code).toBe(0);
    expect(places(stdout)).toEqual(['bad.ndjson:1', 'bad.ndjson:6']);
    expect(stderr).toContain('bad.ndjson:2:');
    expect(stderr).toContain('4 records refused');
  });

  test('a malformed first line does not hide the lines behind it', async () => {
    put('bad-first.ndjson', `{"a": 1\nnot json\n${ndjson(HIT)}`);
    const { code, stdout, stderr } = await scan('bad-first.ndjson');
    expect(code).toBe(0);
    expect(places(stdout)).toEqual(['bad-first.ndjson:3']);
    expect(stderr).toContain('2 records refused');
    put('cut-first.ndjson', `{"a": "cut o\n${ndjson(HIT)}`);
    expect(places((await scan('cut-first.ndjson')).stdout)).toEqual(['cut-first.ndjson:2']);
  });

  test('hostile records touch neither their neighbours nor the process', async () => {
    const hostile = [
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      `{"a":"${'x'.repeat(50 * 1024 * 1024)}"}`,
      '{"__proto__":{"Image":"C:\\\\bad.exe"},"constructor":{"prototype":{"Image":"x"}},"n":1e999,"n":2}',
      '{"a":"\u0000\ud800"}',
    ];
    put('hostile.ndjson', `${ndjson(HIT)}${hostile.join('\n')}\n${ndjson(HIT)}`);
    const { code, stdout } = await scan('hostile.ndjson');
    expect(code).toBe(0);
    expect(places(stdout)).toEqual([1, 2, 3, 4, 7].map((line) => `hostile.ndjson:${line}`));
    // What is beyond a limit is a finding of its own; what is only broken is counted.
    const refused = stdout.split('\n').filter((line) => line.includes('"engine.refused_record"'));
    expect(places(refused.join('\n'))).toEqual([2, 3, 4].map((line) => `hostile.ndjson:${line}`));
  });

  test('a damaged gzip gives the events before the damage, and ends with 4', async () => {
    const whole = gzipSync(
      ndjson(...Array.from({ length: 500 }, (_, i) => ({ ...HIT, n: i, r: Math.sin(i) }))),
    );
    put('cut.gz', whole.subarray(0, whole.length - 2000));
    const { code, stdout, stderr } = await scan('cut.gz');
    expect(code).toBe(4);
    expect(lines(stdout).length).toBeGreaterThan(300);
    expect(stderr).toContain('TT9003');
  });

  test('says once what events of no known schema are taken for', async () => {
    put('own.ndjson', ndjson({ Image: 'c:\\bad.exe' }, { Image: 'c:\\bad.exe', n: 2 }));
    const any = await scan('own.ndjson');
    expect(any.stdout.split('\n')).toHaveLength(3);
    expect(any.stderr.match(/TT8013/g)).toHaveLength(1);
    const other = await scan('--logsource', 'product=linux', 'own.ndjson');
    expect(other.stdout).toBe('');
    const same = await scan('--logsource', 'product=windows,category=process_creation', 'own.ndjson');
    expect(same.stdout.split('\n')).toHaveLength(3);
  });

  test('JSON is one list, CSV has a header, and both go to a file with --output', async () => {
    const json = await scan('--json', 'a.ndjson');
    expect(JSON.parse(json.stdout)).toHaveLength(2);
    const csv = await scan('--format', 'csv', '--output', 'out.csv', 'a.ndjson');
    expect(csv.stdout).toBe('');
    expect(readFileSync(join(cwd, 'out.csv'), 'utf8').split('\r\n')).toHaveLength(4);
  });

  test('no signals is a success: an empty list in JSON, nothing in NDJSON', async () => {
    put('quiet.ndjson', ndjson(MISS));
    expect(await scan('--json', 'quiet.ndjson')).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await scan('quiet.ndjson')).toMatchObject({ code: 0, stdout: '' });
  });

  test('--fail-on ends with 1 from a level on', async () => {
    expect((await scan('--fail-on', 'high', 'a.ndjson')).code).toBe(1);
    expect((await scan('--fail-on', 'critical', 'a.ndjson')).code).toBe(0);
  });

  test('--quiet says nothing, --stats says more', async () => {
    expect((await scan('--quiet', 'a.ndjson')).stderr).toBe('');
    expect((await scan('--stats', 'a.ndjson')).stderr).toMatch(/speed +[\d,]+ events\/s/);
  });

  test('a rule that does not load ends with 2 and scans nothing; --skip-broken goes on', async () => {
    put('mixed/good.yml', RULE);
    put(
      'mixed/broken.yml',
      'title: Broken\nlogsource: {product: windows}\ndetection: {selection: {a: b}, condition: selektion}\n',
    );
    const args = ['scan', '--rules', 'mixed', '--format', 'ndjson', 'a.ndjson'];
    const strict = await telltale(args, { cwd });
    expect(strict).toMatchObject({ code: 2, stdout: '' });
    expect(strict.stderr).toContain('mixed/broken.yml:3:');
    expect(strict.stderr).toContain('^');
    const lenient = await telltale([...args, '--skip-broken'], { cwd });
    expect(lenient.code).toBe(0);
    expect(lines(lenient.stdout)).toHaveLength(2);
    expect(lenient.stderr).toContain('mixed/broken.yml:3:');
  });

  test('values for placeholders come from a map or from a folder of lists', async () => {
    put(
      'expand/r.yml',
      RULE.replace('Image|endswith: ', 'Image|endswith|expand: ').replace('\\bad.exe', '%tools%'),
    );
    put('lists.yml', 'tools: [worse.exe, bad.exe]\n');
    put('lists/tools.txt', '# tools\nbad.exe\n\n');
    for (const lists of ['lists.yml', 'lists']) {
      const args = ['scan', '--rules', 'expand', '--placeholders', lists, '--format', 'ndjson', 'a.ndjson'];
      const { stdout, stderr } = await telltale(args, { cwd });
      expect(stderr).toContain('2 signals');
      expect(lines(stdout)).toHaveLength(2);
    }
  });

  test('without --rules it scans with the rules of the package', async () => {
    const { code, stderr } = await telltale(['scan', 'a.ndjson'], { cwd });
    expect(code).toBe(0);
    expect(Number(/(\d+) rules/.exec(stderr)?.[1])).toBeGreaterThanOrEqual(60);
  });

  test('a reader that leaves early is no error', async () => {
    const events = `yes '${JSON.stringify(HIT)}'`;
    const command = `"${process.execPath}" "${MAIN}" scan --rules rules --format ndjson -`;
    const { stdout, stderr } = await shell(`${events} | ${command} | head -n 2`, { cwd });
    expect(lines(stdout)).toHaveLength(2);
    expect(stderr).toBe('');
  });

  test('a full disk ends with 4', async () => {
    const { code, stderr } = await scan('--output', '/dev/full', 'a.ndjson');
    expect(code).toBe(4);
    expect(stderr).toContain('TT9006');
  });

  test('colours are for terminals, or where they are forced', async () => {
    const args = ['scan', '--rules', 'rules', 'a.ndjson'];
    const plain = await telltale(args, { cwd, env: { NO_COLOR: '' } });
    expect(plain.stdout).not.toContain('\u001b[');
    const forced = await telltale(args, { cwd, env: { NO_COLOR: '', FORCE_COLOR: '1' } });
    expect(forced.stdout).toContain('\u001b[');
    const refused = await telltale(args, { cwd, env: { NO_COLOR: '1', FORCE_COLOR: '1' } });
    expect(refused.stdout).not.toContain('\u001b[');
  });

  test('on a terminal, progress is drawn on standard error only and wiped away', () => {
    const script = (() => {
      try {
        return execFileSync('sh', ['-c', 'command -v script'], { encoding: 'utf8' }).trim();
      } catch {
        return '';
      }
    })();
    if (script === '') {
      console.warn('skipped: there is no script(1) to make a terminal with');
      return;
    }
    const line = `"${process.execPath}" "${MAIN}" scan --rules rules --format ndjson many.ndjson > out.txt`;
    const seen = execFileSync(script, ['-qec', line, '/dev/null'], {
      cwd,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' },
    });
    expect(seen).toMatch(/[\d,]+ events, .*: many\.ndjson/);
    expect(seen).toContain('\r\u001b[K20,000 events in 1 file');
    expect(lines(readFileSync(join(cwd, 'out.txt'), 'utf8'))).toHaveLength(2858);
  });
});
