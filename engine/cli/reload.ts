import { Command } from 'commander';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';

/** `telltale reload`: lets a daemon look at its rules now. */
export function reloadCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('reload')
    .description('load changed rules into the running daemon now, or say what that would do')
    .option('--plan', 'only say: which rules change, and what becomes of their state')
    .option('--json', 'as JSON');
  return withClientOptions(command).action(
    async (options: ClientChoice & { readonly plan?: boolean; readonly json?: boolean }) => {
      const { runReload } = await import('./reload-run.ts');
      const { plan, json, ...choice } = options;
      end(await runReload(terminal, { ...choice, plan: plan === true, json: json === true }));
    },
  );
}
