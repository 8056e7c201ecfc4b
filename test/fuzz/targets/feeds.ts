import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeedStore, fetchFeed } from '../../../engine/adapters/index.ts';
import {
  type FeedReading,
  type Indicator,
  readCsv,
  readJson,
  readMisp,
  readPlain,
  readStix,
} from '../../../engine/intel/index.ts';
import type { FeedRule } from '../../../engine/model/index.ts';
import { type FuzzTarget, must, textOf, texts } from '../target.ts';

const OPTIONS = { source: 'feed', file: 'feed', confidence: 70 };
const NEIGHBOURS = ['198.51.100.7', '203.0.113.9'] as const;

function reading(
  read: (text: string, sink: { indicator(one: Indicator): void }) => FeedReading,
  text: string,
): Set<string> {
  const values = new Set<string>();
  const { read: taken, bad, diagnostics } = read(text, { indicator: ({ value }) => void values.add(value) });
  must(
    Number.isSafeInteger(taken) && Number.isSafeInteger(bad) && diagnostics.length <= 101,
    'rows are counted, findings bounded',
  );
  return values;
}

function bothIn(values: ReadonlySet<string>): void {
  for (const one of NEIGHBOURS) must(values.has(one), 'the rows before and behind are read');
}

/** The text as it is; and where it is JSON, as one object among good ones. */
function among(
  read: Parameters<typeof reading>[0],
  wrap: (inner: string) => string,
): (input: Uint8Array) => void {
  return (input) => {
    const text = textOf(input);
    reading(read, text);
    try {
      JSON.parse(text);
    } catch {
      return;
    }
    bothIn(reading(read, wrap(text)));
  };
}

function stixIndicator(ip: string, number: number): string {
  return JSON.stringify({
    type: 'indicator',
    id: `indicator--0000000${number}-0000-4000-8000-000000000000`,
    spec_version: '2.1',
    created: '2026-01-01T00:00:00Z',
    modified: '2026-01-01T00:00:00Z',
    valid_from: '2026-01-01T00:00:00Z',
    pattern_type: 'stix',
    pattern: `[ipv4-addr:value = '${ip}']`,
  });
}

function mispAttribute(ip: string): string {
  return JSON.stringify({
    type: 'ip-dst',
    category: 'Network activity',
    value: ip,
    to_ids: true,
    uuid: `u-${ip}`,
  });
}

