import type { Palette } from '../diagnostic/index.ts';
import { formatTime, type Incident } from '../model/index.ts';
import { type IncidentsDifference, incidentsDifference } from '../pipeline/index.ts';
import { readCases } from './case-file.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { noCases } from './export-run.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

/** What to compare, checked. */
export interface IncidentsDiffSettings {
  /** Two files; with `log`, two moments of it: a number of revisions, `ID@REVISION`, `start` or `end`. */
  readonly before: string;
  readonly after: string;
  /** NDJSON of every revision, in the order in which they came about. */
  readonly log: string | undefined;
  readonly format: 'pretty' | 'json';
}

/** Compares; 0 where nothing changed, 1 where something did. Memory: the incidents of both. */
export async function runIncidentsDiff(
  terminal: Terminal,
  settings: IncidentsDiffSettings,
): Promise<ExitCode> {
  const pair =
    settings.log === undefined
      ? await twoFiles(terminal, settings)
      : await twoMoments(terminal, settings.log, settings);
  if (typeof pair === 'number') return pair;
  const difference = incidentsDifference(pair[0], pair[1]);
  const text =
    settings.format === 'json' ? jsonText(difference) : prettyText(difference, terminal.outPalette);
  const written = await print(terminal, text);
  if (written !== EXIT.clean) return written;
  const { opened, gone, merged, split, changed } = difference;
  const some = [opened, gone, merged, split, changed].some((list) => list.length > 0);
  return some ? EXIT.findings : EXIT.clean;
}

type Pair = readonly [readonly Incident[], readonly Incident[]];

async function twoFiles(
  terminal: Terminal,
  { before, after }: IncidentsDiffSettings,
): Promise<Pair | ExitCode> {
  const both: (readonly Incident[])[] = [];
  for (const file of [before, after]) {
    const revisions = await revisionsOf(terminal, file);
    if (typeof revisions === 'number') return revisions;
    both.push(lastOf(revisions));
  }
  return [both[0] ?? [], both[1] ?? []];
}

async function twoMoments(
  terminal: Terminal,
  log: string,
  { before, after }: IncidentsDiffSettings,
): Promise<Pair | ExitCode> {
  const revisions = await revisionsOf(terminal, log);
  if (typeof revisions === 'number') return revisions;
  const both: (readonly Incident[])[] = [];
  for (const moment of [before, after]) {
    const count = momentOf(moment, revisions);
    if (count === undefined) {
      const hint = `write a number from 0 to ${revisions.length}, ID@REVISION, start or end`;
      return refuse(terminal, [refusal('TT8032', `no revision ${moment} in ${log}`, hint)]);
    }
    both.push(lastOf(revisions.slice(0, count)));
  }
  return [both[0] ?? [], both[1] ?? []];
}

/** How many revisions a moment is after; undefined where there is none such. */
function momentOf(moment: string, revisions: readonly Incident[]): number | undefined {
  if (moment === 'start') return 0;
  if (moment === 'end') return revisions.length;
  if (/^\d{1,9}$/.test(moment)) return Number(moment) <= revisions.length ? Number(moment) : undefined;
  const [id = '', revision = ''] = moment.split('@');
  const at = revisions.findIndex((one) => one.id.startsWith(id) && String(one.revision) === revision);
  return id === '' || at < 0 ? undefined : at + 1;
}

async function revisionsOf(terminal: Terminal, file: string): Promise<readonly Incident[] | ExitCode> {
  const revisions: Incident[] = [];
  const report = await readCases(file, (found) => {
    if (found.kind === 'incident') revisions.push(found.incident);
  });
  if (report.diagnostics.length > 0) refuse(terminal, report.diagnostics);
  const code = exitCodeFor(report.diagnostics.filter(({ code: one }) => one !== 'TT8031'));
  if (code !== EXIT.clean) return code;
  // A run without incidents is one to compare with, as long as the file is of the right kind.
  const nothing = report.cases === 0 && (report.others > 0 || report.refused > 0);
  return nothing ? refuse(terminal, [noCases(file)]) : revisions;
}

function lastOf(revisions: readonly Incident[]): readonly Incident[] {
  const last = new Map<string, Incident>();
  for (const one of revisions) {
    const known = last.get(one.id);
    if (known === undefined || known.revision <= one.revision) last.set(one.id, one);
  }
  return [...last.values()];
}

function prettyText(difference: IncidentsDifference, palette: Palette): string {
  const { opened, gone, merged, split, changed, same } = difference;
  const lines = [
    palette.strong(
      `${opened.length} opened, ${gone.length} gone, ${merged.length} merged, ${split.length} split, ${changed.length} changed, ${same} the same`,
    ),
    ...opened.map((one) => palette.info(visible(`+ ${lineOf(one)}`))),
    ...gone.map(({ incident, reason }) => palette.error(visible(`- ${lineOf(incident)}: ${reason}`))),
    ...merged.flatMap(({ from, into }) => [
      palette.warning(visible(`> ${lineOf(into)}: merged from`)),
      ...from.map((one) => visible(`    ${lineOf(one)}`)),
    ]),
    ...split.flatMap(({ from, into }) => [
      palette.warning(visible(`< ${lineOf(from)}: split into`)),
      ...into.map((one) => visible(`    ${lineOf(one)}`)),
    ]),
    ...changed.flatMap(({ after, changes, causes }) => [
      palette.warning(visible(`~ ${lineOf(after)}`)),
      ...changes.map((change) => visible(`    ${change}`)),
      ...causes.map((cause) => palette.faint(visible(`    because ${cause}`))),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function lineOf({ firstSeen, severity, score, title, id }: Incident): string {
  return `${formatTime(firstSeen)}  ${severity}  ${Math.round(score)}  ${title}  ${id}`;
}

function jsonText({ opened, gone, merged, split, changed, same }: IncidentsDifference): string {
  return `${JSON.stringify(
    {
      opened: opened.map(recordOf),
      gone: gone.map(({ incident, reason }) => ({ ...recordOf(incident), reason })),
      merged: merged.map(({ from, into }) => ({ from: from.map(recordOf), into: recordOf(into) })),
      split: split.map(({ from, into }) => ({ from: recordOf(from), into: into.map(recordOf) })),
      changed: changed.map(({ before, after, changes, causes }) => ({
        before: recordOf(before),
        after: recordOf(after),
        changes,
        causes,
      })),
      same,
    },
    null,
    2,
  )}\n`;
}

function recordOf({
  id,
  revision,
  state,
  title,
  severity,
  score,
  confidence,
  firstSeen,
  membersTotal,
}: Incident): object {
  return {
    id,
    revision,
    state,
    title,
    severity,
    score,
    confidence,
    firstSeen: formatTime(firstSeen),
    alerts: membersTotal,
  };
}
