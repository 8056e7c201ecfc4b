import type { Diagnostic } from '../diagnostic/index.ts';
import {
  CsvReader,
  type CsvRow,
  csvMapping,
  detectFraming,
  Framer,
  ProblemTally,
  RECORD_LIMITS,
  type RecordProblem,
  withoutHoles,
} from '../ingest/index.ts';
import type { Changes, Signal } from '../model/index.ts';
import { type Engine, withoutObservations } from '../pipeline/index.ts';
import { newTally, onLines, type ScanTally, scanFramed, scanLines, scanRows } from './chunk-scan.ts';
import type { FilesPort } from './ports.ts';

/** What to scan. */
export interface ScanOptions {
  /** Files, folders, `-` for standard input. */
  readonly inputs: readonly string[];
  /** Threads that detect; 1 does everything on the caller's. */
  readonly threads: number;
}

/** How far a scan has come. */
export interface ScanProgress {
  readonly file: string;
  readonly events: number;
  readonly bytes: number;
  readonly signals: number;
}

/** What a scan needs from outside. */
export interface ScanPorts {
  readonly files: FilesPort;
  /** Takes signals in their final order; a promise holds the scan back. */
  signals(found: readonly Signal[]): Promise<void> | undefined;
  /** Takes what the stages say at the end, after its signals have been handed out: revisions of alerts and incidents, in order. */
  cases?(found: Changes): Promise<void> | undefined;
  progress?(at: ScanProgress): void;
  /** What correlates the signals, and makes alerts and incidents of them, once all are there. */
  readonly stages?: Stages;
  /** Detects on other threads, where `threads` asks for them. */
  readonly pool?: DetectionPool;
}

/** The stages behind detection. */
export interface Stages {
  take(signals: readonly Signal[]): void;
  /** What they say at the end of the recording. */
  finish(): Changes;
}

/** Other threads that scan whole lines, handed back in the order given. */
export interface DetectionPool {
  /** Resolves with what the lines gave. `bytes` are handed over with the memory that they lie in, of which they are the whole. */
  scan(given: {
    readonly bytes: Uint8Array;
    readonly file: string;
    readonly line: number;
  }): Promise<ScanTally>;
  /** Lines in flight at most; more are held back. */
  readonly inFlightMax: number;
}

/** What a scan did. Events in = matched + unmatched; rejected are the records that could not be read. */
export interface ScanReport {
  readonly files: number;
  readonly bytes: number;
  readonly events: number;
  readonly matched: number;
  readonly unknown: number;
  readonly signals: number;
  /** Of these, signals of correlations. */
  readonly correlated: number;
  readonly rejected: number;
  /** Findings about inputs and records: the first of each code a file. */
  readonly diagnostics: readonly Diagnostic[];
  /** By code: how many records had that problem. */
  readonly problems: ReadonlyMap<string, number>;
}

/**
 * Scans files in the order given, each from its start to its end, and hands out signals in the order of events. Memory: a few chunks,
 * whatever the size of the files.
 */
export async function scan(engine: Engine, options: ScanOptions, ports: ScanPorts): Promise<ScanReport> {
  const { files, diagnostics } = await ports.files.listEventFiles(options.inputs);
  const run = new ScanRun(engine, ports, [...diagnostics]);
  for (const file of files) await run.file(file);
  await run.finish();
  return run.report(files.length);
}

class ScanRun {
  readonly #engine: Engine;
  readonly #ports: ScanPorts;
  readonly #diagnostics: Diagnostic[];
  readonly #problems = new Map<string, number>();
  #bytes = 0;
  #events = 0;
  #matched = 0;
  #unknown = 0;
  #signals = 0;
  #correlated = 0;
  #rejected = 0;
  /** The number of the file's next line. */
  #line = 1;

  constructor(engine: Engine, ports: ScanPorts, diagnostics: Diagnostic[]) {
    this.#engine = engine;
    this.#ports = ports;
    this.#diagnostics = diagnostics;
  }

