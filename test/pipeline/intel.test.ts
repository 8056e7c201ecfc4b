import '../support/seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSchemas, normalise } from '../../engine/ingest/index.ts';
import {
  IntelSnapshot,
  type ObservableType,
  readFeedText,
  SnapshotBuilder,
} from '../../engine/intel/index.ts';
import { evaluate } from '../../engine/match/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import { compileRuleset, Engine, IntelLookup, type Ruleset, runnable } from '../../engine/pipeline/index.ts';

const FEED = `title: Ours
id: 11111111-0000-4000-8000-000000000001
name: ours
level: high
feed:
  file: ours.csv
  format: csv
  mapping: {value: ioc, confidence: conf, last_seen: seen, valid_until: until}
  lifetime: 30d
  min_confidence: 10
`;
const OTHER = `title: Theirs
id: 11111111-0000-4000-8000-000000000002
name: theirs
level: low
feed: {file: theirs.txt, format: plain, match: [note]}
`;
const rule = (selection: string, condition = 'selection'): string =>
  `title: Asks\nid: 11111111-0000-4000-8000-000000000003\nlevel: high\nlogsource: {category: any}\ndetection:\n  selection: ${selection}\n  condition: ${condition}\n`;

const ROWS = `ioc,conf,seen,until
45.9.148.10,80,2026-11-10,
45.9.0.0/16,20,2026-11-10,
bad.example.net,60,2026-11-10,2026-11-15
https://pages.example.net/kit/,90,2026-11-10,
00112233445566778899aabbccddeeff,70,2026-11-10,
eve@example.net,70,2026-11-10,
`;

function rulesOf(...texts: readonly string[]): Ruleset {
  const files = texts.map((text, i) => ({ path: `r${i}.yml`, text }));
  const { ruleset, diagnostics } = compileRuleset(files);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return ruleset;
}

function snapshotOf(ruleset: Ruleset, texts: Readonly<Record<string, string>>): IntelSnapshot {
  const sources = ruleset.feeds.map(({ name, decay, minConfidence }) => [name, { decay, minConfidence }]);
  const builder = new SnapshotBuilder({ sources: Object.fromEntries(sources) });
  for (const feed of ruleset.feeds)
    readFeedText(feed, texts[feed.name] ?? '', { sink: builder, file: 'feed' });
  return builder.build().snapshot;
}

const schemas = createSchemas({ unknownLogsource: 'any' }).value;
if (schemas === undefined) throw new Error('schemas do not link');
const event = (fields: Readonly<Record<string, unknown>>, day = '2026-11-12') => ({
  '@timestamp': `${day}T10:00:00Z`,
  ...fields,
});
const ruleset = rulesOf(FEED, OTHER);
const intel = snapshotOf(ruleset, { ours: ROWS, theirs: '45.9.148.10\n' });
const fired = (rules: Ruleset, record: unknown, snapshot: IntelSnapshot = intel) =>
  new Engine(runnable(rules), { schemas, intel: snapshot }).processRecord(record);

