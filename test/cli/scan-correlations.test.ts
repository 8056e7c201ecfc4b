import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const START = Date.parse('2026-01-12T08:00:00Z');
const FAILED = 4625;
const LOGON = 4624;
const TICKET = 4768;
const CLEARED = 1102;

type Given = readonly [id: number, seconds: number, user: string, source?: string];

const record = ([id, seconds, user, source]: Given): string =>
  `${JSON.stringify({
    Channel: 'Security',
    Provider_Name: 'Microsoft-Windows-Security-Auditing',
    EventID: id,
    '@timestamp': new Date(START + seconds * 1000).toISOString(),
    User: user,
    ...(source === undefined ? {} : { Source: source }),
  })}\n`;

const detection = (name: string, id: number): string =>
  `title: ${name}\nname: ${name}\nlevel: low\nlogsource: {product: windows}\ndetection: {selection: {EventID: ${id}}, condition: selection}\n---\n`;

const DETECTIONS =
  detection('failed', FAILED) +
  detection('logon', LOGON) +
  detection('ticket', TICKET) +
  detection('cleared', CLEARED);

interface Case {
  readonly name: string;
  /** The block of the correlation. */
  readonly rule: string;
  readonly given: readonly Given[];
  /** Each signal of the correlation: its group, and its time in seconds after the start. */
  readonly expect: readonly string[];
}

const ABSENT = 'type: sequence, group-by: [User], timespan: 5m';

const CASES: readonly Case[] = [
  {
    name: 'suppress: quiet by group, until a rule comes that was not there',
    rule: 'type: temporal, rules: [failed, logon, ticket], condition: "2 of [failed, logon, ticket]", group-by: [User], timespan: 5m, emit: every, suppress: {for: 1h}',
    given: [
      [FAILED, 0, 'ada'],
      [LOGON, 10, 'ada'],
      [FAILED, 60, 'ada'],
      [LOGON, 70, 'ada'],
      [TICKET, 80, 'ada'],
      [FAILED, 90, 'bob'],
      [LOGON, 95, 'bob'],
    ],
    expect: ['ada 10', 'ada 80', 'bob 95'],
  },
  {
    name: 'suppress: heard again when its time is over',
    rule: 'type: event_count, rules: [failed], group-by: [User], timespan: 1m, condition: {gte: 2}, emit: every, suppress: {for: 2m}',
    given: [
      [FAILED, 0, 'ada'],
      [FAILED, 5, 'ada'],
      [FAILED, 124, 'ada'],
      [FAILED, 124.999, 'ada'],
      [FAILED, 125, 'ada'],
    ],
    expect: ['ada 5', 'ada 125'],
  },
  {
    name: 'counter-evidence counts only while its source is alive',
    rule: 'type: event_count, rules: [failed], group-by: [User], timespan: 1m, condition: {gte: 2}, counter: [{rule: logon, within: 1h, alive: {rule: cleared, within: 10m}}]',
    given: [
      [CLEARED, 0, 'other'],
      [LOGON, 5, 'ada'],
      [FAILED, 10, 'ada'],
      [FAILED, 12, 'ada'],
      [FAILED, 1800, 'ada'],
      [FAILED, 1803, 'ada'],
    ],
    expect: ['ada 1803'],
  },
  {
    name: 'absent before: what was there keeps it quiet',
    rule: `${ABSENT}, steps: [{absent: ticket, within: 1m}, {rule: logon}]`,
    given: [
      [TICKET, 0, 'ada'],
      [LOGON, 30, 'ada'],
      [LOGON, 90, 'ada'],
    ],
    expect: ['ada 90'],
  },
  {
    name: 'absent between',
    rule: `${ABSENT}, steps: [{rule: failed}, {absent: ticket}, {rule: logon}]`,
    given: [
      [FAILED, 0, 'ada'],
      [LOGON, 60, 'ada'],
      [FAILED, 200, 'bob'],
      [TICKET, 210, 'bob'],
      [LOGON, 220, 'bob'],
    ],
    expect: ['ada 60'],
  },
  {
    name: 'absent after: fired by time, when nothing more comes as well',
    rule: `${ABSENT}, steps: [{rule: logon}, {absent: ticket, within: 1m}]`,
    given: [
      [LOGON, 0, 'ada'],
      [LOGON, 10, 'bob'],
      [TICKET, 60, 'bob'],
    ],
    expect: ['ada 60'],
  },
];

interface Line {
  readonly rule: { readonly kind: string };
  readonly time: string;
  readonly group: Readonly<Record<string, string>>;
  readonly measure: number;
  readonly losses?: number;
  readonly exact?: boolean;
  readonly error?: number;
}

/** Scans in a folder of its own; the signals of the correlation. */
async function scanned(name: string, rule: string, given: readonly Given[]) {
  const at = join(cwd, name.replaceAll(/\W+/g, '-'));
  mkdirSync(at, { recursive: true });
  const document = `title: Tested\nid: tested\nlevel: low\ncorrelation: {${rule}}\n`;
  writeFileSync(join(at, 'rules.yml'), DETECTIONS + document);
  // Not in order: what counts is the time of the events.
  writeFileSync(join(at, 'events.ndjson'), [...given].reverse().map(record).join(''));
  const run = await telltale(['scan', '--rules', 'rules.yml', '--format', 'ndjson', 'events.ndjson'], {
    cwd: at,
  });
  const found = run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line))
    .filter((line) => line.rule.kind === 'correlation');
  return { ...run, found };
}

const said = ({ group, time }: Line): string => `${group['User']} ${(Date.parse(time) - START) / 1000}`;

describe('telltale scan with correlations', () => {
  for (const { name, rule, given, expect: wanted } of CASES) {
    test(name, async () => {
      const { code, found } = await scanned(name, rule, given);
      expect(code).toBe(0);
      expect(found.map(said)).toEqual(wanted);
    });
  }

  describe('at a bound', () => {
    let run: Awaited<ReturnType<typeof scanned>>;
    beforeAll(async () => {
      const given = Array.from({ length: 40 }, (_, i): Given => [FAILED, i, `u${i}`]);
      run = await scanned(
        'bound',
        'type: event_count, rules: [failed], group-by: [User], timespan: 1d, condition: {gte: 2}, limits: {groups: 3}',
        [...given, [FAILED, 40, 'u39'], [FAILED, 41, 'u0']],
      );
    });
    test('what was given up is said of the rule, and in the signal it may have touched', () => {
      // 41 groups were opened (u0 twice), of which three are held.
      expect(run.stderr).toContain('rules.yml: Tested: 38 groups given up at a bound (`limits`)\n');
      expect(run.found.map((line) => [said(line), line.losses])).toEqual([['u39 40', 37]]);
    });
  });

  test('a figure that is estimated says so, and how well', async () => {
    const given = Array.from({ length: 20_000 }, (_, i): Given => [FAILED, i, 'eve', `s${i}`]);
    const { found, stderr } = await scanned(
      'sketch',
      'type: value_count, rules: [failed], group-by: [User], timespan: 1d, window: tumbling, emit: at_close, condition: {field: Source, gte: 20}, limits: {samples: 100}',
      given,
    );
    expect(stderr).not.toContain('given up');
    expect(found).toHaveLength(1);
    const [only] = found;
    expect(only?.exact).toBe(false);
    expect(only?.error).toBeGreaterThan(0);
    expect(only?.error).toBeLessThan(0.05);
    expect(Math.abs((only?.measure ?? 0) - 20_000) / 20_000).toBeLessThan(6 * (only?.error ?? 0));
  });
});
