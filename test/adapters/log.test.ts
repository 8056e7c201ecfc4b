import { describe, expect, test } from 'vitest';
import { maskerOf, openLog } from '../../engine/adapters/index.ts';
import { readConfig, secretsOf } from '../../engine/runtime/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const SECRET = 'correct-horse-battery-staple';

describe('what a log masks', () => {
  const { text, value } = maskerOf(() => [SECRET], ['badge_id']);

  test.each([
    ['a text that is known to be secret', `it said ${SECRET}!`, 'it said ***!'],
    ['credentials in a URL', 'GET https://ann:pa55@host/x failed', 'GET https://***@host/x failed'],
    ['a user alone in a URL', 'amqp://token123@host', 'amqp://***@host'],
    ['what follows Bearer', 'sent Authorization: Bearer abcdef.ghi', 'sent Authorization: Bearer ***'],
    ['a pair', 'password=hunter2 user=ann', 'password=*** user=ann'],
    ['a pair of JSON', '{"api_key":"k-1 2","user":"ann"}', '{"api_key":***,"user":"ann"}'],
    ['a parameter of a URL', 'https://h/p?access_token=abc&x=1', 'https://h/p?access_token=***&x=1'],
    ['a name that the operator adds', 'badge_id: 4711', 'badge_id: ***'],
    ['our own token', `tt_${'0a'.repeat(32)}`, '***'],
    ['a signing secret', `whsec_${'A'.repeat(40)}`, '***'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '***'],
    ['nothing else', 'the tokens of 3 sources: none is secret', 'the tokens of 3 sources: none is secret'],
  ])('%s', (_, given, expected) => expect(text(given)).toBe(expected));

  test('fields by their names, at any depth, and errors by what they say', () => {
    expect(
      value({ headers: { Authorization: 'x', accept: 'y' }, list: [{ token: 'z' }], why: new Error(SECRET) }),
    ).toEqual({ headers: { Authorization: '***', accept: 'y' }, list: [{ token: '***' }], why: '***' });
  });

  test('in time linear in the text', () => {
    for (const hostile of [
      'password=',
      'https://',
      '-----BEGIN RSA PRIVATE KEY-----',
      'bearer ',
      '"'.repeat(9),
    ])
      expect(text(hostile.repeat(100_000)).length).toBeLessThan(20_000);
  });
});

describe('a log', () => {
  async function logged(
    format: 'json' | 'text',
    level: 'debug' | 'warn' = 'debug',
  ): Promise<readonly string[]> {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const secrets = (): readonly string[] => [SECRET];
    const log = await openLog({ level, format, redact: [], secrets, clock: new VirtualClock(), write });
    log.debug('small');
    log.info(`a line\n\u001b[31mred ${SECRET}`, { event: 'x', output: 'o', token: 'abc' });
    log.error('large', { reason: `no ${SECRET}` });
    return lines;
  }

  test('is lines of JSON with time, level and what they are about', async () => {
    const [, info, error] = (await logged('json')).map((line) => JSON.parse(line));
    const time = '2023-11-14T22:13:20.000Z';
    const msg = 'a line\n\u001b[31mred ***';
    expect(info).toEqual({ level: 'info', time, msg, event: 'x', output: 'o', token: '***' });
    expect(error).toEqual({ level: 'error', time, msg: 'large', reason: 'no ***' });
    expect((await logged('json')).every((line) => !line.includes('\n'))).toBe(true);
  });

  test('is lines of text that steer no terminal', async () => {
    expect(await logged('text')).toEqual([
      '2023-11-14T22:13:20.000Z debug: small',
      '2023-11-14T22:13:20.000Z a line \\u{1b}[31mred ***',
      '2023-11-14T22:13:20.000Z error: large',
    ]);
  });

  test('says no less than its level', async () => expect((await logged('json', 'warn')).length).toBe(1));
});

test('every secret of a configuration is known to its log', () => {
  const given = {
    sources: [{ type: 'http', token: 'secret-of-the-source' }],
    outputs: [
      {
        type: 'webhook',
        url: 'https://hooks.example/services/path-of-a-webhook?k=1',
        headers: { 'x-a': 'Token secret-of-a-header' },
        secret: `whsec_${'b'.repeat(40)}`,
      },
      { type: 'slack', url: 'https://hooks.example/path-of-the-chat' },
      { type: 'heartbeat', url: 'https://ping.example/path-of-the-heart' },
      {
        type: 'alertmanager',
        url: 'https://ann:secret-in-the-url@am.example/',
        token: 'secret-of-alertmanager',
      },
    ],
    feeds: { f: { headers: { authorization: 'Bearer secret-of-the-feed' } } },
    api: { tokens: [{ name: 'a', role: 'reader', token: 'secret-of-the-reader-1' }] },
  };
  const { value } = readConfig(given, {
    locate: () => ({ file: 'f', line: 1, column: 1 }),
    secret: () => undefined,
    isSchedule: () => true,
    processors: 1,
    piped: false,
    defaultRules: [],
  });
  if (value === undefined) throw new Error('the configuration is none');
  const planted = JSON.stringify(given).match(/(?:secret-(?:of|in)|path-of)-[\w-]+|whsec_b+/g) ?? [];
  expect(planted.length).toBe(10);
  const { text } = maskerOf(() => secretsOf(value));
  for (const secret of planted) expect(text(`it said ${secret}, or so`)).toBe('it said ***, or so');
});
