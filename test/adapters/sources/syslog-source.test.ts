import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import {
  SPOOL_LIMITS,
  SpooledSource,
  SpoolRefusal,
  SYSLOG_RECEIVER_DEFAULTS,
  SyslogFramer,
  SyslogReceiver,
  type SyslogReceiverOptions,
  systemClock,
} from '../../../engine/adapters/index.ts';
import '../../support/seed.ts';
import { CERTIFICATE, KEY } from '../../support/tls-identity.ts';

const utf8 = new TextEncoder();
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Heard {
  readonly port: number;
  readonly receiver: SyslogReceiver;
  /** The messages, once there are so many. */
  messages(count: number): Promise<readonly string[]>;
}

async function listen(
  options: Partial<SyslogReceiverOptions>,
  accept?: (bytes: Uint8Array) => Promise<void>,
): Promise<Heard> {
  const receiver = new SyslogReceiver(
    {
      ...SYSLOG_RECEIVER_DEFAULTS,
      protocol: 'tcp',
      host: '127.0.0.1',
      port: 0,
      allow: [],
      offsetMinutes: 0,
      ...options,
    },
    systemClock,
  );
  const heard: string[] = [];
  let look = (): void => undefined;
  await receiver.start(async (bytes, records) => {
    await accept?.(bytes);
    const lines = textOf(bytes).trimEnd().split('\n');
    expect(lines.length).toBe(records);
    heard.push(...lines.map((line) => JSON.parse(line).message));
    look();
  });
  ends.push(() => receiver.stop());
  return {
    port: Number(receiver.address?.split(':').pop()),
    receiver,
    messages: async (count) => {
      while (heard.length < count) {
        await new Promise<void>((resolve) => {
          look = resolve;
        });
      }
      return heard;
    },
  };
}

function send(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
}

describe('cutting a stream of syslog', () => {
  test('however it is cut into chunks, counted and ended messages come out whole and in order', () => {
    const message = fc.stringMatching(/^<\d{1,2}>[a-z 0-9é]{0,40}$/);
    const framed = fc.record({ message, counted: fc.boolean(), end: fc.constantFrom('\n', '\0', '\r\n') });
    fc.assert(
      fc.property(fc.array(framed, { maxLength: 8 }), fc.array(fc.nat(50)), (all, cuts) => {
        const stream = all.map(({ message, counted, end }) =>
          counted ? `${utf8.encode(message).length} ${message}` : `${message}${end}`,
        );
        const bytes = utf8.encode(stream.join(''));
        const framer = new SyslogFramer(1000);
        const found: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          for (const frame of framer.push(bytes.subarray(at, at + cut))) {
            found.push(frame.kind === 'message' ? textOf(frame.bytes).replace(/\r$/, '') : frame.kind);
          }
          at += cut;
        }
        expect(framer.end()).toEqual({ frame: undefined, broken: false });
        expect(found).toEqual(all.map(({ message }) => message));
      }),
    );
  });

  test('what is too long is passed over, counted or not, and the next message is read', () => {
    const framer = new SyslogFramer(10);
    const long = 'x'.repeat(5000);
    const given = `<1>${long}\n<1>one\n5003 <1>${long}6 <1>two<1>three\n`;
    const kinds = [...given].flatMap((one) => framer.push(utf8.encode(one)));
    expect(kinds.map((one) => (one.kind === 'message' ? textOf(one.bytes) : one.kind))).toEqual([
      'too_large',
      '<1>one',
      'too_large',
      '<1>two',
      '<1>three',
    ]);
    expect(framer.heldBytes).toBe(0);
  });

  test('the end of a connection ends a line, and breaks a counted message off', () => {
    const lines = new SyslogFramer(100);
    lines.push(utf8.encode('<1>no line end'));
    expect(lines.end()).toMatchObject({ frame: { kind: 'message' }, broken: false });
    const counted = new SyslogFramer(100);
    counted.push(utf8.encode('20 <1>short'));
    expect(counted.end()).toEqual({ frame: undefined, broken: true });
  });
});

