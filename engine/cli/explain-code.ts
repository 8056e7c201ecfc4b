import { Command } from 'commander';
import { type CodeDeclaration, nearest, type Palette } from '../diagnostic/index.ts';
import type { CommandContext } from './command-context.ts';
import type { ExitCode } from './exit-code.ts';
import { isDiagnostic, oneOf, refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `telltale explain-code [code]`: the page of a diagnostic code, or the list of all. */
export function explainCodeCommand({ terminal, end }: CommandContext): Command {
  return new Command('explain-code')
    .description('explain a diagnostic code, or list them all')
    .argument('[code]', 'a code such as TT1001')
    .option('--format <format>', 'pretty or json', 'pretty')
    .action(async (code: string | undefined, options: { format: string }) => {
      end(await explainCode(terminal, code, options));
    });
}

async function explainCode(
  terminal: Terminal,
  wanted: string | undefined,
  options: { readonly format: string },
): Promise<ExitCode> {
  const format = oneOf(options.format, ['pretty', 'json'], '--format');
  if (isDiagnostic(format)) return refuse(terminal, [format]);
  const [{ allCodes }, { print }] = await Promise.all([import('./codes.ts'), import('./print.ts')]);
  const codes = allCodes();
  const shown = wanted === undefined ? [...codes.values()] : [codes.get(wanted.toUpperCase())];
  const [first] = shown;
  if (first === undefined) {
    const near = nearest((wanted ?? '').toUpperCase(), codes.keys());
    const meant = near === undefined ? '' : `did you mean ${near}? `;
    return refuse(terminal, [
      refusal('TT8005', `there is no code ${wanted}`, `${meant}\`telltale explain-code\` lists them all`),
    ]);
  }
  if (format === 'json') {
    return print(terminal, `${JSON.stringify(wanted === undefined ? shown : first, null, 2)}\n`);
  }
  const palette = terminal.outPalette;
  const text = wanted === undefined ? list([...codes.values()], palette) : page(first, palette);
  return print(terminal, text);
}

function list(codes: readonly CodeDeclaration[], palette: Palette): string {
  return codes
    .map(
      (row) =>
        `${palette.strong(row.code)}  ${palette[row.severity](row.severity.padEnd(7))}  ${row.title}\n`,
    )
    .join('');
}

function page(row: CodeDeclaration, palette: Palette): string {
  const block = (text: string): string =>
    text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `  ${line}`.trimEnd())
      .join('\n');
  return [
    `${palette.strong(`${row.code}: ${row.title}`)} (${palette[row.severity](row.severity)})`,
    row.explanation,
    `${palette.strong('Raised by')}\n\n${block(row.failing)}`,
    `${palette.strong('Mended')}\n\n${block(row.fixed)}\n`,
  ].join('\n\n');
}
