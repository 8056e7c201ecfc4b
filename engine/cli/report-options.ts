import type { Command } from 'commander';
import type { Diagnostic } from '../diagnostic/index.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { isDiagnostic, oneOf, refusal } from './refusal.ts';
import { REPORT_FORMATS, type ReportFormat } from './report/formats.ts';
import type { Report } from './report/report.ts';
import type { Terminal } from './terminal.ts';

/** The options that `check` and `test` share, as commander gives them. */
export interface ReportOptions {
  readonly format: string;
  readonly json?: boolean;
  readonly report: readonly string[];
}

/** Where a report goes: standard output in one form, and files in any number. */
export interface ReportTargets {
  readonly format: ReportFormat;
  readonly files: readonly { readonly format: ReportFormat; readonly path: string }[];
}

/** Adds `--format`, `--json` and `--report` to a command. */
export function withReportOptions(command: Command): Command {
  return command
    .option('--format <format>', `form of the report: ${REPORT_FORMATS.join(', ')}`, 'pretty')
    .option('--json', 'the same as --format json')
    .option(
      '--report <format=file>',
      'write the report also to a file; may be given several times',
      collect,
      [],
    );
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** The targets that the options name, or what is wrong with them (TT8003). */
export function reportTargets(options: ReportOptions): ReportTargets | readonly Diagnostic[] {
  const wrong: Diagnostic[] = [];
  const format = options.json ? 'json' : oneOf(options.format, REPORT_FORMATS, '--format');
  if (isDiagnostic(format)) wrong.push(format);
  const files: { format: ReportFormat; path: string }[] = [];
  for (const given of options.report) {
    const at = given.indexOf('=');
    const path = given.slice(at + 1);
    const form = at < 1 || path === '' ? undefined : oneOf(given.slice(0, at), REPORT_FORMATS, '--report');
    if (form === undefined) {
      wrong.push(
        refusal('TT8003', `--report is ${given}`, 'write --report FORMAT=FILE, e.g. junit=report.xml'),
      );
    } else if (isDiagnostic(form)) wrong.push(form);
    else files.push({ format: form, path });
  }
  return isDiagnostic(format) || wrong.length > 0 ? wrong : { format, files };
}

/** Writes a report to its targets; 4 where one of them cannot be written. */
export async function writeReport(
  terminal: Terminal,
  report: Report,
  targets: ReportTargets,
): Promise<ExitCode> {
  const [{ allCodes }, { print, printToFile }, { renderReport }, { plainPalette }] = await Promise.all([
    import('./codes.ts'),
    import('./print.ts'),
    import('./report/format.ts'),
    import('../diagnostic/index.ts'),
  ]);
  const codes = allCodes();
  let worst: ExitCode = EXIT.clean;
  for (const { format, path } of targets.files) {
    const text = renderReport(report, format, { palette: plainPalette, codes });
    worst = (await printToFile(terminal, path, text)) || worst;
  }
  const text = renderReport(report, targets.format, { palette: terminal.outPalette, codes });
  return (await print(terminal, text)) || worst;
}
