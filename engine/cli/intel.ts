import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { FEED_COPIES } from './feed-copies.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

const FORMATS = ['pretty', 'json'] as const;

interface IntelOptions {
  readonly rules: readonly string[];
  readonly copies: string;
  readonly format: string;
  readonly at?: string;
  readonly since?: string;
  readonly allowPrivate?: boolean;
  readonly mapping: readonly string[];
  readonly enrich?: string;
}

/** `telltale intel …`: what feeds of threat intelligence say, and what they would have said. */
export function intelCommand({ terminal, end }: CommandContext): Command {
  const intel = new Command('intel').description('check, show, fetch and ask feeds of threat intelligence');
  const add = (name: string, about: string, argument: readonly [string, string]): Command =>
    intel
      .command(name)
      .description(about)
      .argument(...argument)
      .option('--copies <folder>', 'where the last good copies of fetched feeds are kept', FEED_COPIES)
      .option('--format <format>', `form of the output: ${FORMATS.join(', ')}`, 'pretty');
  const withRules = (command: Command): Command =>
    command.option(
      '--rules <path>',
      'file or folder with feed documents; may be given several times',
      collect,
      [],
    );
  const run = async (
    job: 'check' | 'show' | 'fetch' | 'test' | 'retro',
    given: readonly string[],
    options: IntelOptions,
  ): Promise<void> => {
    const format = oneOf(options.format, FORMATS, '--format');
    if (isDiagnostic(format)) {
      end(refuse(terminal, [format]));
      return;
    }
    const { runIntel } = await import('./intel-run.ts');
    end(await runIntel(terminal, { ...options, job, given, format }));
  };
  for (const [job, about] of [
    ['check', 'load the feeds, and say what was refused and why; 1 where a row or feed is no good'],
    ['show', 'what each feed holds, how old it is, and the digest of all'],
    ['fetch', 'fetch the feeds that come over the network, and keep the last good copies'],
  ] as const) {
    const command = add(job, about, ['[paths...]', 'feed documents and folders']);
    if (job === 'fetch')
      command.option('--allow-private', 'feeds may come from private and loopback addresses');
    command.action((paths: string[], options: IntelOptions) => run(job, paths, options));
  }
  withRules(
    add('test', 'whether feeds list a value, and what is left of its confidence; 1 where none does', [
      '<values...>',
      'addresses, domains, URLs, digests, e-mail addresses',
    ]),
  )
    .option('--at <time>', 'the time of the event that holds it (ISO 8601); now where absent')
    .action((values: string[], options: IntelOptions) => run('test', values, options));
  withRules(
    add('retro', 'events of the past that the feeds as they are now would have matched', [
      '<events...>',
      'event files and folders',
    ]),
  )
    .option('--since <span>', 'only indicators that feeds have seen within this span before now, e.g. 7d')
    .option('--mapping <file>', 'a mapping for events of your own schema', collect, [])
    .option(
      '--enrich <file>',
      'what is known of addresses, assets and people: the daemon’s configuration, or another file with `enrich:`',
    )
    .action((events: string[], options: IntelOptions) => run('retro', events, options));
  return intel;
}
