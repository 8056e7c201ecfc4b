import type { EventTime, FeedRule } from '../model/index.ts';
import type { FeedSink } from './indicator.ts';
import { readCsv } from './readers/csv.ts';
import { readJson } from './readers/json.ts';
import { readMisp } from './readers/misp.ts';
import { readPlain } from './readers/plain.ts';
import type { FeedReading } from './readers/reading.ts';
import { readStix } from './readers/stix.ts';

/**
 * Reads what a feed sent as its document says it is written. Reports TT6601–TT6605 under the name of the file. `seenAt` stands for when the
 * feed last saw what it gives no time for; without it that does not decay.
 */
export function readFeedText(
  feed: FeedRule,
  text: string,
  to: { readonly sink: FeedSink; readonly file: string; readonly seenAt?: EventTime },
): FeedReading {
  const { format, mapping, name: source, confidence, type } = feed;
  const options = {
    source,
    file: to.file,
    confidence,
    ...(type === undefined ? {} : { type }),
    ...(to.seenAt === undefined ? {} : { seenAt: to.seenAt }),
  };
  switch (format) {
    case 'plain':
      return readPlain(text, to.sink, options);
    case 'stix':
      return readStix(text, to.sink, options);
    case 'misp':
      return readMisp(text, to.sink, options);
    case 'csv':
      return readCsv(text, to.sink, { ...options, columns: mapping ?? { value: '' } });
    case 'json':
      return readJson(text, to.sink, { ...options, keys: mapping ?? { value: '' } });
    default:
      return format satisfies never;
  }
}
