import { describe, expect, test } from 'vitest';
import { createSchemas, entitiesOf, normalise } from '../../engine/ingest/index.ts';
import { eventTime, formatTime, logsourceApplies } from '../../engine/model/index.ts';
import { CLOUD_EVENTS } from './products/cloud-events.ts';
import { HOST_AND_NETWORK_EVENTS } from './products/host-and-network-events.ts';
import { CASES } from './records.ts';

const schemas = createSchemas().value;

describe('recognising and normalising records', () => {
  for (const one of [...CASES, ...CLOUD_EVENTS, ...HOST_AND_NETWORK_EVENTS]) {
    test(one.name, () => {
      if (schemas === undefined) throw new Error('no schemas');
      const event = normalise(one.given, schemas, { observedAt: eventTime(0) });
      expect(event.schema).toBe(one.schema);
      for (const asked of one.applies)
        expect([asked, logsourceApplies(asked, event.logsource)]).toEqual([asked, true]);
      for (const asked of one.not ?? [])
        expect([asked, logsourceApplies(asked, event.logsource)]).toEqual([asked, false]);
      const read = Object.fromEntries(
        Object.keys(one.fields ?? {}).map((field) => [field, event.fields.get(field)]),
      );
      expect(read).toEqual(one.fields ?? {});
      if (one.time !== undefined)
        expect(formatTime(event.time, event.timeNs).replace('.000Z', 'Z')).toBe(one.time);
      const entities = entitiesOf({ entities: event.class.entities, fields: event.fields }).map(
        ({ type, role, value }) => `${type} ${role} ${value}`,
      );
      for (const wanted of one.entities ?? []) expect(entities).toContain(wanted);
      for (const [field, text] of event.class.constants)
        expect([field, String(event.fields.get(field))]).toEqual([field, text]);
      expect(event.raw).toBe(one.given);
    });
  }

  test('each mapping has a record above, but for those that are one of a family', () => {
    const seen = new Set(CASES.map((one) => one.schema));
    const unseen = (schemas?.mappings ?? []).map((one) => one.id).filter((id) => !seen.has(id));
    expect(unseen.filter((id) => !/^(?:zeek|macos-esf)-/.test(id))).toEqual([]);
  });
});
