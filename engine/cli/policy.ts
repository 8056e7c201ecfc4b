import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

const FORMATS = ['pretty', 'json'] as const;

/** `telltale policy …`: what policies would do, and what they can ask for. */
export function policyCommand({ terminal, end }: CommandContext): Command {
  const policy = new Command('policy').description('what policies would decide, and what they can ask for');
  policy
    .command('preview')
    .description(
      'what policies would decide over recorded alerts and incidents: above all, what a suppression mutes',
    )
    .argument('<files...>', 'policy files and folders')
    .requiredOption(
      '--over <recording>',
      'NDJSON of alerts and incidents that scan wrote; - is standard input',
    )
    .option(
      '--facts <file>',
      'assets, intel and baseline findings for policies to ask: YAML or JSON, or an inventory of assets as CSV',
    )
    .option('--placeholders <path>', 'value lists for inList: a YAML file, or a folder of lists', collect, [])
    .option('--id <id>', 'explain every policy on this alert or incident, test by test')
    .option('--format <format>', `form of the output: ${FORMATS.join(', ')}`, 'pretty')
    .action(async (files: string[], options: PreviewOptions) => {
      const format = oneOf(options.format, FORMATS, '--format');
      if (isDiagnostic(format)) {
        end(refuse(terminal, [format]));
        return;
      }
      const { runPreview } = await import('./policy-run.ts');
      end(await runPreview(terminal, { ...options, files, format }));
    });
  policy
    .command('facts')
    .description('list the facts that policies can ask for, and the operators to compare them with')
    .action(async () => {
      const { listFacts } = await import('./policy-run.ts');
      end(await listFacts(terminal));
    });
  return policy;
}

interface PreviewOptions {
  readonly over: string;
  readonly facts?: string;
  readonly placeholders: readonly string[];
  readonly id?: string;
  readonly format: string;
}
