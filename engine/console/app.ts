import { Hono } from 'hono';
import { type Access, mayAct, type Principal } from './access.ts';
import { ApiFault } from './api-fault.ts';
import type { EnginePort } from './engine-port.ts';
import { openApi } from './open-api.ts';
import { checkOrigin, type OriginRules } from './origin.ts';
import { RateLimit, type RateLimits } from './rate-limit.ts';
import { type ApiAnswer, type Route, recordEvent } from './route.ts';
import { ROUTES } from './routes/table.ts';
import { ANYTHING, object, text } from './schemas.ts';
import { bodyOf, Check, queryOf } from './validate.ts';

/** What an application is made with. */
export interface AppParts {
  readonly engine: EnginePort;
  readonly access: Access;
  readonly origins: OriginRules;
  readonly version: string;
  /** Told of faults of ours; whoever asked is told nothing of them. */
  readonly trouble?: (error: unknown) => void;
}

/** What the listener knows of a request. */
export interface Bindings {
  /** The address of whoever asks. */
  readonly remote: string;
}

/** Requests by one token. */
export const REQUEST_LIMITS: RateLimits = { burst: 200, perSecond: 50, keysMax: 1000 };
/** Requests from one address that bring no token that is known. */
export const STRANGER_LIMITS: RateLimits = { burst: 20, perSecond: 0.5, keysMax: 10_000 };
/** Requests from one address for what is open. */
export const OPEN_LIMITS: RateLimits = { burst: 100, perSecond: 20, keysMax: 10_000 };

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'];

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/** The routes, with those by which the application tells about itself. */
export function routesOf(version: string): readonly Route[] {
  const own: Route[] = [
    {
      method: 'GET',
      path: '/api/v1/whoami',
      name: 'whoami',
      needs: 'reader',
      summary: 'Whose token it is, and what it may do.',
      answer: object({ name: text('Its name.'), role: text('Its role.') }),
      handle: ({ who }) => ({ json: who }),
    },
  ];
  const all = [...ROUTES, ...own];
  const described: Route = {
    method: 'GET',
    path: '/api/v1/openapi.json',
    name: 'openapi',
    needs: 'reader',
    summary: 'This document.',
    answer: ANYTHING,
    handle: () => ({ json: document }),
  };
  const document = openApi([...all, described], version);
  return [...all, described];
}

/**
 * The application: closed by default. Whatever is not known to be open is refused to whoever brings no token, whether or not there is a route.
 */
export function createApp(parts: AppParts): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  const routes = routesOf(parts.version);
  const open = new Set(routes.filter(({ needs }) => needs === 'open').map(({ path }) => path));
  const gate = new Gate(parts, open);
  app.use('*', async (context, next) => {
    const { req } = context;
    try {
      if (!METHODS.includes(req.method))
        throw new ApiFault(405, 'not_allowed', { message: `no ${req.method} here` });
      checkOrigin(req.raw.headers, parts.origins);
      if (req.method === 'OPTIONS') context.res = new Response(null, { status: 204 });
      else {
        gate.enter(req.raw, req.path, context.env?.remote ?? '');
        await next();
      }
    } catch (error) {
      context.res = faultOf(error, parts).response();
    }
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
    shareWith(context.res, req.raw.headers.get('origin'), parts.origins);
  });
  for (const route of routes) {
    const served = serve(route, parts, gate);
    app.on(route.method, route.path, ({ req }) => served(req.raw, req.param() as Record<string, string>));
  }
  app.notFound(() => new ApiFault(404, 'not_found', { message: 'there is nothing here' }).response());
  app.onError((error) => faultOf(error, parts).response());
  return app;
}

/** Who may come in, and how often. */
class Gate {
  readonly #parts: AppParts;
  readonly #open: ReadonlySet<string>;
  readonly #requests = new RateLimit(REQUEST_LIMITS);
  readonly #strangers = new RateLimit(STRANGER_LIMITS);
  readonly #opened = new RateLimit(OPEN_LIMITS);
  readonly #known = new WeakMap<Request, Principal>();

  constructor(parts: AppParts, open: ReadonlySet<string>) {
    this.#parts = parts;
    this.#open = open;
  }

  /** Lets a request in, or throws. */
  enter(request: Request, path: string, remote: string): void {
    const now = this.#parts.engine.clock.monotonicMs();
    if (this.#open.has(path)) {
      wait(this.#opened.take(remote, now));
      return;
    }
    const who = this.#parts.access.recognise(request.headers.get('authorization') ?? undefined);
    if (who === undefined) {
      wait(this.#strangers.take(remote, now));
      const message = 'bring a token: Authorization: Bearer …';
      throw new ApiFault(401, 'no_token', { message, headers: { 'www-authenticate': 'Bearer' } });
    }
    wait(this.#requests.take(who.name, now));
    this.#known.set(request, who);
  }

  who(request: Request): Principal | undefined {
    return this.#known.get(request);
  }
}

function wait(seconds: number): void {
  if (seconds === 0) return;
  const headers = { 'retry-after': String(seconds) };
  throw new ApiFault(429, 'too_often', { message: `come again in ${seconds} s`, headers });
}

function serve(
  route: Route,
  { engine }: AppParts,
  gate: Gate,
): (request: Request, params: Readonly<Record<string, string>>) => Promise<Response> {
  const query = new Check(object({}, route.query ?? {}), 'the query');
  const body = route.body === undefined ? undefined : new Check(route.body, 'the body');
  const { needs } = route;
  return async (request, params) => {
    const who = gate.who(request);
    if (needs !== 'open' && (who === undefined || !mayAct(who.role, needs))) {
      if (who !== undefined && route.method !== 'GET') {
        const detail = { role: who.role, needs };
        const event = { at: engine.clock.nowMicros(), by: `token:${who.name}`, subject: route.name };
        recordEvent(engine, { ...event, action: 'access.refused', detail });
      }
      throw new ApiFault(403, 'not_allowed', { message: `this needs the role ${needs}` });
    }
    const url = new URL(request.url);
    const answer = await route.handle({
      engine,
      who,
      params,
      query: query.of(queryOf(url.searchParams, route.query ?? {})),
      body: body === undefined ? {} : body.of(await bodyOf(request)),
      headers: request.headers,
      gone: request.signal,
    });
    return responseOf(answer);
  };
}

function responseOf(answer: ApiAnswer): Response {
  const status = answer.status ?? 200;
  if ('stream' in answer) {
    // Proxies that buffer would hold events back.
    const headers = { 'content-type': answer.type, 'x-accel-buffering': 'no' };
    return new Response(answer.stream, { status, headers });
  }
  const [body, type] =
    'json' in answer ? [JSON.stringify(answer.json), 'application/json'] : [answer.text, answer.type];
  return new Response(body, { status, headers: { 'content-type': type } });
}

/** A page of an origin that the operator named may read the answer. */
function shareWith(response: Response, origin: string | null, rules: OriginRules): void {
  if (origin === null || !rules.origins.includes(origin.toLowerCase())) return;
  response.headers.set('access-control-allow-origin', origin);
  response.headers.set('access-control-allow-methods', 'GET, POST, DELETE');
  response.headers.set('access-control-allow-headers', 'authorization, content-type, last-event-id');
  response.headers.set('vary', 'origin');
  response.headers.set('cross-origin-resource-policy', 'cross-origin');
}

function faultOf(error: unknown, { trouble }: AppParts): ApiFault {
  if (error instanceof ApiFault) return error;
  trouble?.(error);
  return new ApiFault(500, 'internal', { message: 'a fault of the engine; its log says more' });
}
