import { RULE_KINDS } from '../../model/index.ts';
import { ApiFault } from '../api-fault.ts';
import { numberOf, type Route, textOf, textsOf } from '../route.ts';
import { ALERT, ANYTHING, choices, INCIDENT, object, PAGE_DEFAULT, PAGING, page, text } from '../schemas.ts';

const RULE = object(
  {
    id: text('Its id.'),
    title: text('Its title.'),
    kind: text('Its kind.'),
    level: text('The impact if it is true.'),
    status: text('How far it is trusted.'),
    confidence: { type: 'number', description: 'Its prior, 0 to 1.' },
    version: { type: 'integer', description: 'Its version.' },
    mode: text('live, or shadow: kept, and told nobody.'),
    tags: { type: 'array', items: { type: 'string' }, description: 'Its tags.' },
    hash: text('A digest of what it does.'),
    file: text('Where it stands.', 4000),
    line: { type: 'integer', description: 'In which line.' },
  },
  {
    name: text('Its short name.'),
    description: text('What it is about.', 20_000),
    owner: text('Who looks after it.'),
    hits: { type: 'integer', description: 'Signals since the process began.' },
  },
);
const ENTITY = object({
  value: text('As logged.', 4000),
  alerts: { type: 'integer', description: 'Alerts about it.' },
  incidents: { type: 'integer', description: 'Incidents about it.' },
});

/** What the engine knows: rules, baselines, feeds, and the entities that cases are about. */
export const KNOWLEDGE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/rules',
    name: 'rule.list',
    needs: 'reader',
    summary: 'The rules that are live, by id, and how many things were found wrong with rules.',
    query: { kind: choices('Only of these kinds.', RULE_KINDS), ...PAGING },
    answer: object(
      {
        items: { type: 'array', items: RULE },
        findings: { type: 'integer', description: '`/api/v1/findings` tells them.' },
      },
      { next: { type: 'string', description: 'The `after` of the next page.' } },
    ),
    handle: ({ engine, query }) => {
      const kinds = textsOf(query['kind']);
      const [limit, after] = [numberOf(query['limit']) ?? PAGE_DEFAULT, textOf(query['after'])];
      const all = engine
        .rules()
        .filter(({ id, kind }) => (kinds?.includes(kind) ?? true) && (after === undefined || id > after))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const items = all.slice(0, limit);
      const last = items.at(-1);
      const next = all.length > limit && last !== undefined ? { next: last.id } : {};
      return { json: { items, findings: engine.findings().length, ...next } };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/rules/:id',
    name: 'rule.get',
    needs: 'reader',
    summary: 'One rule, by id or name.',
    answer: RULE,
    handle: ({ engine, params }) => {
      const id = params['id'] ?? '';
      const rules = engine.rules();
      const rule = rules.find((one) => one.id === id) ?? rules.find(({ name }) => name === id);
      if (rule === undefined) throw new ApiFault(404, 'not_found', { message: `there is no rule ${id}` });
      return { json: rule };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/findings',
    name: 'finding.list',
    needs: 'reader',
    summary: 'What was found about rules when they were loaded: the same as `telltale check` says.',
    answer: object({ items: { type: 'array', items: ANYTHING } }),
    handle: ({ engine }) => ({ json: { items: engine.findings() } }),
  },
  {
    method: 'GET',
    path: '/api/v1/baselines',
    name: 'baseline.list',
    needs: 'reader',
    summary: 'The baselines that learn, and what they may spend.',
    answer: object({ items: { type: 'array', items: ANYTHING } }),
    handle: ({ engine }) => ({ json: { items: engine.baselines() } }),
  },
  {
    method: 'GET',
    path: '/api/v1/feeds',
    name: 'feed.list',
    needs: 'reader',
    summary: 'The threat-intelligence feeds, and how fresh they are.',
    answer: object({ items: { type: 'array', items: ANYTHING } }),
    handle: ({ engine }) => ({ json: { items: engine.feeds() } }),
  },
  {
    method: 'GET',
    path: '/api/v1/entities',
    name: 'entity.list',
    needs: 'reader',
    summary: 'The entities that alerts and incidents are about, by value.',
    query: { prefix: text('Only those whose value begins so.', 500), ...PAGING },
    answer: page(ENTITY),
    handle: ({ engine, query }) => {
      const [prefix, after] = [textOf(query['prefix']), textOf(query['after'])];
      const limit = numberOf(query['limit']) ?? PAGE_DEFAULT;
      return {
        json: engine.store.entities({
          limit,
          ...(prefix === undefined ? {} : { prefix }),
          ...(after === undefined ? {} : { after }),
        }),
      };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/entities/:value',
    name: 'entity.get',
    needs: 'reader',
    summary: 'The alerts and incidents about one entity, those seen last first.',
    query: { limit: { type: 'integer', minimum: 1, maximum: 500, description: 'Of each. Default 50.' } },
    answer: object({
      value: text('As logged.', 4000),
      alerts: { type: 'array', items: ALERT },
      incidents: { type: 'array', items: INCIDENT },
    }),
    handle: ({ engine, params, query }) => {
      const entity = params['value'] ?? '';
      const limit = numberOf(query['limit']) ?? PAGE_DEFAULT;
      const [alerts = '', incidents = ''] = (['alert', 'incident'] as const).map((kind) =>
        engine.store
          .list({ kind, entity, limit })
          .items.map(({ body }) => body)
          .join(','),
      );
      if (alerts === '' && incidents === '')
        throw new ApiFault(404, 'not_found', { message: `nothing is known about ${entity}` });
      const text = `{"value":${JSON.stringify(entity)},"alerts":[${alerts}],"incidents":[${incidents}]}`;
      return { text, type: 'application/json' };
    },
  },
];
