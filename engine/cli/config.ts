import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

/** `telltale config show`: every setting, and which layer it is from. */
export function configCommand({ terminal, end }: CommandContext): Command {
  const config = new Command('config').description('the configuration of the daemon');
  config
    .command('show')
    .description(
      'every setting with its value and the layer that won: default, file, environment, option; secrets masked',
    )
    .option('--config <file>', 'the configuration; without one, what the daemon does without')
    .option('--state <folder>', 'as for run')
    .option('--json', 'as JSON')
    .action(
      async (options: { readonly config?: string; readonly state?: string; readonly json?: boolean }) => {
        const { runConfigShow } = await import('./config-run.ts');
        end(await runConfigShow(terminal, { ...options, json: options.json === true }));
      },
    );
  return config;
}
