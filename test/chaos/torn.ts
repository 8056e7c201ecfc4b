import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { openStore, systemClock } from '../../engine/adapters/index.ts';
import { sha256 } from '../../engine/model/index.ts';
import type { Commit, StorePort } from '../../engine/runtime/index.ts';
import { Random, seedOf } from '../fuzz/random.ts';
import type { ChaosOptions, ChaosReport, Harness } from './harness.ts';

const COMMITS = 60;
const SECTOR_BYTES = 512;
const PAGE_BYTES = 4096;

/** Copies of a database with its log, cut off or altered at random: what opens is what some commit left, or it is set aside. */
export const torn: Harness = {
  name: 'torn',
  about:
    'torn and bit-flipped copies of the database and its log: what opens is a committed prefix, or it is known to be damaged and set aside',
  shortRuns: 150,
  longRuns: 2000,
  mutants: [],
  mutantRuns: 0,
  run: tornCopies,
};

/** What is done to a copy; gives what was done, in words. */
type Damage = (copy: string, random: Random) => string;

const DAMAGES: readonly Damage[] = [
  (copy, random) => cut(`${copy}-wal`, random),
  (copy, random) => cut(`${copy}-wal`, random),
  (copy, random) => flipped(`${copy}-wal`, random),
  (copy, random) => zeroed(`${copy}-wal`, { random, size: SECTOR_BYTES }),
  (copy, random) => zeroed(`${copy}-wal`, { random, size: PAGE_BYTES }),
  (copy) => {
    rmSync(`${copy}-wal`);
    return 'the log is gone';
  },
  (copy, random) => cut(copy, random),
  (copy, random) => flipped(copy, random),
  (copy, random) => flipped(copy, random),
  (copy, random) => zeroed(copy, { random, size: SECTOR_BYTES }),
  (copy, random) => zeroed(copy, { random, size: PAGE_BYTES }),
];

async function tornCopies({ runs, seed, folder, say }: ChaosOptions): Promise<ChaosReport> {
  const whole = join(folder, 'whole.db');
  const known = written(folder, whole, new Random(seedOf(seed, 'torn', 0)));
  const copy = join(folder, 'copy', 'telltale.db');
  const counts = { prefix: 0, aside: 0 };
  const failures: string[] = [];
  const prefixes = new Set<number>();
  for (let i = 0; i < runs; i++) {
    rmSync(join(folder, 'copy'), { recursive: true, force: true });
    mkdirSync(join(folder, 'copy'));
    for (const suffix of ['', '-wal']) copyFileSync(whole + suffix, copy + suffix);
    const random = new Random(seedOf(seed, 'torn', i + 1));
    const done = random.one(DAMAGES)(copy, random);
    const wrong = looked(copy, known, { counts, prefixes });
    if (wrong !== undefined) failures.push(`copy ${i}, ${done}: ${wrong}`);
    if ((i + 1) % 500 === 0) say(`${i + 1} copies`);
  }
  return {
    seen: [
      `${runs} copies: ${counts.prefix} opened as one of ${prefixes.size} committed prefixes, ${counts.aside} were set aside`,
    ],
    failures,
  };
}

/** Opens a damaged copy; what is wrong with what it then holds. */
function looked(
  copy: string,
  known: ReadonlyMap<number, string>,
  {
    counts,
    prefixes,
  }: { readonly counts: { prefix: number; aside: number }; readonly prefixes: Set<number> },
): string | undefined {
  let opened: ReturnType<typeof openStore>;
  try {
    opened = openStore(copy, systemClock);
  } catch (error) {
    return `it could not be opened, nor set aside: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { store, setAside } = opened;
  try {
    const { commits } = store.checkpoint();
    if (setAside !== undefined) {
      counts.aside++;
      return existsSync(setAside) ? undefined : 'what was set aside is gone';
    }
    const expected = known.get(commits);
    if (expected === undefined) return `it stands at commit ${commits}, which there never was`;
    const found = digest(store).split(' ');
    const wanted = expected.split(' ');
    const other = PARTS.filter((_, i) => found[i] !== wanted[i]);
    counts.prefix++;
    prefixes.add(commits);
    return other.length === 0
      ? undefined
      : `it says that it stands at commit ${commits}, and has other ${other.join(', ')}`;
  } catch (error) {
    // Found when it is read: the daemon ends there, and nothing wrong is told.
    if (error instanceof Error && error.name === 'DatabaseTrouble') {
      counts.aside++;
      return undefined;
    }
    return `reading it: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    store.close();
  }
}

