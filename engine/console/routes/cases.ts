import { ALERT_STATES, INCIDENT_STATES, SEVERITIES } from '../../model/index.ts';
import type { Page, RevisionQuery, StoredRevision } from '../../runtime/index.ts';
import { ApiFault } from '../api-fault.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  numberOf,
  type Route,
  type Schema,
  textOf,
  textsOf,
} from '../route.ts';
import { ALERT, choices, INCIDENT, object, PAGE_DEFAULT, PAGING, page, text, time } from '../schemas.ts';
import { verbRoutes } from './verbs.ts';

type Kind = 'alert' | 'incident';

/** `telltale schema proof` says all of it. */
const PROOF_ANSWER: Schema = {
  type: 'object',
  required: ['telltale', 'version', 'incident', 'digest'],
  properties: {
    telltale: { const: 'proof' },
    version: { type: 'integer', description: 'Of the form.' },
    incident: { type: 'object', description: 'Which incident, in which revision.' },
    digest: text('Over everything else.'),
  },
};

/** Alerts and incidents: lists, one, its history, and what people do with them. */
export const CASE_ROUTES: readonly Route[] = [
  ...routesOf('alert', ALERT_STATES, ALERT),
  ...routesOf('incident', INCIDENT_STATES, INCIDENT),
  {
    method: 'GET',
    path: '/api/v1/incidents/:id/proof',
    name: 'incident.proof',
    needs: 'analyst',
    summary:
      'What proves an incident: the least signals from which it comes about again, byte for byte as `telltale incident show --proof` writes it; `telltale incident verify` replays it. 409 says why there is none.',
    answer: PROOF_ANSWER,
    handle: (request) => {
      const { id } = found(request, 'incident');
      const proof = request.engine.proof(id);
      if ('reason' in proof)
        throw new ApiFault(409, 'no_proof', { message: `incident ${id} has no proof: ${proof.reason}` });
      return { text: proof.text, type: 'application/json' };
    },
  },
];

function routesOf(kind: Kind, states: readonly string[], schema: Schema): readonly Route[] {
  const base = `/api/v1/${kind}s`;
  return [
    {
      method: 'GET',
      path: base,
      name: `${kind}.list`,
      needs: 'reader',
      summary: `The ${kind}s in their latest revision, those seen last first.`,
      query: {
        state: choices('Only in these states.', states),
        severity: choices('Only of these severities.', SEVERITIES),
        rule: text(kind === 'alert' ? 'Only of the rule of this id.' : 'Only of the template of this id.'),
        entity: text('Only about the entity of this value, exact.', 2000),
        since: time('Only what was seen at this time or later.'),
        until: time('Only what was last seen before this time.'),
        ...PAGING,
      },
      answer: page(schema),
      handle: ({ engine, query }) => listing(engine.store.list(caseQuery(kind, query))),
    },
    {
      method: 'GET',
      path: `${base}/:id`,
      name: `${kind}.get`,
      needs: 'reader',
      summary: `One ${kind} in its latest revision, byte for byte as an output gets it.`,
      answer: schema,
      handle: (request) => whole(found(request, kind)),
    },
    {
      method: 'GET',
      path: `${base}/:id/history`,
      name: `${kind}.history`,
      needs: 'reader',
      summary: `Every revision of an ${kind}, the first first.`,
      answer: object({ items: { type: 'array', items: schema } }),
      handle: (request) => {
        const { id } = found(request, kind);
        return listing({ items: request.engine.store.history(kind, id) });
      },
    },
    ...verbRoutes(kind, schema),
  ];
}

/** What the store is asked for a listing. */
export function caseQuery(kind: Kind, query: ApiRequest['query']): RevisionQuery {
  const states = textsOf(query['state']);
  const severities = textsOf(query['severity']);
  const ruleId = textOf(query['rule']);
  const entity = textOf(query['entity']);
  const [since, until] = [micros(query['since'], 'since'), micros(query['until'], 'until')];
  const after = textOf(query['after']);
  if (after !== undefined && !/^-?\d{1,17}\.[0-9a-f]{1,64}$/.test(after))
    throw new ApiFault(400, 'not_valid', { message: "'after' is no `next` of a page" });
  return {
    kind,
    limit: numberOf(query['limit']) ?? PAGE_DEFAULT,
    ...(states === undefined ? {} : { states }),
    ...(severities === undefined ? {} : { severities }),
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(entity === undefined ? {} : { entity }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(after === undefined ? {} : { after }),
  };
}

/** Microseconds of a time in a query. */
export function micros(value: unknown, name: string): number | undefined {
  const written = textOf(value);
  if (written === undefined) return undefined;
  const ms = Date.parse(written);
  if (Number.isNaN(ms)) throw new ApiFault(400, 'not_valid', { message: `'${name}' is no time` });
  return ms * 1000;
}

/** The case that a path names; 404 where there is none. */
export function found({ engine, params }: ApiRequest, kind: Kind): StoredRevision {
  const id = params['id'] ?? '';
  const one = engine.store.latest(kind, id);
  if (one === undefined) throw new ApiFault(404, 'not_found', { message: `there is no ${kind} ${id}` });
  return one;
}

/** A case as it is stored: the same bytes that outputs get. */
export function whole({ body }: StoredRevision): ApiAnswer {
  return { text: body, type: 'application/json' };
}

/** A page of cases, each as it is stored. */
export function listing({ items, next }: Page<StoredRevision>): ApiAnswer {
  const rest = next === undefined ? '' : `,"next":${JSON.stringify(next)}`;
  const text = `{"items":[${items.map(({ body }) => body).join(',')}]${rest}}`;
  return { text, type: 'application/json' };
}
