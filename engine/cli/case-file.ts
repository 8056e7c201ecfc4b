import { readChunks } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { type Alert, alertFromRecord, type Incident, incidentFromRecord } from '../model/index.ts';
import { refusal } from './refusal.ts';

/** One alert or incident of a file that `scan` wrote. */
export type RecordedCase =
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'incident'; readonly incident: Incident };

/** What was found in a file besides cases. */
export interface CaseFileReport {
  readonly cases: number;
  /** Lines of another kind, such as signals. */
  readonly others: number;
  /** The first findings (TT8031, TT90xx), and how many lines were refused in all. */
  readonly diagnostics: readonly Diagnostic[];
  readonly refused: number;
}

const LINE_MAX = 64 * 1024 * 1024;
const FINDINGS_MAX = 5;

/**
 * Reads the NDJSON of alerts and incidents that `scan --format ndjson --emit alerts,incidents` writes, gzip or plain, `-` for standard input. Each case is
 * handed out as it is read; a line that is none is refused and counted. Memory: one line.
 */
export async function readCases(
  path: string,
  take: (found: RecordedCase) => Promise<void> | void,
): Promise<CaseFileReport> {
  const diagnostics: Diagnostic[] = [];
  const count = { cases: 0, others: 0, refused: 0, line: 0 };
  const refuse = (message: string): void => {
    count.refused++;
    if (count.refused <= FINDINGS_MAX) {
      const at = { file: path, line: count.line, column: 1 };
      diagnostics.push({ ...refusal('TT8031', message), at });
    }
  };
  const line = async (text: string): Promise<void> => {
    count.line++;
    if (text.trim() === '') return;
    const read = caseOf(text);
    if (typeof read === 'string') refuse(read);
    else if (read === undefined) count.others++;
    else {
      count.cases++;
      await take(read);
    }
  };
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of readChunks(path, { report: (finding) => diagnostics.push(finding) })) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) await line(text);
    if (rest.length > LINE_MAX) {
      count.line++;
      refuse('the line is longer than 64 Mi characters');
      rest = '';
      break;
    }
  }
  await line(rest + decoder.decode());
  const { cases, others, refused } = count;
  return { cases, others, diagnostics, refused };
}

/** The case of a line; a text says why there is none; undefined where it is of another kind. */
function caseOf(text: string): RecordedCase | string | undefined {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return 'the line is not JSON';
  }
  const kind = typeof record === 'object' && record !== null && 'kind' in record ? record.kind : undefined;
  if (kind === 'alert') {
    const { value: alert, problems } = alertFromRecord(record);
    return problems[0] ?? { kind, alert };
  }
  if (kind === 'incident') {
    const { value: incident, problems } = incidentFromRecord(record);
    return problems[0] ?? { kind, incident };
  }
  return typeof kind === 'string' ? undefined : 'the line has no `kind`';
}
