import { Command } from 'commander';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';
import { EMITTED, EMITTED_BY_DEFAULT, FINDING_FORMATS } from './finding-formats.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';

interface ExportOptions extends ClientChoice {
  readonly from?: string;
  readonly since?: string;
  readonly until?: string;
  readonly audit?: boolean;
  readonly format: string;
  readonly emit?: string;
  readonly output?: string;
}

/** `telltale export …`: alerts and incidents of a daemon, of its state folder, or that were written before, in another form. */
export function exportCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('export')
    .description(
      'write alerts and incidents in another form: of the daemon (or of its state folder while none runs), or those that scan wrote as NDJSON',
    )
    .option('--from <file>', 'NDJSON of alerts and incidents, plain or gzip; - is standard input')
    .option(
      '--since <time>',
      'without --from: only what was seen at this time or later: ISO 8601, or 24h for a day before now',
    )
    .option('--until <time>', 'without --from: only what was last seen before this time')
    .option('--audit', 'without --from: the audit log instead, as NDJSON')
    .option('--format <format>', `form of the output: ${FINDING_FORMATS.join(', ')}`, 'pretty')
    .option('--emit <kinds>', 'what to write, joined by commas: alerts, incidents (default: both)')
    .option('--output <file>', 'write to a file instead of standard output');
  return withClientOptions(command).action(async (options: ExportOptions) => {
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
      end(refuse(terminal, [refusal('TT8003', `--emit names ${emit.length} kinds for --format csv`, hint)]));
      return;
    }
    const kept = options.from === undefined;
    if (!kept && (options.since ?? options.until ?? options.audit) !== undefined) {
      const hint = 'they choose among what a daemon keeps';
      end(refuse(terminal, [refusal('TT8003', '--since, --until or --audit is given with --from', hint)]));
      return;
    }
    const { runExport } = await import('./export-run.ts');
    const kinds = emit.filter((kind): kind is 'alerts' | 'incidents' => !isDiagnostic(kind));
    const { from, output, since, until, audit, url, state, config, tokenFile } = options;
    const kindOf = { format, emit: kinds, output };
    if (from !== undefined) end(await runExport(terminal, { from, ...kindOf }));
    else {
      const { runExportKept } = await import('./export-kept.ts');
      const choice = { ...(url === undefined ? {} : { url }), ...(state === undefined ? {} : { state }) };
      const more = {
        ...(config === undefined ? {} : { config }),
        ...(tokenFile === undefined ? {} : { tokenFile }),
      };
      end(
        await runExportKept(terminal, { ...choice, ...more, ...kindOf, since, until, audit: audit === true }),
      );
    }
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
