import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { SourceLoss } from '../../runtime/index.ts';
import { SpoolRefusal } from '../store/spool.ts';
import {
  BodyFault,
  type BodyRecords,
  type BulkItems,
  bulkBody,
  hecBody,
  jsonBody,
  rawBody,
} from './http-bodies.ts';
import type { Accept, Receiver } from './spooled-source.ts';

/** Where to listen, who may send, and how much. */
export interface HttpReceiverOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Any of these lets send. None: whoever reaches the address may; only allowed on loopback. */
  readonly tokens: readonly string[];
  /** Of a body, unpacked. */
  readonly bodySizeMaxBytes: number;
  readonly connectionsMax: number;
  /** A request must be whole after so long. */
  readonly requestMaxMs: number;
}

export const HTTP_RECEIVER_DEFAULTS = {
  bodySizeMaxBytes: 16 << 20,
  connectionsMax: 1000,
  requestMaxMs: 60_000,
} as const;

/** What senders of the Elastic kind ask for before they send. */
const ELASTIC_INFO = {
  name: 'telltale',
  cluster_name: 'telltale',
  cluster_uuid: '_na_',
  version: { number: '8.17.0', build_flavor: 'default', lucene_version: '9.12.0' },
  tagline: 'You Know, for Search',
};

const RETRY_AFTER_SECONDS = 5;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Dialect = 'plain' | 'hec' | 'elastic';

/**
 * Takes events over HTTP: NDJSON and JSON at `/` and `/ingest`, what Splunk's collectors send at `/services/collector…`, and what Elastic's
 * shippers send at `/_bulk`. A request is answered with success only when its records are on disk; where there is no room, 429 says when to
 * come again.
 */
export class HttpReceiver implements Receiver {
  readonly #options: HttpReceiverOptions;
  readonly #server: Server;
  readonly #losses = new Map<string, number>();
  #accept: Accept | undefined;
  address: string | undefined;

  constructor(options: HttpReceiverOptions) {
    if (options.tokens.length === 0 && !isLoopback(options.host)) {
      throw new Error(`without a token, only a loopback address may be listened on, not ${options.host}`);
    }
    this.#options = options;
    this.#server = createServer(
      {
        maxHeaderSize: 16 * 1024,
        headersTimeout: Math.min(20_000, options.requestMaxMs),
        requestTimeout: options.requestMaxMs,
        keepAliveTimeout: 30_000,
        connectionsCheckingInterval: 5000,
      },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    this.#server.maxConnections = options.connectionsMax;
    this.#server.maxRequestsPerSocket = 0;
  }

  async start(accept: Accept): Promise<void> {
    this.#accept = accept;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const at = this.#server.address();
    if (typeof at === 'object' && at !== null) {
      this.address = `${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`;
    }
  }

  losses(): readonly SourceLoss[] {
    return [...this.#losses].map(([reason, count]) => ({ kind: 'rejected', reason, count }));
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const dialect = dialectOf(path);
    let answer: Answer;
    try {
      answer = await this.#answer(request, { path, dialect });
    } catch (error) {
      answer = this.#trouble(error, dialect);
    }
    if (response.destroyed) return;
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'x-content-type-options': 'nosniff',
      ...(dialect === 'elastic' || path === '/' ? { 'x-elastic-product': 'Elasticsearch' } : {}),
      ...answer.headers,
      // A body that was refused is not read to its end; what follows on the connection cannot be told apart.
      ...(answer.status === 413 ? { connection: 'close' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : text);
    if (answer.status === 413) request.destroy();
  }

  async #answer(
    request: IncomingMessage,
    { path, dialect }: { readonly path: string; readonly dialect: Dialect },
  ): Promise<Answer> {
    const method = request.method ?? 'GET';
    if (path === '/services/collector/health')
      return { status: 200, body: { text: 'HEC is healthy', code: 17 } };
    const auth = this.#authorised(request);
    if (auth !== undefined) return refusedAuth(auth, dialect);
    if (method === 'GET' || method === 'HEAD') {
      if (path === '/') return { status: 200, body: ELASTIC_INFO };
      if (dialect === 'elastic') return { status: 200, body: {} };
      return { status: 404, body: { error: `there is nothing at ${path}` } };
    }
    if (method !== 'POST' && method !== 'PUT') {
      return {
        status: 405,
        body: { error: `${method} is not allowed` },
        headers: { allow: 'GET, HEAD, POST, PUT' },
      };
    }
    const read = readerOf(path);
    if (read === undefined)
      return { status: 404, body: { error: `there is nothing at ${path}; send to /ingest` } };
    const began = performance.now();
    const records = read(await this.#body(request));
    if (records.records > 0) await this.#accept?.(records.bytes, records.records);
    return taken(records, { dialect, tookMs: Math.round(performance.now() - began) });
  }

  /** Why the request may not send; undefined where it may. */
  #authorised(request: IncomingMessage): 'missing' | 'wrong' | undefined {
    const { tokens } = this.#options;
    if (tokens.length === 0) return sameHost(request) ? undefined : 'wrong';
    const given = tokenOf(request);
    if (given === undefined) return 'missing';
    // All are compared, so that the time does not tell which one it is.
    return tokens.filter((token) => sameText(given, token)).length > 0 ? undefined : 'wrong';
  }

  async #body(request: IncomingMessage): Promise<Uint8Array> {
    const most = this.#options.bodySizeMaxBytes;
    if (Number(request.headers['content-length'] ?? 0) > most) throw new BodyTooLarge(most);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      const bytes: Buffer = chunk;
      size += bytes.length;
      if (size > most) throw new BodyTooLarge(most);
      chunks.push(bytes);
    }
    const body = Buffer.concat(chunks, size);
    const encoding = String(request.headers['content-encoding'] ?? 'identity').toLowerCase();
    if (encoding === 'identity' || encoding === '') return body;
    const unpack =
      encoding === 'gzip' ? promisify(gunzip) : encoding === 'deflate' ? promisify(inflate) : undefined;
    if (unpack === undefined) throw new UnknownEncoding(encoding);
    try {
      return await unpack(body, { maxOutputLength: most });
    } catch (error) {
      if (error instanceof RangeError) throw new BodyTooLarge(most);
      throw new BodyFault(`the body is no ${encoding}`);
    }
  }

  #trouble(error: unknown, dialect: Dialect): Answer {
    const retry = { 'retry-after': String(RETRY_AFTER_SECONDS) };
    if (error instanceof SpoolRefusal) {
      if (dialect === 'hec')
        return { status: 503, body: { text: 'Server is busy', code: 9 }, headers: retry };
      const status = error.reason === 'full' ? 429 : 503;
      const reason = { type: 'es_rejected_execution_exception', reason: error.message };
      return {
        status,
        body: dialect === 'elastic' ? { error: reason, status } : { error: error.message },
        headers: retry,
      };
    }
    if (error instanceof BodyTooLarge) {
      this.#lose('body_too_large');
      return { status: 413, body: { error: error.message } };
    }
    if (error instanceof UnknownEncoding) return { status: 415, body: { error: error.message } };
    if (error instanceof BodyFault) {
      this.#lose('body_malformed');
      if (dialect === 'hec') return hecFault(error);
      const reason = { type: 'illegal_argument_exception', reason: error.message };
      return {
        status: 400,
        body: dialect === 'elastic' ? { error: reason, status: 400 } : { error: error.message },
      };
    }
    // The sender went away, or sent no request that can be read.
    return { status: 400, body: { error: 'the request could not be read' } };
  }

  #lose(reason: string): void {
    this.#losses.set(reason, (this.#losses.get(reason) ?? 0) + 1);
  }
}

