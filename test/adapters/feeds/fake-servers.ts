import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of this process, for as long as a test. */
export interface FakeServer {
  readonly url: string;
  /** What was asked, in order: method, path with query, and the headers. */
  readonly asked: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeServer> {
  const asked: FakeServer['asked'] = [];
  const server: Server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A file that changes: it keeps to RFC 9110, 13 (ETag and Last-Modified), and to whatever `fault` says. */
export class FakeFile {
  text = '';
  modified = new Date('2026-11-10T00:00:00Z');
  fault: 'none' | 'error' | 'page' | 'broken' | 'elsewhere' = 'none';
  token: string | undefined;

  open(): Promise<FakeServer> {
    return serve((request, response) => {
      if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
        response.writeHead(401).end('who are you');
        return;
      }
      if (this.fault === 'error') response.writeHead(503).end('later');
      else if (this.fault === 'page')
        response.writeHead(200).end('<html><body>Down for\nmaintenance</body></html>');
      else if (this.fault === 'elsewhere') response.writeHead(302, { location: 'http://127.0.0.2/x' }).end();
      else if (this.fault === 'broken') {
        response.writeHead(200, { 'content-length': '1000' });
        response.write(this.text.slice(0, 5));
        response.destroy();
      } else this.#whole(request, response);
    });
  }

  #whole(request: IncomingMessage, response: ServerResponse): void {
    const etag = `"${this.text.length}-${this.modified.getTime()}"`;
    const lastModified = this.modified.toUTCString();
    const asked = request.headers['if-none-match'];
    const same = asked !== undefined ? asked === etag : request.headers['if-modified-since'] === lastModified;
    response.writeHead(same ? 304 : 200, { etag, 'last-modified': lastModified });
    response.end(same ? undefined : this.text);
  }
}

/** A MISP feed: a manifest, and an event a file. */
export class FakeMisp {
  readonly events = new Map<string, { timestamp: number; domains: readonly string[] }>();
  /** Events that are listed, and cannot be had. */
  readonly missing = new Set<string>();

  open(): Promise<FakeServer> {
    return serve((request, response) => {
      const name = (request.url ?? '').split('/').at(-1) ?? '';
      const uuid = name.replace(/\.json$/, '');
      const event = this.events.get(uuid);
      if (name === 'manifest.json') {
        const listed = [...this.events].map(([id, { timestamp }]) => [
          id,
          { timestamp: String(timestamp), info: 'x' },
        ]);
        response
          .writeHead(200)
          .end(JSON.stringify(Object.fromEntries([...listed, ['../../etc/passwd', {}]])));
      } else if (event === undefined || this.missing.has(uuid)) response.writeHead(404).end();
      else {
        const attributes = event.domains.map((value) => ({ type: 'domain', value, to_ids: true }));
        const body = { Event: { uuid, timestamp: String(event.timestamp), Attribute: attributes } };
        response.writeHead(200).end(JSON.stringify(body));
      }
    });
  }
}

/** An indicator of a TAXII collection. */
export interface FakeObject {
  readonly id: string;
  readonly added: string;
  readonly modified: string;
  readonly pattern: string;
  readonly revoked?: boolean;
}

/** A collection of a TAXII 2.1 server (OASIS, 2021; sections 3.4 paging, 1.6.8 content negotiation, 5.4 objects). */
export class FakeTaxii {
  readonly objects: FakeObject[] = [];
  pageSize = 2;
  contentType = 'application/taxii+json;version=2.1';
  readonly #pages = new Map<string, number>();

  open(): Promise<FakeServer> {
    return serve((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      if (url.pathname !== '/api/collections/c1/objects/') {
        response.writeHead(404).end();
        return;
      }
      if (!/^application\/taxii\+json;\s*version=2\.1$/.test(request.headers.accept ?? '')) {
        response.writeHead(406).end();
        return;
      }
      this.#page(url.searchParams, response);
    });
  }

  #page(asked: URLSearchParams, response: ServerResponse): void {
    const after = asked.get('added_after') ?? '';
    const all = this.objects
      .filter(({ added }) => added > after)
      .sort((a, b) => (a.added < b.added ? -1 : 1));
    const token = asked.get('next');
    // A token belongs to the filter that it was given for.
    const from = token === null ? 0 : this.#pages.get(`${token} ${after}`);
    if (from === undefined) {
      response.writeHead(400).end();
      return;
    }
    const page = all.slice(from, from + Math.min(this.pageSize, Number(asked.get('limit') ?? 100)));
    const more = from + page.length < all.length;
    const next = `t${from + page.length}`;
    if (more) this.#pages.set(`${next} ${after}`, from + page.length);
    const objects = page.map(({ added: _, ...object }) => ({
      type: 'indicator',
      spec_version: '2.1',
      pattern_type: 'stix',
      ...object,
    }));
    response.writeHead(200, {
      'content-type': this.contentType,
      ...(page.length === 0
        ? {}
        : {
            'x-taxii-date-added-first': page[0]?.added ?? '',
            'x-taxii-date-added-last': page.at(-1)?.added ?? '',
          }),
    });
    response.end(
      JSON.stringify({ more, ...(more ? { next } : {}), ...(objects.length === 0 ? {} : { objects }) }),
    );
  }
}
