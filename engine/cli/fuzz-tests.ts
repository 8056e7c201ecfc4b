import { testArrivals } from '../correlate/index.ts';
import { writeDocuments } from '../language/index.ts';
import {
  correlationContext,
  counterExampleTest,
  firingRules,
  fuzzDelivery,
  GivenEvents,
  type Ruleset,
  type RuleTestOptions,
} from '../pipeline/index.ts';
import { EXIT } from './exit-code.ts';
import { printToFile } from './print.ts';
import { plural, type TestOutcome } from './report/report.ts';
import type { Terminal } from './terminal.ts';

/** What to fuzz, and how much. */
export interface FuzzSettings {
  readonly ruleset: Ruleset;
  readonly options: RuleTestOptions;
  /** Deliveries a test. */
  readonly runs: number;
  readonly seed: number;
}

/**
 * Fuzzes the deliveries of every test of a correlation; gives a failed outcome for each that changes the result. The counter-example is written beside the
 * rule, as `<rule>.fuzz-<n>.test.yml`.
 */
export async function fuzzTests(
  terminal: Terminal,
  { ruleset, options, runs, seed }: FuzzSettings,
): Promise<TestOutcome[]> {
  const given = new GivenEvents(ruleset, options);
  const rules = firingRules(ruleset);
  const plan = ruleset.correlationPlan;
  const nameOf = (ruleId: string): string => rules.get(ruleId)?.ref.name ?? ruleId;
  const found: TestOutcome[] = [];
  let count = 0;
  for (const rule of ruleset.correlations) {
    for (const test of rule.tests.filter((one) => options.wanted?.(rule, one) ?? true)) {
      const { arrivals } = testArrivals(test, correlationContext({ rule, test, given }, { plan, rules }));
      if (arrivals.length === 0) continue;
      count++;
      const example = fuzzDelivery({ ruleId: rule.meta.id, plan, arrivals, runs, seed: seed + count });
      if (example === undefined) continue;
      const text = writeDocuments([
        counterExampleTest(example, { rule: rule.meta.name ?? rule.meta.id, test: test.name, nameOf }),
      ]);
      const path = rule.meta.source.file.replace(/\.ya?ml$/i, `.fuzz-${found.length + 1}.test.yml`);
      const written = await printToFile(terminal, path, text);
      const where = written === EXIT.clean ? ` (${path})` : '';
      const message = `${plural(example.arrivals.length, 'arrival')} inside the lateness give ${plural(example.got.length, 'signal')} instead of ${example.expected.length}${where}`;
      const hint = example.testable
        ? 'the file written is a test that fails until the delivery changes nothing; this is a fault of Telltale, please report it'
        : 'the two differ in which events are the evidence, which a test does not compare; please report it';
      found.push({
        rule: rule.meta.title,
        name: `${test.name} (delivered otherwise)`,
        file: test.file,
        line: test.line,
        passed: false,
        failures: [`${message}\n${hint}`],
      });
    }
  }
  terminal.say(
    `${plural(count, 'test')} of correlations, ${runs} deliveries each: ${found.length} change the result`,
  );
  return found;
}
