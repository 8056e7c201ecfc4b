import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  AlertmanagerOutput,
  ChatOutput,
  SyslogOutput,
  WebhookOutput,
} from '../../../engine/adapters/index.ts';
import { isInner } from '../../../engine/adapters/outputs/address-guard.ts';
import { retryAfterMs } from '../../../engine/adapters/outputs/http-sender.ts';
import { alertRecord } from '../../../engine/model/index.ts';
import { fillTemplate, type OutboxItem, readTemplate } from '../../../engine/runtime/index.ts';
import { alertWith, HOSTILE } from '../cases.ts';

const NOW = 1_795_000_000_000_000;
const clock = { nowMicros: () => NOW };
const never = new AbortController().signal;
const servers: { close(): unknown }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function itemWith(text: string, sequence = 1): OutboxItem {
  const record = alertRecord(alertWith(text));
  return {
    sequence,
    kind: 'alert',
    id: `a${sequence}`,
    revision: 1,
    key: `alert:a${sequence}:1`,
    lane: `a${sequence}`,
    body: JSON.stringify({ ...record, id: `a${sequence}` }),
    attempts: 0,
  };
}

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function receiver(
  answer: (response: ServerResponse, seen: Seen) => void,
): Promise<{ readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${portOf(server)}/hook`, seen };
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const at = server.address();
  return typeof at === 'object' && at !== null ? at.port : 0;
}

const hook = (url: string, more: object = {}) =>
  new WebhookOutput({ name: 'w', url, headers: {}, allowPrivate: true, ...more }, clock);

describe('a webhook', () => {
  test('is signed after Standard Webhooks, by every secret, under a constant id', async () => {
    const { url, seen } = await receiver((response) => response.end());
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'];
    const output = hook(url, { secret: secrets.join(' ') });
    for (const _ of [1, 2]) expect(await output.deliver([itemWith('x')], never)).toEqual([{ kind: 'done' }]);
    expect(seen.map(({ headers }) => headers['webhook-id'])).toEqual(['alert:a1:1', 'alert:a1:1']);
    for (const { headers, body } of seen) {
      const expected = secrets.map((secret) => {
        const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'));
        mac.update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
        return `v1,${mac.digest('base64')}`;
      });
      expect(headers['webhook-signature']).toBe(expected.join(' '));
      expect(headers['webhook-timestamp']).toBe(String(NOW / 1_000_000));
    }
    await output.close();
  });

  test.each([
    {
      name: 'a 429 with seconds',
      status: 429,
      headers: { 'retry-after': '7' },
      kind: 'retry',
      afterMs: 7000,
    },
    {
      name: 'a 503 with a date',
      status: 503,
      headers: { 'retry-after': new Date(NOW / 1000 + 9000).toUTCString() },
      kind: 'retry',
      afterMs: 9000,
    },
    { name: 'a 500', status: 500, headers: {}, kind: 'retry', afterMs: undefined },
    { name: 'a 400', status: 400, headers: {}, kind: 'refused', afterMs: undefined },
    {
      name: 'a redirect to a private address',
      status: 307,
      headers: { location: 'http://169.254.169.254/' },
      kind: 'refused',
      afterMs: undefined,
    },
  ])('answers $name with $kind', async ({ status, headers, kind, afterMs }) => {
    const { url, seen } = await receiver((response) => response.writeHead(status, headers).end('because'));
    const output = hook(url);
    const [result] = await output.deliver([itemWith('x')], never);
    expect(result?.kind).toBe(kind);
    expect(result?.kind === 'retry' ? result.afterMs : undefined).toBe(afterMs);
    expect(seen).toHaveLength(1);
    await output.close();
  });

  test('survives a receiver that resets, that talks garbage, and that answers without end', async () => {
    const reset = createTcp((socket) => socket.destroy());
    const garbage = createTcp((socket) => socket.end('garbage\r\n\r\n'));
    for (const server of [reset, garbage]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      servers.push(server);
      const output = hook(`http://127.0.0.1:${portOf(server)}/`);
      expect((await output.deliver([itemWith('x')], never))[0]?.kind).toBe('retry');
      await output.close();
    }
    let written = 0;
    const { url } = await receiver((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && written < 1 << 30) {
          written += 65536;
          if (!response.write(Buffer.alloc(65536))) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    const output = hook(url);
    expect(await output.deliver([itemWith('x')], never)).toEqual([{ kind: 'done' }]);
    expect(written).toBeLessThan(64 << 20);
    await output.close();
  });

  test('takes a new connection where the kept one was closed meanwhile', async () => {
    const served = new WeakSet<object>();
    const { url, seen } = await receiver((response) => {
      const { socket } = response;
      if (socket !== null && served.has(socket)) socket.resetAndDestroy();
      else response.end();
      if (socket !== null) served.add(socket);
    });
    const output = hook(url);
    for (const _ of [1, 2]) expect(await output.deliver([itemWith('x')], never)).toEqual([{ kind: 'done' }]);
    expect(seen).toHaveLength(3);
    await output.close();
  });

  test('never goes to a private address unless it is allowed to, by number or by name', async () => {
    const { url, seen } = await receiver((response) => response.end());
    for (const one of [
      url,
      url.replace('127.0.0.1', 'localhost'),
      url.replace('127.0.0.1', '[::ffff:127.0.0.1]'),
    ]) {
      const output = hook(one, { allowPrivate: false });
      expect((await output.deliver([itemWith('x')], never))[0]?.kind).toBe('refused');
    }
    expect(seen).toEqual([]);
  });

  test('shows what it would send, without secrets', () => {
    const [shown] = hook('https://example.com/services/T0/secret', {
      headers: { Authorization: 'Bearer s3cret' },
    }).render([itemWith('x')]);
    expect(shown?.to).toBe('POST https://example.com/***');
    expect(JSON.stringify(shown?.headers)).not.toContain('s3cret');
  });
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.32.0.1', false],
  ['100.64.0.1', true],
  ['169.254.169.254', true],
  ['8.8.8.8', false],
  ['::1', true],
  ['::ffff:10.0.0.1', true],
  ['fe80::1%eth0', true],
  ['fd00::1', true],
  ['2002:7f00:1::', true],
  ['64:ff9b::a00:1', true],
  ['2606:4700::1111', false],
  ['ff02::1', true],
])('%s is an inner address: %s', (address, inner) => expect(isInner(address)).toBe(inner));

