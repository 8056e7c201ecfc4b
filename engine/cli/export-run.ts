import { fileSink, streamSink } from '../adapters/index.ts';
import { readCases } from './case-file.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import type { Emitted, FindingFormat } from './finding-formats.ts';
import { formatOf } from './format-of.ts';
import { isDiagnostic, refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** What to export and how, checked. */
export interface ExportSettings {
  readonly from: string;
  readonly format: FindingFormat;
  readonly emit: readonly Emitted[];
  readonly output: string | undefined;
}

/** Reads cases and writes them in the form that was asked for; 3 where there is none, 1 where a line was refused, 4 where it cannot be written. */
export async function runExport(terminal: Terminal, settings: ExportSettings): Promise<ExitCode> {
  const { from, emit, output } = settings;
  if (output !== undefined && output === from) {
    return refuse(terminal, [
      refusal('TT8012', `${output} is read and written at once`, 'choose another file for --output'),
    ]);
  }
  const sink = output === undefined ? streamSink(terminal.stdout, 'standard output') : await fileSink(output);
  if (isDiagnostic(sink)) return refuse(terminal, [sink]);
  const format = formatOf(settings.format, { emit, palette: terminal.outPalette });
  await sink.write(format.begin());
  const report = await readCases(from, (found) => {
    if (found.kind === 'alert')
      return emit.includes('alerts') ? sink.write(format.alert(found.alert)) : undefined;
    return emit.includes('incidents') ? sink.write(format.incident(found.incident)) : undefined;
  });
  await sink.write(format.end());
  const unwritten = await sink.close();
  if (unwritten !== undefined) return refuse(terminal, [unwritten]);
  if (report.diagnostics.length > 0) refuse(terminal, report.diagnostics);
  const code = exitCodeFor(report.diagnostics.filter(({ code: one }) => one !== 'TT8031'));
  if (code !== EXIT.clean) return code;
  if (report.cases === 0) return refuse(terminal, [noCases(from)]);
  return report.refused > 0 ? EXIT.findings : EXIT.clean;
}

/** The finding for a file without an alert or incident (TT8032). */
export function noCases(path: string): ReturnType<typeof refusal> {
  return refusal(
    'TT8032',
    `no alert or incident in ${path}`,
    'scan --format ndjson --emit alerts,incidents writes them',
  );
}
