import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeRecord,
  decodeText,
  Framer,
  frameAll,
  isBlank,
  RESOLVE_NEVER,
  resolvePath,
  SLOT_ABSENT,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_RESOLVE,
  SLOT_STRING,
  SLOT_TRUE,
  SlotScanner,
} from '../../engine/ingest/index.ts';
import { recordBuffer } from '../support/held-bytes.ts';
import { CASES } from './records.ts';

/** Files, and mutated records in each: a hundred thousand in all. */
const FILES = 500;
const RECORDS = 200;
const SEED = fc.readConfigureGlobal()?.seed ?? Math.floor(Math.random() * 2 ** 31);

/** The generator "mulberry32": the same records on every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const PIECES = [
  '"',
  '\\',
  '\\u0041',
  '\\ud800',
  '\\x',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '1e999',
  '-0',
  '01',
  '.5',
  'null',
  'tru',
  'NaN',
  '\t',
  '\0',
  '\r',
  '"__proto__":{"a":1},',
  '"a.b":1,',
  '\u00e9',
  '\u2028',
  '\ufeff',
  '//',
  "'",
  '[[[[',
  '{"a":',
  ' ',
];
const NEWLINE = Uint8Array.of(10);
/** Paths that a record has several ways to. */
const AMBIGUOUS = [
  '{"a":{"b":{"c":1,"d":2}},"a.b":{"c":3},"a.b.c":4,"e":5}',
  '{"a.b":1,"a":{"b":2,"b.c":3},"a.b.c":{"d":4},"e.f":{"g":5},"e":{"f.g":6}}',
  '{"a":[{"b":1},{"b":[2,3]}],"a.b":{"c":"x"},"e":{"f":{"g":null}}}',
];
const SEEDS = [
  ...CASES.map(({ given }) => JSON.stringify(given)),
  ...Array.from({ length: 10 }, () => AMBIGUOUS).flat(),
]
  .map((text) => new TextEncoder().encode(text))
  .filter((bytes) => bytes.length < 3000);

/** A record of a product with up to four faults in it; one line. */
function mutated(random: (below: number) => number): Uint8Array {
  let bytes: number[] = [...(SEEDS[random(SEEDS.length)] ?? [])];
  for (let faults = random(5); faults > 0; faults--) {
    const at = random(bytes.length + 1);
    const length = random(random(2) === 0 ? 3 : 60);
    const piece = new TextEncoder().encode(PIECES[random(PIECES.length)] ?? '');
    switch (random(7)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes.splice(at, length);
        break;
      case 2:
        bytes.splice(at, 0, ...piece);
        break;
      case 3:
        bytes.splice(at, 0, ...bytes.slice(at, at + length));
        break;
      case 4:
        bytes = bytes.slice(0, at);
        break;
      case 5:
        bytes.splice(at, length, 0xc0, 0xff, 0xed);
        break;
      default:
        bytes.splice(random(bytes.length + 1), 0, ...bytes.splice(at, length));
    }
  }
  return Uint8Array.from(bytes, (byte) => (byte === 10 ? 32 : byte));
}

/** Paths of all kinds: of the products, flat and nested, and such as should be nowhere. */
const PATHS = [
  'EventID',
  'Channel',
  'System.EventID',
  'Event.System.EventID',
  'Event.EventData.Image',
  'a.b',
  'a',
  'a.b.c',
  'a.b.c.d',
  'e.f.g',
  '__proto__',
  'constructor',
  'eventName',
  'userIdentity.arn',
  'requestParameters',
  'protoPayload.methodName',
  'event.category',
  'host.name',
  'process.args',
  'message',
  'ts',
  'winlog.event_data.Image',
];

/** What the scanner says of a path that it says anything of, next to what the parsed record has. */
function disagreements(scanner: SlotScanner, bytes: Uint8Array, record: unknown): string[] {
  const value = (kind: number, from: number, to: number): unknown => {
    if (kind === SLOT_TRUE) return true;
    if (kind === SLOT_FALSE) return false;
    if (kind === SLOT_NULL) return null;
    const [first, last] = kind === SLOT_STRING ? [from - 1, to + 1] : [from, to];
    return JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(first, last)));
  };
  return scanner.paths.filter((path, slot) => {
    const kind = scanner.kind[slot] ?? SLOT_ABSENT;
    if (scanner.guard[slot] !== RESOLVE_NEVER || kind === SLOT_RESOLVE) return false;
    const wanted = resolvePath(record, path);
    const found =
      kind === SLOT_ABSENT ? undefined : value(kind, scanner.from[slot] ?? 0, scanner.to[slot] ?? 0);
    return JSON.stringify(found) !== JSON.stringify(wanted);
  });
}