  async file(file: string): Promise<void> {
    const tally = new ProblemTally(file);
    this.#line = 1;
    const chunks = this.#ports.files.readChunks(file, {
      report: (d) => this.#diagnostics.push(d),
      memory: 'lent',
    });
    let cutter: LineCutter | undefined;
    let framer: Framer | undefined;
    let table: CsvReader | undefined;
    const pool = this.#ports.pool;
    const flight: Promise<ScanTally>[] = [];
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (cutter === undefined && framer === undefined && table === undefined) {
        const csv = csvMapping(this.#engine.schemas.mappings, chunk)?.csv;
        if (csv !== undefined) table = new CsvReader(csv);
        else if (detectFraming(chunk.subarray(0, 65_536)) === 'ndjson') cutter = new LineCutter();
        else framer = new Framer();
      }
      if (table !== undefined) {
        await this.#take(this.#rows(file, table.push(chunk.slice())), file, tally);
      } else if (framer !== undefined) {
        await this.#take(this.#framed(file, framer.push(chunk.slice())), file, tally);
      } else if (cutter !== undefined) {
        const runs = cutter.push(chunk);
        if (pool === undefined) for (const bytes of runs) await this.#lines(bytes, file, tally);
        else if (runs.length > 0) {
          flight.push(pool.scan({ bytes: together(runs), file, line: 1 }));
          if (flight.length >= pool.inFlightMax) await this.#land(flight, file, tally);
        }
      }
    }
    if (table !== undefined) await this.#take(this.#rows(file, table.end()), file, tally);
    if (framer !== undefined) await this.#take(this.#framed(file, framer.end()), file, tally);
    for (const bytes of cutter?.end() ?? []) {
      if (pool === undefined) await this.#lines(bytes, file, tally);
      else flight.push(pool.scan({ bytes: together([bytes]), file, line: 1 }));
    }
    while (flight.length > 0) await this.#land(flight, file, tally);
    this.#diagnostics.push(...tally.samples);
  }

  /** Lets the later stages speak, now that everything has been read. */
  async finish(): Promise<void> {
    const found = this.#ports.stages?.finish();
    if (found === undefined) return;
    this.#signals += found.signals.length;
    this.#correlated = found.signals.length;
    if (found.signals.length > 0) await this.#ports.signals(found.signals);
    await this.#ports.cases?.(found);
  }

  report(files: number): ScanReport {
    return {
      files,
      bytes: this.#bytes,
      events: this.#events,
      matched: this.#matched,
      unknown: this.#unknown,
      signals: this.#signals,
      correlated: this.#correlated,
      rejected: this.#rejected,
      diagnostics: this.#diagnostics,
      problems: this.#problems,
    };
  }

  async #lines(bytes: Uint8Array, file: string, tally: ProblemTally): Promise<void> {
    const found = newTally();
    scanLines(this.#engine, { bytes, file, line: this.#line }, found);
    this.#line += found.lines;
    await this.#take(found, file, tally);
  }

  #rows(file: string, rows: readonly CsvRow[]): ScanTally {
    const tally = newTally();
    scanRows(this.#engine, { rows, file }, tally);
    return tally;
  }

  #framed(file: string, records: Parameters<typeof scanFramed>[1]['records']): ScanTally {
    const tally = newTally();
    scanFramed(this.#engine, { records, file }, tally);
    return tally;
  }

  async #land(flight: Promise<ScanTally>[], file: string, tally: ProblemTally): Promise<void> {
    const first = await flight.shift();
    if (first === undefined) return;
    // Only now is it known which lines these were: the threads count them, not the one that deals them out.
    const found = onLines(first, this.#line);
    this.#line += first.lines;
    await this.#take(found, file, tally);
  }

  async #take(found: ScanTally, file: string, tally: ProblemTally): Promise<void> {
    this.#events += found.events;
    this.#matched += found.matched;
    this.#unknown += found.unknown;
    const signals = withoutObservations(found.signals);
    this.#signals += signals.length;
    for (const problem of found.problems) this.#note(problem, tally);
    this.#ports.stages?.take(found.signals);
    if (signals.length > 0) await this.#ports.signals(signals);
    this.#ports.progress?.({ file, events: this.#events, bytes: this.#bytes, signals: this.#signals });
  }

  #note(problem: RecordProblem, tally: ProblemTally): void {
    const { code, severity } = problem.declaration;
    this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1);
    if (severity === 'error') this.#rejected++;
    tally.note(problem);
  }
}

const EMPTY = new Uint8Array(0);

/**
 * Cuts a stream of chunks into runs of whole lines. A line longer than the record limit is never held whole. Runs may lie in the chunk's
 * memory; what is held over from one chunk to the next is copied, and nothing else.
 */
class LineCutter {
  #rest: Uint8Array = EMPTY;
  #skipping = false;

  push(chunk: Uint8Array): readonly Uint8Array[] {
    let fresh = chunk;
    if (this.#skipping) {
      const newline = fresh.indexOf(10);
      if (newline < 0) return [];
      this.#skipping = false;
      // With its line end, which counts the line that was passed over.
      fresh = fresh.subarray(newline);
    }
    const last = fresh.lastIndexOf(10);
    if (last < 0) {
      this.#rest = together([this.#rest, fresh]);
      if (this.#rest.length <= RECORD_LIMITS.recordSizeMaxBytes) return [];
      // A hole of NUL bytes may be of any size, and is no record.
      this.#rest = withoutHoles(this.#rest);
      if (this.#rest.length <= RECORD_LIMITS.recordSizeMaxBytes) return [];
      // What is held is enough for the framer to call it too large; the rest of the line is passed over.
      const held = this.#rest;
      this.#rest = EMPTY;
      this.#skipping = true;
      return [held];
    }
    const rest = this.#rest;
    this.#rest = fresh.slice(last + 1);
    if (rest.length === 0) return [fresh.subarray(0, last + 1)];
    const first = fresh.indexOf(10);
    const run = together([rest, fresh.subarray(0, first + 1)]);
    return first === last ? [run] : [run, fresh.subarray(first + 1, last + 1)];
  }

  end(): readonly Uint8Array[] {
    return this.#rest.length === 0 ? [] : [this.#rest];
  }
}

/** One behind the other, in memory of their own. */
function together(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
