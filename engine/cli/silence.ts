import { userInfo } from 'node:os';
import { Command } from 'commander';
import { SEVERITIES } from '../model/index.ts';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';

interface SilenceOptions extends ClientChoice {
  readonly kind?: string;
  readonly rule?: string;
  readonly entity?: string;
  readonly severityMax?: string;
  readonly for?: string;
  readonly until?: string;
  readonly reason: string;
  readonly owner?: string;
  readonly json?: boolean;
}

/** `telltale silence …`: what outputs do not see for a time. */
export function silenceCommand({ terminal, end }: CommandContext): Command {
  const silence = new Command('silence').description(
    'what outputs do not see for a time, and who answers for it',
  );
  const add = new Command('add')
    .description('mute what fits from now on; it is kept and counted, and heard again when the time is over')
    .option('--kind <kind>', 'only alert, or only incident')
    .option('--rule <rule>', 'id, name or title of a rule')
    .option('--entity <value>', 'value of an entity')
    .option('--severity-max <severity>', `at most: ${SEVERITIES.join(', ')}`)
    .option('--for <time>', 'for how long, such as 2h30m')
    .option('--until <time>', 'until when, ISO 8601')
    .requiredOption('--reason <text>', 'why')
    .option('--owner <name>', 'who answers for it (default: who you are here)')
    .option('--json', 'as JSON');
  withClientOptions(add).action(async (options: SilenceOptions) => {
    const { kind, rule, entity, severityMax, for: length, until, reason, owner, json, ...choice } = options;
    const severity = severityMax === undefined ? undefined : oneOf(severityMax, SEVERITIES, '--severity-max');
    const what = kind === undefined ? undefined : oneOf(kind, ['alert', 'incident'] as const, '--kind');
    const wrong = [severity, what].filter(isDiagnostic);
    const match = given({ kind, rule, entity, severityMax });
    if (Object.keys(match).length === 0)
      wrong.push(
        refusal(
          'TT8003',
          'the silence is about everything',
          'name --rule, --entity, --kind or --severity-max',
        ),
      );
    if ((length === undefined) === (until === undefined))
      wrong.push(refusal('TT8003', 'the silence has no end, or two', 'say --for or --until'));
    if (wrong.length > 0) {
      end(refuse(terminal, wrong));
      return;
    }
    const { runSilence } = await import('./client-run.ts');
    const body = { match, owner: owner ?? userInfo().username, reason, ...given({ for: length, until }) };
    end(await runSilence(terminal, { ...choice, action: 'add', body, json: json === true }));
  });
  const list = new Command('list')
    .description('the silences that hold, and those that are over')
    .option('--json', 'as NDJSON');
  withClientOptions(list).action(async ({ json, ...choice }: ClientChoice & { readonly json?: boolean }) => {
    const { runSilence } = await import('./client-run.ts');
    end(await runSilence(terminal, { ...choice, action: 'list', json: json === true }));
  });
  const expire = new Command('expire')
    .description('end a silence before its time')
    .argument('<id>', 'id of the silence')
    .option('--json', 'as JSON');
  withClientOptions(expire).action(
    async (id: string, { json, ...choice }: ClientChoice & { readonly json?: boolean }) => {
      const { runSilence } = await import('./client-run.ts');
      end(await runSilence(terminal, { ...choice, action: 'expire', id, json: json === true }));
    },
  );
  for (const command of [add, list, expire]) silence.addCommand(command);
  return silence;
}

/** What has a value. */
function given(all: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
