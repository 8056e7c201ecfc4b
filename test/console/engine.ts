import { openStore } from '../../engine/adapters/index.ts';
import {
  Access,
  type AppParts,
  type Bindings,
  createApp,
  type EnginePort,
  type EngineStatus,
  originRules,
} from '../../engine/console/index.ts';
import { API_ROLES, type ApiRole, Silences, type StoredRevision } from '../../engine/runtime/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export const TOKENS = API_ROLES.map((role) => ({
  name: `a-${role}`,
  role,
  token: `token-of-the-${role}-0123456789`,
}));

/** The header of a role; without one none. */
export function bearer(role: ApiRole | undefined): Record<string, string> {
  const token = TOKENS.find((one) => one.role === role)?.token;
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

export const HASH = 'a1'.repeat(16);

/** A revision as the store keeps it. */
export function stored(
  kind: 'alert' | 'incident',
  id: string,
  more: Partial<StoredRevision> = {},
): StoredRevision {
  const revision = more.revision ?? 1;
  return {
    kind,
    id,
    revision,
    state: 'open',
    severity: 'high',
    ruleId: 'rule-1',
    entities: ['ann', 'ws01'],
    firstSeen: 1_000,
    lastSeen: 2_000,
    body: JSON.stringify({ kind, id, revision, state: more.state ?? 'open', ümlaut: '\u2028<script>' }),
    storedAt: 5,
    ...more,
  };
}

/** An application over a real store in memory, and an engine that does what it is told: a decision makes the next revision. */
export function makeApp(change: Partial<EnginePort> = {}): {
  readonly engine: EnginePort;
  readonly app: ReturnType<typeof createApp>;
  readonly clock: VirtualClock;
  /** Asks as a role. */
  readonly ask: (path: string, options?: Asking) => Promise<Response>;
  readonly ring: () => void;
} {
  const clock = new VirtualClock();
  const { store } = openStore(':memory:', clock);
  const put = (...revisions: readonly StoredRevision[]): void =>
    store.commit({ positions: [], state: [], revisions, outbox: [], audit: [], ledger: [] });
  put(stored('alert', HASH), stored('incident', HASH, { lastSeen: 3_000 }));
  const status: EngineStatus = {
    version: '1.2.3',
    startedAt: clock.nowMicros(),
    now: clock.nowMicros(),
    commits: 1,
    waitingBatches: 0,
    stateBytes: 1,
    ruleset: { hash: 'h', rules: 1, findings: 0 },
    sources: [],
    outputs: [
      { name: 'out', type: 'file', delivered: 0, failedCalls: 0, dead: 0, waiting: 0, deadLetters: 0 },
    ],
    silences: 0,
    checks: [{ name: 'loop', holds: true, detail: 'it runs' }],
  };
  let waiting: (() => void)[] = [];
  const engine: EnginePort = {
    store,
    clock,
    silences: new Silences(store),
    decide: async (decisions, audit) => {
      const revisions = decisions.map(({ target: { kind, id }, state }) => {
        const before = store.latest(kind, id);
        return stored(kind, id, {
          revision: (before?.revision ?? 0) + 1,
          state: state ?? before?.state ?? 'open',
        });
      });
      store.commit({ positions: [], state: [], revisions, outbox: [], audit, ledger: [] });
    },
    status: () => status,
    rules: () => [
      {
        id: 'rule-1',
        name: 'one',
        title: 'One',
        kind: 'detection',
        level: 'high',
        status: 'test',
        confidence: 0.5,
        version: 1,
        mode: 'live',
        tags: [],
        hash: 'h',
        file: 'one.yml',
        line: 1,
        hits: 3,
      },
    ],
    findings: () => [],
    baselines: () => [],
    feeds: () => [],
    proof: () => ({ reason: 'nothing is remembered of it' }),
    tryPoisonAgain: async () => ({ outcome: 'taken', matched: 1, signals: 2 }),
    reload: async () => ({ changed: 0 }),
    metrics: async () => ({ type: 'text/plain', text: 'telltale_ready 1\n' }),
    nextChange: (stop) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        stop.addEventListener('abort', () => resolve());
      }),
    ...change,
  };
  const parts: AppParts = {
    engine,
    access: new Access(TOKENS),
    origins: originRules('127.0.0.1', { hosts: ['soc.example'], origins: ['https://pages.example'] }),
    version: '1.2.3',
  };
  const app = createApp(parts);
  return {
    engine,
    app,
    clock,
    ask: (path, options) => asking(app, path, options),
    ring: () => {
      for (const wake of waiting.splice(0)) wake();
      waiting = [];
    },
  };
}

/** How to ask. */
export interface Asking {
  readonly method?: string;
  readonly role?: ApiRole | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly remote?: string;
  readonly signal?: AbortSignal;
}

/** Asks an application. */
export async function asking(
  app: { request(path: string, init: RequestInit, env: Bindings): Response | Promise<Response> },
  path: string,
  { method = 'GET', role, headers = {}, body, remote = '127.0.0.1', signal }: Asking = {},
): Promise<Response> {
  const init: RequestInit = {
    method,
    headers: {
      host: '127.0.0.1:9280',
      ...bearer(role),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  };
  return app.request(path, init, { remote });
}
