import { Command } from 'commander';
import type { CommandContext } from './program.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';

/** The forms in which one incident can be shown. */
export const INCIDENT_FORMATS = ['pretty', 'markdown', 'mermaid', 'graphviz', 'html', 'ndjson'] as const;

interface ShowOptions {
  readonly from: string;
  readonly all?: boolean;
  readonly format: string;
}

/** `telltale incident …`: what an incident is, and why. */
export function incidentCommand({ terminal, end }: CommandContext): Command {
  const incident = new Command('incident').description('what an incident is, and why');
  incident
    .command('show')
    .description('tell an incident: story, timeline, graph, evidence, why each part belongs, what to do')
    .argument('[id]', 'id of the incident, or its first digits')
    .requiredOption(
      '--from <file>',
      'NDJSON of alerts and incidents that scan wrote, plain or gzip; - is standard input',
    )
    .option('--all', 'every incident of the file')
    .option('--format <format>', `form of the output: ${INCIDENT_FORMATS.join(', ')}`, 'pretty')
    .action(async (id: string | undefined, options: ShowOptions) => {
      const format = oneOf(options.format, INCIDENT_FORMATS, '--format');
      if (isDiagnostic(format)) {
        end(refuse(terminal, [format]));
        return;
      }
      if ((id === undefined) === (options.all !== true)) {
        const said = id === undefined ? 'no incident is named' : '--all beside an id';
        end(refuse(terminal, [refusal('TT8034', said, 'give an id (or its first digits), or --all')]));
        return;
      }
      const { runShow } = await import('./incident-run.ts');
      end(await runShow(terminal, { from: options.from, id, format }));
    });
  return incident;
}
