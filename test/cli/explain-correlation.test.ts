import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const detection = (name: string, id: number): string =>
  `title: ${name}\nname: ${name}\nlevel: low\nlogsource: {product: windows, service: security}\ndetection: {selection: {EventID: ${id}}, condition: selection}\n---\n`;

writeFileSync(
  join(cwd, 'r.yml'),
  `${detection('failed', 4625)}${detection('logon', 4624)}title: Many failed
name: many
level: high
correlation: {type: event_count, rules: [failed], group-by: [TargetUserName], timespan: 10m, condition: {gte: 5}}
---
title: Failed, then in
name: then_in
level: high
correlation:
  type: sequence
  timespan: 10m
  steps: [{rule: failed, as: a}, {rule: logon, as: b}]
  join: [a.TargetUserName = b.TargetUserName]
`,
);

/** One correlation a type over the size and host of failures and logons. */
const figure = (type: string, condition: string, more = ''): string =>
  `title: ${type}\nname: ${type}\nlevel: low\ncorrelation: {type: ${type}, rules: [failed], group-by: [TargetUserName], timespan: 10m, condition: {${condition}}${more}}\n`;

writeFileSync(
  join(cwd, 'figures.yml'),
  [
    `${detection('failed', 4625)}${detection('logon', 4624)}${detection('change', 4738)}${figure('value_avg', 'field: size, gt: 100')}`,
    figure('value_sum', 'field: size, gt: 300'),
    figure('value_percentile', 'field: size, percentile: 90, gt: 100'),
    figure('value_median', 'field: size, gte: 61'),
    figure('value_min', 'field: size, lt: 10'),
    figure('value_max', 'field: size, gt: 100'),
    figure('value_rarity', 'field: host, lt: 10'),
    figure('value_count', 'field: host, gte: 4'),
    figure('event_count', 'lt: 1'),
    `title: enough\nname: enough\nlevel: low\ncorrelation: {type: value_avg, rules: [failed], group-by: [TargetUserName], timespan: 10m, condition: {field: size, gt: 20, min_events: 9}}\n`,
    `title: risky\nname: risky\nlevel: low\ncorrelation: {type: risk, rules: [failed, logon], group-by: [TargetUserName], timespan: 1h, half_life: 1h, condition: {gte: 50}}\n`,
    `title: broad\nname: broad\nlevel: low\ncorrelation: {type: risk, rules: [failed, logon], group-by: [TargetUserName], timespan: 1h, half_life: 1h, min_tactics: 2, condition: {gte: 1}}\n`,
    `title: fresh\nname: fresh\nlevel: low\ncorrelation: {type: first_seen, rules: [failed], group-by: [TargetUserName], timespan: 1d, warmup: 1h, condition: {field: host}}\n`,
    `title: sight\nname: sight\nlevel: low\ncorrelation: {type: first_seen, rules: [logon], group-by: [TargetUserName], timespan: 1d, condition: {field: host}}\n`,
    `title: either\nname: either\nlevel: low\ncorrelation: {type: sequence, group-by: [TargetUserName], timespan: 1h, steps: [{rule: failed, as: a}, {rule: logon, as: b, where: [{size: {gt: 5}}, {host: {eq: h9, neq: a.host}}]}]}\n`,
    ...[
      ['two_of', 'condition: "2 of [logon, change, failed_far]"'],
      ['weighty', 'weights: {failed: 1, logon: 2, change: 3}, condition: {gte: 5}'],
      ['without', 'condition: "failed and change and not logon"'],
    ].map(([name, more]) => {
      const rules = name === 'two_of' ? 'logon, change, failed_far' : 'failed, logon, change';
      return `title: ${name}\nname: ${name}\nlevel: low\ncorrelation: {type: temporal, rules: [${rules}], group-by: [TargetUserName], timespan: 10m, ${more}}\n`;
    }),
    detection('failed_far', 9999).slice(0, -4),
    `title: in_order\nname: in_order\nlevel: low\ncorrelation: {type: temporal_ordered, rules: [failed, logon, change], group-by: [TargetUserName], timespan: 10m}\n`,
    `title: steps\nname: steps\nlevel: low\ncorrelation: {type: sequence, group-by: [TargetUserName], timespan: 10m, steps: [{rule: failed, as: a}, {rule: logon, as: b}, {rule: change, as: c, where: {host: {neq: b.host}}}]}\n`,
  ].join('---\n'),
);
const sized = (id: number, time: string, more: object): string =>
  `${JSON.stringify({ Channel: 'Security', EventID: id, TimeCreated: `2026-01-05T${time}.000Z`, TargetUserName: 'eve', ...more })}\n`;
