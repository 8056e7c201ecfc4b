import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { logsourceOption, parseLogsource } from './logsource-option.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

interface DiffOptions {
  readonly over: readonly string[];
  readonly rules: readonly string[];
  readonly format: string;
  readonly json?: boolean;
  readonly logsource: string;
  readonly mapping: readonly string[];
  readonly placeholders: readonly string[];
  readonly enrich?: string;
}

/** `telltale diff REV_A [REV_B] --over RECORDING`: what changes between two Git revisions of the rules. */
export function diffCommand({ terminal, end }: CommandContext): Command {
  return new Command('diff')
    .description(
      'say which signals, alerts and incidents change between two Git revisions of the rules over a recording',
    )
    .argument('<before>', 'a Git revision')
    .argument('[after]', 'another one; the working tree where absent')
    .option('--over <path>', 'event file or folder; may be given several times', collect, [])
    .option(
      '--rules <path>',
      'rule file or folder; may be given several times (default: rules and correlations)',
      collect,
      [],
    )
    .option('--format <format>', 'pretty or json', 'pretty')
    .option('--json', 'the same as --format json')
    .addOption(logsourceOption())
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
    )
    .action(async (before: string, after: string | undefined, options: DiffOptions) => {
      const format = options.json ? 'json' : oneOf(options.format, ['pretty', 'json'], '--format');
      const logsource = parseLogsource(options.logsource);
      const over =
        options.over.length === 0
          ? refusal('TT8003', '--over is missing', 'name a recording: --over events.ndjson')
          : undefined;
      if (isDiagnostic(format) || isDiagnostic(logsource) || over !== undefined) {
        end(refuse(terminal, [format, logsource, over].filter(isDiagnostic)));
        return;
      }
      const { runDiff } = await import('./diff-run.ts');
      const { over: inputs, mapping: mappings, placeholders } = options;
      const rules = options.rules.length > 0 ? options.rules : ['rules', 'correlations'];
      end(
        await runDiff(terminal, {
          before,
          after,
          inputs,
          rules,
          format,
          logsource,
          mappings,
          placeholders,
          enrich: options.enrich,
        }),
      );
    });
}
