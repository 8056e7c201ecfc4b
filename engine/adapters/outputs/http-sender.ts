import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { ClockPort, Delivered } from '../../runtime/index.ts';
import { checkedLookup, isInner, PrivateAddress } from './address-guard.ts';

/** Where to send, and how long to wait. */
export interface HttpSenderOptions {
  readonly url: string;
  readonly allowPrivate: boolean;
  /** From the call to the head of the answer. */
  readonly answerMaxMs: number;
}

export const HTTP_SENDER_DEFAULTS = { answerMaxMs: 20_000 } as const;

/** What is read of an answer's body, for the reason of a refusal; the connection of a longer one is closed. */
const BODY_MAX_BYTES = 16 * 1024;
/** How long the body of an answer may take. Its status is known by then: the call does not fail for it. */
const BODY_MAX_MS = 2000;
const RETRY_AFTER_MAX_MS = 24 * 3_600_000;
const EXCERPT_MAX = 200;

/** What the receiver answered. */
interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly excerpt: string;
}

/**
 * Posts to one HTTP receiver. It follows no redirect, uses no proxy, keeps a connection, connects only to addresses that were checked, and
 * reads a bounded part of the answer for a bounded time.
 */
export class HttpSender {
  readonly #url: URL;
  readonly #options: HttpSenderOptions;
  readonly #clock: Pick<ClockPort, 'nowMicros'>;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(options: HttpSenderOptions, clock: Pick<ClockPort, 'nowMicros'>) {
    this.#url = new URL(options.url);
    if (this.#url.protocol !== 'http:' && this.#url.protocol !== 'https:')
      throw new Error(`an output's url is http: or https:, not ${this.#url.protocol}`);
    this.#options = options;
    this.#clock = clock;
    const kept = { keepAlive: true, keepAliveMsecs: 10_000, maxSockets: 4, maxFreeSockets: 2 };
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent(kept) : new HttpAgent(kept);
  }

  /** Sends once and judges the answer. Never rejects. */
  async post(
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    stop: AbortSignal,
  ): Promise<Delivered> {
    try {
      return judged(await this.#answer(body, headers, stop), this.#clock.nowMicros());
    } catch (error) {
      if (error instanceof PrivateAddress) return { kind: 'refused', reason: error.message };
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  #answer(body: Uint8Array, headers: Readonly<Record<string, string>>, stop: AbortSignal): Promise<Answer> {
    const guard = this.#options.allowPrivate ? 'allowed' : 'refused';
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    // A literal address is never looked up, so it is checked here.
    if (guard === 'refused' && isIP(host) > 0 && isInner(host))
      return Promise.reject(new PrivateAddress(host, host));
    return new Promise((resolve, reject) => {
      const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
      const call: ClientRequest = send(this.#url, {
        method: 'POST',
        agent: this.#agent,
        lookup: checkedLookup(guard),
        headers: { ...headers, 'content-length': String(body.length) },
        maxHeaderSize: 32 * 1024,
        signal: stop,
      });
      const late = setTimeout(
        () => call.destroy(new Error(`no answer within ${this.#options.answerMaxMs} ms`)),
        this.#options.answerMaxMs,
      );
      call.once('error', (error) => {
        clearTimeout(late);
        // A kept connection may have been closed by the receiver while it idled: that says nothing of the receiver. The keys make a repeat harmless.
        if (call.reusedSocket && !stop.aborted && 'code' in error && error.code === 'ECONNRESET')
          this.#answer(body, { ...headers }, stop).then(resolve, reject);
        else reject(error);
      });
      call.once('response', (response) => {
        clearTimeout(late);
        readExcerpt(response, (excerpt) =>
          resolve({
            status: response.statusCode ?? 0,
            retryAfter: response.headers['retry-after'],
            excerpt,
          }),
        );
      });
      call.end(body);
    });
  }
}

/** Reads the beginning of an answer; a longer or slower one is cut off with its connection. */
function readExcerpt(response: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const late = setTimeout(() => response.destroy(), BODY_MAX_MS);
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_MAX_BYTES) chunks.push(chunk);
    else response.destroy();
  });
  // A body that breaks off changes nothing: the status said what became of the call.
  response.on('error', () => undefined);
  response.once('close', () => {
    clearTimeout(late);
    const text = Buffer.concat(chunks)
      .toString('utf8')
      .replace(/[^\x20-\x7e\u00a0-\ud7ff]+/g, ' ');
    done(text.trim().slice(0, EXCERPT_MAX));
  });
}

/**
 * What an answer means: 2xx is taken; 408, 425, 429 and 5xx may be taken later; redirects are not followed, and like all else refused for good.
 */
export function judged({ status, retryAfter, excerpt }: Answer, nowMicros: number): Delivered {
  if (status >= 200 && status < 300) return { kind: 'done' };
  const reason = excerpt === '' ? `HTTP ${status}` : `HTTP ${status}: ${excerpt}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const afterMs = retryAfterMs(retryAfter, nowMicros);
    return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  if (status >= 300 && status < 400)
    return { kind: 'refused', reason: `HTTP ${status}: redirects are not followed` };
  return { kind: 'refused', reason };
}

/** How long `Retry-After` asks to wait: seconds or a date (RFC 9110, 10.2.3), at most a day; undefined where it is neither. */
export function retryAfterMs(value: string | undefined, nowMicros: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, RETRY_AFTER_MAX_MS);
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(0, at - nowMicros / 1000), RETRY_AFTER_MAX_MS);
}