class BodyTooLarge extends Error {
  constructor(most: number) {
    super(`a body may have ${most} bytes, unpacked; send smaller batches`);
    this.name = 'BodyTooLarge';
  }
}

class UnknownEncoding extends Error {
  constructor(encoding: string) {
    super(`content-encoding ${encoding} is not understood; use gzip, deflate or none`);
    this.name = 'UnknownEncoding';
  }
}

function dialectOf(path: string): Dialect {
  if (path.startsWith('/services/collector')) return 'hec';
  return path.startsWith('/_') || path.endsWith('/_bulk') ? 'elastic' : 'plain';
}

function readerOf(path: string): ((body: Uint8Array) => BodyRecords | BulkItems) | undefined {
  switch (path) {
    case '/':
    case '/ingest':
      return jsonBody;
    case '/services/collector':
    case '/services/collector/event':
    case '/services/collector/event/1.0':
      return hecBody;
    case '/services/collector/raw':
    case '/services/collector/raw/1.0':
      return rawBody;
    default: {
      const bulk = /^(?:\/([^/]+))?(?:\/_doc)?\/_bulk\/?$/.exec(path);
      return bulk === null ? undefined : (body) => bulkBody(body, bulk[1] ?? 'telltale');
    }
  }
}

function taken(
  records: BodyRecords | BulkItems,
  { dialect, tookMs }: { readonly dialect: Dialect; readonly tookMs: number },
): Answer {
  if (dialect === 'hec') return { status: 200, body: { text: 'Success', code: 0 } };
  if (!('items' in records)) return { status: 200, body: { accepted: records.records } };
  const items = records.items.map(({ action, index, id, taken }, at) => ({
    [action]: taken
      ? { _index: index, _id: id ?? String(at), _version: 1, result: 'created', status: 201 }
      : {
          _index: index,
          _id: id ?? String(at),
          status: 400,
          error: { type: 'illegal_argument_exception', reason: 'events are only added here' },
        },
  }));
  return { status: 200, body: { took: tookMs, errors: records.items.some(({ taken }) => !taken), items } };
}

function refusedAuth(why: 'missing' | 'wrong', dialect: Dialect): Answer {
  if (dialect === 'hec') {
    return why === 'missing'
      ? { status: 401, body: { text: 'Token is required', code: 2 } }
      : { status: 403, body: { text: 'Invalid token', code: 4 } };
  }
  const error = why === 'missing' ? 'a token is required: Authorization: Bearer …' : 'the token is wrong';
  return { status: 401, body: { error }, headers: { 'www-authenticate': 'Bearer' } };
}

function hecFault(fault: BodyFault): Answer {
  const code =
    { 'No data': 5, 'Event field is required': 12, 'Event field cannot be blank': 13 }[fault.message] ?? 6;
  const place = fault.index === undefined ? {} : { 'invalid-event-number': fault.index };
  return { status: 400, body: { text: fault.message, code, ...place } };
}

/** The token in any of the forms in which senders give it: Bearer, Splunk, ApiKey, the password of Basic, or `X-Api-Key`. */
function tokenOf(request: IncomingMessage): string | undefined {
  const key = request.headers['x-api-key'];
  if (typeof key === 'string') return key;
  const [, scheme, value] = /^(\S+)\s+(.+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'splunk':
      return value.trim();
    case 'apikey':
    case 'basic': {
      const plain = Buffer.from(value.trim(), 'base64').toString('utf8');
      return plain.slice(plain.indexOf(':') + 1);
    }
    default:
      return undefined;
  }
}

/** Compares in a time that does not tell how much of it is right. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Without a token, a page in a browser on this machine must not be able to send by a name that leads here. */
function sameHost(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return request.headers.origin === undefined && (host === 'localhost' || isLoopback(host));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
