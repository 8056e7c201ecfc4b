import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, type Run, telltale } from '../support/command.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const SHIPPED = join(ROOT, 'baselines', 'learned');
const folder = makeFolder();
const at = (...names: string[]): string => join(folder.path, ...names);
const EVENTS = at('sample.ndjson');
const LATER = at('later.ndjson');
/** The logons of the sample alone. */
const LOGONS = at('logons.ndjson');

const baseline = (...args: string[]): Promise<Run> => telltale(['baseline', ...args]);

beforeAll(() => {
  const script = join(ROOT, 'scripts', 'make-baseline-sample.mjs');
  writeFileSync(EVENTS, execFileSync(process.execPath, [script], { maxBuffer: 1 << 26 }));
  const lines = readFileSync(EVENTS, 'utf8').split('\n');
  writeFileSync(LOGONS, `${lines.filter((line) => line.includes('"logon"')).join('\n')}\n`);
  // A day after the end of the recording somebody logs on from the other side of the world, from a network that nobody has.
  const logon = {
    '@timestamp': '2026-02-09T10:00:00Z',
    event: { action: 'logon', category: 'authentication', outcome: 'success', module: 'directory' },
    user: { name: 'dan', department: 'engineering' },
    host: { name: 'pc-dan' },
    source: { as: { number: 131279 }, geo: { country_iso_code: 'KP', location: { lat: 39, lon: 125.8 } } },
  };
  writeFileSync(LATER, `${JSON.stringify(logon)}\n`);
});
afterAll(() => folder.remove());

