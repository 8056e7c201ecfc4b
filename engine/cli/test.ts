import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, refuse, wholeNumber } from './refusal.ts';
import { collect, type ReportOptions, reportTargets, withReportOptions } from './report-options.ts';

interface TestOptions extends ReportOptions {
  readonly mapping: readonly string[];
  readonly placeholders: readonly string[];
  readonly enrich?: string;
  readonly filter?: string;
  readonly coverage?: boolean;
  readonly mutate?: boolean;
  readonly fuzz?: string | true;
  readonly seed: string;
  readonly watch?: boolean;
}

/** `telltale test [paths…]`: the tests that stand in rules or beside them. */
export function testCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('test')
    .description('run the tests that stand in rules (tests:) or beside them (<rule>.test.yml)')
    .argument('[paths...]', 'rule files and folders', ['rules'])
    .option('--filter <text>', 'only tests whose rule, name or file holds this text')
    .option('--coverage', 'say which selections of each rule no test has seen hold, or not hold')
    .option('--mutate', 'change one thing at a time in each rule, and say what no test notices')
    .option(
      '--fuzz [runs]',
      'deliver the tests of correlations late, in other orders, in batches, twice, over restarts (default: 50 runs a test)',
    )
    .option('--seed <n>', 'of --fuzz: the same number tries the same deliveries', '1')
    .option('--watch', 'run again whenever a file under the paths changes')
    .option(
      '--mapping <file>',
      'a mapping for events of your own schema; may be given several times',
      collect,
      [],
    )
    .option('--placeholders <path>', 'value lists for %name%: a YAML file, or a folder of lists', collect, [])
    .option(
      '--enrich <file>',
      'what is known of addresses, assets and people: the daemon’s configuration, or another file with `enrich:`',
    );
  return withReportOptions(command).action(async (paths: string[], options: TestOptions) => {
    const targets = reportTargets(options);
    const fuzz =
      options.fuzz === undefined ? 0 : wholeNumber(options.fuzz === true ? '50' : options.fuzz, 1, '--fuzz');
    const seed = wholeNumber(options.seed, 0, '--seed');
    if (!('format' in targets) || isDiagnostic(fuzz) || isDiagnostic(seed)) {
      end(refuse(terminal, [...('format' in targets ? [] : targets), ...[fuzz, seed].filter(isDiagnostic)]));
      return;
    }
    const { mapping: mappings, placeholders, filter, coverage, mutate } = options;
    const settings = {
      paths,
      mappings,
      placeholders,
      enrich: options.enrich,
      filter,
      coverage: coverage === true,
      mutate: mutate === true,
      fuzz,
      seed,
      targets,
    };
    const { runTestCommand, watchTests } = await import('./test-run.ts');
    end(await (options.watch ? watchTests(terminal, settings) : runTestCommand(terminal, settings)));
  });
}
