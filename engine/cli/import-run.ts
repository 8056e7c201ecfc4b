import { basename, join } from 'node:path';
import { readRuleFiles } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { importLegacyFile, type LegacyFile, writeDocuments } from '../language/index.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { importBundle } from './import-stix.ts';
import { print } from './print.ts';
import { refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import { plural } from './report/report.ts';
import { noRules } from './rule-source.ts';
import { makeFiles } from './scaffold.ts';
import type { Terminal } from './terminal.ts';

/** What to import, and where to. */
export interface ImportSettings {
  readonly format: 'sigma-legacy' | 'stix';
  readonly paths: readonly string[];
  /** A folder; standard output where absent. */
  readonly output: string | undefined;
}

/** Imports rules of another form. Ends with 1 where something was refused; each is reported by itself. */
export async function runImport(terminal: Terminal, settings: ImportSettings): Promise<ExitCode> {
  return settings.format === 'stix' ? importStix(terminal, settings) : importLegacy(terminal, settings);
}

/** Indicators of STIX bundles whose patterns no feed can hold. */
async function importStix(terminal: Terminal, { paths, output }: ImportSettings): Promise<ExitCode> {
  const texts: { readonly path: string; readonly text: string }[] = [];
  let refused = 0;
  for (const path of paths) {
    try {
      const bundle = await importBundle(path, output ?? '');
      texts.push(...bundle.files);
      refused += bundle.refused;
      for (const line of bundle.said) terminal.say(visible(line));
    } catch (error) {
      refused++;
      terminal.say(visible(`${path}: refused: ${error instanceof Error ? error.message : String(error)}`));
    }
  }
  const written = await write(terminal, texts, output);
  terminal.say(`${plural(texts.length, 'indicator')} became rules, ${refused} refused`);
  if (written !== EXIT.clean) return written;
  return refused > 0 || texts.length === 0 ? EXIT.findings : EXIT.clean;
}

async function importLegacy(terminal: Terminal, { paths, output }: ImportSettings): Promise<ExitCode> {
  const { files, diagnostics } = await readRuleFiles(paths);
  if (diagnostics.length > 0) refuse(terminal, diagnostics);
  if (files.length === 0) return diagnostics.length > 0 ? EXIT.usage : refuse(terminal, [noRules(paths)]);
  const texts: { readonly path: string; readonly text: string }[] = [];
  const counts = { imported: 0, plain: 0, refused: 0 };
  for (const file of files) {
    const result = importLegacyFile(file);
    counts[result.kind]++;
    for (const line of saidOf(file.path, result)) terminal.say(visible(line));
    if (result.kind === 'refused') {
      if (result.diagnostics.length > 0) refuse(terminal, result.diagnostics);
      continue;
    }
    texts.push({
      path: join(output ?? '', basename(file.path)),
      text: `# from ${file.path}\n${writeDocuments(result.documents)}`,
    });
  }
  const written = await write(terminal, texts, output);
  terminal.say(
    `${plural(files.length, 'file')}: ${counts.imported} made correlations, ${counts.plain} load as they are, ${counts.refused} refused`,
  );
  if (written !== EXIT.clean) return written;
  return counts.refused > 0 || diagnostics.length > 0 ? EXIT.findings : EXIT.clean;
}

function saidOf(path: string, result: LegacyFile): readonly string[] {
  if (result.kind === 'refused') return result.reasons.map((reason) => `${path}: refused: ${reason}`);
  return [...new Set(result.report)].map((line) => `${path}: ${line}`);
}

async function write(
  terminal: Terminal,
  texts: readonly { readonly path: string; readonly text: string }[],
  output: string | undefined,
): Promise<ExitCode> {
  if (output === undefined) return print(terminal, texts.map(({ text }) => text).join('---\n'));
  const trouble: readonly Diagnostic[] = await makeFiles(texts);
  return trouble.length > 0 ? refuse(terminal, trouble) : EXIT.clean;
}