writeFileSync(
  join(cwd, 'sized.ndjson'),
  [
    sized(4625, '10:00:00', { size: 10, host: 'h0' }),
    sized(4625, '10:01:40', { size: 30, host: 'h1' }),
    sized(4625, '10:03:20', { size: 50, host: 'h2' }),
    sized(4625, '10:05:00', { size: 70, host: 'h0' }),
    sized(4625, '10:10:12', { size: 90, host: 'h1' }),
    sized(4624, '10:10:50', { host: 'h1' }),
  ].join(''),
);

const at = (id: number, time: string, user: string): string =>
  `${JSON.stringify({ Channel: 'Security', EventID: id, TimeCreated: `2026-01-05T${time}.000Z`, TargetUserName: user })}\n`;

writeFileSync(
  join(cwd, 'e.ndjson'),
  ['10:00:00', '10:02:00', '10:04:00', '10:06:00', '10:10:12'].map((time) => at(4625, time, 'ada')).join('') +
    [0, 1, 2, 3, 4].map((i) => at(4625, `11:0${i}:00`, 'bob')).join(''),
);
writeFileSync(join(cwd, 'f.ndjson'), at(4625, '12:00:00', 'u3') + at(4624, '12:01:00', 'u7'));

const explain = (...args: string[]) =>
  telltale(['explain', ...(args.includes('--rules') ? [] : ['--rules', 'r.yml']), ...args], { cwd });

