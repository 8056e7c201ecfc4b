import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const detection = (name: string, n: number, more: string): string =>
  `title: ${name}\nid: 88888888-0000-4000-8000-00000000000${n}\nname: ${name}\nlogsource: {category: any}\n${more}\ndetection: {selection: {event.action: ${name}}, condition: selection}\n---\n`;
writeFileSync(
  join(cwd, 'r.yml'),
  `${detection('failed', 1, 'level: low\nconfidence: 0.3')}${detection('rare', 2, 'level: medium\nconfidence: 0.4')}title: Many failed
id: 88888888-0000-4000-8000-000000000003
level: high
mode: shadow
correlation: {type: event_count, rules: [failed], group-by: [user.name], timespan: 5m, condition: {gte: 2}}
---
title: Risky
id: 88888888-0000-4000-8000-000000000004
level: high
correlation: {type: risk, rules: [failed, rare], group-by: [user.name], half_life: 1d, timespan: 1d, condition: {gte: 20}}
`,
);
writeFileSync(
  join(cwd, 'e.ndjson'),
  ['00:failed', '01:failed', '05:rare']
    .map((text) => text.split(':'))
    .map(
      ([minute, action]) =>
        `{"@timestamp":"2026-01-05T08:${minute}:00Z","event":{"action":"${action}"},"user":{"name":"ana"}}\n`,
    )
    .join(''),
);

describe('behavioural signals', () => {
  test('the share of each rule in a risk is shown, to people and to machines', async () => {
    const pretty = await telltale(['scan', 'e.ndjson', '--rules', 'r.yml'], { cwd });
    expect(pretty.stdout).toMatch(/Risky .*risk 26\.0: rare 20\.0, failed 7\.5/);
    const { stdout } = await telltale(['scan', 'e.ndjson', '--rules', 'r.yml', '--format', 'ndjson'], {
      cwd,
    });
    const risky = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find((one) => one.rule.title === 'Risky');
    // A repeat adds nothing: the newest firing of a rule stands for its day.
    expect(risky.evidence.map((one: { readonly share: number }) => one.share)).toEqual([7.49, 20]);
  });

  test('a correlation in shadow is counted, and reaches nobody', async () => {
    const { stdout, stderr } = await telltale(
      ['scan', 'e.ndjson', '--rules', 'r.yml', '--json', '--emit', 'alerts'],
      { cwd },
    );
    const alerts: readonly { readonly title: string; readonly suppressed?: object }[] = JSON.parse(stdout);
    expect(alerts.map(({ title, suppressed }) => [title, suppressed !== undefined])).toEqual(
      expect.arrayContaining([
        ['Many failed', true],
        ['Risky', false],
      ]),
    );
    expect(stderr).toContain('(1 suppressed)');
    const pretty = await telltale(['scan', 'e.ndjson', '--rules', 'r.yml', '--emit', 'alerts'], { cwd });
    expect(pretty.stdout).not.toMatch(/Many failed +│ user/);
  });
});
