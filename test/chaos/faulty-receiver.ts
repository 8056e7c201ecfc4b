import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { CERTIFICATE, KEY } from '../support/tls-identity.ts';

/** What a receiver does to a call, by name; `healthy` takes it. */
export const OUTPUT_FAULTS = [
  'refuse',
  'stall',
  'reset',
  'answer 429',
  'answer 500',
  'garbage',
  'gigabyte',
  'redirect',
  'drip',
  'half an answer',
  'wrong certificate',
  'body breaks off',
] as const;
export type OutputFault = (typeof OUTPUT_FAULTS)[number];

/** How often a receiver is bad: its first calls all are, and then every so manieth. */
interface Badness {
  readonly first: number;
  readonly every: number;
}

/** What keeps a call for seconds is done less often. */
const SLOW: Badness = { first: 2, every: 1009 };
const QUICK: Badness = { first: 8, every: 53 };
const BADNESS: Readonly<Record<OutputFault, Badness>> = {
  refuse: { first: 2, every: 211 },
  stall: SLOW,
  reset: QUICK,
  'answer 429': { first: 3, every: 499 },
  'answer 500': QUICK,
  garbage: QUICK,
  gigabyte: SLOW,
  redirect: QUICK,
  drip: SLOW,
  'half an answer': SLOW,
  // Whoever gets so far trusts it.
  'wrong certificate': { first: 0, every: Number.POSITIVE_INFINITY },
  'body breaks off': QUICK,
};
const GIGABYTE = 1 << 30;
const DRIP_MS = 50;

/** What came in one call. */
export interface ReceivedCall {
  /** `webhook-id`. */
  readonly key: string;
  /** Of the body. */
  readonly digest: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** It was answered with success. */
  readonly taken: boolean;
}

/** A receiver on loopback that behaves badly in one way, from its first call on and now and then later. */
export class FaultyReceiver {
  readonly fault: OutputFault | 'healthy';
  readonly calls: ReceivedCall[] = [];
  /** Bytes of a gigabyte that were taken from it in one call, at most. */
  mostBytesTaken = 0;
  /** Faults that were done. */
  faults = 0;
  /** Calls that came where a redirect led. */
  led = 0;
  readonly #server: Server | TlsServer;
  readonly #trap: Server;
  readonly #sockets = new Set<Socket>();
  #count = 0;
  #port = 0;
  #trapPort = 0;

  constructor(fault: OutputFault | 'healthy') {
    this.fault = fault;
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.#take(request, response);
    this.#server =
      fault === 'wrong certificate'
        ? createTlsServer({ cert: CERTIFICATE, key: KEY }, answer)
        : createServer(answer);
    this.#server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    this.#trap = createServer((_request, response) => {
      this.led++;
      response.end();
    });
  }

  get url(): string {
    const scheme = this.fault === 'wrong certificate' ? 'https' : 'http';
    return `${scheme}://127.0.0.1:${this.#port}/hook`;
  }

  /** Listens; one that refuses first only holds its port. */
  async start(): Promise<void> {
    this.#port = await listen(this.#server, 0);
    if (this.fault === 'redirect') this.#trapPort = await listen(this.#trap, 0);
    if (this.fault === 'refuse') await this.#refuse();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of [this.#server, this.#trap])
      if (server.listening) await new Promise((resolve) => server.close(resolve));
  }

  /** Nobody listens for a while. */
  async #refuse(): Promise<void> {
    this.faults++;
    await new Promise((resolve) => {
      this.#server.close(resolve);
      for (const socket of this.#sockets) socket.destroy();
      this.#sockets.clear();
    });
    setTimeout(() => void listen(this.#server, this.#port), REFUSED_MS);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.once('end', () => {
      const number = this.#count++;
      const bad = this.fault !== 'healthy' && isBad(BADNESS[this.fault], number);
      const note = (taken: boolean): void => {
        const key = String(request.headers['webhook-id']);
        this.calls.push({ key, digest: hash.digest('hex'), at: performance.now(), taken });
      };
      if (this.fault === 'healthy' || !bad) {
        note(true);
        response.end('taken');
        return;
      }
      this.faults++;
      note(TAKEN_ALL_THE_SAME.has(this.fault));
      this.#misbehave(this.fault, request.socket, response);
    });
  }

  #misbehave(fault: OutputFault, socket: Socket, response: ServerResponse): void {
    switch (fault) {
      case 'refuse':
        socket.destroy();
        void this.#refuse();
        return;
      case 'stall':
        return;
      case 'reset':
        socket.resetAndDestroy();
        return;
      case 'answer 429':
        response.writeHead(429, { 'retry-after': '1' }).end('slow down');
        return;
      case 'answer 500':
        response.writeHead(500).end('trouble');
        return;
      case 'garbage':
        socket.end('\x00\xff\x13 this is no answer \r\n\r\n');
        return;
      case 'gigabyte':
        this.#pour(response);
        return;
      case 'redirect':
        response.writeHead(307, { location: `http://127.0.0.1:${this.#trapPort}/inner` }).end();
        return;
      case 'drip': {
        response.writeHead(200);
        const timer = setInterval(() => response.write('.'), DRIP_MS);
        response.once('close', () => clearInterval(timer));
        return;
      }
      case 'half an answer':
        socket.write('HTTP/1.1 200 OK\r\nContent-Le');
        return;
      case 'wrong certificate':
        // Such a call does not come so far: see `authority` of the harness.
        response.writeHead(500).end();
        return;
      case 'body breaks off':
        response.writeHead(200, { 'content-length': '1000' });
        response.write('begun');
        setImmediate(() => socket.destroy());
        return;
      default:
        fault satisfies never;
    }
  }

  /** As much of a gigabyte as is taken. */
  #pour(response: ServerResponse): void {
    const piece = Buffer.alloc(64 * 1024, 65);
    response.writeHead(200);
    let poured = 0;
    const go = (): void => {
      while (poured < GIGABYTE && !response.destroyed) {
        poured += piece.length;
        if (!response.write(piece)) {
          response.once('drain', go);
          return;
        }
      }
      response.end();
    };
    response.once('close', () => {
      this.mostBytesTaken = Math.max(this.mostBytesTaken, poured);
    });
    go();
  }
}

const REFUSED_MS = 700;
/** The head said success before the trouble began: the call was taken. */
const TAKEN_ALL_THE_SAME: ReadonlySet<OutputFault> = new Set(['gigabyte', 'drip', 'body breaks off']);

function isBad({ first, every }: Badness, number: number): boolean {
  return number < first || (number > 0 && number % every === 0);
}

function listen(server: Server | TlsServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
