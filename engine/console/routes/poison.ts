import { dropPoison, type PoisonRecord, poisonRecords, poisonReport } from '../../runtime/index.ts';
import { ApiFault } from '../api-fault.ts';
import { type ApiRequest, actor, audited, numberOf, type Route, textOf } from '../route.ts';
import { choice, object, PAGE_DEFAULT, PAGING, page, text, time } from '../schemas.ts';

const REPORT = {
  id: text('Its id.'),
  at: time('When it was set aside.'),
  source: text('The source that it came from.'),
  file: text('Where it stands: a path, or the name of the source.', 4000),
  line: { type: 'integer', description: 'In which line.' },
  reason: text('What it ended the thread with.', 4000),
  sizeBytes: { type: 'integer', description: 'Of the record.' },
  keptBytes: {
    type: 'integer',
    description: 'Of these so many are kept; one that is not whole cannot be tried again.',
  },
};

/** Records that ended detecting threads, and were set aside. */
export const POISON_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/poison',
    name: 'poison.list',
    needs: 'engineer',
    summary: 'Records that ended detecting threads twice and were set aside, the oldest first.',
    query: PAGING,
    answer: page(object(REPORT)),
    handle: ({ engine, query }) => {
      const from = Number(textOf(query['after']) ?? 0);
      if (!Number.isSafeInteger(from) || from < 0)
        throw new ApiFault(400, 'not_valid', { message: "'after' is no `next` of a page" });
      const limit = numberOf(query['limit']) ?? PAGE_DEFAULT;
      const all = poisonRecords(engine.store);
      const next = from + limit < all.length ? { next: String(from + limit) } : {};
      return { json: { items: all.slice(from, from + limit).map(poisonReport), ...next } };
    },
  },
  {
    method: 'GET',
    path: '/api/v1/poison/:id',
    name: 'poison.get',
    needs: 'engineer',
    summary: 'One record that was set aside, with its bytes in base64.',
    answer: object({
      ...REPORT,
      bytes: { type: 'string', contentEncoding: 'base64', description: 'As they came.' },
    }),
    handle: (request) => {
      const record = found(request);
      return { json: { ...poisonReport(record), bytes: Buffer.from(record.bytes).toString('base64') } };
    },
  },
  {
    method: 'POST',
    path: '/api/v1/poison/:id/retry',
    name: 'poison.retry',
    needs: 'engineer',
    summary:
      'Detects on it once more, by the rules of now. Where that goes well it is taken in as if it had come now, and is set aside no longer.',
    body: object({}),
    answer: object(
      { outcome: choice('What became of it.', ['taken', 'poison']) },
      {
        matched: { type: 'integer', description: 'Whether a rule held: 1 or 0.' },
        signals: { type: 'integer', description: 'How many signals it gave.' },
      },
    ),
    handle: async (request) => {
      const record = found(request);
      const { id } = poisonReport(record);
      const audit = audited(request, { action: 'poison.retried', subject: id, detail: {} });
      try {
        return { json: await request.engine.tryPoisonAgain(record, audit) };
      } catch (error) {
        throw new ApiFault(409, 'not_possible', {
          message: error instanceof Error ? error.message : String(error),
        });
      }
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/poison/:id',
    name: 'poison.drop',
    needs: 'engineer',
    summary: 'Forgets it.',
    answer: object({ outcome: choice('What became of it.', ['dropped']) }),
    handle: (request) => {
      const { id } = poisonReport(found(request));
      dropPoison(request.engine.store, id, { by: actor(request), at: request.engine.clock.nowMicros() });
      return { json: { outcome: 'dropped' } };
    },
  },
];

function found({ engine, params }: ApiRequest): PoisonRecord {
  const id = params['id'] ?? '';
  const record = poisonRecords(engine.store).find((one) => poisonReport(one).id === id);
  if (record === undefined) throw new ApiFault(404, 'not_found', { message: `no record ${id} is set aside` });
  return record;
}
