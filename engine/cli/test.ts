import { Command } from 'commander';
import type { CommandContext } from './program.ts';
import { refuse } from './refusal.ts';
import { collect, type ReportOptions, reportTargets, withReportOptions } from './report-options.ts';

interface TestOptions extends ReportOptions {
  readonly mapping: readonly string[];
  readonly placeholders: readonly string[];
  readonly filter?: string;
  readonly coverage?: boolean;
}

/** `telltale test [paths…]`: the tests that stand in rules or beside them. */
export function testCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('test')
    .description('run the tests that stand in rules (tests:) or beside them (<rule>.test.yml)')
    .argument('[paths...]', 'rule files and folders', ['rules'])
    .option('--filter <text>', 'only tests whose rule, name or file holds this text')
    .option('--coverage', 'say which selections of each rule no test has seen hold, or not hold')
    .option(
      '--mapping <file>',
      'a mapping for events of your own schema; may be given several times',
      collect,
      [],
    )
    .option(
      '--placeholders <path>',
      'value lists for %name%: a YAML file, or a folder of lists',
      collect,
      [],
    );
  return withReportOptions(command).action(async (paths: string[], options: TestOptions) => {
    const targets = reportTargets(options);
    if (!('format' in targets)) {
      end(refuse(terminal, targets));
      return;
    }
    const { runTestCommand } = await import('./test-run.ts');
    const { mapping: mappings, placeholders, filter, coverage } = options;
    end(
      await runTestCommand(terminal, {
        paths,
        mappings,
        placeholders,
        filter,
        coverage: coverage === true,
        targets,
      }),
    );
  });
}
