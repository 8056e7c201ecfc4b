import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { ApiConfig, ApiToken } from '../runtime/index.ts';
import { Access, type DigestedToken } from './access.ts';
import { type AppParts, createApp } from './app.ts';
import { originRules } from './origin.ts';

/** What one listener bears. */
export const SERVER_LIMITS = {
  headerSizeMaxBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 30_000,
  connectionsMax: 500,
} as const;

/** What a server is made with. */
export interface ServerParts extends Omit<AppParts, 'access' | 'origins'> {
  readonly config: ApiConfig;
  /** All who may come, the admin of the state folder among them. */
  readonly tokens: readonly ApiToken[];
  /** Tokens besides, as they are at a request. */
  readonly keptTokens?: () => readonly DigestedToken[];
}

/** The API on an address. */
export class ConsoleServer {
  readonly #server: Server;
  readonly #config: ApiConfig;

  constructor({ config, tokens, keptTokens, ...parts }: ServerParts) {
    this.#config = config;
    const origins = originRules(config.host, config);
    const app = createApp({ ...parts, access: new Access(tokens, keptTokens), origins });
    const listener = getRequestListener((request, env) => {
      const remote = 'incoming' in env ? (env.incoming.socket?.remoteAddress ?? '') : '';
      return app.fetch(request, { remote });
    });
    this.#server = createServer(
      {
        maxHeaderSize: SERVER_LIMITS.headerSizeMaxBytes,
        headersTimeout: SERVER_LIMITS.headersMs,
        requestTimeout: SERVER_LIMITS.requestMs,
        keepAliveTimeout: SERVER_LIMITS.keepAliveMs,
        connectionsCheckingInterval: 5000,
      },
      (request, response) => {
        void listener(request, response);
      },
    );
    this.#server.maxConnections = SERVER_LIMITS.connectionsMax;
  }

  /** Begins to listen, and gives the URL; rejects where it cannot. */
  async listen(): Promise<string> {
    const { host, port } = this.#config;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const at = this.#server.address();
    if (typeof at !== 'object' || at === null) throw new Error('it listens on no address');
    return `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`;
  }

  /** Ends it; streams end at once. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
