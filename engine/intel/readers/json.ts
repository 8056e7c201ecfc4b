import type { FeedSink } from '../indicator.ts';
import {
  confidenceOf,
  type FeedOptions,
  type FeedReading,
  given,
  jsonOf,
  Reading,
  recordOf,
  timeOf,
} from './reading.ts';
import { typeWord } from './type-word.ts';

/** Which keys hold what; a dot goes into an object. */
export interface JsonKeys {
  /** Where the list is; the whole document where absent. */
  readonly list?: string;
  readonly value: string;
  readonly type?: string;
  readonly confidence?: string;
  readonly lastSeen?: string;
  readonly validUntil?: string;
}

/** Reads a list of objects or of texts, or an object whose values are such lists (as abuse.ch writes its exports). */
export function readJson(
  text: string,
  sink: FeedSink,
  options: FeedOptions & { readonly keys: JsonKeys },
): FeedReading {
  const reading = new Reading(sink, options);
  const { keys } = options;
  const document = jsonOf(text, reading);
  if (document === undefined) return reading.end();
  const whole = keys.list === undefined ? document : at(document, keys.list);
  const record = recordOf(whole);
  if (record === undefined && !Array.isArray(whole)) {
    reading.bad('TT6603', `there is no list${keys.list === undefined ? '' : ` at ${keys.list}`}`, {});
    return reading.end();
  }
  const rows = Array.isArray(whole) ? whole : Object.values(record ?? {}).flat();
  rows.forEach((row: unknown, i) => {
    takeRow(row, keys, { reading, path: `${keys.list ?? ''}[${i}]` });
  });
  return reading.end();
}

function takeRow(
  row: unknown,
  keys: JsonKeys,
  { reading, path }: { readonly reading: Reading; readonly path: string },
): void {
  const value = typeof row === 'string' ? row : at(row, keys.value);
  const word = keys.type === undefined ? undefined : at(row, keys.type);
  const type = typeof word === 'string' ? typeWord(word) : undefined;
  if (typeof value !== 'string' || (typeof word === 'string' && type === undefined)) {
    const what =
      typeof value !== 'string'
        ? `no text at ${keys.value}`
        : `"${String(word)}" is no type of indicator that is known here`;
    reading.bad('TT6601', what, { path });
    return;
  }
  const bare = type === 'ip' ? value.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1') : value;
  reading.take(bare, type === 'ip' && bare.includes('/') ? 'cidr' : type, {
    path,
    ...given({
      confidence: keys.confidence === undefined ? undefined : confidenceOf(at(row, keys.confidence)),
      lastSeen: keys.lastSeen === undefined ? undefined : timeOf(at(row, keys.lastSeen)),
      validUntil: keys.validUntil === undefined ? undefined : timeOf(at(row, keys.validUntil)),
    }),
  });
}

function at(value: unknown, path: string): unknown {
  let here = value;
  for (const key of path.split('.')) {
    const record = recordOf(here);
    here = record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
  }
  return here;
}
