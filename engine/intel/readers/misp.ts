import type { FeedSink } from '../indicator.ts';
import { type FeedOptions, type FeedReading, given, jsonOf, Reading, recordOf, timeOf } from './reading.ts';
import { typeWord } from './type-word.ts';

/**
 * Reads a MISP event, or a list of them under `response`: attributes marked `to_ids`, those of objects too. `deleted` takes an attribute back.
 * Of composite types (`filename|sha256`, `domain|ip`, `ip-dst|port`) each known part is an indicator. Types that hold no observable are passed over.
 */
export function readMisp(text: string, sink: FeedSink, options: FeedOptions): FeedReading {
  const reading = new Reading(sink, options);
  const document = jsonOf(text, reading);
  if (document === undefined) return reading.end();
  const top = recordOf(document);
  const response = top?.['response'];
  const lists: readonly unknown[] = Array.isArray(document)
    ? document
    : Array.isArray(response)
      ? response
      : [document];
  let events = 0;
  lists.forEach((one: unknown, i) => {
    const event = recordOf(recordOf(one)?.['Event']) ?? recordOf(one);
    if (event === undefined || !(Array.isArray(event['Attribute']) || Array.isArray(event['Object']))) return;
    events++;
    takeAttributes(event['Attribute'], reading, `Event[${i}].Attribute`);
    const objects: readonly unknown[] = Array.isArray(event['Object']) ? event['Object'] : [];
    objects.forEach((object: unknown, nth) => {
      takeAttributes(recordOf(object)?.['Attribute'], reading, `Event[${i}].Object[${nth}].Attribute`);
    });
  });
  if (events === 0 && lists.length > 0) {
    reading.bad('TT6603', 'no event with attributes', { hint: 'a MISP event has "Attribute" or "Object"' });
  }
  return reading.end();
}

function takeAttributes(list: unknown, reading: Reading, path: string): void {
  const attributes: readonly unknown[] = Array.isArray(list) ? list : [];
  attributes.forEach((one: unknown, i) => {
    const attribute = recordOf(one);
    if (attribute === undefined) return;
    const { type, value } = attribute;
    // What is not meant for detection is context: it is left without a word.
    if (attribute['to_ids'] !== true || typeof type !== 'string' || typeof value !== 'string') return;
    const said = given({
      lastSeen: timeOf(attribute['last_seen']) ?? timeOf(attribute['timestamp']),
      revoked: attribute['deleted'] === true ? true : undefined,
    });
    const values = value.split('|');
    type.split('|').forEach((word, part) => {
      const known = typeWord(word);
      const text = type.includes('|') ? (values[part] ?? '') : value;
      if (known === undefined) return;
      reading.take(text, known === 'ip' && text.includes('/') ? 'cidr' : known, {
        path: `${path}[${i}]`,
        ...said,
      });
    });
  });
}