describe('telltale explain on a correlation', () => {
  const cases: { name: string; args: string[]; says: string[] }[] = [
    {
      name: 'says why it fired, with the events, and how near the others came',
      args: ['--rule', 'many', 'e.ndjson'],
      says: [
        'fired once',
        'TargetUserName=bob: 5 (gte 5) in 2026-01-05T10:54:00.000Z to 2026-01-05T11:04:00.000Z',
        'failed  TargetUserName=bob  e.ndjson:10',
        'TargetUserName=ada: 4 of 5 in 10m; the fifth came 12s late',
      ],
    },
    {
      name: 'says what the next step of a sequence had instead',
      args: ['--rule', 'Failed, then in', 'f.ndjson'],
      says: ['did not fire', 'step 2 of 2 (b) had TargetUserName=u7, not u3'],
    },
    {
      name: 'takes several files as one recording',
      args: ['--rule', 'many', 'f.ndjson', 'e.ndjson'],
      says: ['fired once', 'TargetUserName=u3: 1 of 5 in 10m'],
    },
    {
      name: 'shows the open windows at a time, and nothing that came later',
      args: ['--rule', 'many', '--at', '2026-01-05T11:02:30Z', 'e.ndjson'],
      says: [
        'did not fire',
        'open windows',
        'TargetUserName=bob: 3 of 5 in 10m; since 2026-01-05T11:00:00.000Z',
      ],
    },
    {
      name: 'shows the open runs of a sequence',
      args: ['--rule', 'then_in', '--at', '2026-01-05T12:00:30Z', 'f.ndjson'],
      says: ['open windows', '1 of 2 steps in 10m; since 2026-01-05T12:00:00.000Z', 'f.ndjson:1'],
    },
    {
      name: 'says that nothing is open once the window has passed',
      args: ['--rule', 'then_in', '--at', '2026-01-05T12:10:00Z', 'f.ndjson'],
      says: ['no window is open'],
    },
  ];
  for (const { name, args, says } of cases) {
    test(name, async () => {
      const { code, stdout } = await explain(...args);
      for (const part of says) expect(stdout).toContain(part);
      expect(code).toBe(0);
    });
  }

  test.each([
    ['value_avg', 'average of size 60 in 10m at 2026-01-05T10:10:12.000Z; gt 100 wanted'],
    ['value_sum', 'sum of size 240 in 10m at 2026-01-05T10:10:12.000Z; gt 300 wanted'],
    ['value_percentile', 'percentile 90 of size 90 in 10m at 2026-01-05T10:10:12.000Z; gt 100 wanted'],
    ['value_median', 'median of size 60 in 10m at 2026-01-05T10:10:12.000Z; gte 61 wanted'],
    ['value_min', 'lowest size 10 in 10m at 2026-01-05T10:05:00.000Z; lt 10 wanted'],
    ['value_max', 'highest size 90 in 10m at 2026-01-05T10:10:12.000Z; gt 100 wanted'],
    ['value_rarity', 'rarity of host in per cent 33.333 in 10m at 2026-01-05T10:03:20.000Z; lt 10 wanted'],
    ['value_count', '3 of 4 distinct in 10m'],
    ['event_count', 'count 1 in 10m at 2026-01-05T10:00:00.000Z; lt 1 wanted'],
    [
      'enough',
      'average of size 60 in 10m at 2026-01-05T10:10:12.000Z, but over 4 of the 9 events that min_events asks for',
    ],
    ['risky', 'risk 5.889 at 2026-01-05T10:10:50.000Z (logon 3, failed 2.978); gte 50 wanted'],
    ['broad', 'risk 5.889 at 2026-01-05T10:10:50.000Z (logon 3, failed 2.978), but 0 of 2 tactics'],
    [
      'fresh',
      '5 firings; 2 with a host known for less than 1d; 3 new while the group was being watched (warmup 1h)',
    ],
    ['in_order', 'step 3 of 3 (change) never came'],
    ['either', 'step 2 of 2 (b) had no size to compare, and had host=h1, which is not eq h9'],
    ['two_of', '1 of the 2 wanted, of 3, in 10m: logon; change, failed_far never came'],
    ['weighty', 'weight 3 of 5 in 10m: failed (1), logon (2); change (3) never came'],
    ['without', '1 of 2 rules in 10m: failed; change never came'],
  ])('says how near %s came', async (rule, says) => {
    const { code, stdout } = await explain('--rules', 'figures.yml', '--rule', rule, 'sized.ndjson');
    expect([code, stdout]).toEqual([0, expect.stringContaining(`TargetUserName=eve: ${says}`)]);
  });

  test.each([
    ['value_avg', 'average of size 60 so far, gt 100 wanted; since 2026-01-05T10:01:40.000Z'],
    ['value_sum', 'sum of size 240 so far, gt 300 wanted; since 2026-01-05T10:01:40.000Z'],
    ['value_count', '3 of 4 in 10m; since 2026-01-05T10:03:20.000Z'],
    ['risky', 'risk 5.889 so far, gte 50 wanted; since 2026-01-05T10:10:12.000Z'],
    ['in_order', '2 of 3 steps in 10m; since 2026-01-05T10:10:12.000Z'],
    ['steps', '2 of 3 steps in 10m; since 2026-01-05T10:10:12.000Z'],
    ['sight', '1 known; since 2026-01-05T10:10:50.000Z'],
  ])('says how far %s is', async (rule, says) => {
    const time = '2026-01-05T10:11:00Z';
    const { code, stdout } = await explain(
      ...['--rules', 'figures.yml', '--rule', rule, '--at', time, 'sized.ndjson'],
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining(`TargetUserName=eve: ${says}`)]);
  });

  test('says what was new, since when, and what was known', async () => {
    const { stdout } = await explain('--rules', 'figures.yml', '--rule', 'sight', 'sized.ndjson');
    expect(stdout).toContain(
      'TargetUserName=eve: host=h1 was not seen after 2026-01-04T10:10:50.000Z; 0 others known',
    );
  });

  test('gives the same as JSON', async () => {
    const { stdout } = await explain('--rule', 'many', '--json', '--at', '2026-01-05T11:10:00Z', 'e.ndjson');
    const [one] = JSON.parse(stdout) as [
      { fires: boolean; fired: object[]; misses: object[]; open: object[] },
    ];
    expect(one).toMatchObject({
      fires: true,
      fired: [{ measure: 5, evidence: [{ events: [{ file: 'e.ndjson', line: 6 }] }, {}, {}, {}, {}] }],
      misses: [{ group: 'TargetUserName=ada', progress: 0.8 }],
      open: [{ measure: 5, needed: 5 }],
    });
  });

  test('refuses a time that is none, and one for a rule without windows', async () => {
    expect(await explain('--rule', 'many', '--at', 'noon', 'e.ndjson')).toMatchObject({ code: 3 });
    const { code, stderr } = await explain('--rule', 'failed', '--at', '2026-01-05T11:10:00Z', 'e.ndjson');
    expect([code, stderr]).toEqual([3, expect.stringContaining('--at is for correlations')]);
  });
});
