import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const RULES = `title: Ours
name: ours
id: 00000000-0000-4000-8000-000000000001
level: medium
feed: {file: ours.txt, format: plain}
---
title: Went to a listed place
name: listed
id: 00000000-0000-4000-8000-000000000002
level: medium
logsource: {category: anything}
detection: {selection: {'QueryName|intel': ours}, condition: selection}
---
title: Several times
name: several
id: 00000000-0000-4000-8000-000000000003
level: high
correlation: {type: event_count, rules: [listed], group-by: [User], timespan: 10m, condition: {gte: 2}}
---
title: Where people go
name: places
id: 00000000-0000-4000-8000-000000000004
level: low
baseline:
  entity: {type: user, key: [User]}
  select: {selection: {'QueryName|intel': ours}, condition: selection}
  features: [{name: place, kind: category, field: QueryName}]
`;

const event = (minute: number): string =>
  `${JSON.stringify({ '@timestamp': `2026-01-05T10:0${minute}:00Z`, User: 'ada', QueryName: 'bad.example.net' })}\n`;

writeFileSync(join(cwd, 'ours.txt'), 'bad.example.net\n');
writeFileSync(join(cwd, 'r.yml'), RULES);
writeFileSync(join(cwd, 'e.ndjson'), event(1) + event(2));

describe('what feeds say counts over a recording', () => {
  test('where a correlation is explained', async () => {
    const { code, stdout } = await telltale(
      ['explain', '--rules', 'r.yml', '--rule', 'several', 'e.ndjson'],
      {
        cwd,
      },
    );
    expect(stdout).toContain('fired once');
    expect(stdout).toContain('User=ada: 2 (gte 2)');
    expect(code).toBe(0);
  });

  test('where a baseline is learnt', async () => {
    const { code, stderr } = await telltale(['baseline', 'learn', '--rules', 'r.yml', 'e.ndjson'], { cwd });
    expect(stderr).toContain('2 events');
    expect(code).toBe(0);
  });

  test('where two revisions are compared', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd, stdio: 'pipe' });
    git('init', '-q');
    git('add', 'r.yml', 'ours.txt');
    git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'one');
    writeFileSync(join(cwd, 'r.yml'), RULES.replace('gte: 2', 'gte: 3'));
    const { code, stdout } = await telltale(['diff', 'HEAD', '--rules', 'r.yml', '--over', 'e.ndjson'], {
      cwd,
    });
    writeFileSync(join(cwd, 'r.yml'), RULES);
    expect(stdout).toContain('0 new, 1 gone, 0 changed');
    expect(stdout).toContain('Several times');
    expect(code).toBe(1);
  });
});
