import { RECORD_LIMITS } from '../../engine/ingest/index.ts';
import type { Engine } from '../../engine/pipeline/index.ts';
import { compilePublicSet } from '../conformance/public-set.ts';
import type { PartInput, PartResult } from './detect.ts';
import { type HostileEvent, hostileEvents } from './hostile-events.ts';
import { spread } from './measure.ts';
import { say, short } from './report.ts';
import { engineOn } from './scanning.ts';
import { worseEvents } from './worse-events.ts';

/** Bar: no event may take longer. */
const LIMIT_MS = 50;
const SHOWN = 20;

interface Measured {
  readonly name: string;
  readonly bytes: number;
  readonly first_ms: number;
  readonly ms: ReturnType<typeof spread>;
  readonly json_parse_ms: number;
  /** −1 where the record was refused. */
  readonly signals: number;
  readonly undecided: number;
}

/**
 * Hostile single events against the whole public set: the longest that one takes, the first time and later. After the fixed list a search with a
 * fixed seed goes on from the worst of them. A run counts the lesser of wall time and the thread's share of processor time, so that a busy
 * machine does not count.
 */
export async function benchWorst({ data, runs }: PartInput): Promise<PartResult> {
  const { ruleset } = compilePublicSet(data);
  const engine = engineOn(ruleset);
  const fixed = hostileEvents(ruleset.detections).map((event) => measure(engine, event, runs));
  const searched = worseEvents(ruleset.detections, (event) => measure(engine, event, 2).ms.median).map(
    (event) => measure(engine, event, runs),
  );
  const measured = [...fixed, ...searched];
  const slowest = [...measured].sort((a, b) => b.ms.median - a.ms.median);
  const over = measured.filter(({ ms }) => ms.median > LIMIT_MS).map(({ name }) => name);
  const overFirst = measured.filter(({ first_ms }) => first_ms > LIMIT_MS).length;
  return {
    bars: slowest
      .slice(0, 1)
      .map(({ name, ms }) => ({ name: `worst event (${name}), ms`, seen: ms.median, most: LIMIT_MS })),
    result: { worst: { limit_ms: LIMIT_MS, over, slowest: slowest[0], events: measured } },
    tables: [
      {
        title: 'Hostile single events × the whole public set',
        head: ['event', 'kB', 'ms (min–max)', 'ms, the first time', 'JSON.parse, ms', 'signals', 'undecided'],
        rows: slowest
          .slice(0, SHOWN)
          .map((row) => [
            row.name,
            short(row.bytes / 1000),
            `${short(row.ms.median)} (${short(row.ms.min)}–${short(row.ms.max)})`,
            short(row.first_ms),
            short(row.json_parse_ms),
            row.signals,
            row.undecided,
          ]),
        notes: [
          `The ${SHOWN} slowest of ${measured.length} (${searched.length} of them found by the search); ${over.length} over ${LIMIT_MS} ms, the first time ${overFirst}. The first time holds the linking of a class of events and the building of automata. −1 signals: the record was refused.`,
        ],
      },
    ],
  };
}

function measure(engine: Engine, { name, json }: HostileEvent, runs: number): Measured {
  const bytes = new TextEncoder().encode(json);
  const text = Buffer.from(bytes).toString('latin1');
  if (bytes.length > RECORD_LIMITS.recordSizeMaxBytes) throw new Error(`${name} is larger than a record`);
  const timesMs: number[] = [];
  const parseMs: number[] = [];
  let signals = 0;
  for (let round = 0; round <= runs; round++) {
    timesMs.push(
      timed(() => {
        signals =
          engine.processBytes({ bytes, text }, 0, bytes.length, { file: 'hostile', line: 1 })?.length ?? -1;
      }),
    );
    parseMs.push(timed(() => parsed(bytes)));
  }
  const [first, ...later] = timesMs;
  const undecided = engine.lastUndecided.length;
  say(
    `${name}: ${short(first ?? Number.NaN)} ms, then ${short(spread(later).median)} ms, ${undecided} undecided`,
  );
  return {
    name,
    bytes: bytes.length,
    first_ms: first ?? Number.NaN,
    ms: spread(later),
    json_parse_ms: spread(parseMs).median,
    signals,
    undecided,
  };
}

function timed(work: () => void): number {
  const cpu = process.cpuUsage();
  const started = performance.now();
  work();
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return Math.min(wallMs, (user + system) / 1000);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
