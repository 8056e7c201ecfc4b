import { readFileSync } from 'node:fs';
import { readYamlFile } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { knownToken, knownUrl } from './api-files.ts';
import type { ClientChoice } from './client-options.ts';
import { isPlain } from './plain.ts';
import { isDiagnostic, refusal } from './refusal.ts';

/** A query, names to texts; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** What went wrong on the way to a daemon, as a finding. */
export class ClientTrouble extends Error {
  readonly finding: Diagnostic;

  constructor(finding: Diagnostic) {
    super(finding.message);
    this.name = 'ClientTrouble';
    this.finding = finding;
  }
}

/** A daemon that is asked over its API. Methods throw `ClientTrouble`. */
export class ApiClient {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  async get(path: string, query: Query = {}): Promise<unknown> {
    return this.#json(await this.#fetch('GET', path, { query }));
  }

  async post(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#json(await this.#fetch('POST', path, { body }));
  }

  async delete(path: string): Promise<unknown> {
    return this.#json(await this.#fetch('DELETE', path, {}));
  }

  /** Every item of a listing, page by page. */
  async *pages(path: string, query: Query = {}): AsyncGenerator<Readonly<Record<string, unknown>>> {
    let after: string | undefined;
    do {
      const page = await this.get(path, { limit: 200, ...query, after });
      const items: unknown = isPlain(page) ? page['items'] : undefined;
      for (const item of Array.isArray(items) ? items : []) if (isPlain(item)) yield item;
      const next: unknown = isPlain(page) ? page['next'] : undefined;
      after = typeof next === 'string' ? next : undefined;
    } while (after !== undefined);
  }

  /** The live stream, event by event, until it ends. */
  async *stream(
    query: Query,
    last: string | undefined,
  ): AsyncGenerator<{ readonly id: string; readonly event: string; readonly data: string }> {
    const headers = last === undefined ? {} : { 'last-event-id': last };
    const response = await this.#fetch('GET', '/api/v1/stream', { query, headers });
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string): string =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2) ?? '';
        const [id, event, data] = [field('id'), field('event'), field('data')];
        if (event !== '' || id !== '') yield { id, event, data };
      }
    }
  }

  async #fetch(
    method: string,
    path: string,
    {
      query = {},
      body,
      headers = {},
    }: {
      readonly query?: Query;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<Response> {
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
    let response: Response;
    try {
      response = await fetch(this.url + path + search, {
        method,
        redirect: 'error',
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      const hint = 'start it with `telltale run`, or name another with --url';
      throw new ClientTrouble(refusal('TT8072', `no daemon answers at ${this.url}: ${cause}`, hint));
    }
    if (response.ok) return response;
    const said: unknown = await response.json().catch(() => undefined);
    const fault = isPlain(said) && isPlain(said['error']) ? said['error']['message'] : undefined;
    const message = typeof fault === 'string' ? fault : `it answers ${response.status}`;
    throw new ClientTrouble(refusal('TT8073', `the daemon does not do it (${response.status}): ${message}`));
  }

  async #json(response: Response): Promise<unknown> {
    try {
      return await response.json();
    } catch {
      throw new ClientTrouble(refusal('TT8072', `what answers at ${this.url} is no daemon of ours`));
    }
  }
}

const STATE = './telltale-state';

/** The state folder that is meant. */
export async function stateFolder({ state, config }: ClientChoice): Promise<string> {
  if (state !== undefined) return state;
  if (config === undefined) return STATE;
  const { documents, diagnostics } = await readYamlFile(config);
  const [wrong] = diagnostics;
  if (wrong !== undefined) throw new ClientTrouble(wrong);
  const value = documents[0]?.value;
  const named = isPlain(value) ? value['state'] : undefined;
  return typeof named === 'string' ? named : STATE;
}

/** The daemon that is meant. Throws `ClientTrouble` where nothing says where it is, or with which token. */
export async function openClient(choice: ClientChoice): Promise<ApiClient> {
  const client = await clientOf(choice);
  if (isDiagnostic(client)) throw new ClientTrouble(client);
  return client;
}

async function clientOf(choice: ClientChoice): Promise<ApiClient | Diagnostic> {
  const folder = await stateFolder(choice);
  const url = choice.url ?? process.env['TELLTALE_URL'] ?? knownUrl(folder);
  if (url === undefined || url === '') {
    const hint = 'start it with `telltale run`, or name it with --url, --state or --config';
    return refusal('TT8072', `no daemon works in ${folder}`, hint);
  }
  if (!/^https?:\/\/[^\s/]+/.test(url))
    return refusal('TT8003', `--url is ${url}`, 'such as http://127.0.0.1:9280');
  const token = tokenOf(choice, folder);
  if (isDiagnostic(token)) return token;
  return new ApiClient(url, token);
}

function tokenOf({ tokenFile }: ClientChoice, folder: string): string | Diagnostic {
  if (tokenFile !== undefined) {
    try {
      return readFileSync(tokenFile, 'utf8').trim();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return refusal('TT8073', `no token can be read: ${reason}`);
    }
  }
  const token = process.env['TELLTALE_TOKEN'] ?? knownToken(folder);
  if (token !== undefined && token !== '') return token;
  const hint = 'set TELLTALE_TOKEN, or name a file with --token-file';
  return refusal('TT8073', `there is no token: ${folder} holds none that can be read`, hint);
}
