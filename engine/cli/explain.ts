import { Command } from 'commander';
import type { Diagnostic } from '../diagnostic/index.ts';
import type { EventTime } from '../model/index.ts';
import type { CommandContext } from './command-context.ts';
import { logsourceOption, parseLogsource } from './logsource-option.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

interface ExplainOptions {
  readonly rules: readonly string[];
  readonly rule?: string;
  readonly logsource: string;
  readonly format: string;
  readonly json?: boolean;
  readonly mapping: readonly string[];
  readonly placeholders: readonly string[];
  readonly enrich?: string;
  readonly all?: boolean;
  readonly at?: string;
}

/** `telltale explain FILE[:LINE]`: why a rule fires on an event or does not, the whole condition tree. */
export function explainCommand({ terminal, end }: CommandContext): Command {
  return new Command('explain')
    .description('explain why a rule fires on an event (a correlation: on files of events), or does not')
    .argument(
      '<events...>',
      'FILE:LINE; FILE alone is its first event on which the rule fires, else the nearest miss; for a correlation files and folders',
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
    .option('--at <time>', 'of a correlation: also its open windows at this time, e.g. 2026-01-05T10:00:00Z')
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
    .action(async (events: string[], options: ExplainOptions) => {
      const format = options.json ? 'json' : oneOf(options.format, ['pretty', 'json'], '--format');
      const logsource = parseLogsource(options.logsource);
      const at = options.at === undefined ? undefined : await timeOption(options.at);
      if (isDiagnostic(format) || isDiagnostic(logsource) || isDiagnostic(at)) {
        end(refuse(terminal, [format, logsource, at].filter(isDiagnostic)));
        return;
      }
      const { runExplain } = await import('./explain-run.ts');
      const { rules, rule, mapping: mappings, placeholders, all } = options;
      end(
        await runExplain(terminal, {
          events,
          at,
          rules,
          rule,
          format,
          logsource,
          mappings,
          placeholders,
          enrich: options.enrich,
          all: all === true,
        }),
      );
    });
}

/** A point in time as a user writes it, or TT8003. */
async function timeOption(text: string): Promise<EventTime | Diagnostic> {
  const { parseTime } = await import('../ingest/index.ts');
  const parsed = parseTime(text);
  return parsed?.time ?? refusal('TT8003', `--at is ${text}`, 'write a time such as 2026-01-05T10:00:00Z');
}
