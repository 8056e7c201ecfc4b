import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { packageVersion } from './package-folder.ts';
import { refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `telltale init [folder]`: a rule repository with a tested sample rule, editor settings and a workflow. */
export function initCommand({ terminal, end }: CommandContext): Command {
  return new Command('init')
    .description('make a rule repository: a tested sample rule, editor settings, a GitHub workflow')
    .argument('[folder]', 'the folder to make it in', '.')
    .action(async (folder: string) => {
      end(await init(terminal, folder));
    });
}

async function init(terminal: Terminal, folder: string): Promise<ExitCode> {
  const [{ makeFiles }, { repositoryFiles }, { schemaText }] = await Promise.all([
    import('./scaffold.ts'),
    import('./templates.ts'),
    import('./schema-text.ts'),
  ]);
  const files = repositoryFiles({
    id: randomUUID(),
    title: '',
    date: new Date().toISOString().slice(0, 10),
    version: packageVersion(),
    schema: schemaText('rule'),
  });
  const trouble = await makeFiles(files.map((file) => ({ ...file, path: join(folder, file.path) })));
  if (trouble.length > 0) return refuse(terminal, trouble);
  const at = folder === '.' ? '' : `cd ${folder} && `;
  terminal.say(files.map((file) => `made ${join(folder, file.path)}`).join('\n'));
  terminal.say(
    `\nnext: ${at}telltale check && telltale test && telltale scan --rules rules events/sample.ndjson`,
  );
  return EXIT.clean;
}
