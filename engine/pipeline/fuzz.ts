import {
  type Arrival,
  type CorrelationPlan,
  type Deliver,
  deliver,
  TEST_LATENESS,
  TEST_START,
} from '../correlate/index.ts';
import { canonicalJson, type Duration, formatDuration, type Scalar, type Signal } from '../model/index.ts';

/** What is fuzzed: the signals of one test of one rule. */
export interface FuzzSubject {
  readonly ruleId: string;
  readonly plan: CorrelationPlan;
  /** What the test gives; its own deliveries are set aside, since they may be too late on purpose. */
  readonly arrivals: readonly Arrival[];
  /** Deliveries to try. */
  readonly runs: number;
  /** Any number; the same number tries the same deliveries. */
  readonly seed: number;
  /** What delivers; the engine itself where absent. */
  readonly deliver?: Deliver;
}

/** A delivery that gives something else than delivery in the order of event time. */
export interface CounterExample {
  readonly arrivals: readonly Arrival[];
  readonly expected: readonly Signal[];
  readonly got: readonly Signal[];
  /** A test can tell the two apart; otherwise they differ in what tests do not look at (which events are the evidence). */
  readonly testable: boolean;
}

/** One signal and what is done to it on its way. */
interface Part {
  readonly signal: Signal;
  readonly delayMicros: number;
  readonly copies: number;
  readonly restart: boolean;
}

/** Deliveries are cut into batches by moving arrivals to a grid: these are its widths. */
const GRIDS_MICROS = [1, 1_000_000, 30_000_000, TEST_LATENESS / 2] as const;
const SHRINK_ROUNDS_MAX = 50;

/**
 * Delivers a test's signals late, in other orders, in batches, twice and over restarts, all inside the lateness, and compares what the rule says with
 * what it says to an orderly delivery: nothing of this may change it. What does is shrunk: the fewest signals, restarts, copies and delays that still
 * show it. Undefined where nothing does. Cost: runs × one test.
 */
export function fuzzDelivery(subject: FuzzSubject): CounterExample | undefined {
  const random = randomFrom(subject.seed);
  const signals = [...new Map(subject.arrivals.map(({ signal }) => [signal.id, signal])).values()];
  const orderly: readonly Part[] = signals.map((signal) => ({
    signal,
    delayMicros: 0,
    copies: 1,
    restart: false,
  }));
  if (orderly.length === 0) return undefined;
  const expected = told(subject, orderly);
  let subtle: readonly Part[] | undefined;
  for (let run = 0; run < subject.runs; run++) {
    const parts = disturbed(orderly, random);
    const got = told(subject, parts);
    if (got.outline !== expected.outline) return shrunk(subject, parts, 'outline');
    if (got.whole !== expected.whole) subtle ??= parts;
  }
  return subtle === undefined ? undefined : shrunk(subject, subtle, 'whole');
}

/** Another way for the same signals. */
function disturbed(parts: readonly Part[], random: () => number): readonly Part[] {
  const grid = GRIDS_MICROS[Math.floor(random() * GRIDS_MICROS.length)] ?? 1;
  const late = random() * TEST_LATENESS;
  const restarts = random() < 0.5 ? 0 : random();
  const copies = random() < 0.5 ? 0 : random() * 0.5;
  return parts.map(({ signal }) => {
    const wanted = Math.floor(random() * late);
    // On the grid, but never beyond the lateness.
    const delivered = Math.ceil((signal.end - TEST_START + wanted) / grid) * grid;
    const delay = delivered - (signal.end - TEST_START);
    return {
      signal,
      delayMicros: delay >= TEST_LATENESS ? wanted : delay,
      copies: random() < copies ? 2 : 1,
      restart: random() < restarts,
    };
  });
}

function arrivalsOf(parts: readonly Part[]): readonly Arrival[] {
  const arrivals = parts.flatMap(({ signal, delayMicros, copies, restart }) =>
    Array.from({ length: copies }, (_, copy) => ({
      at: signal.end + delayMicros,
      signal,
      restart: restart && copy === 0,
    })),
  );
  const ordered = arrivals.map((arrival, order) => ({ ...arrival, order }));
  return ordered.sort((a, b) => a.at - b.at || a.order - b.order);
}

