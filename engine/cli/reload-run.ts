import type { ClientChoice } from './client-options.ts';
import { asking } from './client-run.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { isPlain } from './plain.ts';
import { print } from './print.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

type Plain = Readonly<Record<string, unknown>>;

/** `reload`: 0 where all files are good, 1 where one is bad or the new rules are not taken. */
export function runReload(
  terminal: Terminal,
  { plan, json, ...choice }: ClientChoice & { readonly plan: boolean; readonly json: boolean },
): Promise<ExitCode> {
  return asking(terminal, choice, async (client) => {
    const path = plan ? '/api/v1/reload/plan' : '/api/v1/reload';
    const answer = await client.post(path, {});
    const outcome = isPlain(answer) ? answer : {};
    const printed = await print(
      terminal,
      json ? `${JSON.stringify(outcome, undefined, 2)}\n` : outcomeText(outcome),
    );
    if (printed !== EXIT.clean) return printed;
    const isBad = outcome['kind'] === 'refused' || plains(outcome['bad']).length > 0;
    return isBad ? EXIT.findings : EXIT.clean;
  });
}

const SAID: Readonly<Record<string, string>> = {
  unchanged: 'nothing has changed',
  swapped: 'the new rules run',
  planned: 'this is what a reload would do',
  kept: 'what runs did not change, because every file that changed is bad',
  refused: 'the new rules were not taken',
  'rolled back': 'the last change was taken back',
};

/** How a reload ended, for people: one thing a line. */
function outcomeText(outcome: Plain): string {
  const kind = textOf(outcome['kind']);
  const reason = textOf(outcome['reason']);
  const revision = textOf(outcome['revision']);
  const rules = isPlain(outcome['rules']) ? outcome['rules'] : {};
  const lines = [
    `${SAID[kind] ?? kind}${reason === '' ? '' : `: ${reason}`}${revision === '' ? '' : ` (at ${revision.slice(0, 12)})`}`,
    ...['added', 'edited', 'removed'].flatMap((how) => {
      const ids: unknown = rules[how];
      return Array.isArray(ids) ? ids.map((id) => `${how.padEnd(7)}  ${textOf(id)}`) : [];
    }),
    ...plains(outcome['state']).map(
      (step) => `state of ${textOf(step['ruleId'])}: ${textOf(step['action'])}, ${textOf(step['reason'])}`,
    ),
    ...plains(outcome['bad']).map(
      (file) => `bad      ${textOf(file['path'])}: ${textOf(file['reason'])}; ${textOf(file['runs'])} runs`,
    ),
  ];
  return `${lines.map((line) => visible(line.replaceAll(/[\n\t]/g, ' '))).join('\n')}\n`;
}

function plains(value: unknown): readonly Plain[] {
  return Array.isArray(value) ? value.filter(isPlain) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
