import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, shell, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const SALES = `title: Sales logs on
id: 77777777-0000-4000-8000-000000000001
name: sales_logon
level: high
logsource: {category: any}
detection:
  selection: {event.action: logon, user.department: sales}
  condition: selection
tests:
  - name: somebody of sales fires
    given: [{event: {event.action: logon, user.name: ana}}]
    expect: {signals: 1}
  - name: somebody else does not
    given: [{event: {event.action: logon, user.name: dan}}]
    expect: {signals: 0}
`;
const TWICE = `title: Sales logs on twice
id: 77777777-0000-4000-8000-000000000002
level: high
correlation: {type: event_count, rules: [sales_logon], group-by: [user.name], timespan: 5m, condition: {gte: 2}}
tests:
  - name: two of one person
    given: [{event: {event.action: logon, user.name: ana}, repeat: 2, every: 1m}]
    expect: {signals: 1}
`;
const EVENTS = [0, 1]
  .map(
    (minute) =>
      `{"@timestamp":"2026-01-05T08:0${minute}:00Z","event":{"action":"logon"},"user":{"name":"ana"}}\n`,
  )
  .join('');

beforeAll(async () => {
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(join(cwd, 'rules', 'a.yml'), SALES);
  writeFileSync(join(cwd, 'rules', 'b.yml'), TWICE);
  writeFileSync(join(cwd, 'e.ndjson'), EVENTS);
  writeFileSync(join(cwd, 'people.csv'), 'user,department\nana,sales\ndan,support\n');
  writeFileSync(join(cwd, 'enrich.yml'), 'enrich: {identities: people.csv, countries: false}\n');
  await shell(
    'git init -q . && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm one',
    {
      cwd,
    },
  );
});

describe('what scan knows of people, the other commands know', () => {
  const knowing = ['--enrich', 'enrich.yml'];

  test('test: cases by fields that events lack', async () => {
    const blind = await telltale(['test', 'rules'], { cwd });
    expect([blind.code, blind.stdout]).toEqual([1, expect.stringContaining('somebody of sales fires')]);
    expect((await telltale(['test', 'rules', ...knowing], { cwd })).code).toBe(0);
  });

  test('test: why a case fails is told of what the rules saw', async () => {
    mkdirSync(join(cwd, 'wrong'));
    writeFileSync(
      join(cwd, 'wrong', 'a.yml'),
      SALES.replace('user.department: sales}', 'user.department: marketing}'),
    );
    const { code, stdout } = await telltale(['test', 'wrong', ...knowing], { cwd });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/user\.department.*sales/)]);
  });

  test('diff: what a revision says of a recording', async () => {
    writeFileSync(join(cwd, 'rules', 'a.yml'), SALES.replace('level: high', 'level: low'));
    const args = ['diff', 'HEAD', '--over', 'e.ndjson', '--rules', 'rules'];
    expect((await telltale(args, { cwd })).stdout).toContain('signals: 0 → 0');
    const { code, stdout } = await telltale([...args, ...knowing], { cwd });
    expect([code, stdout]).toEqual([1, expect.stringContaining('signals: 3 → 3; 0 new, 0 gone, 2 changed')]);
  });

  test('explain: why a correlation fires', async () => {
    const args = ['explain', 'e.ndjson', '--rules', 'rules', '--rule', 'Sales logs on twice', '--json'];
    const blind = JSON.parse((await telltale(args, { cwd })).stdout);
    const known = JSON.parse((await telltale([...args, ...knowing], { cwd })).stdout);
    expect([blind[0].fired.length, known[0].fired.length]).toEqual([0, 1]);
  });

  test.each(['test', 'diff'])('%s: a table that is not there is refused', async (command) => {
    const args = command === 'test' ? ['test', 'rules'] : ['diff', 'HEAD', '--over', 'e.ndjson'];
    writeFileSync(join(cwd, 'bad.yml'), 'enrich: {asets: a.csv}\n');
    const { code, stderr } = await telltale([...args, '--enrich', 'bad.yml'], { cwd });
    expect([code, stderr]).toEqual([3, expect.stringContaining('TT7010')]);
  });
});
