import { readChunks } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import {
  decodeRecord,
  type Framed,
  Framer,
  type NormalisedEvent,
  normalise,
  problemDiagnostic,
  type Schemas,
} from '../ingest/index.ts';
import { eventTime } from '../model/index.ts';
import { refusal } from './refusal.ts';

/** An event found in a file. */
export interface FoundEvent {
  readonly file: string;
  readonly line: number;
  readonly event: NormalisedEvent;
}

/** Which events to find. */
export interface Lookup {
  readonly file: string;
  /** The first line of the event; every event of the file where absent. */
  readonly line: number | undefined;
  readonly schemas: Schemas;
}

/** Events held at most when a whole file is asked for. */
const EVENTS_MAX = 100_000;

/** Cuts `FILE:LINE`; a file whose name ends so is meant where the part before names none. */
export function splitPlace(text: string): { readonly file: string; readonly line: number | undefined } {
  const [, file, line] = /^(.+):(\d{1,15})$/.exec(text) ?? [];
  return file === undefined ? { file: text, line: undefined } : { file, line: Number(line) };
}

/**
 * The events of a file that begin on a line, or all of them. What is wrong where the event should be is reported, and TT8008 where there is
 * none. Reports of the file come as they do in a scan.
 */
export async function eventsAt({ file, line, schemas }: Lookup): Promise<{
  readonly events: readonly FoundEvent[];
  readonly findings: readonly Diagnostic[];
}> {
  const events: FoundEvent[] = [];
  const findings: Diagnostic[] = [];
  const framer = new Framer();
  let seen = 0;
  let last = 0;
  const take = (framed: Framed): boolean => {
    const at = framed.kind === 'problem' ? framed.problem.line : framed.line;
    if (line !== undefined && at > line) return false;
    if (framed.kind === 'problem') {
      if (line === undefined || at === line) findings.push(problemDiagnostic(framed.problem, file));
      return true;
    }
    seen++;
    last = at;
    if (line !== undefined && at < line) return true;
    const decoded = decodeRecord(framed.bytes, { line: at, column: framed.column });
    if (decoded.kind === 'problem') findings.push(problemDiagnostic(decoded.problem, file));
    if (decoded.kind !== 'record') return true;
    const event = normalise(decoded.value, schemas, {
      observedAt: eventTime(0),
      source: framed.bytes.slice(),
    });
    events.push({ file, line: at, event });
    return events.length < EVENTS_MAX;
  };
  const report = (finding: Diagnostic): void => {
    findings.push(finding);
  };
  let going = true;
  for await (const chunk of readChunks(file, { report })) {
    going = framer.push(chunk).every(take);
    if (!going) break;
  }
  if (going) framer.end().every(take);
  if (events.length === 0 && findings.length === 0) {
    const said = line === undefined ? `no event in ${file}` : `no event begins on line ${line} of ${file}`;
    const hint = line === undefined || seen === 0 ? undefined : `it has ${seen} events up to line ${last}`;
    findings.push(refusal('TT8008', said, hint));
  }
  return { events, findings };
}