function parsed(bytes: Uint8Array): { readonly record: unknown } | undefined {
  try {
    return { record: JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let [from, to] = [0, bytes.length];
  while (from < to && isBlank(bytes[from] ?? 0)) from++;
  while (to > from && isBlank(bytes[to - 1] ?? 0)) to--;
  return bytes.subarray(from, to);
}

describe(`a hundred thousand records with faults in them (seed ${SEED})`, () => {
  const random = randomFrom(SEED);
  const encoder = new TextEncoder();

  test('crash nothing, cost no neighbour, and are read from bytes as when parsed', {
    timeout: 120_000,
  }, () => {
    const scanner = new SlotScanner();
    for (const path of PATHS) scanner.addPath(path);
    const counts = { records: 0, refused: 0, taken: 0, scanned: 0 };
    for (let file = 0; file < FILES; file++) {
      const lines: Uint8Array[] = [encoder.encode('{"EventID":-1}')];
      for (let i = 0; i < RECORDS; i++) lines.push(mutated(random), encoder.encode(`{"EventID":${i}}`));
      const bytes = new Uint8Array(Buffer.concat(lines.flatMap((line) => [line, NEWLINE])));
      const neighbours: unknown[] = [];
      const framer = new Framer();
      const cut = 1 + random(bytes.length);
      const framed = [...framer.push(bytes.slice(0, cut)), ...framer.push(bytes.slice(cut)), ...framer.end()];
      for (const one of framed) {
        if (one.kind !== 'record') continue;
        const decoded = decodeRecord(one.bytes, one);
        if (one.line % 2 === 1) neighbours.push(decoded.kind === 'record' ? decoded.value : decoded.kind);
      }
      expect(neighbours).toEqual(Array.from({ length: RECORDS + 1 }, (_, i) => ({ EventID: i - 1 })));

      for (let i = 1; i < lines.length; i += 2) {
        const line = lines[i] ?? bytes;
        counts.records++;
        const wanted = parsed(line);
        const decoded = decodeRecord(line);
        if (decoded.kind === 'record') {
          counts.taken++;
          // Blanks and NULs around a record are no part of it.
          if (parsed(trimmed(line)) === undefined) expect(new TextDecoder().decode(line)).toBe('not JSON');
        } else counts.refused++;
        const status = scanner.scanRange(recordBuffer(line), 0, line.length);
        // The insides of strings that nobody reads are not looked at, so a record may look sound to the scanner that no parser takes.
        if (status === 'malformed' && wanted !== undefined)
          expect(`sound, but refused: ${new TextDecoder().decode(line)}`).toBe('');
        if (status !== 'ok' || wanted === undefined) continue;
        counts.scanned++;
        const wrong = disagreements(scanner, line, wanted.record);
        if (wrong.length > 0) expect([new TextDecoder().decode(line), wrong]).toEqual([]);
      }
    }
    expect(counts.records).toBe(FILES * RECORDS);
    expect(counts.refused).toBeGreaterThan(20_000);
    expect(counts.scanned).toBeGreaterThan(15_000);
  });

  test('crash no other way of framing, and what is given back is told where it is', () => {
    for (let i = 0; i < 2000; i++) {
      const text = new TextDecoder('latin1').decode(mutated(random));
      for (const whole of [
        `[{"a":1},${text},{"b":2}]`,
        `{"Records":[${text}]}`,
        `{\n"a": ${text}\n}\n${text}`,
        text,
      ]) {
        for (const one of frameAll(encoder.encode(whole))) {
          if (one.kind === 'record') decodeRecord(one.bytes, one);
          else expect(one.problem.line).toBeGreaterThan(0);
        }
        decodeText(whole);
      }
    }
  });
});