test.each([
  ['5', 5000],
  ['soon', undefined],
  ['-1', undefined],
  ['99999999999', undefined],
])('Retry-After %s', (value, ms) => expect(retryAfterMs(value, NOW)).toBe(ms));

test('a template keeps types, escapes by being JSON, and is refused where a field is unknown', () => {
  const read = readTemplate('{"n":"{{count}}","t":"see {{title}}"}');
  expect('template' in read && fillTemplate(read.template, { count: 5, title: '"}' })).toEqual({
    n: 5,
    t: 'see "}',
  });
  expect(readTemplate('{"a":"{{titel}}"}')).toMatchObject({ hint: 'did you mean {{title}}?' });
  expect(readTemplate('{"a":{{count}}}')).toHaveProperty('problem');
});

describe.each(HOSTILE)('with %s', (_, text) => {
  test('Slack’s and Teams’ limits hold, and nothing is left that steers their markup', async () => {
    const { url, seen } = await receiver((response) => response.end('ok'));
    for (const chat of ['slack', 'teams'] as const) {
      const output = new ChatOutput({ name: 'c', chat, url, headers: {}, allowPrivate: true }, clock);
      for (const count of [1, text.length > 1000 ? 3 : 20]) {
        const items = Array.from({ length: count }, (__, i) => itemWith(text, i + 1));
        expect(await output.deliver(items, never)).toEqual(items.map(() => ({ kind: 'done' })));
      }
      await output.close();
    }
    for (const { body } of seen.slice(0, 2)) {
      const { blocks } = JSON.parse(body);
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const block of blocks) {
        const said: string = block.text?.text ?? block.elements[0].text;
        expect(said.length).toBeGreaterThan(0);
        expect(said.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
        if (block.text?.type === 'mrkdwn') expect(said).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      }
    }
    for (const { body } of seen.slice(2)) expect(Buffer.byteLength(body)).toBeLessThan(28 * 1024);
  });

  test('Alertmanager gets labels that it takes, and syslog one frame of the length it says', async () => {
    const { url, seen } = await receiver((response) => response.end());
    const output = new AlertmanagerOutput({ name: 'a', url, allowPrivate: true }, clock);
    expect(await output.deliver([itemWith(text)], never)).toEqual([{ kind: 'done' }]);
    await output.close();
    expect(seen[0]?.path).toBe('/hook/api/v2/alerts');
    for (const alert of JSON.parse(seen[0]?.body ?? '[]')) {
      for (const [key, value] of Object.entries(alert.labels)) {
        expect(key).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
        expect(value).not.toBe('');
      }
      expect(Date.parse(alert.endsAt)).toBeGreaterThanOrEqual(Date.parse(alert.startsAt));
    }
    const syslog = new SyslogOutput(
      {
        name: 's',
        protocol: 'tcp',
        host: '127.0.0.1',
        port: 1,
        format: 'cef',
        allowPrivate: true,
        hostname: 'h',
        productVersion: '1',
      },
      clock,
    );
    const frame = Buffer.from(syslog.render([itemWith(text)])[0]?.body ?? []);
    const [length = ''] = frame.toString('latin1').split(' ', 1);
    expect(frame.length).toBe(length.length + 1 + Number(length));
    expect(frame.toString()).toMatch(
      /^\d+ <13\d>1 \S+ h telltale \d+ alert \[telltale@32473 key="[^"]+" revision="1"\] CEF:0\|/,
    );
    expect(frame.includes(10)).toBe(false);
  });
});

test('syslog over TCP sends whole frames in order on one connection, and says when nobody listens', async () => {
  const chunks: Buffer[] = [];
  let connections = 0;
  let closed: () => void = () => undefined;
  const got = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const server = createTcp((socket) => {
    connections++;
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => closed());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  const options = {
    name: 's',
    protocol: 'tcp',
    host: '127.0.0.1',
    format: 'ndjson',
    allowPrivate: true,
    hostname: 'h',
    productVersion: '1',
  } as const;
  const output = new SyslogOutput({ ...options, port }, clock);
  const items = [itemWith('ä', 1), itemWith('b', 2)];
  expect(await output.deliver(items, never)).toEqual([{ kind: 'done' }, { kind: 'done' }]);
  const expected = Buffer.concat(output.render(items).map(({ body }) => body));
  await output.close();
  await got;
  server.close();
  expect(connections).toBe(1);
  expect(Buffer.concat(chunks)).toEqual(expected);
  const gone = new SyslogOutput({ ...options, port }, clock);
  expect((await gone.deliver(items, never)).map(({ kind }) => kind)).toEqual(['retry', 'held']);
});
