import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { RUNTIME_CODES, readConfig } from '../../../engine/runtime/index.ts';

const PORTS = {
  locate: (way: readonly (string | number)[]) => ({ file: `/${way.join('/')}`, line: 1, column: 1 }),
  secret: (kind: 'env' | 'file', name: string) => (kind === 'env' && name === 'TOKEN' ? 'sesame' : undefined),
  isSchedule: (text: string) => text.split(' ').length === 5,
  processors: 4,
  piped: false,
  defaultRules: ['rules'],
};

function read(text: string): ReturnType<typeof readConfig> {
  return readConfig(parse(text), PORTS);
}

describe('the configuration', () => {
  test('with none, HTTP on loopback in, standard output out', () => {
    const { value } = readConfig(undefined, PORTS);
    expect(value).toMatchObject({
      rules: ['rules'],
      threads: 3,
      sources: [{ name: 'http', type: 'http', host: '127.0.0.1', port: 9200 }],
      outputs: [{ name: 'stdout', type: 'stdout', format: 'ndjson' }],
      retention: { keepMicros: 90 * 86_400e6, schedule: '17 3 * * *' },
    });
    expect(readConfig(undefined, { ...PORTS, piped: true }).value?.sources.map(({ type }) => type)).toEqual([
      'http',
      'stdin',
    ]);
  });

  test('the smallest useful file works as written', () => {
    const { value, diagnostics } = read(`
rules: [rules/, correlations/, baselines/]
state: ./state
sources:
  - {type: file, path: /var/log/app.ndjson, logsource: any}
  - {type: http, listen: 127.0.0.1:9200, token: "\${env:TOKEN}"}
outputs:
  - {type: file, path: ./alerts.ndjson}
`);
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({
      rules: ['rules/', 'correlations/', 'baselines/'],
      sources: [
        { type: 'file', path: '/var/log/app.ndjson', from: 'start', logsource: 'any' },
        { type: 'http', token: 'sesame' },
      ],
      outputs: [{ type: 'file', path: './alerts.ndjson', rotateSizeBytes: 64 * 1024 * 1024 }],
    });
  });

  const bad: {
    readonly name: string;
    readonly given: string;
    readonly at: string;
    readonly code: string;
    readonly says: RegExp;
  }[] = [
    {
      name: 'a misspelt setting',
      given: 'rulez: [a]',
      at: '/rulez',
      code: 'TT7010',
      says: /did you mean 'rules'/,
    },
    {
      name: 'a misspelt key of a source',
      given: 'sources: [{type: file, pth: a}]',
      at: '/sources/0/pth',
      code: 'TT7010',
      says: /did you mean 'path'/,
    },
    {
      name: 'a missing path',
      given: 'sources: [{type: file}]',
      at: '/sources/0',
      code: 'TT7011',
      says: /no 'path'/,
    },
    {
      name: 'an unknown type',
      given: 'outputs: [{type: webhok}]',
      at: '/outputs/0/type',
      code: 'TT7011',
      says: /did you mean 'webhook'/,
    },
    {
      name: 'two outputs of one name',
      given: 'outputs: [{type: stdout}, {type: stdout}]',
      at: '/outputs/1',
      code: 'TT7011',
      says: /another `name`/,
    },
    {
      name: 'a duration in words',
      given: 'time: {lateness: soon}',
      at: '/time/lateness',
      code: 'TT7011',
      says: /30s/,
    },
    {
      name: 'a secret that leads nowhere',
      given: 'sources: [{type: http, token: "${env:NOPE}"}]',
      at: '/sources/0/token',
      code: 'TT7012',
      says: /export NOPE/,
    },
    {
      name: 'an open door',
      given: 'sources: [{type: http, listen: "0.0.0.0:9200"}]',
      at: '/sources/0/listen',
      code: 'TT7013',
      says: /127\.0\.0\.1/,
    },
    {
      name: 'a template where the form is fixed',
      given: 'outputs: [{type: slack, url: "https://x.example", template: "{}"}]',
      at: '/outputs/0/template',
      code: 'TT7010',
      says: /no setting/,
    },
    {
      name: 'a CSV of two kinds',
      given: 'outputs: [{type: file, path: a.csv, format: csv}]',
      at: '/outputs/0/format',
      code: 'TT7011',
      says: /sees: alerts/,
    },
    {
      name: 'a schedule that is none',
      given: 'retention: {schedule: daily}',
      at: '/retention/schedule',
      code: 'TT7011',
      says: /17 3/,
    },
    { name: 'no map at all', given: '[1, 2]', at: '/', code: 'TT7011', says: /./ },
  ];
  for (const { name, given, at, code, says } of bad) {
    test(`${name} is refused in its place`, () => {
      const { value, diagnostics } = read(given);
      expect(value).toBeUndefined();
      const found = diagnostics.find((one) => one.code === code && one.at?.file === at);
      expect(found, JSON.stringify(diagnostics)).toBeDefined();
      expect(`${found?.message} ${found?.hint}`).toMatch(says);
    });
  }

  test('every code is raised by its own example, and not by what mends it', () => {
    for (const code of ['TT7010', 'TT7011', 'TT7012', 'TT7013'] as const) {
      const { failing, fixed } = RUNTIME_CODES[code];
      expect(read(failing).diagnostics.map((one) => one.code)).toContain(code);
      expect(read(fixed).diagnostics).toEqual([]);
    }
  });
});
