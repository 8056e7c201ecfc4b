import { gzipSync } from 'node:zlib';
import { gunzip } from '../../../engine/adapters/gunzip.ts';
import {
  CsvReader,
  decodeRecord,
  type Framed,
  Framer,
  frameAll,
  parseTime,
  RecordMemory,
  SlotScanner,
} from '../../../engine/ingest/index.ts';
import { compileRuleset, Engine } from '../../../engine/pipeline/index.ts';
import { newTally, scanLines } from '../../../engine/runtime/index.ts';
import { recordBuffer } from '../../support/held-bytes.ts';
import { packageFile } from '../package-files.ts';
import { chunkSize, concat, type FuzzTarget, must, textOf, texts } from '../target.ts';

const SAMPLE = packageFile('examples', 'intrusion.ndjson').trim().split('\n');
const LINES = texts(
  ...SAMPLE.filter((_, i) => i % Math.ceil(SAMPLE.length / 60) === 0),
  '{"EventID":1,"Image":"C:\\\\Windows\\\\cmd.exe","a":{"b":[1,{"c":null}]}}',
  '{"Records":[{"eventName":"ConsoleLogin"},{"eventName":"GetObject"}]}',
  '[{"EventID":1},{"EventID":2}]',
  '{"a.b":1,"a":{"b":2},"@timestamp":"2026-01-05T10:00:00.123456Z"}',
);
const WORDS = [
  '"EventID":1',
  '"Records":[',
  '"@timestamp":',
  '{"a":',
  '[[[[',
  '\\u0000',
  '"\\ud83d"',
  '\r\n{',
  '1e5',
  ',,',
];

const RULE = `title: Neighbour
id: 11111111-1111-4111-8111-111111111111
logsource: {product: windows}
detection: {s: {EventID: 424242}, f: {CommandLine|contains: [whoami, '-enc'], Image|endswith: '\\\\cmd.exe'}, r: {a.b|re: '^x+y'}, condition: s or f or r}
`;
const engine = new Engine(compileRuleset([{ path: 'r.yml', text: RULE }]).ruleset);
const GOOD = '{"EventID":424242}';

function lines(input: Uint8Array): void {
  const tally = newTally();
  scanLines(engine, { bytes: concat(GOOD, '\n', input, '\n', GOOD, '\n'), file: 'f', line: 1 }, tally);
  const places = tally.signals.flatMap(({ evidence }) => evidence.map(({ line }) => line));
  must(places.includes(1), 'the line before it is matched');
  must(places.includes(tally.lines), 'the line behind it is matched, at its own number');
}

// Lines are read by vectors from now on, however few there are.
engine.memoryFor(1 << 20);

const scanner = new SlotScanner();
const vectors = new SlotScanner();
for (const path of ['EventID', 'a.b', 'CommandLine', 'a.b.c', '*.x', 'Event.System.EventID']) {
  scanner.addPath(path);
  vectors.addPath(path);
}
const memory = RecordMemory.create();
if (memory !== undefined) vectors.moveTo(memory.arena);

/** What is a record is never refused; what it takes more (faults inside texts) is seen where the texts are read. */
function slots(input: Uint8Array): void {
  const status = scanner.scanRange(recordBuffer(input), 0, input.length);
  const held = memory?.arena.hold(input);
  if (held !== undefined)
    must(vectors.scanRange(recordBuffer(held), 0, held.length) === status, 'vectors scan alike');
  const decoded = decodeRecord(input, { line: 1, column: 1 });
  if (decoded.kind === 'record') must(status !== 'malformed', 'the scanner refuses no record');
}

function framed(all: readonly Framed[]): string {
  return JSON.stringify(
    all.map((one) =>
      one.kind === 'record' ? [one.start, one.end, one.line, one.column] : [one.problem.declaration.code],
    ),
  );
}

/** How a file is cut does not depend on the chunks in which it comes; every record is inside the file, in order. */
function framing(input: Uint8Array): void {
  const whole = frameAll(input);
  let before = 0;
  for (const one of whole) {
    if (one.kind !== 'record') continue;
    must(one.start >= before && one.end >= one.start, 'records come in order and do not overlap');
    before = one.end;
    decodeRecord(one.bytes, one);
  }
  const framer = new Framer();
  const pieces: Framed[] = [];
  const size = chunkSize(input, 61);
  for (let at = 0; at < input.length; at += size) pieces.push(...framer.push(input.slice(at, at + size)));
  pieces.push(...framer.end());
  must(framed(pieces) === framed(whole), 'chunks change nothing');
}

const CSV = { columns: ['time', 'user', 'host'] };

function csv(input: Uint8Array): void {
  const whole = new CsvReader(CSV);
  const rows = [...whole.push(input), ...whole.end()];
  const parts = new CsvReader(CSV);
  const size = chunkSize(input, 53);
  const pieces = [];
  // The encoding is told by the first chunk, which therefore comes whole as far as that needs.
  for (let at = 0; at < input.length; at += at === 0 ? 4 + size : size)
    pieces.push(...parts.push(input.slice(at, at + (at === 0 ? 4 + size : size))));
  pieces.push(...parts.end());
  must(JSON.stringify(pieces) === JSON.stringify(rows), 'chunks change nothing');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What stands before the damage is given out, and the rest is said to be damaged; never thrown. */
async function gzip(input: Uint8Array): Promise<void> {
  const unpacked = gunzip(once(input), () => once(input));
  let bytes = 0;
  for (;;) {
    const step = await unpacked.next();
    if (step.done) break;
    bytes += step.value.length;
    if (bytes > 64 * 1024 * 1024) break;
  }
}

const PACKED = [LINES[0], LINES[3], concat(...LINES.slice(0, 20))].map(
  (one) => new Uint8Array(gzipSync(one ?? new Uint8Array(0))),
);

export const RECORD_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'lines',
    law: 'the lines before and behind are matched, at their numbers',
    weight: 14,
    corpus: LINES,
    words: WORDS,
    run: lines,
  },
  {
    name: 'slots',
    law: 'the scanner refuses no record',
    weight: 30,
    corpus: LINES,
    words: WORDS,
    run: slots,
  },
  {
    name: 'framing',
    law: 'chunks change nothing; records lie in order inside the file',
    weight: 10,
    corpus: LINES,
    words: WORDS,
    run: framing,
  },
  {
    name: 'csv',
    law: 'chunks change nothing',
    weight: 6,
    corpus: texts(
      'time,user,host\n2026-01-05,a,b\n,"x ""y""\nz",\r\n',
      'time;user;host\n1;2;3\n',
      '\ufefftime,user,host,extra\na,b\n',
    ),
    words: ['"', '""', ',', '\r\n', '\n"'],
    run: csv,
  },
  {
    name: 'gzip',
    law: 'damage is said, never thrown',
    weight: 0.05,
    corpus: [...PACKED, concat(...PACKED)],
    words: ['\x1f\x8b\x08'],
    run: gzip,
  },
  {
    name: 'times',
    law: 'no more than no crash',
    weight: 20,
    corpus: texts(
      '2026-01-05T10:00:00.123456Z',
      '1767607200',
      '1767607200.5',
      'Jan  5 10:00:00',
      '2026-01-05 10:00:00+01:00',
      '/Date(1767607200000)/',
      '133800000000000000',
    ),
    words: ['T', 'Z', '+', ':', '.', '24', '60', '-13-'],
    run: (input) => void parseTime(textOf(input)),
  },
];
