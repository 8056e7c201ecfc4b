import { Command } from 'commander';
import { parseLogsource } from './logsource-option.ts';
import type { CommandContext } from './program.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

interface ExplainOptions {
  readonly rules: readonly string[];
  readonly rule?: string;
  readonly logsource: string;
  readonly format: string;
  readonly json?: boolean;
  readonly mapping: readonly string[];
  readonly placeholders: readonly string[];
  readonly all?: boolean;
}

/** `telltale explain FILE[:LINE]`: why a rule fires on an event or does not, the whole condition tree. */
export function explainCommand({ terminal, end }: CommandContext): Command {
  return new Command('explain')
    .description('explain why a rule fires on an event, or does not')
    .argument(
      '<event>',
      'FILE:LINE; FILE alone is its first event on which the rule fires, else the nearest miss',
    )
    .option(
      '--rule <rule>',
      'id, name, title or file of the rule (default: every rule that fires on the event)',
    )
    .option(
      '--rules <path>',
      'rule file or folder; may be given several times (default: our own rules)',
      collect,
      [],
    )
    .option('--format <format>', 'pretty or json', 'pretty')
    .option('--json', 'the same as --format json')
    .option('--all', 'show every alternative that does not hold, not only the nearest')
    .option(
      '--logsource <logsource>',
      'what events of no known schema are: any, or product=…,category=…',
      'any',
    )
    .option(
      '--mapping <file>',
      'a mapping for events of your own schema; may be given several times',
      collect,
      [],
    )
    .option('--placeholders <path>', 'value lists for %name%: a YAML file, or a folder of lists', collect, [])
    .action(async (event: string, options: ExplainOptions) => {
      const format = options.json ? 'json' : oneOf(options.format, ['pretty', 'json'], '--format');
      const logsource = parseLogsource(options.logsource);
      if (isDiagnostic(format) || isDiagnostic(logsource)) {
        end(refuse(terminal, [format, logsource].filter(isDiagnostic)));
        return;
      }
      const { runExplain } = await import('./explain-run.ts');
      const { rules, rule, mapping: mappings, placeholders, all } = options;
      end(
        await runExplain(terminal, {
          event,
          rules,
          rule,
          format,
          logsource,
          mappings,
          placeholders,
          all: all === true,
        }),
      );
    });
}
