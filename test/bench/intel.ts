/**
 * Feeds of threat intelligence at the size of the large public ones: what loading and holding them costs, what a look-up costs by type, and
 * whether anything matches that is not listed.
 *
 *   npm run bench:intel -- [--only million,lookups,probes,ten-million] [--runs N] [--json FILE]
 *
 * A look-up is that of one value of an event, normalised and asked with its time. Times are processor time of the process.
 */
import {
  type Indicator,
  IntelSnapshot,
  type ObservableType,
  readFeedText,
  SnapshotBuilder,
} from '../../engine/intel/index.ts';
import { eventTime, type IndicatorType } from '../../engine/model/index.ts';
import { compileRuleset } from '../../engine/pipeline/index.ts';
import { nativeDigest } from '../../engine/runtime/index.ts';
import { spread } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { environment, holdBars, say, short, type Table, writeReport } from './report.ts';

const MILLION = 1_000_000;
const NOW = eventTime(Date.parse('2026-11-12T00:00:00Z') * 1000);
const PROBES = 10_000_000;

/** A mixer of 32 bits (the finaliser of MurmurHash3): the same value for the same number. */
function mix(n: number): number {
  let h = (n + 0x9e37_79b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const hex = (n: number): string => mix(n).toString(16).padStart(8, '0');

/** The nth value of a type in a universe: of two universes no value is in both. */
function indicatorValue(type: IndicatorType, n: number, universe: 'listed' | 'other'): string {
  const salt = universe === 'listed' ? 0 : 0x4000_0000;
  const mark = universe === 'listed' ? 'l' : 'o';
  switch (type) {
    case 'hash':
      return Array.from({ length: 8 }, (_, i) => hex(salt + n * 8 + i)).join('');
    case 'ip': {
      // Odd last octets are listed, even ones are not.
      const word = mix(n);
      const last = universe === 'listed' ? (word & 0xff) | 1 : word & 0xfe;
      return `${11 + (n % 80)}.${(word >>> 24) & 0xff}.${(word >>> 16) & 0xff}.${last}`;
    }
    case 'cidr':
      return `${192 + (n % 16)}.${128 + ((n >> 4) % 64)}.${(n >> 10) & 0xff}.0/24`;
    case 'domain':
      return `${mark}${hex(salt + n).slice(0, 6)}${n.toString(36)}.${['com', 'net', 'org', 'top'][n % 4]}`;
    case 'url':
      return `http://${mark}${hex(salt + n)}.example.com/${n.toString(36)}/gate.php`;
    case 'email':
      return `${mark}${hex(salt + n)}@example.com`;
    default:
      return type satisfies never;
  }
}

const SHARES: readonly (readonly [IndicatorType, number])[] = [
  ['hash', 0.4],
  ['ip', 0.25],
  ['domain', 0.2],
  ['url', 0.14],
  ['email', 0.01],
];

function* indicators(count: number): Iterable<Indicator> {
  for (const [type, share] of SHARES) {
    for (let n = 0; n < count * share; n++)
      yield { type, value: indicatorValue(type, n, 'listed'), source: 'bench', confidence: 70 };
  }
}

function cpuSeconds(work: () => void): number {
  const used = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1e6;
}

function collected(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What reading a plain list of a million rows and compiling it costs. */
function million(runs: number): { readonly table: Table; readonly snapshot: IntelSnapshot } {
  const [feed] = compileRuleset([
    { path: 'bench.yml', text: 'title: x\nname: bench\nlevel: low\nfeed: {file: x.txt, format: plain}\n' },
  ]).ruleset.feeds;
  if (feed === undefined) throw new Error('the feed does not load');
  let text = '';
  for (const { value } of indicators(MILLION)) text += `${value}\n`;
  // Flat, as a file that was read is.
  text = Buffer.from(text).toString('utf8');
  const seconds: number[] = [];
  let snapshot = IntelSnapshot.empty();
  let held = 0;
  for (let run = 0; run <= runs; run++) {
    snapshot = IntelSnapshot.empty();
    const before = collected();
    const took = cpuSeconds(() => {
      const builder = new SnapshotBuilder({ digest: nativeDigest });
      readFeedText(feed, text, { sink: builder, file: 'x.txt', seenAt: NOW });
      ({ snapshot } = builder.build());
    });
    held = collected() - before;
    if (run > 0) seconds.push(took);
  }
  const { median, min, max } = spread(seconds);
  const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  holdBars({
    'a million indicators: loaded in 3 s': median < 3,
    'a million indicators: tables below 32 MiB': snapshot.bytes < 32 * 1024 * 1024,
  });
  return {
    snapshot,
    table: {
      title: `Loading ${snapshot.size.toLocaleString('en')} indicators from a plain list of ${mib(text.length)} MiB`,
      head: ['', 'bar', 'measured'],
      rows: [
        [
          'load, s of processor time: median (least–greatest)',
          '< 3',
          `${short(median)} (${short(min)}–${short(max)})`,
        ],
        ['tables, MiB', '< 32', mib(snapshot.bytes)],
        ['what the process holds more, MiB', '', mib(held)],
      ],
    },
  };
}

const KINDS: readonly ObservableType[] = ['hash', 'ip', 'domain', 'url'];
const LOOKUPS = 200_000;

/** What one look-up costs, by type, for values that are listed and values that are not. */
function lookups(snapshot: IntelSnapshot, runs: number): Table {
  const rows = KINDS.flatMap((type) =>
    (['other', 'listed'] as const).map((universe) => {
      // Values spread over the whole table, as parsed from records: flat strings.
      const values = Array.from({ length: LOOKUPS }, (_, n) =>
        Buffer.from(indicatorValue(type, (n * 7) % 140_000, universe)).toString('latin1'),
      );
      const nanos: number[] = [];
      let found = 0;
      for (let run = 0; run <= runs; run++) {
        const seconds = cpuSeconds(() => {
          for (const value of values) found += snapshot.candidates(type, value).length > 0 ? 1 : 0;
        });
        if (run > 0) nanos.push((seconds * 1e9) / LOOKUPS);
      }
      const { median, min, max } = spread(nanos);
      const share = found / (LOOKUPS * (runs + 1));
      holdBars({ [`a look-up of ${type}, ${universe}: below 1,000 ns`]: median < 1000 });
      return [
        `${type}, ${universe === 'listed' ? 'listed' : 'not listed'}`,
        `${short(median)} (${short(min)}–${short(max)})`,
        share.toFixed(3),
      ];
    }),
  );
  return {
    title: 'A look-up, ns of processor time: median (least–greatest)',
    head: ['value', 'ns', 'found'],
    rows,
    notes: [
      'The bar is 1,000 ns. An event asks once for a value that comes again: the lookup of the engine remembers 8,192 texts.',
    ],
  };
}

/** Values that are not listed: how many match all the same. */
function probes(snapshot: IntelSnapshot): Table {
  let wrong = 0;
  for (let n = 0; n < PROBES; n++) {
    const type = KINDS[n % KINDS.length] ?? 'hash';
    if (snapshot.match(type, indicatorValue(type, n, 'other'), NOW).length > 0) wrong++;
  }
  holdBars({ 'probes: no false match': wrong === 0 });
  return {
    title: 'False matches',
    head: ['probes', 'bar', 'matches'],
    rows: [[PROBES.toLocaleString('en'), '0', wrong]],
  };
}

function tenMillion(): Table {
  const before = collected();
  let snapshot = IntelSnapshot.empty();
  const seconds = cpuSeconds(() => {
    const builder = new SnapshotBuilder({ loadedAt: NOW, digest: nativeDigest });
    for (const indicator of indicators(MILLION * 10)) builder.indicator(indicator);
    ({ snapshot } = builder.build());
  });
  const held = collected() - before;
  const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  holdBars({
    'ten million: tables below 200 MiB': snapshot.bytes < 200 * 1024 * 1024,
    'ten million: the process holds below 200 MiB more': held < 200 * 1024 * 1024,
  });
  return {
    title: `${snapshot.size.toLocaleString('en')} indicators`,
    head: ['', 'bar', 'measured'],
    rows: [
      ['tables, MiB', '< 200', mib(snapshot.bytes)],
      ['what the process holds more, MiB', '< 200', mib(held)],
      ['making them and compiling, s', '', short(seconds)],
    ],
  };
}

/** Runs the parts that were asked for. */
export function benchIntel({ only, runs, json }: BenchOptions): void {
  const wanted = (part: string): boolean => only.length === 0 || only.includes(part);
  const tables: Table[] = [];
  const env = environment();
  if (wanted('million') || wanted('lookups') || wanted('probes')) {
    say('a million indicators …');
    const { table, snapshot } = million(wanted('million') ? runs : 1);
    tables.push(table);
    if (wanted('lookups')) {
      say('look-ups …');
      tables.push(lookups(snapshot, runs));
    }
    if (wanted('probes')) {
      say(`${PROBES.toLocaleString('en')} probes …`);
      tables.push(probes(snapshot));
    }
  }
  if (wanted('ten-million')) {
    say('ten million indicators …');
    tables.push(tenMillion());
  }
  writeReport('intel', { json, result: { environment: env, tables }, tables });
}
