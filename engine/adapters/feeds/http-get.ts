import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { createGunzip } from 'node:zlib';
import { checkedLookup, isInner, PrivateAddress } from '../outputs/address-guard.ts';

/** What a GET may do. */
export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivate: 'allowed' | 'refused';
  /** From the call to the end of the answer. */
  readonly answerMaxMs: number;
  readonly bodyMaxBytes: number;
}

/** What a server answered. */
export interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export const GET_DEFAULTS = { answerMaxMs: 120_000, bodyMaxBytes: 400 * 1024 * 1024 } as const;

/** Redirects that are followed within one host; elsewhere a credential could be carried off. */
const REDIRECTS_MAX = 3;

/**
 * Reads one address over HTTP. It connects only to addresses that were checked, follows redirects within the host and scheme only, and reads
 * a bounded answer in a bounded time, also where it grows when unpacked. Rejects where there is no whole answer.
 */
export async function httpGet(address: string, options: GetOptions): Promise<Got> {
  let url = new URL(address);
  for (let hop = 0; ; hop++) {
    const got = await once(url, options);
    const to = got.headers.location;
    if (got.status < 300 || got.status >= 400 || got.status === 304 || to === undefined) return got;
    const next = new URL(to, url);
    if (hop >= REDIRECTS_MAX) throw new Error('redirected too often');
    if (next.host !== url.host || (url.protocol === 'https:' && next.protocol !== 'https:')) {
      throw new Error(`redirected to ${next.host}, which is not followed: name that address in the feed`);
    }
    url = next;
  }
}

function once(url: URL, options: GetOptions): Promise<Got> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is never looked up, so it is checked here.
  if (options.allowPrivate === 'refused' && isIP(host) > 0 && isInner(host))
    return Promise.reject(new PrivateAddress(host, host));
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const call = send(url, {
      method: 'GET',
      lookup: checkedLookup(options.allowPrivate),
      headers: { 'accept-encoding': 'gzip', 'user-agent': 'telltale', ...options.headers },
      maxHeaderSize: 32 * 1024,
    });
    const late = setTimeout(
      () => call.destroy(new Error(`no whole answer within ${options.answerMaxMs} ms`)),
      options.answerMaxMs,
    );
    const fail = (error: Error): void => {
      clearTimeout(late);
      call.destroy();
      reject(error);
    };
    call.once('error', fail);
    call.once('response', (response) => {
      const packed = response.headers['content-encoding'] === 'gzip';
      const body = packed ? response.pipe(createGunzip()) : response;
      const chunks: Buffer[] = [];
      let size = 0;
      response.once('aborted', () => fail(new Error('the answer broke off')));
      response.once('error', fail);
      body.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > options.bodyMaxBytes)
          fail(new Error(`the answer is larger than ${options.bodyMaxBytes} bytes`));
        else chunks.push(chunk);
      });
      body.once('error', fail);
      body.once('end', () => {
        clearTimeout(late);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    call.end();
  });
}
