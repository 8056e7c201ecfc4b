import { Command } from 'commander';
import { caseListCommand, caseVerbCommands } from './case-commands.ts';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';
import { FINDING_FORMATS } from './finding-formats.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';

/** `telltale alert …`: the alerts of a daemon. */
export function alertCommand(context: CommandContext): Command {
  const { terminal, end } = context;
  const alert = new Command('alert').description('the alerts of the daemon, and what people do with them');
  const show = new Command('show')
    .description('one alert')
    .argument('<id>', 'id of the alert')
    .option('--format <format>', `form of the output: ${FINDING_FORMATS.join(', ')}`, 'pretty');
  withClientOptions(show).action(async (id: string, options: ClientChoice & { readonly format: string }) => {
    const format = oneOf(options.format, FINDING_FORMATS, '--format');
    if (isDiagnostic(format)) {
      end(refuse(terminal, [format]));
      return;
    }
    const { runShowLive } = await import('./client-run.ts');
    end(await runShowLive(terminal, { ...options, kind: 'alert', id, format }));
  });
  for (const command of [caseListCommand('alert', context), show, ...caseVerbCommands('alert', context)])
    alert.addCommand(command);
  return alert;
}