/** What a rule says to a delivery: as signals, as what a test can compare, and with everything. Order within a call is no part of it. */
interface Told {
  readonly signals: readonly Signal[];
  readonly outline: string;
  readonly whole: string;
}

function told(subject: FuzzSubject, parts: readonly Part[]): Told {
  const run = subject.deliver ?? deliver;
  const signals = run(arrivalsOf(parts), subject.plan).filter((signal) => signal.rule.id === subject.ruleId);
  const outline = signals.map((signal) => canonicalJson(expectationOf(signal)));
  const whole = signals.map((signal) => canonicalJson({ ...signal, values: [...signal.values] }));
  return { signals, outline: outline.sort().join('\n'), whole: whole.sort().join('\n') };
}

function expectationOf(signal: Signal): Readonly<Record<string, unknown>> {
  return {
    at: span(signal.end - TEST_START),
    ...groupOf(signal),
    evidence: signal.correlation?.partsTotal ?? 0,
  };
}

/** The smallest delivery that can be found by leaving one thing out at a time. */
function shrunk(subject: FuzzSubject, found: readonly Part[], by: 'outline' | 'whole'): CounterExample {
  let parts = found;
  const differs = (candidate: readonly Part[]): boolean => {
    const orderly = candidate.map(({ signal }) => ({ signal, delayMicros: 0, copies: 1, restart: false }));
    return candidate.length > 0 && told(subject, candidate)[by] !== told(subject, orderly)[by];
  };
  for (let round = 0; round < SHRINK_ROUNDS_MAX; round++) {
    const smaller = parts.flatMap((_, i) => simpler(parts, i)).find(differs);
    if (smaller === undefined) break;
    parts = smaller;
  }
  const orderly = parts.map(({ signal }) => ({ signal, delayMicros: 0, copies: 1, restart: false }));
  return {
    arrivals: arrivalsOf(parts),
    expected: told(subject, orderly).signals,
    got: told(subject, parts).signals,
    testable: by === 'outline',
  };
}

/** The delivery without a signal, and with less done to it; the most that can go first. */
function simpler(parts: readonly Part[], i: number): readonly (readonly Part[])[] {
  const part = parts[i];
  if (part === undefined) return [];
  const without = parts.filter((_, k) => k !== i);
  const changes: Part[] = [];
  if (part.copies > 1) changes.push({ ...part, copies: 1 });
  if (part.restart) changes.push({ ...part, restart: false });
  if (part.delayMicros > 0) changes.push({ ...part, delayMicros: 0 });
  return [without, ...changes.map((change) => parts.with(i, change))];
}

/** A counter-example as a test file: plain data to be written as YAML. It fails as long as the delivery changes what the rule says. */
export function counterExampleTest(
  { arrivals, expected }: CounterExample,
  names: { readonly rule: string; readonly test: string; readonly nameOf: (ruleId: string) => string },
): Readonly<Record<string, unknown>> {
  const given = arrivals.map(({ at, signal, restart }) => ({
    signal: names.nameOf(signal.rule.id),
    ...(signal.values.size === 0 ? {} : { fields: Object.fromEntries(signal.values) }),
    at: span(signal.end - TEST_START),
    ...(at === signal.end ? {} : { delivered: span(at - TEST_START) }),
    ...(restart ? { restart: true } : {}),
  }));
  const wanted = expected.map(expectationOf);
  const distinct = [...new Map(wanted.map((one) => [canonicalJson(one), one])).values()];
  const counted = distinct.map((one) => {
    const text = canonicalJson(one);
    return { ...one, count: wanted.filter((other) => canonicalJson(other) === text).length };
  });
  // A list says what must be there; the number says that there is nothing else.
  return {
    rule: names.rule,
    tests: [
      { name: `${names.test}: the order of arrival changes nothing`, given, expect: { signals: counted } },
      { name: `${names.test}: and nothing else comes of it`, given, expect: { signals: expected.length } },
    ],
  };
}

function groupOf(signal: Signal): { readonly group?: Readonly<Record<string, Scalar>> } {
  const group = signal.correlation?.group ?? [];
  return group.length === 0 ? {} : { group: Object.fromEntries(group) };
}

function span(micros: number): string {
  return micros <= 0 ? '0s' : formatDuration(micros as Duration);
}

/** Marsaglia's xorshift32: small, seeded, and good enough to choose deliveries. */
function randomFrom(seed: number): () => number {
  let state = seed | 0 || 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
