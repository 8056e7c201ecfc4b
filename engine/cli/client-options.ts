import type { Command } from 'commander';

/** Which daemon is asked, and with which token. */
export interface ClientChoice {
  readonly url?: string;
  readonly state?: string;
  readonly config?: string;
  readonly tokenFile?: string;
}

/** Adds the options that say which daemon is asked. Without any it is the one that works in ./telltale-state. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'where the daemon is asked (or TELLTALE_URL; default: what its state folder says)')
    .option(
      '--state <folder>',
      'the state folder of the daemon (default: of --config, else ./telltale-state)',
    )
    .option('--config <file>', 'the configuration of the daemon')
    .option(
      '--token-file <file>',
      "a file with the token (or TELLTALE_TOKEN; default: the state folder's admin.token)",
    );
}
