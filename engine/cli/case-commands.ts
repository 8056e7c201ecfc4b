import { Command } from 'commander';
import { ALERT_STATES, INCIDENT_STATES, SEVERITIES, VERDICTS } from '../model/index.ts';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, oneOf, refuse, wholeNumber } from './refusal.ts';

type Kind = 'alert' | 'incident';

interface ListOptions extends ClientChoice {
  readonly in?: string;
  readonly severity?: string;
  readonly rule?: string;
  readonly entity?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly json?: boolean;
}

interface VerbOptions extends ClientChoice {
  readonly reason?: string;
  readonly assignee?: string;
  readonly verdict?: string;
}

/** `alert list`, `incident list`. */
export function caseListCommand(kind: Kind, { terminal, end }: CommandContext): Command {
  const states = kind === 'alert' ? ALERT_STATES : INCIDENT_STATES;
  const command = new Command('list')
    .description(`the ${kind}s that the daemon keeps, those seen last first`)
    .option('--in <states>', `only in these states, joined by commas: ${states.join(', ')}`)
    .option('--severity <severities>', `joined by commas: ${SEVERITIES.join(', ')}`)
    .option('--rule <id>', kind === 'alert' ? 'only of this rule' : 'only of this template')
    .option('--entity <value>', 'only about this entity')
    .option('--since <time>', 'only what was seen at this time or later, ISO 8601')
    .option('--until <time>', 'only what was last seen before this time')
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'as NDJSON, the lines that outputs get');
  return withClientOptions(command).action(async (options: ListOptions) => {
    const { in: state, severity, rule, entity, since, until, json, ...choice } = options;
    const named = [
      ...(state?.split(',') ?? []).map((one) => oneOf(one, states, '--in')),
      ...(severity?.split(',') ?? []).map((one) => oneOf(one, SEVERITIES, '--severity')),
    ];
    const limit = wholeNumber(options.limit, 1, '--limit');
    const wrong = [...named, limit].filter(isDiagnostic);
    if (isDiagnostic(limit) || wrong.length > 0) {
      end(refuse(terminal, wrong));
      return;
    }
    const { runList } = await import('./client-run.ts');
    const query = { state, severity, rule, entity, since, until };
    end(await runList(terminal, { ...choice, kind, json: json === true, limit, query }));
  });
}

/** What people do with cases, by the name of the command and of the API. */
const VERBS: readonly {
  readonly command: string;
  readonly verb: string;
  readonly of: readonly Kind[];
  readonly description: string;
  readonly verdict?: 'needed' | 'may';
}[] = [
  { command: 'ack', verb: 'acknowledge', of: ['alert', 'incident'], description: 'somebody works on it' },
  { command: 'contain', verb: 'contain', of: ['incident'], description: 'the attack cannot go on' },
  {
    command: 'resolve',
    verb: 'resolve',
    of: ['alert', 'incident'],
    description: 'it is over',
    verdict: 'needed',
  },
  {
    command: 'dismiss',
    verb: 'dismiss',
    of: ['alert', 'incident'],
    description: 'it is nothing',
    verdict: 'may',
  },
  { command: 'reopen', verb: 'reopen', of: ['alert', 'incident'], description: 'it is not over after all' },
];

/** `alert ack|resolve|dismiss|reopen`, and the same of incidents. */
export function caseVerbCommands(kind: Kind, { terminal, end }: CommandContext): readonly Command[] {
  return VERBS.filter(({ of }) => of.includes(kind)).map(({ command: name, verb, description, verdict }) => {
    const command = new Command(name)
      .description(`${description}; several at once`)
      .argument('<id...>', `ids of ${kind}s`)
      .option('--reason <text>', 'why; it is kept');
    if (verb === 'acknowledge') command.option('--assignee <name>', 'who looks after it');
    const verdicts = `what it was found to be: ${VERDICTS.join(', ')}`;
    if (verdict === 'needed') command.requiredOption('--verdict <verdict>', verdicts);
    if (verdict === 'may') command.option('--verdict <verdict>', verdicts);
    return withClientOptions(command).action(async (ids: readonly string[], options: VerbOptions) => {
      const { reason, assignee, verdict: given, ...choice } = options;
      const checked = given === undefined ? undefined : oneOf(given, VERDICTS, '--verdict');
      if (isDiagnostic(checked)) {
        end(refuse(terminal, [checked]));
        return;
      }
      const { runVerb } = await import('./client-run.ts');
      const body = {
        ...(reason === undefined ? {} : { reason }),
        ...(assignee === undefined ? {} : { assignee }),
        ...(checked === undefined ? {} : { verdict: checked }),
      };
      end(await runVerb(terminal, { ...choice, kind, ids, verb, body }));
    });
  });
}