describe('telltale baseline', () => {
  test('the learnt examples come from the recording to the byte, wherever it lies, and name no place', async () => {
    const run = await baseline('verify', EVENTS, '--learned', SHIPPED);
    expect(
      run.stderr
        .trim()
        .split('\n')
        .map((line) => line.replace(/.*: (?=the same)/, '').slice(0, 8)),
    ).toEqual(readdirSync(SHIPPED).map(() => 'the same'));
    expect(run.code).toBe(0);
    for (const name of readdirSync(SHIPPED)) {
      const texts = readdirSync(join(SHIPPED, name)).map((file) =>
        readFileSync(join(SHIPPED, name, file), 'utf8'),
      );
      expect(texts.join('')).not.toContain('sample.ndjson');
    }
  });

  test('another recording is another digest, and verify says so with 1', async () => {
    const half = at('half.ndjson');
    const lines = readFileSync(LOGONS, 'utf8').split('\n');
    writeFileSync(half, lines.slice(0, lines.length / 2).join('\n'));
    const run = await baseline('verify', half, '--learned', SHIPPED, '--rule', 'logon_country');
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringMatching(/learnt [0-9a-f]{12}, now [0-9a-f]{12}/),
    ]);
  });

  test('learn, show and diff: what an entity gained is said in words', async () => {
    const [before, after] = [at('before'), at('after')];
    const earlier = await baseline(
      'learn',
      LOGONS,
      '--learned',
      before,
      '--rule',
      'logon_source',
      '--until',
      '2026-01-30',
    );
    expect([earlier.code, earlier.stderr]).toEqual([0, expect.stringContaining('(budget 1 a day)')]);
    await baseline('learn', LOGONS, '--learned', after, '--rule', 'logon_source');
    const shown = await baseline('show', '--learned', after, '--rule', 'logon_source', '--entity', 'kai');
    expect(shown.stdout).toMatch(/kai\n\s+network: values .*680/);
    expect(shown.stdout).not.toContain('ana');
    const diff = await baseline('diff', before, after, '--rule', 'logon_source');
    expect([diff.code, diff.stdout]).toEqual([0, expect.stringMatching(/\d+ entities changed, threshold/)]);
    expect(diff.stdout).toMatch(/^ {2}\w+: .*\+1 /m);
    // Rules that neither folder knows are no difference, whether a folder holds a folder a rule or is one rule's.
    expect((await baseline('diff', before, after)).stdout).toBe(diff.stdout);
    expect((await baseline('diff', join(before, 'logon_source'), join(after, 'logon_source'))).stdout).toBe(
      diff.stdout,
    );
    expect((await baseline('diff', at('nowhere'), after)).stdout).toMatch(/^Logon from a network .*: new$/m);
    const verified = await baseline('verify', LOGONS, '--learned', after);
    expect([verified.code, verified.stderr]).toEqual([
      0,
      expect.stringMatching(/12 rules besides: nothing learnt under [\s\S]*the same/),
    ]);
  });

  test('explain says actual against typical, the nearest and what would have been quiet; what was learnt already is passed over', async () => {
    const both = at('both.ndjson');
    writeFileSync(both, readFileSync(LOGONS, 'utf8') + readFileSync(LATER, 'utf8'));
    const run = await baseline('explain', both, '--learned', SHIPPED, '--rule', 'logon_source');
    expect(run.stdout).toMatch(
      /^2026-02-09T10:00:00\.000Z Logon from a network new to the user and to everybody: dan$/m,
    );
    expect(run.stdout).toMatch(/actual: +131279\n +typical: .*\n +nearest: .*\n +would not fire for/);
    expect(run.stdout.match(/^2026/gm)).toHaveLength(1);
    expect(run.stderr).toMatch(/\d{4} events are from before .*, and passed over/);
    const against = await baseline(
      'explain',
      LATER,
      '--learned',
      SHIPPED,
      '--rule',
      'logon_source',
      '--against',
      at('before'),
    );
    expect(against.stdout).toMatch(/the other version: [\d.]+ decades/);
  });

  test('scan begins with what was learnt: the odd logon is a signal, and without it nobody is known', async () => {
    const args = [
      'scan',
      LATER,
      '--rules',
      join(ROOT, 'baselines'),
      '--format',
      'ndjson',
      '--emit',
      'signals',
    ];
    const knowing = await telltale([...args, '--learned', SHIPPED]);
    const titles = knowing.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).rule.title);
    expect([knowing.code, titles]).toEqual([
      0,
      expect.arrayContaining([
        'Logon from a network new to the user and to everybody',
        'Logon from a country seldom or never seen',
      ]),
    ]);
    expect((await telltale(args)).stdout).toBe('');
    const nothing = await telltale([...args, '--learned', at('nothing')]);
    expect([nothing.code, nothing.stderr]).toEqual([
      3,
      expect.stringContaining('holds nothing that was learnt'),
    ]);
  });

  test('the daemon begins with what was learnt, and a kill before the first commit does not forget it', async () => {
    const config = at('run.yml');
    const rules = join(ROOT, 'baselines', 'identity');
    const text = (learned: string): string =>
      `rules: ${rules}\nlearned: ${learned}\nstate: ${at('state')}\nsources: [{type: file, path: ${LATER}}]\noutputs: [{type: file, path: ${at('alerts.ndjson')}, severity: informational}]\n`;
    writeFileSync(config, text(at('nothing')));
    expect((await telltale(['run', '--config', config, '--until-end'])).code).toBe(3);
    writeFileSync(config, text(SHIPPED));
    const env = { TELLTALE_FAULTS: 'allow' };
    const killed = await telltale(['run', '--config', config, '--until-end', '--fault', 'before-commit'], {
      env,
    });
    expect(killed.code).toBe(null);
    const run = await telltale(['run', '--config', config, '--until-end']);
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
    expect(readFileSync(at('alerts.ndjson'), 'utf8')).toContain('Logon from a network new to the user');
  });

  test('propose writes rules that check, test and keep hand edits', async () => {
    const out = at('proposed');
    const run = await baseline(
      'propose',
      LOGONS,
      '--learned',
      SHIPPED,
      '--rule',
      'logon_fanout',
      '--out',
      out,
    );
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
    const files = readdirSync(out).filter((name) => name.endsWith('.yml'));
    expect(files.length).toBeGreaterThan(0);
    // Without a logsource of its own a rule is warned about, as the baseline's has none here.
    expect((await telltale(['check', out])).stdout).toMatch(/4 rules in 2 files: 2 warnings/);
    const tested = await telltale(['test', out]);
    expect([tested.code, tested.stdout + tested.stderr]).toEqual([0, expect.stringMatching(/ passed/)]);
    const file = join(out, files[0] ?? '');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^level: .*$/m, 'level: high'));
    await baseline('propose', LOGONS, '--learned', SHIPPED, '--rule', 'logon_fanout', '--out', out);
    expect(readFileSync(file, 'utf8')).toMatch(/^level: high$/m);
  });

  test('promote moves a rule on, forget takes somebody out', async () => {
    const rule = at('rule.yml');
    writeFileSync(rule, 'title: x\nstatus: experimental\nbaseline:\n  mode: shadow\n');
    for (const expected of ['mode: live', 'status: test', 'status: stable']) {
      expect((await baseline('promote', rule)).code).toBe(0);
      expect(readFileSync(rule, 'utf8')).toContain(expected);
    }
    expect((await baseline('promote', rule)).stderr).toContain('nothing to promote');
    const copy = at('copy');
    mkdirSync(copy);
    cpSync(SHIPPED, copy, { recursive: true });
    const gone = await baseline('forget', 'kai', '--learned', copy);
    expect([gone.code, gone.stderr]).toEqual([0, expect.stringContaining('forgot kai')]);
    expect(readFileSync(join(copy, 'logon_source', 'entities.ndjson'), 'utf8')).not.toContain('"kai"');
    expect((await baseline('forget', 'kai', '--learned', copy)).code).toBe(1);
  });

  test('pseudonyms: no name is written, and the same key judges alike', async () => {
    const out = at('pseudonyms');
    const env = { KEY: 'a secret' };
    const args = ['--learned', out, '--rule', 'logon_source', '--pseudonyms', 'KEY'];
    expect((await telltale(['baseline', 'learn', LOGONS, ...args], { env })).code).toBe(0);
    expect(readFileSync(join(out, 'logon_source', 'entities.ndjson'), 'utf8')).not.toMatch(
      /"(?:kai|dan|ana)"/,
    );
    const run = await telltale(['baseline', 'explain', LATER, ...args], { env });
    expect(run.stdout).toContain('131279');
    expect((await baseline('learn', LOGONS, ...args)).stderr).toContain('is not set');
  });

  test('what was learnt in another form is refused, with the way out', async () => {
    const copy = at('older');
    cpSync(SHIPPED, copy, { recursive: true });
    const manifest = join(copy, 'logon_source', 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"version": 2', '"version": 1'));
    const run = await baseline('show', '--learned', copy, '--rule', 'logon_source');
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('TT5201')]);
  });

  test('a file that was changed by hand is refused', async () => {
    const copy = at('changed');
    cpSync(SHIPPED, copy, { recursive: true });
    const file = join(copy, 'logon_source', 'entities.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"kai"', '"mallory"'));
    const run = await baseline('show', '--learned', copy, '--rule', 'logon_source');
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('TT5203')]);
  });
});
