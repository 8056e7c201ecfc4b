/**
 * Floor 8 · console: the HTTP API.
 * Invariants: closed by default (who brings no token is let see that the engine lives, and nothing else); the table of routes is the only place that says
 * what can be asked, and routing, checking of requests, OpenAPI and the test of what is open are made of it; every write is written down; a client
 * that is slow, absurd or hostile costs a bounded amount and never holds up the engine.
 * Deliberately absent: what is asked of the engine (`EnginePort`; the command line puts it together), pages for browsers, TLS (a proxy's task).
 */
export { Access, type DigestedToken, mayAct, type Principal } from './access.ts';
export { ApiFault } from './api-fault.ts';
export {
  type AppParts,
  type Bindings,
  createApp,
  OPEN_LIMITS,
  REQUEST_LIMITS,
  routesOf,
  STRANGER_LIMITS,
} from './app.ts';
export type {
  EnginePort,
  EngineStatus,
  OutputReport,
  ReadinessCheck,
  RuleReport,
  SourceReport,
} from './engine-port.ts';
export { openApi } from './open-api.ts';
export { checkOrigin, type OriginRules, originRules } from './origin.ts';
export { RateLimit, type RateLimits } from './rate-limit.ts';
export type { Route } from './route.ts';
export { ConsoleServer, SERVER_LIMITS, type ServerParts } from './server.ts';
