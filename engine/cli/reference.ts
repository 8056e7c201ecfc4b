import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

const FORMATS = ['markdown', 'json'] as const;

interface ReferenceOptions {
  readonly format: string;
  readonly placeholders: readonly string[];
  readonly output?: string;
}

/** `telltale reference [paths…]`: every alert and incident that the rules can produce. */
export function referenceCommand({ terminal, end }: CommandContext): Command {
  return new Command('reference')
    .description(
      'write the reference of every alert and incident that rules can produce (default: our own rules)',
    )
    .argument('[paths...]', 'rule files and folders')
    .option('--format <format>', `form of the output: ${FORMATS.join(', ')}`, 'markdown')
    .option('--placeholders <path>', 'value lists for %name%: a YAML file, or a folder of lists', collect, [])
    .option('--output <file>', 'write to a file instead of standard output')
    .action(async (paths: string[], { format: asked, placeholders, output }: ReferenceOptions) => {
      const format = oneOf(asked, FORMATS, '--format');
      if (isDiagnostic(format)) {
        end(refuse(terminal, [format]));
        return;
      }
      const { runReference } = await import('./reference-run.ts');
      end(await runReference(terminal, { paths, placeholders, format, output }));
    });
}
