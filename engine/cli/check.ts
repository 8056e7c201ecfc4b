import { Command } from 'commander';
import { compareDiagnostics, type Diagnostic, type DiagnosticSeverity } from '../diagnostic/index.ts';
import type { CheckedConfig } from './check-config.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { packageVersion } from './package-folder.ts';
import { isDiagnostic, oneOf, refuse } from './refusal.ts';
import {
  collect,
  type ReportOptions,
  reportTargets,
  withReportOptions,
  writeReport,
} from './report-options.ts';
import type { RuleSource } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

interface CheckOptions extends ReportOptions {
  readonly placeholders: readonly string[];
  readonly failOn: string;
  readonly effective?: boolean;
  readonly plan?: string;
  readonly config?: string;
}

const FAIL_ON = ['error', 'warning', 'info'] as const satisfies readonly DiagnosticSeverity[];

/** `telltale check [paths…]`: every finding of every rule file, and of a daemon's configuration. */
export function checkCommand({ terminal, end }: CommandContext): Command {
  const command = new Command('check')
    .description("check rule files and a daemon's configuration: schema, references, lint; every finding")
    .argument(
      '[paths...]',
      'rule files and folders, or a configuration (default: the rules of --config, else rules)',
    )
    .option('--config <file>', "the daemon's configuration, which is checked with the rules it names")
    .option('--placeholders <path>', 'value lists for %name%: a YAML file, or a folder of lists', collect, [])
    .option('--fail-on <severity>', 'the least severity that is not clean: error, warning, info', 'warning')
    .option(
      '--plan <snapshot>',
      'say what a reload with these rules would keep, replay and reset of a snapshot',
    )
    .option('--effective', 'print the rules as they count once overlays and filters are applied');
  return withReportOptions(command).action(async (paths: string[], options: CheckOptions) => {
    end(await check(terminal, paths, options));
  });
}

async function check(terminal: Terminal, given: readonly string[], options: CheckOptions): Promise<ExitCode> {
  const targets = reportTargets(options);
  const failOn = oneOf(options.failOn, FAIL_ON, '--fail-on');
  if (!('format' in targets)) return refuse(terminal, targets);
  if (isDiagnostic(failOn)) return refuse(terminal, [failOn]);
  const { countRules, noRules, openRules } = await import('./rule-source.ts');
  const { checkConfig, configAmong } = await import('./check-config.ts');
  const file = options.config ?? (await configAmong(given));
  const config = file === undefined ? undefined : await checkConfig(terminal, file);
  const own = given.filter((path) => path !== file);
  const paths = own.length > 0 ? own : (config?.rules ?? ['rules']);
  const placeholders = options.placeholders.length > 0 ? options.placeholders : (config?.placeholders ?? []);
  // A configuration that cannot be used names no rules to look at.
  if (config !== undefined && paths.length === 0)
    return refuse(terminal, config.findings, (name) => (name === file ? config.text : undefined));
  const rules = await openRules({ paths, placeholders });
  const source = config === undefined ? rules : withConfig(rules, config);
  if (source.refused.length > 0) return refuse(terminal, source.refused);
  if (source.files.length === 0 && !source.findings.some((f) => f.severity === 'error')) {
    return refuse(terminal, [noRules(paths)]);
  }
  if (options.plan !== undefined) {
    const [{ reloadPlanText }, { print }] = await Promise.all([
      import('./reload-plan.ts'),
      import('./print.ts'),
    ]);
    const form = targets.format === 'json' || targets.format === 'ndjson' ? 'json' : 'text';
    const text = await reloadPlanText(options.plan, source.compiled.ruleset, form);
    if (isDiagnostic(text)) return refuse(terminal, [text]);
    const printed = await print(terminal, text);
    if (printed !== EXIT.clean) return printed;
    if (source.findings.length > 0) refuse(terminal, source.findings, source.sourceOf);
    return outcome(source.findings, failOn);
  }
  if (options.effective) {
    const [{ effectiveText }, { print }] = await Promise.all([
      import('./effective.ts'),
      import('./print.ts'),
    ]);
    const printed = await print(terminal, effectiveText(source.compiled.ruleset));
    if (printed !== EXIT.clean) return printed;
    if (source.findings.length > 0) refuse(terminal, source.findings, source.sourceOf);
    return outcome(source.findings, failOn);
  }
  const written = await writeReport(
    terminal,
    {
      command: 'check',
      version: packageVersion(),
      files: source.files,
      rules: countRules(source.compiled.ruleset.loaded),
      findings: source.findings,
      tests: [],
      sourceOf: source.sourceOf,
    },
    targets,
  );
  return written === EXIT.clean ? outcome(source.findings, failOn) : written;
}

/** The rules with the configuration that names them, as one report. */
function withConfig(rules: RuleSource, config: CheckedConfig): RuleSource {
  return {
    ...rules,
    files: [config.path, ...rules.files],
    findings: [...config.findings, ...rules.findings].sort(compareDiagnostics),
    sourceOf: (name) => (name === config.path ? config.text : rules.sourceOf(name)),
  };
}

/** 2 and above where something does not load, 1 where a finding is at least as severe as asked for. */
function outcome(findings: readonly Diagnostic[], failOn: DiagnosticSeverity): ExitCode {
  const code = exitCodeFor(findings);
  if (code !== EXIT.clean) return code;
  const counted = FAIL_ON.slice(0, FAIL_ON.indexOf(failOn) + 1);
  return findings.some((f) => counted.includes(f.severity)) ? EXIT.findings : EXIT.clean;
}
