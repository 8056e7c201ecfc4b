import { Command } from 'commander';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';

/** `telltale status`: how a daemon fares. */
export function statusCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('status')
    .description('how the daemon fares: sources with their account, outputs with their queues, what is wrong')
    .option('--json', 'as JSON');
  return withClientOptions(command).action(async (options: ClientChoice & { readonly json?: boolean }) => {
    const { runStatus } = await import('./client-run.ts');
    end(await runStatus(terminal, { ...options, json: options.json === true }));
  });
}
