import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import { decodeRecord, frameAll } from '../../engine/ingest/index.ts';

/** A recording on which a public rule has to fire. */
export interface Regression {
  readonly ruleId: string;
  /** The folder, relative to the data's. */
  readonly name: string;
  /** Each event on one line, as it is handed to the engine. */
  readonly lines: readonly Uint8Array[];
  /** How many of the events the rule matches, where its authors say so. */
  readonly matchCount: number | undefined;
}

/** A recording of events without labels. */
export interface Recording {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files below a folder whose names end so, sorted. */
export function filesBelow(folder: string, suffix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(folder, name));
}

interface RegressionInfo {
  readonly rule_metadata: readonly { readonly id: string }[];
  readonly regression_tests_info: readonly { readonly match_count?: number }[];
}

/** The regression recordings of the public rules. Only what judges a result may call this: the labels come with them. */
export function regressions(data: string): Regression[] {
  const root = join(data, 'sigmahq', 'regression_data');
  return filesBelow(root, 'info.yml').map((path) => {
    const info = load(readFileSync(path, 'utf8')) as RegressionInfo;
    const folder = dirname(path);
    const ruleId = info.rule_metadata[0]?.id ?? basename(folder);
    const file = filesBelow(folder, '.json')[0];
    if (file === undefined) throw new Error(`${folder} holds no recording`);
    return {
      ruleId,
      name: folder.slice(root.length + 1),
      lines: recordsOf(readFileSync(file)),
      matchCount: info.regression_tests_info[0]?.match_count,
    };
  });
}

/** The records in a file of any framing, each as one line of JSON. */
export function recordsOf(bytes: Uint8Array): Uint8Array[] {
  return frameAll(bytes).map((framed) => {
    if (framed.kind === 'problem') throw new Error(framed.problem.message);
    const decoded = decodeRecord(framed.bytes);
    if (decoded.kind !== 'record') throw new Error('a recording holds something that is no record');
    return new TextEncoder().encode(JSON.stringify(decoded.value));
  });
}

/** The CloudTrail recordings, each line one record. */
export function cloudtrail(data: string): Recording[] {
  const folder = join(data, 'cloudtrail');
  const stratus = filesBelow(join(folder, 'stratus'), '.json').map((path) => ({
    name: `stratus/${basename(path)}`,
    bytes: joinLines(recordsOf(readFileSync(path))),
  }));
  return [...lineFiles(folder), ...stratus];
}

/** The recordings of Windows hosts, flat events, one a line. */
export function windowsHosts(data: string): Recording[] {
  return lineFiles(join(data, 'otrf'));
}

function lineFiles(folder: string): Recording[] {
  return ['.ndjson', '.ndjson.gz']
    .flatMap((suffix) => filesBelow(folder, suffix))
    .sort()
    .map((path) => {
      const bytes = readFileSync(path);
      return {
        name: basename(path).replace(/\.ndjson(\.gz)?$/, ''),
        bytes: path.endsWith('.gz') ? gunzipSync(bytes) : bytes,
      };
    });
}

/** Lines put together again, each with its newline. */
export function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(lines.reduce((sum, line) => sum + line.length + 1, 0));
  let at = 0;
  for (const line of lines) {
    whole.set(line, at);
    at += line.length + 1;
    whole[at - 1] = 10;
  }
  return whole;
}

/** The lines of a recording that are not empty, without their newlines; of `every` lines the first. */
export function* linesOf(bytes: Uint8Array, every = 1): Generator<Uint8Array> {
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start && number++ % every === 0) yield bytes.subarray(start, end);
    start = end + 1;
  }
}
