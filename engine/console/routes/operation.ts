import { eventTime, formatTime } from '../../model/index.ts';
import type { DeadLetter } from '../../runtime/index.ts';
import { ApiFault } from '../api-fault.ts';
import type { EnginePort, EngineStatus } from '../engine-port.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  actor,
  numberOf,
  type Route,
  record,
  type Schema,
  textOf,
} from '../route.ts';
import { ANYTHING, choice, object, PAGE_DEFAULT, PAGING, page, text, time } from '../schemas.ts';
import { micros } from './cases.ts';

const CHECKS: Schema = object({
  ready: { type: 'boolean', description: 'Whether all checks hold.' },
  checks: {
    type: 'array',
    items: object({
      name: text('What is looked at.'),
      holds: { type: 'boolean', description: 'Whether it is as it should be.' },
      detail: text('In words.', 2000),
    }),
  },
});

const AUDIT: Schema = object({
  at: time('When.'),
  by: text('Who: `engine`, `policy:<id>`, `analyst:<token>`, `token:<name>`, `operator`.'),
  action: text('What, such as `alert.revised` or `rules.reloaded`.'),
  subject: { type: 'string', description: 'To what.' },
  detail: { ...ANYTHING, description: 'What else is known.' },
});
const LETTER: Schema = object({
  sequence: { type: 'integer', description: 'Its number.' },
  kind: choice('What it tells of.', ['alert', 'incident', 'heartbeat']),
  id: text('Of what it tells.'),
  revision: { type: 'integer', description: 'Its revision.' },
  key: text('The same whenever it is sent.'),
  lane: text('What must stay in order among itself.'),
  attempts: { type: 'integer', description: 'How often it was tried.' },
  output: text('The output.'),
  reason: { type: 'string', description: 'Why it was not taken.' },
  failedAt: time('When.'),
  bodyBytes: { type: 'integer', description: 'Its size.' },
});
const OUTPUT: Schema = object(
  {
    name: text('Its name.'),
    type: text('Its type.'),
    delivered: { type: 'integer', description: 'Items since the process began.' },
    failedCalls: { type: 'integer', description: 'Calls that failed since the process began.' },
    dead: { type: 'integer', description: 'Items given up since the process began.' },
    waiting: { type: 'integer', description: 'Items that wait.' },
    deadLetters: { type: 'integer', description: 'Dead letters that are kept.' },
  },
  {
    oldestAt: time('When the oldest that waits was put in.'),
    problem: text('In words, while it does not work.', 4000),
    restingUntil: { type: 'number', description: 'Until when it rests, monotonic milliseconds.' },
  },
);

