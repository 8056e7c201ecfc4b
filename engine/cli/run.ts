import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

/** `telltale run`: the daemon. */
export function runCommand({ terminal, end }: CommandContext): Command {
  return new Command('run')
    .description('evaluate live feeds: sources in, alerts and incidents out, until it is stopped')
    .option('--config <file>', 'the configuration; without one, HTTP on loopback and standard input')
    .option('--state <folder>', 'the folder of the database and the spools, over the configuration')
    .option(
      '--until-end',
      'end when every source has ended and every file has been read, for backfills and tests',
    )
    .option(
      '--fault <point>',
      'end the process at a named point, `point:n` at the n-th time (refused unless TELLTALE_FAULTS=allow)',
    )
    .action(
      async (options: {
        readonly config?: string;
        readonly state?: string;
        readonly untilEnd?: boolean;
        readonly fault?: string;
      }) => {
        const { runDaemon } = await import('./run-daemon.ts');
        end(await runDaemon(terminal, options));
      },
    );
}
