import { describe, expect, test } from 'vitest';
import { createSchemas, entitiesOf, type NormalisedEvent, normalise } from '../../engine/ingest/index.ts';
import { eventTime, formatTime } from '../../engine/model/index.ts';
import { WINDOWS_EVENTS, type WindowsEvent } from './products/windows-events.ts';
import { COMPUTER, WINDOWS_SHAPES } from './products/windows-shapes.ts';

const schemas = createSchemas().value;

/** What is known of an event, for comparing with what its row says. */
function told(event: NormalisedEvent, row: WindowsEvent): unknown {
  const wanted = Array.isArray(row.data) ? {} : row.data;
  const names = new Set([
    ...Object.keys(wanted),
    ...Object.keys(row.fields ?? {}),
    'EventID',
    'Channel',
    'Provider_Name',
    'Computer',
  ]);
  const entities = entitiesOf({ entities: event.class.entities, fields: event.fields }).map(
    ({ type, role, value }) => `${type} ${role} ${value}`,
  );
  return {
    schema: event.schema,
    time: formatTime(event.time, event.timeNs).slice(0, 19),
    products: event.logsource.products,
    services: event.logsource.services,
    categories: [...event.logsource.categories].sort(),
    fields: Object.fromEntries([...names].sort().map((name) => [name, text(event.fields.get(name))])),
    missing: ['host target ws-0042.contoso.example', ...(row.entities ?? [])].filter(
      (one) => !entities.includes(one),
    ),
  };
}

function text(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

function expected(row: WindowsEvent, schema: string): unknown {
  const fields = {
    ...(Array.isArray(row.data) ? {} : row.data),
    EventID: String(row.id),
    Channel: row.channel,
    Provider_Name: row.provider,
    Computer: COMPUTER,
    ...row.fields,
  };
  return {
    schema,
    time: '2026-04-20T10:00:35',
    products: [row.product ?? 'windows'],
    services: row.services,
    categories: [...row.categories].sort(),
    fields: Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))),
    missing: [],
  };
}

for (const shape of WINDOWS_SHAPES)
  describe(shape.name, () => {
    test.each(
      WINDOWS_EVENTS.map((row) => ({ title: `${row.id} of ${row.channel}: ${row.name}`, row })),
    )('$title', ({ row }) => {
      if (schemas === undefined) throw new Error('no schemas');
      const event = normalise(shape.render(row), schemas, { observedAt: eventTime(0) });
      expect(told(event, row)).toEqual(expected(row, shape.schema));
    });
  });