/** Outputs and their queues, reloading, health, metrics, the audit log. */
export const OPERATION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/health',
    name: 'health',
    needs: 'reader',
    summary:
      'How the engine fares: sources with their exact account, outputs with their queues, what is not as it should be.',
    answer: ANYTHING,
    handle: ({ engine }) => ({ json: healthOf(engine.status()) }),
  },
  {
    method: 'GET',
    path: '/healthz',
    name: 'alive',
    needs: 'open',
    summary: 'Whether the process answers; says nothing else.',
    type: 'text/plain',
    handle: () => ({ text: 'alive\n', type: 'text/plain' }),
  },
  {
    method: 'GET',
    path: '/readyz',
    name: 'ready',
    needs: 'open',
    summary:
      'Whether the engine does its work: 200 or 503. Which check fails is told to readers at /api/v1/health.',
    type: 'text/plain',
    handle: ({ engine }) => {
      const ready = engine.status().checks.every(({ holds }) => holds);
      return { status: ready ? 200 : 503, text: ready ? 'ready\n' : 'not ready\n', type: 'text/plain' };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/ready',
    name: 'ready.checks',
    needs: 'reader',
    summary: 'The checks behind /readyz.',
    answer: CHECKS,
    handle: ({ engine }) => {
      const { checks } = engine.status();
      return { json: { ready: checks.every(({ holds }) => holds), checks } };
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    name: 'metrics',
    needs: 'reader',
    summary: 'The metrics in the text form of Prometheus; its `bearer_token_file` brings the token.',
    type: 'text/plain',
    handle: async ({ engine }) => engine.metrics(),
  },
  {
    method: 'GET',
    path: '/api/v1/outputs',
    name: 'output.list',
    needs: 'reader',
    summary: 'The outputs, what waits for them, and whether they work.',
    answer: object({ items: { type: 'array', items: OUTPUT } }),
    handle: ({ engine }) => ({ json: { items: engine.status().outputs.map(timed) } }),
  },
  {
    method: 'GET',
    path: '/api/v1/outputs/:name/dead-letters',
    name: 'dead-letter.list',
    needs: 'engineer',
    summary: 'What an output will never take, or did not take in time, and why.',
    query: PAGING,
    answer: page(LETTER),
    handle: (request) => {
      const { engine, query } = request;
      const after = textOf(query['after']);
      if (after !== undefined && !/^\d{1,15}$/.test(after))
        throw new ApiFault(400, 'not_valid', { message: "'after' is no `next` of a page" });
      const { items, next } = engine.store.deadLetters(outputOf(request), {
        limit: numberOf(query['limit']) ?? PAGE_DEFAULT,
        ...(after === undefined ? {} : { after }),
      });
      return { json: { items: items.map(letter), ...(next === undefined ? {} : { next }) } };
    },
  },
  {
    method: 'POST',
    path: '/api/v1/outputs/:name/dead-letters/replay',
    name: 'dead-letter.replay',
    needs: 'engineer',
    summary: 'Puts dead letters back into their queue: those named, or all.',
    body: object(
      {},
      {
        sequences: {
          type: 'array',
          items: { type: 'integer', minimum: 1 },
          minItems: 1,
          maxItems: 10_000,
          description: 'Which; all where this is absent.',
        },
      },
    ),
    answer: object({ replayed: { type: 'integer', description: 'How many.' } }),
    handle: (request) => {
      const { engine, body } = request;
      const output = outputOf(request);
      const { sequences } = body;
      const which = Array.isArray(sequences) ? sequences.filter((one) => typeof one === 'number') : 'all';
      const replayed = engine.store.replay(output, which);
      record(request, { action: 'dlq.replayed', subject: output, detail: { replayed } });
      return { json: { replayed } };
    },
  },
  ...(['plan', 'apply'] as const).map(
    (mode): Route => ({
      method: 'POST',
      path: mode === 'plan' ? '/api/v1/reload/plan' : '/api/v1/reload',
      name: mode === 'plan' ? 'reload.plan' : 'reload',
      needs: 'engineer',
      summary:
        mode === 'plan'
          ? 'What reading the rules again would change; nothing is changed.'
          : 'Reads the rules again, now.',
      body: object({}),
      answer: ANYTHING,
      handle: (request) => reload(request, mode),
    }),
  ),
  {
    method: 'GET',
    path: '/api/v1/audit',
    name: 'audit.list',
    needs: 'admin',
    summary: 'Who did what, the oldest first.',
    query: {
      since: time('Only what was done at this time or later.'),
      subject: text('Only what was done to this: the id of an alert, of a silence, a hash of rules …'),
      ...PAGING,
    },
    answer: page(AUDIT),
    handle: ({ engine, query }) => {
      const subject = textOf(query['subject']);
      const [since, after] = [micros(query['since'], 'since'), textOf(query['after'])];
      if (after !== undefined && !/^\d{1,15}$/.test(after))
        throw new ApiFault(400, 'not_valid', { message: "'after' is no `next` of a page" });
      const { items, next } = engine.store.audit({
        limit: numberOf(query['limit']) ?? PAGE_DEFAULT,
        ...(since === undefined ? {} : { since }),
        ...(subject === undefined ? {} : { subject }),
        ...(after === undefined ? {} : { after }),
      });
      const shown = items.map(({ at, ...rest }) => ({ at: formatTime(eventTime(at)), ...rest }));
      return { json: { items: shown, ...(next === undefined ? {} : { next }) } };
    },
  },
];

async function reload(request: ApiRequest, mode: 'plan' | 'apply'): Promise<ApiAnswer> {
  const { engine } = request;
  if (engine.reload === undefined)
    throw new ApiFault(501, 'not_here', {
      message: 'this engine reads its rules when it starts; restart it',
    });
  const outcome = await engine.reload(mode, actor(request));
  record(request, {
    action: `rules.${mode === 'plan' ? 'planned' : 'reload_asked'}`,
    subject: 'rules',
    detail: {},
  });
  return { json: outcome };
}

function outputOf({ engine, params }: ApiRequest): string {
  const name = params['name'] ?? '';
  if (!engine.status().outputs.some((one) => one.name === name) && !queued(engine, name))
    throw new ApiFault(404, 'not_found', { message: `there is no output ${name}` });
  return name;
}

/** An output that is no longer configured may have left something. */
function queued({ store }: EnginePort, name: string): boolean {
  return store.queues().some(({ output }) => output === name);
}

function letter({ failedAt, body, ...rest }: DeadLetter): Readonly<Record<string, unknown>> {
  return { ...rest, failedAt: formatTime(eventTime(failedAt)), bodyBytes: Buffer.byteLength(body) };
}

/** The status with its times as the calendar writes them. */
export function healthOf(status: EngineStatus): Readonly<Record<string, unknown>> {
  const { startedAt, now, watermark, sources, outputs, checks, ...rest } = status;
  return {
    ready: checks.every(({ holds }) => holds),
    startedAt: formatTime(eventTime(startedAt)),
    now: formatTime(eventTime(now)),
    ...(watermark === undefined ? {} : { watermark: formatTime(eventTime(watermark)) }),
    ...rest,
    sources: sources.map(timed),
    outputs: outputs.map(timed),
    checks,
  };
}

/** Members whose name ends in `At`, and watermarks, are microseconds. */
function timed(report: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(report).map(([name, value]) => [
      name,
      (name.endsWith('At') || name === 'watermark') && typeof value === 'number'
        ? formatTime(eventTime(value))
        : value,
    ]),
  );
}
