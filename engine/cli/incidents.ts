import { Command } from 'commander';
import { duration, parseDuration } from '../model/index.ts';
import type { CommandContext } from './command-context.ts';
import { logsourceOption, parseLogsource } from './logsource-option.ts';
import { isDiagnostic, oneOf, refusal, refuse, wholeNumber } from './refusal.ts';
import { collect } from './report-options.ts';

interface MineOptions {
  readonly rules: readonly string[];
  readonly mapping: readonly string[];
  readonly logsource: string;
  readonly window: string;
  readonly minSeen: string;
  readonly significance: string;
  readonly out?: string;
  readonly format: string;
  readonly json?: boolean;
}

/** `telltale incidents …`: what can be said of many incidents at once. */
export function incidentsCommand(context: CommandContext): Command {
  const incidents = new Command('incidents').description(
    'patterns behind incidents, and what changed between two runs',
  );
  incidents.addCommand(mineCommand(context));
  incidents.addCommand(diffCommand(context));
  return incidents;
}

function mineCommand({ terminal, end }: CommandContext): Command {
  return new Command('mine')
    .description(
      'look for alerts that come together more often than chance explains, and propose incident templates',
    )
    .argument('<recordings...>', 'event files and folders; - is standard input')
    .option('--rules <path>', 'rule file or folder; several times (default: our own rules)', collect, [])
    .option('--mapping <file>', 'a mapping for events of your own schema; several times', collect, [])
    .addOption(logsourceOption())
    .option('--window <span>', 'the next alert comes within so long', '1h')
    .option('--min-seen <n>', 'a pattern was seen at least so often', '3')
    .option(
      '--significance <share>',
      'the chance of being wrong about any of the patterns, after correction for all that were looked at',
      '0.01',
    )
    .option('--out <folder>', 'write an incident template with tests for each pattern')
    .option('--format <format>', 'pretty or json', 'pretty')
    .option('--json', 'the same as --format json')
    .action(async (inputs: readonly string[], options: MineOptions) => {
      const format = options.json ? 'json' : oneOf(options.format, ['pretty', 'json'], '--format');
      const logsource = parseLogsource(options.logsource);
      const seenMin = wholeNumber(options.minSeen, 2, '--min-seen');
      const window =
        parseDuration(options.window) ??
        refusal('TT8003', `--window is ${options.window}`, 'write a span such as 30m or 2h');
      const share = Number(options.significance);
      const significance =
        share > 0 && share < 1
          ? share
          : refusal('TT8003', `--significance is ${options.significance}`, 'it must lie between 0 and 1');
      if (
        isDiagnostic(format) ||
        isDiagnostic(logsource) ||
        isDiagnostic(seenMin) ||
        isDiagnostic(window) ||
        isDiagnostic(significance)
      ) {
        end(refuse(terminal, [format, logsource, seenMin, window, significance].filter(isDiagnostic)));
        return;
      }
      const { runMine } = await import('./incidents-mine.ts');
      end(
        await runMine(terminal, {
          inputs,
          rules: options.rules,
          mappings: options.mapping,
          logsource,
          mining: { window: duration(window), seenMin, significance },
          out: options.out,
          format,
        }),
      );
    });
}

function diffCommand({ terminal, end }: CommandContext): Command {
  return new Command('diff')
    .description(
      'say which incidents opened, went, merged, split or changed between two runs, and why scores shifted',
    )
    .argument(
      '<before>',
      'NDJSON that scan wrote; with --log a moment: a number of revisions, ID@REVISION, start',
    )
    .argument('<after>', 'the same, later; with --log also: end')
    .option('--log <file>', 'NDJSON of all revisions (`scan --revisions all`): compare two moments of it')
    .option('--format <format>', 'pretty or json', 'pretty')
    .option('--json', 'the same as --format json')
    .action(
      async (
        before: string,
        after: string,
        options: { readonly log?: string; readonly format: string; readonly json?: boolean },
      ) => {
        const format = options.json ? 'json' : oneOf(options.format, ['pretty', 'json'], '--format');
        if (isDiagnostic(format)) {
          end(refuse(terminal, [format]));
          return;
        }
        const { runIncidentsDiff } = await import('./incidents-diff.ts');
        end(await runIncidentsDiff(terminal, { before, after, log: options.log, format }));
      },
    );
}
