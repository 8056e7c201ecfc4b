import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { BlockList, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { syslogRecord } from '../../ingest/index.ts';
import type { ClockPort, SourceLoss } from '../../runtime/index.ts';
import type { Accept, Receiver } from './spooled-source.ts';
import { type SyslogFrame, SyslogFramer } from './syslog-frames.ts';

/** Where to listen, from whom, and how much. */
export interface SyslogReceiverOptions {
  readonly protocol: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly messageSizeMaxBytes: number;
  readonly connectionsMax: number;
  /** Networks whose senders are heard, as CIDR or addresses; all where there is none. */
  readonly allow: readonly string[];
  /** What times without a zone are meant in: minutes east of UTC. */
  readonly offsetMinutes: number;
  /** For TLS, PEM texts. With an authority, only senders with its certificate are heard. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly authority?: string };
}

export const SYSLOG_RECEIVER_DEFAULTS = { messageSizeMaxBytes: 64 << 10, connectionsMax: 1000 } as const;

/** What may wait for the disk. Past it a stream is no longer read, and a datagram is dropped and counted. */
const QUEUE_MAX_BYTES = 8 << 20;
/** What goes to the disk at once. */
const APPEND_MAX_BYTES = 1 << 20;
const RETRY_MS = 500;
const DATAGRAM_BUFFER_BYTES = 4 << 20;

/**
 * Takes syslog, RFC 3164 and 5424, over UDP, TCP (octet counting and line ends) and TLS. The protocol knows no answer: a message is safe once
 * it is on disk, which is soon after its receipt; what a kill finds in between, or in the system's buffers, is lost. Where there is no room,
 * streams are no longer read, so that their senders wait; datagrams are dropped, and counted.
 */
export class SyslogReceiver implements Receiver {
  readonly #options: SyslogReceiverOptions;
  readonly #clock: ClockPort;
  readonly #allowed: BlockList | undefined;
  readonly #losses = new Map<string, SourceLoss>();
  readonly #sockets = new Set<Socket>();
  readonly #decoder = new TextDecoder();
  readonly #ended = new AbortController();
  #server: Server | undefined;
  #datagrams: DatagramSocket | undefined;
  #accept: Accept | undefined;
  #queue: string[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;
  address: string | undefined;

  constructor(options: SyslogReceiverOptions, clock: ClockPort) {
    this.#options = options;
    this.#clock = clock;
    this.#allowed = options.allow.length === 0 ? undefined : networks(options.allow);
  }

  async start(accept: Accept): Promise<void> {
    this.#accept = accept;
    await (this.#options.protocol === 'udp' ? this.#startDatagrams() : this.#startStream());
  }

  losses(): readonly SourceLoss[] {
    return [...this.#losses.values()];
  }

  async stop(): Promise<void> {
    const datagrams = this.#datagrams;
    const server = this.#server;
    this.#datagrams = undefined;
    this.#server = undefined;
    if (datagrams !== undefined) await new Promise<void>((resolve) => datagrams.close(resolve));
    if (server !== undefined) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of this.#sockets) socket.destroy();
      await closed;
    }
    this.#ended.abort();
    await this.#draining;
  }

  async #startDatagrams(): Promise<void> {
    const { host, port } = this.#options;
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      recvBufferSize: DATAGRAM_BUFFER_BYTES,
    });
    this.#datagrams = socket;
    socket.on('message', (bytes, { address }) => {
      if (!this.#hears(address)) return this.#lose('rejected', 'sender_not_allowed');
      if (bytes.length > this.#options.messageSizeMaxBytes) return this.#lose('rejected', 'too_large');
      if (this.#queuedBytes > QUEUE_MAX_BYTES) return this.#lose('dropped', 'queue');
      this.#take(bytes, address);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        // What the system reports of single datagrams must not end the daemon.
        socket.on('error', () => this.#lose('dropped', 'socket'));
        resolve();
      });
    });
    const at = socket.address();
    this.address = at.family === 'IPv6' ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`;
  }

  async #startStream(): Promise<void> {
    const { host, port, tls, connectionsMax } = this.#options;
    const serve = (socket: Socket): void => this.#serve(socket);
    const server =
      tls === undefined
        ? createServer(serve)
        : createTlsServer(
            {
              cert: tls.certificate,
              key: tls.key,
              minVersion: 'TLSv1.2',
              handshakeTimeout: 20_000,
              ...(tls.authority === undefined
                ? {}
                : { ca: tls.authority, requestCert: true, rejectUnauthorized: true }),
            },
            serve,
          );
    server.on('tlsClientError', () => this.#lose('rejected', 'tls_handshake'));
    server.maxConnections = connectionsMax;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', () => this.#lose('rejected', 'socket'));
        resolve();
      });
    });
    const at = server.address();
    if (typeof at === 'object' && at !== null) {
      this.address = at.family === 'IPv6' ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`;
    }
  }

  #serve(socket: Socket): void {
    const from = socket.remoteAddress ?? '';
    socket.on('error', () => socket.destroy());
    if (!this.#hears(from)) {
      this.#lose('rejected', 'sender_not_allowed');
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, 60_000);
    this.#sockets.add(socket);
    const framer = new SyslogFramer(this.#options.messageSizeMaxBytes);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of framer.push(chunk)) this.#frame(frame, from);
      if (this.#queuedBytes > QUEUE_MAX_BYTES) socket.pause();
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      const { frame, broken } = framer.end();
      if (frame !== undefined) this.#frame(frame, from);
      if (broken) this.#lose('rejected', 'broken_off');
    });
  }

  #frame(frame: SyslogFrame, from: string): void {
    if (frame.kind === 'too_large') this.#lose('rejected', 'too_large');
    else this.#take(frame.bytes, from);
  }

  #take(bytes: Uint8Array, from: string): void {
    const text = this.#decoder.decode(bytes).replace(/[\r\n\0]+$/, '');
    if (text.trim() === '') return;
    const context = { receivedAt: this.#clock.nowMicros(), offsetMinutes: this.#options.offsetMinutes };
    const line = `${syslogRecord(text, { ...context, from: plainAddress(from) })}\n`;
    this.#queue.push(line);
    this.#queuedBytes += line.length;
    this.#draining ??= this.#drain();
  }

  /** Hands on what waits, in the order of its receipt; what arrives while the disk is busy goes together. */
  async #drain(): Promise<void> {
    // What else this turn of the loop brings goes with the first.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      let count = 0;
      for (let size = 0; count < this.#queue.length && size < APPEND_MAX_BYTES; count++) {
        size += this.#queue[count]?.length ?? 0;
      }
      const some = this.#queue.slice(0, count);
      const bytes = new TextEncoder().encode(some.join(''));
      try {
        await this.#accept?.(bytes, count);
      } catch {
        if (this.#ended.signal.aborted) {
          this.#lose('dropped', 'stopped', this.#queue.length);
          this.#queue = [];
          break;
        }
        // The source says why; here it is only tried again.
        await this.#clock.sleep(RETRY_MS, this.#ended.signal);
        continue;
      }
      this.#queue = this.#queue.slice(count);
      this.#queuedBytes -= some.reduce((sum, line) => sum + line.length, 0);
      if (this.#queuedBytes <= QUEUE_MAX_BYTES / 2) for (const socket of this.#sockets) socket.resume();
    }
    this.#draining = undefined;
  }

  #hears(address: string): boolean {
    if (this.#allowed === undefined) return true;
    const plain = plainAddress(address);
    return this.#allowed.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  }

  #lose(kind: SourceLoss['kind'], reason: string, more = 1): void {
    this.#losses.set(reason, { kind, reason, count: (this.#losses.get(reason)?.count ?? 0) + more });
  }
}

/** IPv4 in its own form, where a socket for both shows it inside IPv6. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

function networks(allow: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of allow) {
    const [address = '', bits] = one.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
