import { type Diagnostic, nearest } from '../diagnostic/index.ts';
import { CsvReader, parseTime } from '../ingest/index.ts';
import { VERDICTS } from '../model/index.ts';
import type { StatedVerdict, VerdictTally } from '../pipeline/index.ts';
import { readWhole } from './read-whole.ts';
import { refusal } from './refusal.ts';
import { plural } from './report/report.ts';

const BYTES_MAX = 64 * 1024 * 1024;
const FINDINGS_MAX = 5;
const COLUMNS = ['id', 'verdict', 'rule', 'at', 'by', 'reason'] as const;
const HINT = `a line names an alert or incident by \`id\` (or a rule by \`rule\`) and its \`verdict\`: ${VERDICTS.join(', ')}`;

/** What a file of verdicts says, and what is wrong with it (TT8054, reading). */
export interface VerdictFile {
  readonly verdicts: readonly StatedVerdict[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads verdicts: NDJSON, or CSV with a header (`id,verdict` and, where wanted, `rule,at,by,reason`). Alerts and incidents as scan writes them are such lines,
 * too; those without a verdict are passed over. A line that is wrong is reported and left out. Nothing where no file is named.
 */
export async function openVerdicts(path: string | undefined): Promise<VerdictFile> {
  if (path === undefined) return { verdicts: [], diagnostics: [] };
  const bytes = await readWhole(path, BYTES_MAX);
  if (typeof bytes === 'string')
    return { verdicts: [], diagnostics: [refusal('TT8054', `${path}: ${bytes}`)] };
  const verdicts: StatedVerdict[] = [];
  const wrong: Diagnostic[] = [];
  for (const { record, line } of recordsOf(bytes)) {
    const read = typeof record === 'string' ? record : verdictOf(record);
    if (typeof read === 'string') {
      const at = { file: path, line, column: 1 };
      wrong.push({ ...refusal('TT8054', read, HINT), at });
    } else if (read !== undefined) verdicts.push(read);
  }
  const shown = wrong.slice(0, FINDINGS_MAX);
  if (wrong.length > FINDINGS_MAX)
    shown.push(refusal('TT8054', `${path}: ${wrong.length - FINDINGS_MAX} more lines like these`));
  if (verdicts.length === 0 && wrong.length === 0)
    shown.push(refusal('TT8054', `${path} holds no verdict`, HINT));
  return { verdicts, diagnostics: shown };
}

/** Verdicts about what is not in this recording (TT8055), as one finding. */
export function unknownVerdicts(
  path: string | undefined,
  tally: VerdictTally | undefined,
): readonly Diagnostic[] {
  if (tally === undefined || tally.unknown.length === 0) return [];
  const { unknown, alerts, incidents, rules } = tally;
  const shown = unknown.slice(0, 3).join(', ');
  const said = `${plural(unknown.length, 'verdict')} of ${path ?? ''} ${unknown.length === 1 ? 'is' : 'are'} about no alert or incident of this recording: ${shown}${unknown.length > 3 ? ' …' : ''}`;
  const taken = `taken: ${plural(alerts, 'alert')}, ${plural(incidents, 'incident')}, ${plural(rules, 'rule')}; name the \`rule\` of an alert that is not here`;
  return [refusal('TT8055', said, taken)];
}

interface Line {
  /** A text says what is wrong with the line. */
  readonly record: Readonly<Record<string, unknown>> | string;
  readonly line: number;
}

function recordsOf(bytes: Uint8Array): readonly Line[] {
  const text = new TextDecoder().decode(bytes).replace(/^\ufeff/, '');
  if (!text.trimStart().startsWith('{')) {
    const reader = new CsvReader({ columns: COLUMNS });
    return [...reader.push(bytes), ...reader.end()].map(({ record, line }) => ({ record, line }));
  }
  return text.split('\n').flatMap((line, i): Line[] => {
    if (line.trim() === '') return [];
    try {
      const record: unknown = JSON.parse(line);
      return [{ record: isRecord(record) ? record : 'the line is no JSON object', line: i + 1 }];
    } catch {
      return [{ record: 'the line is not JSON', line: i + 1 }];
    }
  });
}

/** The verdict of a line; a text says what is wrong; undefined for an alert or incident that nobody judged. */
function verdictOf(record: Readonly<Record<string, unknown>>): StatedVerdict | string | undefined {
  const { id = '', verdict, rule, at, by, reason, kind } = record;
  if (verdict === undefined && typeof kind === 'string') return undefined;
  const said = String(verdict ?? '')
    .trim()
    .toLowerCase()
    .replace(/[ -]/g, '_');
  const found = VERDICTS.find((one) => one === said);
  if (found === undefined) {
    const near = nearest(said, VERDICTS);
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    return verdict === undefined ? 'there is no verdict' : `'${String(verdict)}' is no verdict${meant}`;
  }
  const ruleId = isRecord(rule) ? rule['id'] : rule;
  if (typeof id !== 'string' || (id === '' && typeof ruleId !== 'string'))
    return 'there is neither an id nor a rule';
  const time = at === undefined ? undefined : parseTime(at);
  if (at !== undefined && time === undefined) return `'${String(at)}' is no time`;
  return {
    id: id.trim(),
    verdict: found,
    ...(typeof ruleId === 'string' ? { rule: ruleId.trim() } : {}),
    ...(time === undefined ? {} : { at: time.time }),
    ...(typeof by === 'string' && by !== '' ? { by } : {}),
    ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