const FEED: FeedRule = {
  name: 'taxii',
  format: 'stix',
  confidence: 70,
  origin: { kind: 'taxii', url: 'https://taxii.example/api', collection: 'c' },
} as unknown as FeedRule;
const folder = mkdtempSync(join(tmpdir(), 'fuzz-taxii-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const store = new FeedStore(folder);

/** Whatever a server answers, the last good copy stands, or a new one that can be read. */
async function taxii(input: Uint8Array): Promise<void> {
  const good = `{"type":"bundle","objects":[${stixIndicator(NEIGHBOURS[0], 1)}]}`;
  await store.keep(FEED, good, { from: 'x', fetchedAt: 1_767_607_200_000_000 });
  let pages = 0;
  const result = await fetchFeed(FEED, {
    store,
    nowMicros: () => 1_767_607_200_000_000,
    get: async () => {
      if (++pages > 50) throw new Error('that is enough');
      return {
        status: 200,
        headers: { 'content-type': 'application/taxii+json;version=2.1' },
        text: textOf(input),
      };
    },
  });
  const kept = await store.read(FEED);
  must(kept !== undefined, 'a copy stands');
  const values = reading((text, sink) => readStix(text, sink, OPTIONS), kept?.text ?? '');
  must(result.kind !== 'failed' || values.has(NEIGHBOURS[0]), 'the last good copy stands after a failure');
}

export const FEED_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'stix',
    law: 'the objects before and behind are read',
    weight: 6,
    corpus: texts(
      stixIndicator('192.0.2.1', 3),
      '{"type":"indicator","id":"indicator--a","pattern_type":"stix","pattern":"[file:hashes.\'SHA-256\' = \'aa\' AND (domain-name:value IN (\'a.example\',\'b.example\'))] FOLLOWEDBY [url:value LIKE \'http%\'] WITHIN 5 SECONDS","valid_from":"2026-01-01T00:00:00Z","revoked":true}',
      '{"type":"bundle","objects":[{"type":"malware"}]}',
    ),
    words: [
      ' AND ',
      ' OR ',
      "'",
      '[',
      ']',
      '(',
      ')',
      'ipv4-addr:value = ',
      ' IN (',
      '\\\\',
      ' FOLLOWEDBY ',
      'REPEATS 5 TIMES',
      "hashes.'MD5'",
    ],
    run: among(
      (text, sink) => readStix(text, sink, OPTIONS),
      (inner) =>
        `{"type":"bundle","objects":[${stixIndicator(NEIGHBOURS[0], 1)},${inner},${stixIndicator(NEIGHBOURS[1], 2)}]}`,
    ),
  },
  {
    name: 'misp',
    law: 'the attributes before and behind are read',
    weight: 4,
    corpus: texts(
      mispAttribute('192.0.2.1'),
      '{"type":"filename|sha256","value":"a.exe|aa","to_ids":true,"timestamp":"1767607200","deleted":false,"Tag":[{"name":"tlp:red"}]}',
      '{"Event":{"Attribute":[{"type":"domain","value":"a.example","to_ids":true}],"Object":[{"Attribute":[]}]}}',
    ),
    words: ['"type":', '"value":', '|', '"to_ids":', '"Attribute":[', '"Object":[', '"Event":{'],
    run: among(
      (text, sink) => readMisp(text, sink, OPTIONS),
      (inner) =>
        `{"Event":{"Attribute":[${mispAttribute(NEIGHBOURS[0])},${inner},${mispAttribute(NEIGHBOURS[1])}]}}`,
    ),
  },
  {
    name: 'taxii',
    law: 'the last good copy stands, or a new one that can be read',
    weight: 0.03,
    corpus: texts(
      `{"more":false,"objects":[${stixIndicator('192.0.2.3', 4)}]}`,
      `{"more":true,"next":"2","objects":[${stixIndicator('192.0.2.3', 4)}]}`,
      '{"objects":[]}',
      '{}',
    ),
    words: ['"more":true', '"next":', '"objects":', 'null', '"modified":'],
    run: taxii,
  },
  {
    name: 'feed-plain',
    law: 'the rows before and behind are read',
    weight: 5,
    corpus: texts(
      '45.9.148.10\n# c\nhxxp://bad[.]example/x\n0.0.0.0 a.example b.example\n',
      'evil.example ; x\n',
    ),
    words: ['\n', '[.]', 'hxxp', '#', '://', '@', '/32'],
    run: (input) =>
      bothIn(
        reading(
          (text, sink) => readPlain(text, sink, OPTIONS),
          `${NEIGHBOURS[0]}\n${textOf(input)}\n${NEIGHBOURS[1]}\n`,
        ),
      ),
  },
  {
    name: 'feed-csv',
    law: 'no more than no crash',
    weight: 4,
    corpus: texts('ip,confidence,seen\n1.2.3.4,80,2026-01-01\n"5.6.7.8","x ""y""",\n', '# c\nip\n1.1.1.1\n'),
    words: ['"', ',', '\n', '""', '\r\n'],
    run: (input) =>
      void reading(
        (text, sink) =>
          readCsv(text, sink, {
            ...OPTIONS,
            columns: { value: 'ip', confidence: 'confidence', lastSeen: 'seen' },
          }),
        textOf(input),
      ),
  },
  {
    name: 'feed-json',
    law: 'the rows before and behind are read',
    weight: 4,
    corpus: texts('{"ip":"1.2.3.4","score":80}', '["1.2.3.4"]', '{"a":[{"ip":"1.1.1.1"}]}', '"evil.example"'),
    words: ['"ip":', '[', '{', ',', 'null'],
    run: among(
      (text, sink) => readJson(text, sink, { ...OPTIONS, keys: { value: 'ip' } }),
      (inner) => `[{"ip":"${NEIGHBOURS[0]}"},${inner},{"ip":"${NEIGHBOURS[1]}"}]`,
    ),
  },
];
