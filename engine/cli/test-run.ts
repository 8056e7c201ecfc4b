import { watchFiles } from '../adapters/index.ts';
import { type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import type { RuleTest } from '../model/index.ts';
import {
  type MutationResult,
  mutateRules,
  type RuleTestOptions,
  type RuleTestReport,
  type RuleTestResult,
  runRuleTests,
  type SelectionCoverage,
  type TestedRule,
} from '../pipeline/index.ts';
import { type PolicyCaseResult, runPolicyCases } from '../policy/index.ts';
import { openEnrichFile } from './enrich-source.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { fuzzTests } from './fuzz-tests.ts';
import { openIntel } from './intel-source.ts';
import { openMappings } from './mapping-source.ts';
import { packageVersion } from './package-folder.ts';
import { refusal, refuse } from './refusal.ts';
import { plural, type TestOutcome } from './report/report.ts';
import { type ReportTargets, writeReport } from './report-options.ts';
import { countRules, noRules, openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';
import { readTestFiles } from './test-files.ts';

/** What to test and how, checked. */
export interface TestSettings {
  readonly paths: readonly string[];
  readonly mappings: readonly string[];
  readonly placeholders: readonly string[];
  /** A file with an `enrich` block. */
  readonly enrich?: string | undefined;
  readonly filter: string | undefined;
  readonly coverage: boolean;
  readonly mutate: boolean;
  /** Deliveries to try for each test of a correlation; 0 for none. */
  readonly fuzz: number;
  readonly seed: number;
  readonly targets: ReportTargets;
}

/** Runs tests and reports: 1 where one fails, 2 where a rule does not load, 3 where there is none to run. */
export async function runTestCommand(terminal: Terminal, settings: TestSettings): Promise<ExitCode> {
  const { paths, placeholders, filter, targets } = settings;
  const source = await openRules({ paths, placeholders });
  const mappings = await openMappings(settings.mappings, 'any');
  const enriched = await openEnrichFile(settings.enrich);
  const refused = [...source.refused, ...mappings.diagnostics, ...enriched.diagnostics];
  if (mappings.schemas === undefined || hasErrors(refused)) return refuse(terminal, refused);
  const broken = source.findings.filter((f) => f.severity === 'error');
  if (source.files.length === 0 && broken.length === 0) return refuse(terminal, [noRules(paths)]);
  const { ruleset } = source.compiled;
  const intel = await openIntel(ruleset);
  if (intel.diagnostics.length > 0) refuse(terminal, intel.diagnostics);
  const options: RuleTestOptions = {
    schemas: mappings.schemas,
    ...(intel.snapshot === undefined ? {} : { intel: intel.snapshot }),
    ...(enriched.enrichment === undefined ? {} : { enrichment: enriched.enrichment.parts }),
    coverage: settings.coverage,
    readFile: await readTestFiles(ruleset),
    ...(filter === undefined
      ? {}
      : { wanted: (rule: TestedRule, test: RuleTest) => holds(rule, test, filter) }),
  };
  const report = runRuleTests(ruleset, options);
  const cases = await runPolicyCases(source.policies, (rule, test) =>
    filter === undefined ? true : holds(rule, test, filter),
  );
  if (report.notRun > 0)
    terminal.say(`not run: ${plural(report.notRun, 'test')} of rules of kinds that have no test runner`);
  if (report.results.length + cases.length === 0 && broken.length === 0)
    return refuse(terminal, [noTests(settings)]);
  const fuzzed =
    settings.fuzz === 0
      ? []
      : await fuzzTests(terminal, { ruleset, options, runs: settings.fuzz, seed: settings.seed });
  const findings = [
    ...broken,
    ...(settings.coverage ? uncovered(report) : []),
    ...(settings.mutate ? survivors(terminal, mutateRules(ruleset, options)) : []),
  ];
  const written = await writeReport(
    terminal,
    {
      command: 'test',
      version: packageVersion(),
      files: source.files,
      rules: countRules(source.compiled.ruleset.loaded),
      findings,
      tests: [...[...report.results, ...cases].map(outcomeOf), ...fuzzed],
      sourceOf: source.sourceOf,
    },
    targets,
  );
  if (written !== EXIT.clean) return written;
  if (broken.length > 0) return exitCodeFor(broken);
  const passed = [...report.results, ...cases].every((one) => one.passed);
  if (fuzzed.length > 0 || !passed) return EXIT.findings;
  // A feed that could not be read said nothing: that all passed without it says less than it seems to.
  return exitCodeFor(intel.diagnostics);
}

function holds(rule: Pick<TestedRule, 'meta'>, test: Pick<RuleTest, 'name' | 'file'>, text: string): boolean {
  const { meta } = rule;
  return [meta.id, meta.name ?? '', meta.title, meta.source.file, test.name, test.file].some((one) =>
    one.toLowerCase().includes(text.toLowerCase()),
  );
}

function noTests({ filter, paths }: TestSettings): Diagnostic {
  if (filter === undefined) {
    return refusal('TT8009', `no test under ${paths.join(', ')}`, 'write a tests: block into a rule');
  }
  return refusal('TT8009', `no test has ${filter} in its rule, name or file`);
}

function outcomeOf({ rule, test, passed, failures }: RuleTestResult | PolicyCaseResult): TestOutcome {
  return { rule: rule.meta.title, name: test.name, file: test.file, line: test.line, passed, failures };
}

/** A finding for each rule some of whose selections the tests never saw hold, or never saw not hold (TT8014). */
function uncovered({ coverage, correlationCoverage }: RuleTestReport): Diagnostic[] {
  const detections = [...coverage.values()].flatMap((one) => {
    const gaps = [...gap(one, 'held', 'hold'), ...gap(one, 'missed', 'not hold')];
    if (gaps.length === 0) return [];
    return [{ ...refusal('TT8014', `${one.rule.meta.title}: ${gaps.join('; ')}`), at: one.rule.meta.source }];
  });
  const correlations = [...correlationCoverage.values()].flatMap(({ rule, unread, fired, silent }) => {
    const gaps = [
      ...(fired ? [] : ['no test sees it fire']),
      ...(silent ? [] : ['no test sees it stay silent']),
      ...(unread.length === 0 ? [] : [`no test gives a firing of ${unread.join(', ')}`]),
    ];
    if (gaps.length === 0) return [];
    return [{ ...refusal('TT8014', `${rule.meta.title}: ${gaps.join('; ')}`), at: rule.meta.source }];
  });
  return [...detections, ...correlations];
}

/** A finding for each mutant that no test tells from its rule (TT8015), and a line of counts. */
function survivors(terminal: Terminal, results: readonly MutationResult[]): Diagnostic[] {
  const killed = results.reduce((sum, one) => sum + one.killed, 0);
  const unusable = results.reduce((sum, one) => sum + one.unusable, 0);
  const alive = results.reduce((sum, one) => sum + one.survivors.length, 0);
  const rest = unusable === 0 ? '' : `, ${unusable} no rule`;
  terminal.say(
    `${plural(killed + alive + unusable, 'mutant')} of ${plural(results.length, 'rule')}: ${killed} noticed, ${alive} not${rest}`,
  );
  return results.flatMap(({ rule, survivors: changes }) =>
    changes.map((change) => ({
      ...refusal('TT8015', `${rule.meta.title}: no test notices when ${change}`),
      at: rule.meta.source,
    })),
  );
}

/** Runs the tests, and again after each change, until the process is told to end. Each run speaks as `runTestCommand` does. */
export async function watchTests(terminal: Terminal, settings: TestSettings): Promise<ExitCode> {
  const watch = await watchFiles([...settings.paths, ...settings.mappings, ...settings.placeholders]);
  const stop = (): void => void watch.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let code = await runTestCommand(terminal, settings);
  terminal.say('watching; Ctrl-C ends');
  for (let path = await watch.next(); path !== undefined; path = await watch.next()) {
    terminal.say(`\n${path} changed`);
    code = await runTestCommand(terminal, settings);
  }
  process.removeListener('SIGINT', stop);
  process.removeListener('SIGTERM', stop);
  return code;
}

function gap({ selections, ...seen }: SelectionCoverage, which: 'held' | 'missed', verb: string): string[] {
  const names = selections.filter((name) => !seen[which].has(name));
  return names.length === 0 ? [] : [`no test sees ${names.join(', ')} ${verb}`];
}
