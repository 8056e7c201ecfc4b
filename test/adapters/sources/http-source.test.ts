import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  HTTP_RECEIVER_DEFAULTS,
  HttpReceiver,
  SPOOL_LIMITS,
  SpooledSource,
} from '../../../engine/adapters/index.ts';
import type { SourceBatch } from '../../../engine/runtime/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let folder: string;
let ends: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'http-'));
});
afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly url: string;
  readonly source: SpooledSource;
  /** The records of the next batch. */
  next(): Promise<unknown[]>;
}

async function start(
  options: {
    readonly token?: string;
    readonly sizeMaxBytes?: number;
    readonly bodySizeMaxBytes?: number;
  } = {},
): Promise<Running> {
  const { token = 'sesame', sizeMaxBytes = SPOOL_LIMITS.sizeMaxBytes, bodySizeMaxBytes = 100_000 } = options;
  const receiver = new HttpReceiver({
    ...HTTP_RECEIVER_DEFAULTS,
    host: '127.0.0.1',
    port: 0,
    bodySizeMaxBytes,
    tokens: token === '' ? [] : ['another', token],
  });
  // Listening begins when the source is opened; the test goes on when it has.
  let heard = (): void => undefined;
  const listening = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const start = receiver.start.bind(receiver);
  receiver.start = async (accept) => {
    await start(accept);
    heard();
  };
  const limits = { ...SPOOL_LIMITS, sizeMaxBytes };
  const source = new SpooledSource({ name: 'web', folder, limits }, receiver, new VirtualClock());
  const stop = new AbortController();
  const batches = source.open(new Map(), stop.signal);
  let waiting: Promise<IteratorResult<SourceBatch, void>> = batches.next();
  ends.push(async () => {
    stop.abort();
    await waiting;
    await batches.return();
  });
  await listening;
  return {
    url: `http://${receiver.address}`,
    source,
    next: async () => {
      const { value } = await waiting;
      waiting = batches.next();
      const text = value === undefined ? '' : new TextDecoder().decode(value.bytes);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
  };
}

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { authorization: 'Bearer sesame' },
): Promise<{ status: number; json: unknown; headers: Headers }> {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, json: await response.json(), headers: response.headers };
}