describe('receiving syslog', () => {
  test('TCP: two senders, each in its order; what breaks off is counted', async () => {
    const { port, receiver, messages } = await listen({});
    await Promise.all([send(port, '<13>a: 1 of a\n<13>a: 2 of a\n'), send(port, '13 <13>b: 1 of b40 <13>b')]);
    expect([...(await messages(3))].sort()).toEqual(['1 of a', '1 of b', '2 of a']);
    expect(receiver.losses()).toEqual([{ kind: 'rejected', reason: 'broken_off', count: 1 }]);
  });

  test('UDP: a datagram is a message; one that is too long, or from elsewhere, is counted', async () => {
    const { port, receiver, messages } = await listen({ protocol: 'udp', messageSizeMaxBytes: 100 });
    const socket = createSocket('udp4');
    const say = (text: string) =>
      new Promise<void>((resolve) => socket.send(text, port, '127.0.0.1', () => resolve()));
    for (const text of ['<13>a: one\n', `<13>a: ${'x'.repeat(200)}`, '\n', '<13>a: two']) await say(text);
    expect(await messages(2)).toEqual(['one', 'two']);
    expect(receiver.losses()).toEqual([{ kind: 'rejected', reason: 'too_large', count: 1 }]);
    socket.close();
  });

  test('senders outside the networks that are allowed are not heard', async () => {
    const closed = await listen({ allow: ['10.0.0.0/8', 'fd00::/8'] });
    await send(closed.port, '<13>a: x\n');
    expect(closed.receiver.losses()).toEqual([{ kind: 'rejected', reason: 'sender_not_allowed', count: 1 }]);
    const open = await listen({ allow: ['127.0.0.0/8'] });
    await send(open.port, '<13>a: x\n');
    expect(await open.messages(1)).toEqual(['x']);
  });

  test('TLS: with an authority only senders that have its certificate are heard', async () => {
    const { port, receiver, messages } = await listen({
      protocol: 'tls',
      tls: { certificate: CERTIFICATE, key: KEY, authority: CERTIFICATE },
    });
    const say = (options: { readonly cert?: string; readonly key?: string }) =>
      new Promise<void>((resolve) => {
        const socket = connectTls(
          { port, host: '127.0.0.1', ca: CERTIFICATE, servername: 'localhost', ...options },
          () => socket.end('<13>a: sealed\n'),
        );
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.resume();
      });
    await say({});
    await say({ cert: CERTIFICATE, key: KEY });
    expect(await messages(1)).toEqual(['sealed']);
    expect(receiver.losses()).toEqual([{ kind: 'rejected', reason: 'tls_handshake', count: 1 }]);
  });

  test('while the disk has no room, what has arrived waits and goes on in its order', async () => {
    let refusals = 2;
    const { port, messages } = await listen({}, () =>
      refusals-- > 0 ? Promise.reject(new SpoolRefusal('full', 'there is no room')) : Promise.resolve(),
    );
    await send(port, '<13>a: 1\n<13>a: 2\n');
    await send(port, '<13>a: 3\n');
    expect(await messages(3)).toEqual(['1', '2', '3']);
  });

  test('what was received before the end is in the spool, and read after it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'syslog-spool-'));
    const made = (): { readonly source: SpooledSource; readonly receiver: SyslogReceiver } => {
      const receiver = new SyslogReceiver(
        {
          ...SYSLOG_RECEIVER_DEFAULTS,
          protocol: 'tcp',
          host: '127.0.0.1',
          port: 0,
          allow: [],
          offsetMinutes: 0,
        },
        systemClock,
      );
      return {
        receiver,
        source: new SpooledSource({ name: 's', folder, limits: SPOOL_LIMITS }, receiver, systemClock),
      };
    };
    const first = made();
    const stop = new AbortController();
    const reading = first.source.open(new Map(), stop.signal);
    const batch = reading.next();
    while (first.receiver.address === undefined) await new Promise((resolve) => setImmediate(resolve));
    await send(Number(first.receiver.address.split(':').pop()), '<13>a: kept\n');
    expect(textOf((await batch).value?.bytes ?? new Uint8Array(0))).toContain('"kept"');
    stop.abort();
    await reading.return();

    const second = made();
    const again = new AbortController();
    const rest = second.source.open(new Map(), again.signal);
    // It was not acknowledged, so it comes again.
    expect(textOf((await rest.next()).value?.bytes ?? new Uint8Array(0))).toContain('"kept"');
    again.abort();
    await rest.return();
    rmSync(folder, { recursive: true, force: true });
  });
});
