import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

/** `telltale doctor`: what is wrong with an installation, each with what to do. */
export function doctorCommand({ terminal, end }: CommandContext): Command {
  return new Command('doctor')
    .description(
      'look whether everything is as a daemon needs it: versions, configuration, rules, state, disk, clock, permissions, ports, outputs, feeds; nothing is changed or sent',
    )
    .option('--config <file>', 'the configuration; without one, what the daemon does without')
    .option('--state <folder>', 'as for run')
    .option('--json', 'as JSON')
    .action(
      async (options: { readonly config?: string; readonly state?: string; readonly json?: boolean }) => {
        const { runDoctor } = await import('./doctor-run.ts');
        end(await runDoctor(terminal, { ...options, json: options.json === true }));
      },
    );
}
