import { describe, expect, test } from 'vitest';
import { mayAct, routesOf } from '../../engine/console/index.ts';
import { API_ROLES, type ApiRole } from '../../engine/runtime/index.ts';
import { asking, HASH, makeApp } from './engine.ts';

/** What may be asked without a token, said here once more by hand. */
const OPEN = ['/healthz', '/readyz'];
const HOSTS: readonly (readonly [host: string | undefined, allowed: boolean])[] = [
  ['127.0.0.1:9280', true],
  ['localhost', true],
  ['LocalHost:1', true],
  ['[::1]:9280', true],
  ['soc.example', true],
  ['evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['soc.example.evil.example:9280', false],
  ['evil.example:9280@127.0.0.1', false],
  ['127.0.0.1, evil.example', false],
  ['0.0.0.0:9280', false],
  ['', false],
];

const ROLES: readonly (ApiRole | undefined)[] = [undefined, ...API_ROLES];
const ROUTES = new Map(routesOf('1.2.3').map((route) => [`${route.method} ${route.path}`, route]));

/** A body with which a write goes as far as its route. */
const BODIES: Readonly<Record<string, unknown>> = {
  resolve: { verdict: 'benign' },
  assign: { assignee: 'ann' },
  note: { reason: 'seen' },
  merge: { with: 'b2'.repeat(16) },
  split: { alerts: [HASH] },
  silences: { match: { rule: 'rule-1' }, owner: 'ann', reason: 'test', for: '1h' },
};

/** What the router itself knows: its handlers, whoever put them there. */
function registered(app: ReturnType<typeof makeApp>['app']): readonly { method: string; path: string }[] {
  return app.routes.filter(({ method, path }) => !(method === 'ALL' && path === '/*'));
}

/** Everything of the matrix that is open and should be closed, or closed and should be open. */
async function faults(app: ReturnType<typeof makeApp>['app']): Promise<readonly string[]> {
  const found: string[] = [];
  let remote = 0;
  for (const { method, path } of registered(app)) {
    const route = ROUTES.get(`${method} ${path}`);
    if (route === undefined) found.push(`${method} ${path}: the router knows it, the table does not`);
    const needs = route?.needs;
    if ((needs === 'open') !== OPEN.includes(path)) found.push(`${method} ${path}: needs ${needs}`);
    if (method !== 'GET' && (needs === 'reader' || needs === 'open'))
      found.push(`${method} ${path}: a write for readers`);
    const asked = path.replace(':id', HASH).replace(':name', 'out').replace(':value', 'ann');
    const verb = path.split('/').at(-1) ?? '';
    for (const role of ROLES) {
      for (const [host, allowed] of HOSTS) {
        const over = new AbortController();
        const response = await asking(app, asked, {
          method,
          role,
          headers: { host: host ?? '' },
          // Each asks from elsewhere, so that limits do not speak for the gate.
          remote: `10.0.${remote >> 8}.${remote++ & 255}`,
          signal: over.signal,
          ...(method === 'GET' ? {} : { body: BODIES[verb] ?? {} }),
        });
        over.abort();
        await response.body?.cancel();
        const { status } = response;
        const may = needs === 'open' || (role !== undefined && needs !== undefined && mayAct(role, needs));
        const expected = !allowed
          ? [421]
          : may
            ? [200, 201, 404, 409, 503]
            : role === undefined
              ? [401]
              : [403];
        if (!expected.includes(status))
          found.push(`${method} ${path} as ${role ?? 'nobody'} at ${host}: ${status}, not ${expected}`);
      }
    }
  }
  return found;
}

/** Tokens have a limit each; the matrix asks more often than anybody does. */
function patientApp(): ReturnType<typeof makeApp>['app'] {
  const { app, clock } = makeApp();
  const { fetch } = app;
  app.fetch = async (...given) => {
    await clock.advance(1000);
    return fetch(...given);
  };
  return app;
}

describe('every route, for every role, under every host', () => {
  test('nothing is open that should be closed, and nothing closed that should be open', async () => {
    const app = patientApp();
    expect(registered(app).length).toBe(ROUTES.size);
    expect(ROUTES.size).toBeGreaterThan(40);
    expect(await faults(app)).toEqual([]);
  });

  test('a route that somebody puts beside the table is found, and is closed to whoever has no token', async () => {
    const app = patientApp();
    app.get('/api/v1/planted', (context) => context.text('secret'));
    expect((await faults(app)).join('\n')).toContain('GET /api/v1/planted: the router knows it');
    expect((await asking(app, '/api/v1/planted')).status).toBe(401);
  });

  test('a method that nothing uses is refused, and HEAD is as closed as GET', async () => {
    const { ask } = makeApp();
    for (const method of ['PUT', 'PATCH', 'TRACE2'])
      expect((await ask('/api/v1/alerts', { method, role: 'admin' })).status, method).toBe(405);
    expect((await ask('/api/v1/alerts', { method: 'HEAD' })).status).toBe(401);
    expect((await ask('/api/v1/alerts', { method: 'HEAD', role: 'reader' })).status).toBe(200);
    expect((await ask('/api/v1/nothing', {})).status).toBe(401);
    expect((await ask('/api/v1/nothing', { role: 'reader' })).status).toBe(404);
    // A path that only looks like an open one.
    for (const path of ['/healthz/', '/healthz/../metrics', '//healthz', '/%68ealthz/x', '/HEALTHZ'])
      expect((await ask(path)).status, path).toBe(401);
  });

  test('what is not quite a token is none', async () => {
    const { ask } = makeApp();
    const given = ['', 'Bearer', 'Bearer ', 'bearer nothing', 'Basic YTpi', `Bearer ${'x'.repeat(600)}`];
    for (const [i, authorization] of given.entries())
      expect(
        (await ask('/metrics', { headers: { authorization }, remote: `r${i}` })).status,
        authorization,
      ).toBe(401);
    // Its first and its last character decide as much as any other.
    for (const token of [
      'token-of-the-admin-012345678',
      'token-of-the-admin-0123456780',
      'Token-of-the-admin-0123456789',
    ])
      expect(
        (await ask('/metrics', { headers: { authorization: `Bearer ${token}` }, remote: token })).status,
      ).toBe(401);
    const [, good] = ['', 'token-of-the-admin-0123456789'];
    expect((await ask('/metrics', { headers: { authorization: `bearer ${good}` } })).status).toBe(200);
  });

  test('pages of other origins may not ask, those that are named may', async () => {
    const { ask } = makeApp();
    const from = (headers: Record<string, string>, method = 'GET'): Promise<Response> =>
      ask('/api/v1/whoami', { role: 'reader', headers, method });
    expect((await from({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await from({ origin: 'null' })).status).toBe(403);
    expect((await from({ origin: 'http://127.0.0.1:9281' })).status).toBe(403);
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await from({ origin: 'http://127.0.0.1:9280' })).status).toBe(200);
    const named = await from({ origin: 'https://pages.example', 'sec-fetch-site': 'cross-site' });
    expect(named.status).toBe(200);
    expect(named.headers.get('access-control-allow-origin')).toBe('https://pages.example');
    const preflight = await from({ origin: 'https://pages.example' }, 'OPTIONS');
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'GET, POST, DELETE',
    ]);
    expect((await from({ origin: 'https://evil.example' }, 'OPTIONS')).status).toBe(403);
  });
});
