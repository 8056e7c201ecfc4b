import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { nearest } from '../diagnostic/index.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `telltale new KIND FILE`: a rule of a kind, with an id of its own and tests that pass. */
export function newCommand({ terminal, end }: CommandContext): Command {
  return new Command('new')
    .description('make a rule file of a kind, ready to be edited')
    .argument('<kind>', 'detection, filter, overlay, correlation, baseline, incident, policy or feed')
    .argument('<file>', 'the file to make, e.g. rules/my-rule.yml')
    .option('--title <title>', 'the title (from the file name where not given)')
    .action(async (kind: string, file: string, options: { title?: string }) => {
      end(await makeRule(terminal, { kind, file, title: options.title ?? titleFrom(file) }));
    });
}

interface Wanted {
  readonly kind: string;
  readonly file: string;
  readonly title: string;
}

async function makeRule(terminal: Terminal, wanted: Wanted): Promise<ExitCode> {
  const [{ makeFiles }, { INDICATOR_LIST, ruleTemplate, TEMPLATE_KINDS }] = await Promise.all([
    import('./scaffold.ts'),
    import('./templates.ts'),
  ]);
  const kind = TEMPLATE_KINDS.find((known) => known === wanted.kind);
  if (kind === undefined) {
    const near = nearest(wanted.kind, TEMPLATE_KINDS);
    const meant = near === undefined ? '' : `did you mean ${near}? `;
    return refuse(terminal, [
      refusal('TT8007', `there is no kind ${wanted.kind}`, `${meant}kinds are ${TEMPLATE_KINDS.join(', ')}`),
    ]);
  }
  const path = /\.ya?ml$/i.test(wanted.file) ? wanted.file : `${wanted.file}.yml`;
  const date = new Date().toISOString().slice(0, 10);
  const list = `${basename(path).replace(/\.ya?ml$/i, '')}.txt`;
  const values = { id: randomUUID(), otherId: randomUUID(), title: wanted.title, date, list };
  const files = [{ path, text: ruleTemplate(kind, values) }];
  if (kind === 'feed') files.push({ path: join(dirname(path), list), text: INDICATOR_LIST });
  const trouble = await makeFiles(files);
  if (trouble.length > 0) return refuse(terminal, trouble);
  terminal.say(`made ${path}; next: edit it, then \`telltale check ${path}\``);
  return EXIT.clean;
}

/** `rules/odd-logon.yml` → "Odd logon". */
function titleFrom(file: string): string {
  const words = basename(file)
    .replace(/\.ya?ml$/i, '')
    .replace(/[-_.]+/g, ' ')
    .trim();
  return words === '' ? 'New rule' : words.charAt(0).toUpperCase() + words.slice(1);
}
