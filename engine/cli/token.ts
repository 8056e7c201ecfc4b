import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

interface TokenOptions {
  readonly state?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly role?: string;
}

/** `telltale token …`: who may use the API of a state folder. It works on the folder: whoever may write there may do it, daemon or no daemon. */
export function tokenCommand({ terminal, end }: CommandContext): Command {
  const token = new Command('token').description(
    'who may use the API: tokens of which only digests are kept',
  );
  const folder = (command: Command): Command =>
    command
      .option('--state <folder>', 'the state folder (default: ./telltale-state)')
      .option('--config <file>', 'the configuration that names it');
  const create = folder(
    new Command('create')
      .description('make a token and print it, this once')
      .argument('<name>', 'whom the audit log names')
      .requiredOption('--role <role>', 'reader, analyst, engineer or admin'),
  ).action(async (name: string, options: TokenOptions) => {
    const { runTokenCreate } = await import('./token-run.ts');
    end(await runTokenCreate(terminal, { ...options, name, role: options.role ?? '' }));
  });
  const list = folder(
    new Command('list').description('the tokens, without the tokens').option('--json', 'as JSON'),
  ).action(async (options: TokenOptions) => {
    const { runTokenList } = await import('./token-run.ts');
    end(await runTokenList(terminal, { ...options, json: options.json === true }));
  });
  const revoke = folder(
    new Command('revoke').description('let a token be none, at once').argument('<name>', 'which'),
  ).action(async (name: string, options: TokenOptions) => {
    const { runTokenRevoke } = await import('./token-run.ts');
    end(await runTokenRevoke(terminal, { ...options, name }));
  });
  for (const command of [create, list, revoke]) token.addCommand(command);
  return token;
}
