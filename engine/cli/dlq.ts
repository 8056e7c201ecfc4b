import { Command } from 'commander';
import { type ClientChoice, withClientOptions } from './client-options.ts';
import type { CommandContext } from './command-context.ts';
import { isDiagnostic, refuse, wholeNumber } from './refusal.ts';
import { collect } from './report-options.ts';

interface DlqOptions extends ClientChoice {
  readonly json?: boolean;
  readonly sequence: readonly string[];
}

/** `telltale dlq …`: what outputs did not take. */
export function dlqCommand({ terminal, end }: CommandContext): Command {
  const dlq = new Command('dlq').description(
    'dead letters: what an output will never take, or did not take in time; of the daemon, or of its state folder while none runs',
  );
  const list = new Command('list')
    .description('what there is, and why')
    .argument('[output]')
    .option('--json', 'as NDJSON');
  withClientOptions(list).action(async (output: string | undefined, { json, ...choice }: DlqOptions) => {
    const { runDlq } = await import('./dlq-run.ts');
    end(await runDlq(terminal, { ...choice, output, json: json === true, replay: undefined }));
  });
  const replay = new Command('replay')
    .description('put dead letters back into their queue')
    .argument('<output>')
    .option('--sequence <n>', 'only this one; several times', collect, [])
    .option('--json', 'as JSON');
  withClientOptions(replay).action(async (output: string, { json, sequence, ...choice }: DlqOptions) => {
    const numbers = sequence.map((one) => wholeNumber(one, 1, '--sequence'));
    const wrong = numbers.filter(isDiagnostic);
    if (wrong.length > 0) {
      end(refuse(terminal, wrong));
      return;
    }
    const { runDlq } = await import('./dlq-run.ts');
    const chosen = numbers.filter((one): one is number => typeof one === 'number');
    const which = chosen.length === 0 ? 'all' : chosen;
    end(await runDlq(terminal, { ...choice, output, json: json === true, replay: which }));
  });
  for (const command of [list, replay]) dlq.addCommand(command);
  return dlq;
}