/** Writes a database with commits of all kinds and copies it while its log is long; by number of commits what it held then. */
function written(folder: string, whole: string, random: Random): ReadonlyMap<number, string> {
  const path = join(folder, 'original', 'telltale.db');
  const known = new Map<number, string>();
  let { store } = openStore(path, systemClock);
  known.set(0, digest(store));
  for (let i = 1; i <= COMMITS; i++) {
    store.commit(commitOf(i, random));
    known.set(i, digest(store));
    if (i === COMMITS / 2) {
      // One that is closed moves its log into the file; the other half stays in the log.
      store.close();
      ({ store } = openStore(path, systemClock));
    }
  }
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, whole + suffix);
  store.close();
  return known;
}

function commitOf(number: number, random: Random): Commit {
  const text = (length: number): string =>
    Array.from({ length: Math.ceil(length / 8) }, () => random.bits().toString(16).padStart(8, '0')).join('');
  const ids = Array.from({ length: 1 + random.below(6) }, () => `a${random.below(40)}`);
  return {
    positions: [{ source: 's', partition: `p${random.below(3)}`, position: `1:${number}:${number}` }],
    ledger: [{ source: 's', received: 10, matched: 4, unmatched: 4, rejected: 1, dropped: 1 }],
    state: Array.from({ length: 1 + random.below(8) }, (_, i) => ({
      room: 'stages',
      key: `k${random.below(60)}`,
      bytes: i % 5 === 4 ? undefined : new TextEncoder().encode(text(20 + random.below(3000))),
    })),
    revisions: [...new Set(ids)].map((id) => ({
      kind: 'alert' as const,
      id,
      revision: number,
      state: 'open',
      severity: 'low',
      ruleId: 'r',
      entities: [`host:${random.below(20)}`],
      firstSeen: number,
      lastSeen: number,
      body: JSON.stringify({ id, revision: number, text: text(400) }),
      storedAt: number,
    })),
    outbox: [...new Set(ids)].map((id) => ({
      output: 'o',
      kind: 'alert' as const,
      id,
      revision: number,
      key: `alert:${id}:${number}`,
      lane: id,
      body: text(200),
    })),
    audit: [],
    values: [{ key: `v${random.below(10)}`, bytes: new TextEncoder().encode(text(100)) }],
  };
}

/** What a digest is made of, in its order. */
const PARTS = ['commits', 'positions', 'account', 'state', 'values', 'outbox', 'revisions'];

/** Of everything that a restart rests on, and of what people are shown. */
function digest(store: StorePort): string {
  const { positions, ledger, commits } = store.checkpoint();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const parts: unknown[] = [
    commits,
    [...positions].map(([source, of]) => [source, [...of].sort()]),
    [...ledger],
    [...store.state('stages')].map(({ key, bytes }) => [key, hex(bytes)]),
    [...store.values('')].map(({ key, bytes }) => [key, hex(bytes)]),
    store
      .due('o', { nowMicros: Number.MAX_SAFE_INTEGER, limit: 100_000 })
      .map(({ key, body }) => [key, body]),
    store.changes(0, 100_000).map(({ revision }) => [revision.id, revision.revision, revision.body]),
  ];
  return parts.map((part) => sha256(JSON.stringify(part))).join(' ');
}

function cut(path: string, random: Random): string {
  const size = statSync(path).size;
  const at = random.below(size);
  const handle = openSync(path, 'r+');
  ftruncateSync(handle, at);
  closeSync(handle);
  return `${named(path)} is cut off at ${at} of ${size} bytes`;
}

function flipped(path: string, random: Random): string {
  const handle = openSync(path, 'r+');
  const size = statSync(path).size;
  const places: number[] = [];
  for (let i = 1 + random.below(4); i > 0; i--) {
    const at = random.below(size);
    const byte = new Uint8Array(1);
    readSync(handle, byte, 0, 1, at);
    writeSync(handle, new Uint8Array([(byte[0] ?? 0) ^ (1 << random.below(8))]), 0, 1, at);
    places.push(at);
  }
  closeSync(handle);
  return `${named(path)} has bits flipped at ${places.join(', ')}`;
}

function zeroed(path: string, { random, size }: { readonly random: Random; readonly size: number }): string {
  const handle = openSync(path, 'r+');
  const at = random.below(Math.max(1, Math.floor(statSync(path).size / size))) * size;
  writeSync(handle, new Uint8Array(size), 0, size, at);
  closeSync(handle);
  return `${named(path)} has ${size} zeros at ${at}`;
}

function named(path: string): string {
  return path.endsWith('-wal') ? 'the log' : 'the file';
}
