import { compilePublicSet } from '../conformance/public-set.ts';
import type { PartInput, PartResult } from './detect.ts';
import { hostileEvents } from './hostile-events.ts';
import { spread } from './measure.ts';
import { say, short } from './report.ts';
import { engineOn } from './scanning.ts';

/** Bar: no event may take longer. */
const LIMIT_MS = 50;
const SHOWN = 15;

/** Hostile single events against the whole public set: the longest that one takes, the first time and later. */
export async function benchWorst({ data, runs }: PartInput): Promise<PartResult> {
  const { ruleset } = compilePublicSet(data);
  const engine = engineOn(ruleset);
  const measured = hostileEvents(ruleset.detections).map(({ name, record }) => {
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    const text = Buffer.from(bytes).toString('latin1');
    const timesMs: number[] = [];
    const parseMs: number[] = [];
    let signals = 0;
    for (let round = 0; round <= runs; round++) {
      const started = performance.now();
      signals =
        engine.processBytes({ bytes, text }, 0, bytes.length, { file: 'hostile', line: 1 })?.length ?? -1;
      timesMs.push(performance.now() - started);
      const parsing = performance.now();
      JSON.parse(Buffer.from(bytes).toString('utf8'));
      parseMs.push(performance.now() - parsing);
    }
    const [first, ...later] = timesMs;
    say(`${name}: ${short(first ?? Number.NaN)} ms, then ${short(spread(later).median)} ms`);
    return {
      name,
      bytes: bytes.length,
      first_ms: first ?? Number.NaN,
      ms: spread(later),
      json_parse_ms: spread(parseMs).median,
      signals,
    };
  });
  const slowest = [...measured].sort((a, b) => b.ms.median - a.ms.median);
  const over = measured.filter(({ ms }) => ms.median > LIMIT_MS).map(({ name }) => name);
  return {
    result: { worst: { limit_ms: LIMIT_MS, over, slowest: slowest[0], events: measured } },
    tables: [
      {
        title: 'Hostile single events × the whole public set',
        head: ['event', 'kB', 'ms (min–max)', 'ms, the first time', 'JSON.parse, ms', 'signals'],
        rows: slowest
          .slice(0, SHOWN)
          .map((row) => [
            row.name,
            short(row.bytes / 1000),
            `${short(row.ms.median)} (${short(row.ms.min)}–${short(row.ms.max)})`,
            short(row.first_ms),
            short(row.json_parse_ms),
            row.signals,
          ]),
        notes: [
          `The ${SHOWN} slowest of ${measured.length}; ${over.length} over ${LIMIT_MS} ms. The first time holds the building of automata for a class of events. −1 signals: the record was refused.`,
        ],
      },
    ],
  };
}
