import type { ApiRole, AuditEvent } from '../runtime/index.ts';
import type { Principal } from './access.ts';
import type { EnginePort } from './engine-port.ts';

/** A JSON Schema, as plain data. */
export type Schema = Readonly<Record<string, unknown>>;

/** A request that was let in, and is of the form that its route asks for. */
export interface ApiRequest {
  readonly engine: EnginePort;
  /** Absent on open routes only. */
  readonly who: Principal | undefined;
  readonly params: Readonly<Record<string, string>>;
  /** As the route's schemas say: numbers are numbers, lists are lists. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
  /** Aborted when the one who asked has gone. */
  readonly gone: AbortSignal;
}

/** What a route answers: data, or a text that is already what it should be, or a stream. */
export type ApiAnswer = { readonly status?: number } & (
  | { readonly json: unknown }
  | { readonly text: string; readonly type: string }
  | { readonly stream: ReadableStream<Uint8Array>; readonly type: string }
);

/** One thing that can be asked. Routing, documentation and the test of what is open are all made of this. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `:name` for parts that vary. */
  readonly path: string;
  /** Short and unique. */
  readonly name: string;
  /** Who may ask; `open` is for those whose answer says nothing that is worth knowing. */
  readonly needs: ApiRole | 'open';
  readonly summary: string;
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** Of the answer, where it is JSON. */
  readonly answer?: Schema;
  /** The media type of the answer, where it is not JSON. */
  readonly type?: string;
  readonly handle: (request: ApiRequest) => Promise<ApiAnswer> | ApiAnswer;
}

/** The name under which somebody is written down. */
export function actor(request: ApiRequest): string {
  return `token:${request.who?.name ?? 'nobody'}`;
}

/** An audit event of a request. */
export function audited(
  request: ApiRequest,
  event: Pick<AuditEvent, 'action' | 'subject' | 'detail'>,
): AuditEvent {
  return { at: request.engine.clock.nowMicros(), by: actor(request), ...event };
}

/** Writes something down that was done apart from the engine's own transactions. */
export function record(request: ApiRequest, event: Pick<AuditEvent, 'action' | 'subject' | 'detail'>): void {
  recordEvent(request.engine, audited(request, event));
}

/** As `record`, for a whole event. */
export function recordEvent(engine: EnginePort, event: AuditEvent): void {
  engine.store.commit({ positions: [], state: [], revisions: [], outbox: [], ledger: [], audit: [event] });
}

/** The text of a query parameter. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The texts of a query parameter that is a list. */
export function textsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((one) => typeof one === 'string');
}

/** The number of a query parameter. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
