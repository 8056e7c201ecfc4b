import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

interface BackupOptions {
  readonly state?: string;
  readonly config?: string;
  readonly force?: boolean;
}

/** `telltale backup FILE`: the state of a daemon in one file, while it runs. */
export function backupCommand({ terminal, end }: CommandContext): Command {
  return new Command('backup')
    .description(
      'write the state (database, digests of tokens, copies of feeds) into one file, while the daemon may run; verified before it is named',
    )
    .argument('<file>', 'where to')
    .option('--state <folder>', 'the state folder (default: of --config, else ./telltale-state)')
    .option('--config <file>', 'the configuration of the daemon')
    .option('--force', 'overwrite a file that is there')
    .action(async (file: string, options: BackupOptions) => {
      const { runBackup } = await import('./state-copy-run.ts');
      end(await runBackup(terminal, { ...options, file, force: options.force === true }));
    });
}

/** `telltale restore FILE`: a backup in the place of a state. */
export function restoreCommand({ terminal, end }: CommandContext): Command {
  return new Command('restore')
    .description(
      'put the state of a backup in place, while no daemon works with it; what was there is set aside',
    )
    .argument('<file>', 'a file that backup wrote')
    .option('--state <folder>', 'the state folder (default: of --config, else ./telltale-state)')
    .option('--config <file>', 'the configuration of the daemon')
    .option('--force', 'set a state aside that is there')
    .action(async (file: string, options: BackupOptions) => {
      const { runRestore } = await import('./state-copy-run.ts');
      end(await runRestore(terminal, { ...options, file, force: options.force === true }));
    });
}
