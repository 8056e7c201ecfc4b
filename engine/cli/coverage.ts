import { Command } from 'commander';
import type { AttackCoverage, CoveredTechnique } from '../pipeline/index.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';
import { collect } from './report-options.ts';
import type { Terminal } from './terminal.ts';

const FORMATS = ['text', 'navigator'] as const;
/** Techniques of one kind listed; the rest is counted. */
const LISTED_MAX = 200;

interface CoverageOptions {
  readonly format: string;
  readonly against: readonly string[];
  readonly placeholders: readonly string[];
}

/** `telltale coverage [paths…]`: which ATT&CK techniques the rules are tagged with, and what is missing. */
export function coverageCommand({ terminal, end }: CommandContext): Command {
  return new Command('coverage')
    .description(
      'say which ATT&CK techniques the rules cover, and what is missing; or write an ATT&CK Navigator layer',
    )
    .argument('[paths...]', 'rule files and folders', ['rules'])
    .option('--format <format>', `form of the output: ${FORMATS.join(', ')}`, 'text')
    .option(
      '--against <path>',
      'other rules, whose techniques are looked for in these; may be given several times',
      collect,
      [],
    )
    .option('--placeholders <path>', 'value lists for %name%: a YAML file, or a folder of lists', collect, [])
    .action(async (paths: string[], options: CoverageOptions) => {
      end(await coverage(terminal, paths, options));
    });
}

async function coverage(
  terminal: Terminal,
  paths: readonly string[],
  options: CoverageOptions,
): Promise<ExitCode> {
  const format = oneOf(options.format, FORMATS, '--format');
  if (isDiagnostic(format)) return refuse(terminal, [format]);
  const [{ noRules, openRules }, { attackCoverage, coverageGaps, navigatorLayer }, { print }] =
    await Promise.all([import('./rule-source.ts'), import('../pipeline/index.ts'), import('./print.ts')]);
  const { placeholders } = options;
  const source = await openRules({ paths, placeholders });
  const errors = [...source.refused, ...source.findings.filter((f) => f.severity === 'error')];
  if (errors.length > 0) refuse(terminal, errors, source.sourceOf);
  const { ruleset } = source.compiled;
  if (ruleset.detections.length + ruleset.correlations.length === 0)
    return refuse(terminal, [noRules(paths)]);
  const own = attackCoverage(ruleset);
  if (format === 'navigator') {
    const name = `Telltale: ${paths.join(', ')}`;
    const written = await print(terminal, `${JSON.stringify(navigatorLayer(own, name), null, 1)}\n`);
    return written === EXIT.clean && errors.length > 0 ? EXIT.rule : written;
  }
  const lines = coverageLines(own);
  if (options.against.length > 0) {
    const other = await openRules({ paths: options.against, placeholders });
    const gaps = coverageGaps(own, attackCoverage(other.compiled.ruleset));
    lines.push(
      '',
      `techniques of ${options.against.join(', ')} that are missing: ${gaps.missing.length}`,
      ...listed(gaps.missing),
    );
    lines.push(
      '',
      `… and those of which another part is covered: ${gaps.partly.length}`,
      ...listed(gaps.partly),
    );
  }
  const written = await print(terminal, `${lines.join('\n')}\n`);
  return written === EXIT.clean && errors.length > 0 ? EXIT.rule : written;
}

function coverageLines({ techniques, tactics, untagged }: AttackCoverage): string[] {
  const untested = techniques.filter(({ tested }) => tested === 0);
  const weak = techniques.filter(({ confidence }) => confidence < 0.5);
  const empty = [...tactics].filter(([, count]) => count === 0).map(([tactic]) => tactic);
  return [
    `${techniques.length} techniques`,
    ...[...tactics].map(
      ([tactic, count]) => `  ${tactic.padEnd(21)} ${count} ${count === 1 ? 'rule' : 'rules'}`,
    ),
    '',
    `tactics without a rule: ${empty.length === 0 ? 'none' : empty.join(', ')}`,
    `rules without a technique: ${untagged.length}`,
    ...untagged.slice(0, LISTED_MAX).map(({ title, source }) => `  ${source.file}:${source.line}: ${title}`),
    `techniques whose rules have no test: ${untested.length}`,
    ...listed(untested),
    `techniques that only weak rules cover (confidence below 0.5 in all): ${weak.length}`,
    ...listed(weak),
  ];
}

function listed(techniques: readonly CoveredTechnique[]): string[] {
  const lines = techniques.slice(0, LISTED_MAX).map(({ id, rules, confidence }) => {
    const more = rules.length > 1 ? ` (+${rules.length - 1})` : '';
    return `  ${id.padEnd(9)}  ${confidence.toFixed(2)}  ${rules[0]?.title ?? ''}${more}`;
  });
  return techniques.length > LISTED_MAX
    ? [...lines, `  … and ${techniques.length - LISTED_MAX} more`]
    : lines;
}
