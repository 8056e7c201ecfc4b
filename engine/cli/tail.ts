import { Command } from 'commander';
import { SEVERITIES } from '../model/index.ts';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';

interface TailOptions extends ClientChoice {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly once?: boolean;
  readonly kind?: string;
  readonly severity: string;
  readonly after?: string;
}

/** `telltale tail`: alerts and incidents as they change. */
export function tailCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('tail')
    .description('alerts and incidents as they change, until you stop it')
    .option('--kind <kind>', 'only alert, or only incident')
    .option('--severity <severity>', `at least: ${SEVERITIES.join(', ')}`, 'informational')
    .option('--after <id>', 'begin behind this change instead of now; 0 is the first that is kept')
    .option('--all', 'what is muted, too')
    .option('--once', 'end when the daemon goes, instead of waiting for it')
    .option('--json', 'as NDJSON, the lines that outputs get');
  return withClientOptions(command).action(async (options: TailOptions) => {
    const kind =
      options.kind === undefined ? undefined : oneOf(options.kind, ['alert', 'incident'], '--kind');
    const severity = oneOf(options.severity, SEVERITIES, '--severity');
    if (isDiagnostic(kind) || isDiagnostic(severity)) {
      end(refuse(terminal, [kind, severity].filter(isDiagnostic)));
      return;
    }
    const { runTail } = await import('./client-run.ts');
    const { json, all, once, after } = options;
    const query = { kind, severity, after };
    end(
      await runTail(terminal, {
        ...options,
        json: json === true,
        all: all === true,
        once: once === true,
        query,
      }),
    );
  });
}