describe('the rule of a feed', () => {
  const rows: readonly {
    readonly name: string;
    readonly given: object;
    readonly expect: readonly string[];
  }[] = [
    {
      name: 'fires on an address, and names the indicator, the network around it and what is left of their confidence',
      given: event({ DestinationIp: '45.9.148.10' }),
      expect: ['exact 45.9.148.10 57', 'network 45.9.0.0/16 14'],
    },
    {
      name: 'fires on a name below a listed one',
      given: event({ QueryName: 'a.bad.example.net' }),
      expect: ['parent bad.example.net 43'],
    },
    {
      name: 'is silent from valid_until on',
      given: event({ QueryName: 'bad.example.net' }, '2026-11-15'),
      expect: [],
    },
    {
      name: 'is silent once the lifetime is over',
      given: event({ DestinationIp: '45.9.148.10' }, '2026-12-11'),
      expect: [],
    },
    {
      name: 'is silent below min_confidence',
      given: event({ DestinationIp: '45.9.1.1' }, '2026-11-20'),
      expect: [],
    },
    {
      name: 'takes an address with a port',
      given: event({ src_ip: '45.9.148.10:8443' }),
      expect: ['exact 45.9.148.10 57', 'network 45.9.0.0/16 14'],
    },
    {
      name: 'takes each digest of a list, but not the hash over imports',
      given: event({
        Hashes: 'SHA1=x,MD5=00112233445566778899AABBCCDDEEFF,IMPHASH=00112233445566778899AABBCCDDEEFF',
      }),
      expect: ['exact 00112233445566778899aabbccddeeff 64'],
    },
    {
      name: 'takes a URL below a listed folder',
      given: event({ url: 'http://pages.example.net/kit/a?b' }),
      expect: ['prefix pages.example.net/kit/ 64'],
    },
    {
      name: 'looks into lists of values',
      given: event({ SourceIp: ['8.8.8.8', '45.9.148.10'] }),
      expect: ['exact 45.9.148.10 57', 'network 45.9.0.0/16 14'],
    },
    { name: 'leaves other fields alone', given: event({ Image: '45.9.148.10' }), expect: [] },
  ];
  for (const row of rows) {
    it(row.name, () => {
      const matches = fired(ruleset, row.given).flatMap(({ intel: found }) => found?.matches ?? []);
      const words = matches.map(({ by, value, score }) => `${by} ${value} ${Math.round(score)}`);
      expect(words).toEqual(row.expect);
    });
  }

  it('carries the feed, the digest of the feeds and the surest confidence, which is its score', () => {
    const [signal, ...more] = fired(ruleset, event({ DestinationIp: '45.9.148.10' }));
    expect(more).toEqual([]);
    expect(signal?.rule).toMatchObject({ kind: 'feed', name: 'ours', level: 'high' });
    expect(signal?.intel?.name).toBe('ours');
    expect(signal?.intel?.matches?.map(({ digest, source }) => [digest, source])).toEqual([
      [intel.digest, 'ours'],
      [intel.digest, 'ours'],
    ]);
    expect(signal?.intel?.matches?.[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the modifier', () => {
  const asks: readonly {
    readonly name: string;
    readonly rule: string;
    readonly given: object;
    readonly fires: boolean;
  }[] = [
    {
      name: 'asks one feed',
      rule: rule('{note|intel: theirs}'),
      given: event({ note: '45.9.148.10' }),
      fires: true,
    },
    {
      name: 'does not hear another',
      rule: rule('{note|intel: theirs}'),
      given: event({ note: 'bad.example.net' }),
      fires: false,
    },
    {
      name: 'asks several',
      rule: rule('{note|intel: [theirs, ours]}'),
      given: event({ note: 'bad.example.net' }),
      fires: true,
    },
    {
      name: 'asks all',
      rule: rule('{note|intel: any}'),
      given: event({ note: 'bad.example.net' }),
      fires: true,
    },
    {
      name: 'asks by id',
      rule: rule('{note|intel: 11111111-0000-4000-8000-000000000001}'),
      given: event({ note: 'bad.example.net' }),
      fires: true,
    },
    {
      name: 'holds at the time of the event, also where it speaks against the rule',
      rule: rule('{note|exists: true, note|intel|neq: ours}'),
      given: event({ note: 'bad.example.net' }, '2026-11-16'),
      fires: true,
    },
    {
      name: 'speaks against the rule as long as it holds',
      rule: rule('{note|exists: true, note|intel|neq: ours}'),
      given: event({ note: 'bad.example.net' }),
      fires: false,
    },
  ];
  for (const row of asks) {
    it(row.name, () => {
      const rules = rulesOf(FEED, OTHER, row.rule);
      const own = fired(rules, row.given).filter(({ rule: { title } }) => title === 'Asks');
      expect(own.length > 0).toBe(row.fires);
      const [asking] = rules.detections;
      const lookup = new IntelLookup(rules.feedNames, intel);
      if (schemas === undefined || asking === undefined) throw new Error('no rule');
      const normal = normalise(row.given, schemas, { observedAt: eventTime(0) });
      expect(evaluate(asking.expression, normal, { sets: lookup.setsAt(normal.time) })).toBe(row.fires);
    });
  }

  it('is refused with the name that was meant where there is no such feed', () => {
    const { diagnostics } = compileRuleset([
      { path: 'f.yml', text: FEED },
      { path: 'r.yml', text: rule('{note|intel: our}') },
    ]);
    expect(diagnostics.map(({ code, hint }) => [code, hint])).toEqual([['TT4001', "did you mean 'ours'?"]]);
  });
});

describe('a snapshot for other threads', () => {
  it('says the same once it has been taken apart and put together', () => {
    const again = new IntelSnapshot(structuredClone(intel.shared()));
    expect([again.digest, again.size]).toEqual([intel.digest, intel.size]);
    const at = eventTime(Date.parse('2026-11-12T10:00:00Z') * 1000);
    const asked: readonly (readonly [ObservableType, string])[] = [
      ['ip', '45.9.148.10'],
      ['domain', 'x.bad.example.net'],
      ['url', 'https://pages.example.net/kit/x'],
      ['email', 'eve@example.net'],
    ];
    for (const [type, value] of asked) {
      expect(again.match(type, value, at)).toEqual(intel.match(type, value, at));
      expect(again.match(type, value, at).length).toBeGreaterThan(0);
    }
  });

  it('is swapped between two events', () => {
    const engine = new Engine(runnable(ruleset), { schemas, intel });
    const record = event({ QueryName: 'bad.example.net' });
    expect(engine.processRecord(record)).toHaveLength(1);
    engine.swapIntel(IntelSnapshot.empty());
    expect(engine.processRecord(record)).toEqual([]);
    engine.swapIntel(intel);
    expect(engine.processRecord(record)).toHaveLength(1);
  });
});

describe('the fast way and the reference', () => {
  it('agree on bytes, records and expressions', () => {
    const values = [
      '45.9.148.10',
      '45.9.7.7',
      '8.8.8.8',
      'a.bad.example.net',
      'example.net',
      '',
      'x',
      7,
      null,
      ['45.9.148.10'],
    ];
    const days = ['2026-11-09', '2026-11-14', '2026-11-16', '2026-12-20'];
    const rules = rulesOf(
      FEED,
      OTHER,
      rule('{note|intel: ours}', 'selection and not other\n  other: {b|intel: theirs}'),
    );
    const engine = new Engine(runnable(rules), { schemas, intel });
    const lookup = new IntelLookup(rules.feedNames, intel);
    const [asking] = rules.detections;
    fc.assert(
      fc.property(
        fc.constantFrom(...values),
        fc.constantFrom(...values),
        fc.constantFrom(...days),
        (note, b, day) => {
          const record = event({ note, b }, day);
          const text = JSON.stringify(record);
          const bytes = new TextEncoder().encode(text);
          const buffer = { bytes, text: Buffer.from(bytes).toString('latin1') };
          const fast = engine.processBytes(buffer, 0, bytes.length, { file: 'f', line: 1 });
          const slow = engine.processRecord(record, { file: 'f', line: 1 }, text);
          expect(fast).toEqual(slow);
          if (schemas === undefined || asking === undefined) throw new Error('no rule');
          const normal = normalise(record, schemas, { observedAt: eventTime(0) });
          const holds = evaluate(asking.expression, normal, { sets: lookup.setsAt(normal.time) });
          expect(slow.some(({ rule: { title } }) => title === 'Asks')).toBe(holds);
        },
      ),
    );
  });
});
