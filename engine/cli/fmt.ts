import { Command } from 'commander';
import type { Diagnostic } from '../diagnostic/index.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `telltale fmt [paths…]`: rule files in canonical form, comments kept. */
export function fmtCommand({ terminal, end }: CommandContext): Command {
  return new Command('fmt')
    .description('write rule files in canonical form: order of keys, indentation; comments and values stay')
    .argument('[paths...]', 'rule files and folders', ['rules'])
    .option(
      '--check',
      'change nothing; list the files that are not in canonical form, and end with 1 where there are some',
    )
    .action(async (paths: string[], options: { check?: boolean }) => {
      end(await format(terminal, paths, options));
    });
}

async function format(
  terminal: Terminal,
  paths: readonly string[],
  { check }: { readonly check?: boolean },
): Promise<ExitCode> {
  const [{ readRuleFiles }, { formatRules }, { print, printToFile }, { noRules }] = await Promise.all([
    import('../adapters/index.ts'),
    import('../language/index.ts'),
    import('./print.ts'),
    import('./rule-source.ts'),
  ]);
  const { files, diagnostics } = await readRuleFiles(paths);
  const broken: Diagnostic[] = [...diagnostics];
  if (files.length === 0 && broken.length === 0) return refuse(terminal, [noRules(paths)]);
  const changed: string[] = [];
  let worst: ExitCode = EXIT.clean;
  for (const file of files) {
    const formatted = formatRules(file);
    if (formatted.text === undefined) broken.push(...formatted.diagnostics);
    else if (formatted.text !== file.text) {
      changed.push(file.path);
      if (!check) worst = (await printToFile(terminal, file.path, formatted.text)) || worst;
    }
  }
  if (broken.length > 0) {
    const texts = new Map(files.map(({ path, text }) => [path, text]));
    refuse(terminal, broken, (path) => texts.get(path));
  }
  const written = await print(terminal, changed.map((path) => `${path}\n`).join(''));
  const code = exitCodeFor(broken);
  if (code !== EXIT.clean) return code;
  if (written !== EXIT.clean || worst !== EXIT.clean) return worst || written;
  return check && changed.length > 0 ? EXIT.findings : EXIT.clean;
}