describe('events over HTTP', () => {
  test('lines, a list, one object over several lines and packed bodies give the same records', async () => {
    const { url, next } = await start();
    const records = [{ n: 1 }, { n: 2 }];
    const bodies: [string | Uint8Array<ArrayBuffer>, Record<string, string>][] = [
      ['{"n":1}\n{"n":2}\n', {}],
      ['{"n":1}\r\n\r\n  {"n":2}', {}],
      ['[{"n":1},\n {"n":2}]', {}],
      [gzipSync('{"n":1}\n{"n":2}'), { 'content-encoding': 'gzip' }],
    ];
    for (const [body, headers] of bodies) {
      const { status, json } = await post(`${url}/ingest`, body, {
        authorization: 'Bearer sesame',
        ...headers,
      });
      expect([status, json]).toEqual([200, { accepted: 2 }]);
      expect(await next()).toEqual(records);
    }
    expect((await post(url, JSON.stringify({ a: { b: 'x\ny' } }, null, 2))).status).toBe(200);
    expect(await next()).toEqual([{ a: { b: 'x\ny' } }]);
  });

  test('any of its tokens lets send, and no other', async () => {
    const { url } = await start();
    const codes = [];
    for (const token of ['sesame', 'another', 'anothe', 'sesameanother', '']) {
      codes.push((await post(`${url}/ingest`, '{"n":1}', { authorization: `Bearer ${token}` })).status);
    }
    expect(codes).toEqual([200, 200, 401, 401, 401]);
  });

  test('a Splunk sender is understood: events with their envelope, raw lines, its answers', async () => {
    const { url, next } = await start();
    const splunk = { authorization: 'Splunk sesame' };
    const body =
      '{"time":1700000000.5,"host":"h","event":{"EventID":1}}{"event":"plain text"}\n{"event":"{\\"x\\":1}","sourcetype":"json"}';
    expect((await post(`${url}/services/collector/event`, body, splunk)).json).toEqual({
      text: 'Success',
      code: 0,
    });
    expect(await next()).toEqual([
      { EventID: 1, '@timestamp': '2023-11-14T22:13:20.500Z', '@hec': { time: 1700000000.5, host: 'h' } },
      { message: 'plain text' },
      { x: 1, '@hec': { sourcetype: 'json' } },
    ]);
    expect((await post(`${url}/services/collector/raw`, 'one\n{"y":2}\n', splunk)).status).toBe(200);
    expect(await next()).toEqual([{ message: 'one' }, { y: 2 }]);
    expect(await post(`${url}/services/collector`, '{"event":1}{"nope":2}', splunk)).toMatchObject({
      status: 400,
      json: { code: 12, 'invalid-event-number': 1 },
    });
    expect(await post(`${url}/services/collector`, '', splunk)).toMatchObject({
      status: 400,
      json: { code: 5 },
    });
    expect(await post(`${url}/services/collector`, '{}', {})).toMatchObject({
      status: 401,
      json: { code: 2 },
    });
    expect(await post(`${url}/services/collector`, '{}', { authorization: 'Splunk no' })).toMatchObject({
      status: 403,
      json: { code: 4 },
    });
    expect((await fetch(`${url}/services/collector/health`)).status).toBe(200);
  });

  test('an Elastic shipper is understood: greeting, bulk with an answer an item, no updates', async () => {
    const { url, next } = await start();
    const auth = { authorization: `Basic ${Buffer.from('user:sesame').toString('base64')}` };
    const greeting = await fetch(url, { headers: auth });
    expect(greeting.headers.get('x-elastic-product')).toBe('Elasticsearch');
    const body =
      '{"create":{"_index":"logs","_id":"a"}}\n{"n":1}\n{"index":{}}\n{"n":2}\n{"update":{"_id":"z"}}\n{"doc":{}}\n{"delete":{"_id":"q"}}\n';
    const { json } = await post(`${url}/my-index/_bulk`, body, auth);
    expect(json).toMatchObject({
      errors: true,
      items: [
        { create: { _index: 'logs', _id: 'a', status: 201 } },
        { index: { _index: 'my-index', status: 201 } },
        { update: { status: 400 } },
        { delete: { status: 400 } },
      ],
    });
    expect(await next()).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await post(`${url}/_bulk`, '{"nonsense":{}}\n{}\n', auth)).status).toBe(400);
  });

  test('closed to whoever has no token, in every form, and to names that are not this machine', async () => {
    const { url, source } = await start();
    for (const headers of [
      {},
      { authorization: 'Bearer sesam' },
      { authorization: 'Bearer sesame1' },
      { authorization: 'Digest sesame' },
      { 'x-api-key': '' },
    ]) {
      for (const path of ['/', '/ingest', '/_bulk', '/x/_bulk'])
        expect((await post(url + path, '{}', headers as Record<string, string>)).status).toBe(401);
    }
    expect(source.status().receivedRecords).toBe(0);
    expect(
      () => new HttpReceiver({ ...HTTP_RECEIVER_DEFAULTS, host: '0.0.0.0', port: 0, tokens: [] }),
    ).toThrow(/without a token/);
  });

  test('without a token it takes from this machine, but not from a page in a browser or by another name', async () => {
    const { url, next } = await start({ token: '' });
    expect((await post(url, '{"n":1}', {})).status).toBe(200);
    expect(await next()).toEqual([{ n: 1 }]);
    const status = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve) => {
        const sent = request(url, { method: 'POST', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.end('{"n":2}');
      });
    expect(await status({ host: 'evil.example' })).toBe(401);
    expect(await status({ origin: 'https://evil.example' })).toBe(401);
    expect(await status({ host: 'localhost:1' })).toBe(200);
  });

  test('says when there is no room, and takes again when there is', async () => {
    const { url, next, source } = await start({ sizeMaxBytes: 300 });
    let refused: Awaited<ReturnType<typeof post>> | undefined;
    let accepted = 0;
    for (let i = 0; i < 30 && refused === undefined; i++) {
      const answer = await post(url, `{"n":${i},"pad":"0123456789"}`);
      if (answer.status === 200) accepted++;
      else refused = answer;
    }
    expect(refused?.status).toBe(429);
    expect(refused?.headers.get('retry-after')).toBe('5');
    expect(source.status().problem).toContain('full');
    expect(
      (
        await post(
          `${url}/services/collector`,
          '{"event":1,"pad":"0123456789012345678901234567890123456789"}',
          { authorization: 'Splunk sesame' },
        )
      ).status,
    ).toBe(503);
    let seen = 0;
    while (seen < accepted) seen += (await next()).length;
    expect(seen).toBe(accepted);
  });

  test('bodies too large, packed bombs, wrong encodings and broken JSON are refused, and the next request works', async () => {
    const { url, next } = await start();
    const auth = { authorization: 'Bearer sesame' };
    const big = new Uint8Array(200_000).fill(32);
    expect((await post(url, big).catch(() => ({ status: 413 }))).status).toBe(413);
    expect(
      (await post(url, gzipSync(new Uint8Array(50_000_000)), { ...auth, 'content-encoding': 'gzip' })).status,
    ).toBe(413);
    expect((await post(url, 'no gzip', { ...auth, 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post(url, '{}', { ...auth, 'content-encoding': 'br' })).status).toBe(415);
    expect((await post(url, '[{"n":1}, nonsense')).status).toBe(400);
    expect((await fetch(url, { method: 'DELETE', headers: auth })).status).toBe(405);
    expect((await post(`${url}/nowhere`, '{}')).status).toBe(404);
    expect((await post(url, '{"n":1}')).status).toBe(200);
    expect(await next()).toEqual([{ n: 1 }]);
  });

  test('what is no HTTP at all ends its own connection only', async () => {
    const { url, next } = await start();
    const port = Number(url.split(':')[2]);
    for (const junk of [
      '\x00\x01\x02\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `POST / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
      'POST / HTTP/1.1\r\ncontent-length: -5\r\n\r\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(junk));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.resume();
      });
    }
    expect((await post(url, '{"n":1}')).status).toBe(200);
    expect(await next()).toEqual([{ n: 1 }]);
  });
});
