import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';

/** What can be imported. */
const FORMATS = ['sigma-legacy', 'stix'] as const;

/** `telltale import FORMAT PATHS…`: other forms of rules, as rules of today, with a report of what was chosen or lost. */
export function importCommand({ terminal, end }: CommandContext): Command {
  return new Command('import')
    .description(
      'turn rules of other forms into rules of today; what was chosen or lost is said on standard error',
    )
    .argument(
      '<format>',
      `what they are: ${FORMATS.join(', ')} (Sigma 1 with aggregations: count, sum, near …; bundles of STIX 2.1 whose patterns join observations)`,
    )
    .argument('<paths...>', 'rule files and folders')
    .option(
      '--output <folder>',
      'write a file for each into this folder, which must not have it yet, instead of standard output',
    )
    .action(async (format: string, paths: string[], options: { output?: string }) => {
      const wanted = oneOf(format, FORMATS, 'the format');
      if (isDiagnostic(wanted)) {
        end(refuse(terminal, [wanted]));
        return;
      }
      const { runImport } = await import('./import-run.ts');
      end(await runImport(terminal, { format: wanted, paths, output: options.output }));
    });
}
