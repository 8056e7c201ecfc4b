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

const at = (id: number, time: string, user: string): string =>
  `${JSON.stringify({ Channel: 'Security', EventID: id, TimeCreated: `2026-01-05T${time}.000Z`, TargetUserName: user })}\n`;

writeFileSync(
  join(cwd, 'e.ndjson'),
  ['10:00:00', '10:02:00', '10:04:00', '10:06:00', '10:10:12'].map((time) => at(4625, time, 'ada')).join('') +
    [0, 1, 2, 3, 4].map((i) => at(4625, `11:0${i}:00`, 'bob')).join(''),
);
writeFileSync(join(cwd, 'f.ndjson'), at(4625, '12:00:00', 'u3') + at(4624, '12:01:00', 'u7'));

const explain = (...args: string[]) => telltale(['explain', '--rules', 'r.yml', ...args], { cwd });

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
