import { Command } from 'commander';
import { EMITTED, EMITTED_BY_DEFAULT, FINDING_FORMATS } from './finding-formats.ts';
import type { CommandContext } from './program.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';

interface ExportOptions {
  readonly from: string;
  readonly format: string;
  readonly emit?: string;
  readonly output?: string;
}

/** `telltale export --from FILE --format …`: alerts and incidents that were written before, in another form. */
export function exportCommand({ terminal, end }: CommandContext): Command {
  return new Command('export')
    .description('write alerts and incidents that scan wrote as NDJSON in another form')
    .requiredOption('--from <file>', 'NDJSON of alerts and incidents, plain or gzip; - is standard input')
    .option('--format <format>', `form of the output: ${FINDING_FORMATS.join(', ')}`, 'pretty')
    .option('--emit <kinds>', 'what to write, joined by commas: alerts, incidents (default: both)')
    .option('--output <file>', 'write to a file instead of standard output')
    .action(async (options: ExportOptions) => {
      const format = oneOf(options.format, FINDING_FORMATS, '--format');
      const asked =
        options.emit === undefined ? defaultKinds(format) : options.emit.split(',').map((one) => one.trim());
      const emit = asked.map((kind) => oneOf(kind, ['alerts', 'incidents'] as const, '--emit'));
      const wrong = [format, ...emit].filter(isDiagnostic);
      if (isDiagnostic(format) || wrong.length > 0) {
        end(refuse(terminal, wrong));
        return;
      }
      if (format === 'csv' && emit.length > 1) {
        const hint = 'a table has rows of one kind: name one with --emit';
        end(
          refuse(terminal, [refusal('TT8003', `--emit names ${emit.length} kinds for --format csv`, hint)]),
        );
        return;
      }
      const { runExport } = await import('./export-run.ts');
      const kinds = emit.filter((kind): kind is 'alerts' | 'incidents' => !isDiagnostic(kind));
      end(await runExport(terminal, { from: options.from, format, emit: kinds, output: options.output }));
    });
}

/** Both kinds, or what the form is made for; a table of alerts. */
function defaultKinds(format: unknown): readonly string[] {
  const known = FINDING_FORMATS.find((one) => one === format);
  if (known === undefined) return [];
  if (known === 'csv') return ['alerts'];
  const kinds = EMITTED_BY_DEFAULT[known].filter((kind) => kind !== 'signals');
  return kinds.length > 0 ? kinds : EMITTED.filter((kind) => kind !== 'signals');
}
