import { Command } from 'commander';
import type { Diagnostic } from '../diagnostic/index.ts';
import { caseListCommand, caseVerbCommands } from './case-commands.ts';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';
import { logsourceOption, parseLogsource } from './logsource-option.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';
import { collect } from './report-options.ts';

/** The forms in which one incident can be shown. */
export const INCIDENT_FORMATS = ['pretty', 'markdown', 'mermaid', 'graphviz', 'html', 'ndjson'] as const;

interface ShowOptions extends ClientChoice {
  readonly from?: string;
  readonly over: readonly string[];
  readonly rules: readonly string[];
  readonly mapping: readonly string[];
  readonly logsource: string;
  readonly all?: boolean;
  readonly format: string;
  readonly proof?: string;
}

/** `telltale incident …`: what an incident is, and why. */
export function incidentCommand(context: CommandContext): Command {
  const incident = new Command('incident').description('what an incident is, and why');
  incident.addCommand(caseListCommand('incident', context));
  incident.addCommand(showCommand(context));
  for (const command of caseVerbCommands('incident', context)) incident.addCommand(command);
  incident.addCommand(verifyCommand(context));
  return incident;
}

function showCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('show')
    .description(
      'tell an incident: story, timeline, graph, evidence, why each part belongs, what to do; without --from and --over one of the daemon',
    )
    .argument('[id]', 'id of the incident, or its first digits')
    .option(
      '--from <file>',
      'NDJSON of alerts and incidents that scan wrote, plain or gzip; - is standard input',
    )
    .option('--over <path>', 'instead: make the incidents of this recording anew; several times', collect, [])
    .option(
      '--rules <path>',
      'with --over: rule file or folder; several times (default: our own rules)',
      collect,
      [],
    )
    .option('--mapping <file>', 'with --over: a mapping for events of your own schema', collect, [])
    .addOption(logsourceOption())
    .option('--all', 'every incident of the file')
    .option('--format <format>', `form of the output: ${INCIDENT_FORMATS.join(', ')}`, 'pretty')
    .option(
      '--proof <file>',
      'with --over, or of the daemon: write what is needed to see it come about again, alone',
    );
  return withClientOptions(command).action(async (id: string | undefined, options: ShowOptions) => {
    const format = oneOf(options.format, INCIDENT_FORMATS, '--format');
    const logsource = parseLogsource(options.logsource);
    const wrong = wrongOf(id, options);
    if (isDiagnostic(format) || isDiagnostic(logsource) || wrong !== undefined) {
      end(refuse(terminal, [format, logsource, wrong].filter(isDiagnostic)));
      return;
    }
    if (id !== undefined && options.from === undefined && options.over.length === 0) {
      const { runShowLive } = await import('./client-run.ts');
      end(await runShowLive(terminal, { ...options, kind: 'incident', id, format }));
      return;
    }
    const { runShow } = await import('./incident-run.ts');
    const { from, over, rules, mapping: mappings, proof } = options;
    end(
      await runShow(terminal, {
        id,
        format,
        proof,
        read: from === undefined ? { over, rules, mappings, logsource } : { from },
      }),
    );
  });
}

/** What is wrong with the options taken together; undefined where nothing is. */
function wrongOf(id: string | undefined, { from, over, all, proof }: ShowOptions): Diagnostic | undefined {
  if ((id === undefined) === (all !== true)) {
    const said = id === undefined ? 'no incident is named' : '--all beside an id';
    return refusal('TT8034', said, 'give an id (or its first digits), or --all');
  }
  if (from !== undefined && over.length > 0)
    return refusal('TT8003', '--from beside --over', 'name one of them');
  if (from === undefined && over.length === 0 && all === true) {
    const said = '--all is given with neither --from nor --over';
    return refusal('TT8003', said, 'name a file that scan wrote with --from, or a recording with --over');
  }
  if (proof === undefined) return undefined;
  if (from !== undefined)
    return refusal(
      'TT8003',
      '--proof is given with --from',
      'what scan wrote does not hold the learnt past: take --over RECORDING, or `scan --proof DIR`',
    );
  return all === true
    ? refusal('TT8003', '--proof is given with --all', 'name one incident, or take `scan --proof DIR`')
    : undefined;
}

function verifyCommand({ terminal, end }: CommandContext): Command {
  return new Command('verify')
    .description(
      'replay the proof of an incident, alone: does it stand again, and does it fall without any one piece?',
    )
    .argument('<file>', 'a proof, as `scan --proof DIR` or `incident show --proof FILE` wrote it')
    .option('--rules <path>', 'compare with the rules that stand there now; several times', collect, [])
    .option('--format <format>', 'pretty or json', 'pretty')
    .option('--json', 'the same as --format json')
    .action(
      async (
        file: string,
        options: { readonly rules: readonly string[]; readonly format: string; readonly json?: boolean },
      ) => {
        const format = options.json ? 'json' : oneOf(options.format, ['pretty', 'json'], '--format');
        if (isDiagnostic(format)) {
          end(refuse(terminal, [format]));
          return;
        }
        const { runVerify } = await import('./verify-run.ts');
        end(await runVerify(terminal, { file, rules: options.rules, format }));
      },
    );
}
