import { type Decision, eventTime, VERDICTS } from '../../model/index.ts';
import { ApiFault } from '../api-fault.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  audited,
  type Route,
  type Schema,
  textOf,
  textsOf,
} from '../route.ts';
import { choice, object, text } from '../schemas.ts';

type Kind = 'alert' | 'incident';

/** What people do with a case: how it is asked for, and what is decided by it. */
interface Verb {
  readonly name: string;
  readonly of: readonly Kind[];
  readonly summary: string;
  readonly required?: Readonly<Record<string, Schema>>;
  readonly optional?: Readonly<Record<string, Schema>>;
  readonly decide: (body: ApiRequest['body'], kind: Kind) => Partial<Decision>;
}

const REASON = text('Why; it is kept with the case.', 2000);
const ASSIGNEE = text('Who looks after it.', 200);
const VERDICT = choice('What it was found to be.', VERDICTS);
const ID = text('The id of another case.', 64);
const COMMON: Readonly<Record<string, Schema>> = {
  reason: REASON,
  revision: {
    type: 'integer',
    minimum: 1,
    description: 'The revision that was looked at; where it has changed since, nothing is done (409).',
  },
};

const VERBS: readonly Verb[] = [
  {
    name: 'acknowledge',
    of: ['alert', 'incident'],
    summary: 'Somebody works on it: an alert is acknowledged, an incident active.',
    optional: { assignee: ASSIGNEE },
    decide: (body, kind) => ({ state: kind === 'alert' ? 'acknowledged' : 'active', ...assignee(body) }),
  },
  {
    name: 'contain',
    of: ['incident'],
    summary: 'The attack cannot go on.',
    decide: () => ({ state: 'contained' }),
  },
  {
    name: 'resolve',
    of: ['alert', 'incident'],
    summary: 'It is over, with a verdict; it takes nothing in any more.',
    required: { verdict: VERDICT },
    decide: (body) => ({ state: 'resolved', ...verdict(body) }),
  },
  {
    name: 'dismiss',
    of: ['alert', 'incident'],
    summary: 'It is nothing; without a verdict a false positive.',
    optional: { verdict: VERDICT },
    decide: (body, kind) => ({
      state: kind === 'alert' ? 'dismissed' : 'resolved',
      verdict: 'false_positive',
      ...verdict(body),
    }),
  },
  {
    name: 'reopen',
    of: ['alert', 'incident'],
    summary: 'It is not over after all.',
    decide: () => ({ state: 'open' }),
  },
  {
    name: 'assign',
    of: ['alert', 'incident'],
    summary: 'Somebody looks after it.',
    required: { assignee: ASSIGNEE },
    decide: assignee,
  },
  {
    name: 'note',
    of: ['alert', 'incident'],
    summary: 'Something is said about it.',
    required: { reason: REASON },
    optional: { tags: { type: 'array', items: text('A tag.', 100), maxItems: 20 } },
    decide: (body) => {
      const tags = textsOf(body['tags']);
      return tags === undefined ? {} : { tags };
    },
  },
  {
    name: 'merge',
    of: ['incident'],
    summary: 'It is the same attack as another incident.',
    required: { with: ID },
    decide: (body) => ({ merge: textOf(body['with']) ?? '' }),
  },
  {
    name: 'split',
    of: ['incident'],
    summary: 'These alerts are another matter.',
    required: { alerts: { type: 'array', items: ID, minItems: 1, maxItems: 200 } },
    decide: (body) => ({ split: textsOf(body['alerts']) ?? [] }),
  },
];

function assignee(body: ApiRequest['body']): Partial<Decision> {
  const named = textOf(body['assignee']);
  return named === undefined ? {} : { assignee: named };
}

function verdict(body: ApiRequest['body']): Partial<Decision> {
  const given = VERDICTS.find((one) => one === body['verdict']);
  return given === undefined ? {} : { verdict: given };
}

/** The routes by which people change a case. */
export function verbRoutes(kind: Kind, schema: Schema): readonly Route[] {
  return VERBS.filter(({ of }) => of.includes(kind)).map((verb): Route => {
    const { reason, ...common } = COMMON;
    return {
      method: 'POST',
      path: `/api/v1/${kind}s/:id/${verb.name}`,
      name: `${kind}.${verb.name}`,
      needs: 'analyst',
      summary: verb.summary,
      body: object(verb.required ?? {}, {
        ...(reason === undefined ? {} : { reason }),
        ...common,
        ...verb.optional,
      }),
      answer: schema,
      handle: (request) => change(request, kind, verb),
    };
  });
}

async function change(request: ApiRequest, kind: Kind, verb: Verb): Promise<ApiAnswer> {
  const { engine, params, body, who } = request;
  const id = params['id'] ?? '';
  const before = engine.store.latest(kind, id);
  if (before === undefined) throw new ApiFault(404, 'not_found', { message: `there is no ${kind} ${id}` });
  const expected = body['revision'];
  if (typeof expected === 'number' && expected !== before.revision) {
    const message = `the ${kind} is at revision ${before.revision} by now; look again`;
    throw new ApiFault(409, 'changed', { message });
  }
  const { revision: _, reason, ...detail } = body;
  const decision: Decision = {
    at: eventTime(engine.clock.nowMicros()),
    by: `analyst:${who?.name ?? 'nobody'}`,
    target: { kind, id },
    reason: textOf(reason) ?? verb.name,
    ...verb.decide(body, kind),
  };
  const event = {
    action: `${kind}.${verb.name}`,
    subject: id,
    detail: { reason: decision.reason, ...detail },
  };
  await engine.decide([decision], [audited(request, event)]);
  const after = engine.store.latest(kind, id) ?? before;
  if (after.revision === before.revision) {
    const message = `the ${kind} is too old to be changed: the engine keeps it, but no longer works with it`;
    throw new ApiFault(409, 'too_old', { message });
  }
  return { text: after.body, type: 'application/json' };
}
