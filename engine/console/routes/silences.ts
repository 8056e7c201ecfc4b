import { eventTime, formatTime, parseDuration, SEVERITIES } from '../../model/index.ts';
import { type Silence, type SilenceMatch, silencer, unsilence } from '../../runtime/index.ts';
import { ApiFault } from '../api-fault.ts';
import type { EnginePort } from '../engine-port.ts';
import { type ApiAnswer, type ApiRequest, actor, audited, type Route, record, textOf } from '../route.ts';
import { choice, object, text, time } from '../schemas.ts';
import { micros } from './cases.ts';

const MATCH = object(
  {},
  {
    kind: choice('Only alerts, or only incidents.', ['alert', 'incident']),
    rule: text('Id, name or title of a rule; of incidents the id of their template.'),
    entity: text('The value of an entity, exact.', 2000),
    severityMax: choice('Only what is at most this severe.', SEVERITIES),
  },
);
const SILENCE = object(
  {
    id: text('Its id.'),
    match: MATCH,
    owner: text('Who answers for it.'),
    reason: text('Why.', 2000),
    createdBy: text('Whose token made it.'),
    from: time('From when.'),
    until: time('Until when.'),
    active: { type: 'boolean', description: 'Whether it holds now.' },
  },
  { expiredBy: text('Who ended it before its time.') },
);
/** A longer one would be a policy. */
const SILENCE_MAX_MICROS = 366 * 86_400e6;

/** Silences: what outputs do not see for a time. */
export const SILENCE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/silences',
    name: 'silence.list',
    needs: 'reader',
    summary: 'The silences that hold, and those of the last 90 days.',
    answer: object({ items: { type: 'array', items: SILENCE } }),
    handle: ({ engine }) => ({ json: { items: engine.silences.list().map((one) => shown(one, engine)) } }),
  },
  {
    method: 'POST',
    path: '/api/v1/silences',
    name: 'silence.add',
    needs: 'analyst',
    summary: 'Mutes what matches from now until a time: it is kept and counted, and outputs do not see it.',
    body: object(
      {
        match: { ...MATCH, minProperties: 1 },
        owner: text('Who answers for it.', 200),
        reason: text('Why.', 2000),
      },
      {
        until: time('Until when; or `for`.'),
        for: {
          type: 'string',
          pattern: '^(?:\\d{1,6}(?:ms|[smhdw]))+$',
          maxLength: 40,
          description: 'For how long, such as 2h30m; or `until`.',
        },
      },
    ),
    answer: SILENCE,
    handle: add,
  },
  {
    method: 'DELETE',
    path: '/api/v1/silences/:id',
    name: 'silence.expire',
    needs: 'analyst',
    summary: 'Ends a silence before its time; what it muted is heard again.',
    answer: SILENCE,
    handle: expire,
  },
];

function add(request: ApiRequest): ApiAnswer {
  const { engine, body } = request;
  const now = engine.clock.nowMicros();
  const until = micros(body['until'], 'until') ?? lengthFrom(textOf(body['for']), now);
  if (until === undefined || until <= now || until > now + SILENCE_MAX_MICROS) {
    const message = 'say until when (`until`, `for`): later than now, and no more than a year';
    throw new ApiFault(400, 'not_valid', { message });
  }
  const silence = engine.silences.add({
    // Checked by the route's schema.
    match: body['match'] as SilenceMatch,
    owner: textOf(body['owner']) ?? '',
    reason: textOf(body['reason']) ?? '',
    createdBy: actor(request),
    from: now,
    until,
  });
  if (silence === undefined) throw new ApiFault(409, 'too_many', { message: 'there are too many silences' });
  const { id, ...detail } = silence;
  record(request, { action: 'silence.added', subject: id, detail });
  return { status: 201, json: shown(silence, engine) };
}

function lengthFrom(written: string | undefined, now: number): number | undefined {
  const length = written === undefined ? undefined : parseDuration(written);
  return length === undefined ? undefined : now + length;
}

async function expire(request: ApiRequest): Promise<ApiAnswer> {
  const { engine, params } = request;
  const id = params['id'] ?? '';
  const now = engine.clock.nowMicros();
  const ended = engine.silences.expire(id, actor(request), now);
  if (ended === undefined) {
    const [status, code] = engine.silences.get(id) === undefined ? [404, 'not_found'] : [409, 'over'];
    throw new ApiFault(status ?? 404, code === undefined ? '' : String(code), {
      message: status === 404 ? `there is no silence ${id}` : `the silence ${id} is over already`,
    });
  }
  const decisions = muted(engine, ended).map((target) => unsilence(ended, target, eventTime(now)));
  const detail = { heardAgain: decisions.length };
  await engine.decide(decisions, [audited(request, { action: 'silence.expired', subject: id, detail })]);
  return { json: shown(ended, engine) };
}

/** What a silence mutes, at most so many of each. */
const MUTED_MAX = 10_000;

/** What is muted by a silence now. Cost: linear in what is kept since its beginning. */
function muted(
  { store }: EnginePort,
  silence: Silence,
): { readonly kind: 'alert' | 'incident'; readonly id: string }[] {
  const by = `"suppressed":{"by":${JSON.stringify(silencer(silence.id))}`;
  const targets: { readonly kind: 'alert' | 'incident'; readonly id: string }[] = [];
  for (const kind of ['alert', 'incident'] as const) {
    let after: string | undefined;
    do {
      const page = store.list({ kind, limit: 500, ...(after === undefined ? {} : { after }) });
      for (const { id, body, storedAt } of page.items)
        if (storedAt >= silence.from && body.includes(by)) targets.push({ kind, id });
      after = page.next;
    } while (after !== undefined && targets.length < MUTED_MAX);
  }
  return targets;
}

function shown(silence: Silence, { clock }: EnginePort): Readonly<Record<string, unknown>> {
  const { from, until, ...rest } = silence;
  const now = clock.nowMicros();
  return {
    ...rest,
    from: formatTime(eventTime(from)),
    until: formatTime(eventTime(until)),
    active: from <= now && now < until,
  };
}
