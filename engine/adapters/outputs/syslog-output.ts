import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type ClockPort,
  type Delivered,
  deliverEach,
  type OutboxItem,
  type OutputPort,
  type RenderedDelivery,
} from '../../runtime/index.ts';
import { checkedAddresses, PrivateAddress } from './address-guard.ts';
import { bodyText } from './body-text.ts';
import { itemSummary } from './item-summary.ts';

/** Which receiver, and in which form. */
export interface SyslogOutputOptions {
  readonly name: string;
  readonly protocol: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
  readonly format: 'cef' | 'leef' | 'ndjson';
  /** A PEM file: who signs the receiver's certificate; the system's authorities where absent. */
  readonly authority?: string;
  readonly allowPrivate: boolean;
  readonly hostname: string;
  readonly productVersion: string;
}

const LOCAL0 = 16;
const SEVERITY = { informational: 6, low: 5, medium: 4, high: 2 } as const;
const NOTICE = 5;
const CONNECT_MAX_MS = 10_000;
const DATAGRAM_MAX_BYTES = 65_000;

/**
 * Syslog after RFC 5424, over UDP (5426), TCP (6587, octet counting) or TLS (5425). Syslog has no answer: delivered means that the system took
 * the bytes on a connection that stood. What a receiver loses after that, nobody can know.
 */
export class SyslogOutput implements OutputPort {
  readonly name: string;
  readonly batchMax = 200;
  readonly #options: SyslogOutputOptions;
  readonly #clock: Pick<ClockPort, 'nowMicros'>;
  #socket: Socket | undefined;

  constructor(options: SyslogOutputOptions, clock: Pick<ClockPort, 'nowMicros'>) {
    this.name = options.name;
    this.#options = options;
    this.#clock = clock;
  }

  deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]> {
    return deliverEach(items, (item) => this.#send(item, stop), stop);
  }

  render(items: readonly OutboxItem[]): readonly RenderedDelivery[] {
    const { protocol, host, port } = this.#options;
    return items.map((item) => ({
      to: `syslog ${protocol} ${host}:${port}`,
      headers: [],
      body: this.#frame(item),
    }));
  }

  async close(): Promise<void> {
    // What was written still goes out.
    this.#socket?.destroySoon();
    this.#socket = undefined;
  }

  #frame(item: OutboxItem): Uint8Array {
    const { hostname, format, productVersion, protocol } = this.#options;
    const summary = itemSummary(item);
    const priority = LOCAL0 * 8 + (summary === undefined ? NOTICE : SEVERITY[summary.severity]);
    const at = new Date(this.#clock.nowMicros() / 1000).toISOString();
    const id = `[telltale@32473 key="${sdValue(item.key)}" revision="${item.revision}"]`;
    const text = bodyText(item, format, productVersion).trimEnd();
    const message = Buffer.from(
      `<${priority}>1 ${at} ${headerText(hostname, 255)} telltale ${process.pid} ${item.kind} ${id} ${text}`,
    );
    return protocol === 'udp' ? message : Buffer.concat([Buffer.from(`${message.length} `), message]);
  }

  async #send(item: OutboxItem, stop: AbortSignal): Promise<Delivered> {
    const frame = this.#frame(item);
    try {
      if (this.#options.protocol === 'udp') {
        if (frame.length > DATAGRAM_MAX_BYTES)
          return {
            kind: 'refused',
            reason: `${frame.length} bytes are more than a datagram holds; use tcp or tls`,
          };
        await this.#datagram(frame);
      } else await this.#write(frame, stop);
      return { kind: 'done' };
    } catch (error) {
      await this.close();
      if (error instanceof PrivateAddress) return { kind: 'refused', reason: error.message };
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #datagram(frame: Uint8Array): Promise<void> {
    const { address, family } = await this.#address();
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.send(frame, this.#options.port, address, (error) => (error ? reject(error) : resolve()));
      });
    } finally {
      socket.close();
    }
  }

  async #write(frame: Uint8Array, stop: AbortSignal): Promise<void> {
    const socket =
      this.#socket?.writable === true && !this.#socket.readableEnded ? this.#socket : await this.#connect();
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      const ended = (): void => done(new Error('the receiver closed the connection'));
      const stopped = (): void => done(new Error('given up: the receiver takes nothing'));
      const done = (error?: Error | null): void => {
        socket.off('close', ended);
        stop.removeEventListener('abort', stopped);
        if (error) reject(error);
        else resolve();
      };
      socket.once('close', ended);
      stop.addEventListener('abort', stopped);
      socket.write(frame, done);
    });
  }

  async #connect(): Promise<Socket> {
    const { protocol, host, port, authority } = this.#options;
    const { address } = await this.#address();
    return new Promise((resolve, reject) => {
      const socket =
        protocol === 'tls'
          ? connectTls({
              host: address,
              port,
              servername: /^[\d.:]+$/.test(host) ? '' : host,
              ...(authority === undefined ? {} : { ca: readFileSync(authority) }),
            })
          : connect({ host: address, port });
      socket.setNoDelay(true).setTimeout(CONNECT_MAX_MS, () => {
        socket.destroy(new Error(`no connection within ${CONNECT_MAX_MS} ms`));
      });
      socket.once(protocol === 'tls' ? 'secureConnect' : 'connect', () => {
        socket.setTimeout(0);
        // Receivers say nothing; what one says is read away, so that its end is seen.
        socket.resume();
        socket.off('error', reject);
        socket.on('error', () => undefined);
        resolve(socket);
      });
      socket.once('error', reject);
    });
  }

  async #address(): Promise<{ readonly address: string; readonly family: number }> {
    const { host, allowPrivate } = this.#options;
    const [first] = await checkedAddresses(host, allowPrivate ? 'allowed' : 'refused');
    if (first === undefined) throw new Error(`${host} has no address`);
    return first;
  }
}

/** RFC 5424, 6.3.3: quotes, backslashes and closing brackets are escaped. */
function sdValue(text: string): string {
  return text.replace(/["\\\]]/g, '\\$&');
}

function headerText(text: string, lengthMax: number): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, lengthMax) || '-';
}
