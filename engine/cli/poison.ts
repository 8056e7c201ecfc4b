import { Command } from 'commander';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';

interface PoisonOptions extends ClientChoice {
  readonly json?: boolean;
  readonly output?: string;
}

/** `telltale poison …`: records that ended detecting threads, and were set aside. */
export function poisonCommand({ terminal, end }: CommandContext): Command {
  const poison = new Command('poison').description(
    'records that ended detecting threads twice and were set aside; of the daemon, or of its state folder while none runs',
  );
  const list = new Command('list').description('what there is, and why').option('--json', 'as NDJSON');
  withClientOptions(list).action(async (options: PoisonOptions) => {
    const { runPoisonList } = await import('./poison-run.ts');
    end(await runPoisonList(terminal, { ...options, json: options.json === true }));
  });
  const show = new Command('show').description('one record, with its text').argument('<id>', 'its id');
  withClientOptions(show).action(async (id: string, options: PoisonOptions) => {
    const { runPoisonShow } = await import('./poison-run.ts');
    end(await runPoisonShow(terminal, { ...options, id }));
  });
  const exported = new Command('export')
    .description('the bytes of one record, as they came')
    .argument('<id>', 'its id')
    .option('--output <file>', 'write to a file instead of standard output');
  withClientOptions(exported).action(async (id: string, options: PoisonOptions) => {
    const { runPoisonExport } = await import('./poison-run.ts');
    end(await runPoisonExport(terminal, { ...options, id }));
  });
  const retry = new Command('retry')
    .description(
      'let the daemon detect on a record once more, by its rules of now; where that goes well, it is set aside no longer',
    )
    .argument('<id...>', 'ids');
  const drop = new Command('drop').description('forget records').argument('<id...>', 'ids');
  for (const [command, verb] of [
    [retry, 'retry'],
    [drop, 'drop'],
  ] as const) {
    withClientOptions(command).action(async (ids: readonly string[], options: PoisonOptions) => {
      const { runPoisonVerb } = await import('./poison-run.ts');
      end(await runPoisonVerb(terminal, { ...options, ids, verb }));
    });
  }
  for (const command of [list, show, exported, retry, drop]) poison.addCommand(command);
  return poison;
}
