import { incidentText } from '../adapters/index.ts';
import type { Alert, Incident } from '../model/index.ts';
import { readCases } from './case-file.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { noCases } from './export-run.ts';
import type { FindingFormat } from './finding-formats.ts';
import { formatOf } from './format-of.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** Which incidents to show and how, checked. */
export interface ShowSettings {
  readonly from: string;
  /** An id or its beginning; every incident where absent. */
  readonly id: string | undefined;
  readonly format: FindingFormat;
}

/**
 * Shows incidents of a file, each in the last revision that stands there. 3 where there is none (TT8032) or where the beginning of an id fits several
 * (TT8034), 1 where a line was refused. Memory: the alerts and incidents of the file.
 */
export async function runShow(terminal: Terminal, { from, id, format }: ShowSettings): Promise<ExitCode> {
  const alerts = new Map<string, Alert>();
  const incidents = new Map<string, Incident>();
  const report = await readCases(from, (found) => {
    if (found.kind === 'alert') keepLatest(alerts, found.alert);
    else keepLatest(incidents, found.incident);
  });
  if (report.diagnostics.length > 0) refuse(terminal, report.diagnostics);
  const code = exitCodeFor(report.diagnostics.filter(({ code: one }) => one !== 'TT8031'));
  if (code !== EXIT.clean) return code;
  if (report.cases === 0) return refuse(terminal, [noCases(from)]);
  const chosen = [...incidents.values()].filter((one) => id === undefined || one.id.startsWith(id));
  if (chosen.length === 0) {
    const said = id === undefined ? `no incident in ${from}` : `no incident ${id} in ${from}`;
    return refuse(terminal, [
      refusal('TT8032', said, `it holds ${incidents.size} incidents; --all shows them`),
    ]);
  }
  const exact = chosen.filter((one) => one.id === id);
  const shown = exact.length > 0 ? exact : chosen;
  if (id !== undefined && shown.length > 1) {
    const ids = shown.map((one) => one.id).join(', ');
    return refuse(terminal, [
      refusal('TT8034', `${shown.length} incidents begin with ${id}`, `they are ${ids}`),
    ]);
  }
  const writer = formatOf(format, { emit: ['incidents'], palette: terminal.outPalette });
  const text =
    format === 'pretty'
      ? shown.map((incident) => incidentText(incident, { alerts, palette: terminal.outPalette })).join('\n')
      : [writer.begin(), ...shown.map((incident) => writer.incident(incident)), writer.end()].join('');
  const printed = await print(terminal, text);
  if (printed !== EXIT.clean) return printed;
  return report.refused > 0 ? EXIT.findings : EXIT.clean;
}

/** A file may hold several revisions of one case, in any order. */
function keepLatest<T extends { readonly id: string; readonly revision: number }>(
  all: Map<string, T>,
  one: T,
): void {
  const known = all.get(one.id);
  if (known === undefined || known.revision <= one.revision) all.set(one.id, one);
}
