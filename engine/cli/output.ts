import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

/** `telltale output test NAME`: whether an output works, or what it would be sent. */
export function outputCommand({ terminal, end }: CommandContext): Command {
  const output = new Command('output').description('the outputs of a configuration');
  output
    .command('test')
    .description('send an output an alert and an incident that are marked as a test')
    .argument('<name>', 'name of the output')
    .requiredOption('--config <file>', 'the configuration')
    .option('--dry-run', 'send nothing; show the exact bytes, secrets masked')
    .action(async (name: string, options: { readonly config: string; readonly dryRun?: boolean }) => {
      const { runOutputTest } = await import('./output-run.ts');
      end(await runOutputTest(terminal, { name, config: options.config, dryRun: options.dryRun === true }));
    });
  return output;
}
