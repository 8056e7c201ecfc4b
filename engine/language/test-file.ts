import { type Diagnostic, nearest } from '../diagnostic/index.ts';
import type { RuleTest } from '../model/index.ts';
import { ownValue, type RuleDocument } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { diagnosticAt, type Report } from './finding.ts';
import { readTests } from './rule-tests.ts';
import { validateDocument } from './schema/validate.ts';

/** What of a loaded rule a test file can be matched with. */
export interface TestTarget {
  readonly id: string;
  readonly name: string | undefined;
  readonly file: string;
}

/** A file of tests beside a rule. */
export interface TestFile {
  readonly tests: readonly RuleTest[];
  /** The id of the rule that the tests are for, or why there is none. */
  find(
    targets: readonly TestTarget[],
  ):
    | { readonly kind: 'rule'; readonly id: string }
    | { readonly kind: 'problem'; readonly diagnostic: Diagnostic };
}

/** Whether a path is that of a test file: `<rule>.test.yml` or `<rule>.test.yaml`. */
export function isTestFile(path: string): boolean {
  return /\.test\.ya?ml$/i.test(path);
}

/** Reads a test file: `tests`, and optionally `rule` with the id or name of the rule. Reports TT11xx and TT15xx. */
export function readTestFile(document: RuleDocument, report: Report): TestFile {
  const { value, file, lineOf } = document;
  validateDocument('test', document, report);
  const tests = readTests(ownValue(value, 'tests'), { path: ['tests'], file, lineOf }, report);
  const named = ownValue(value, 'rule');
  const rule = typeof named === 'string' || typeof named === 'number' ? String(named) : undefined;
  return { tests, find: (targets) => findRule(document, rule, targets) };
}

function findRule(
  document: RuleDocument,
  rule: string | undefined,
  targets: readonly TestTarget[],
): ReturnType<TestFile['find']> {
  if (rule !== undefined) {
    const target = targets.find(({ id, name }) => id === rule || name === rule);
    if (target !== undefined) return { kind: 'rule', id: target.id };
    const near = nearest(
      rule,
      targets.flatMap(({ id, name }) => [id, ...(name === undefined ? [] : [name])]),
    );
    const message = `no loaded rule has the id or name '${rule}'`;
    const hint = near === undefined ? {} : { hint: `did you mean '${near}'?` };
    return {
      kind: 'problem',
      diagnostic: diagnosticAt({ code: LANGUAGE_CODES.TT1401, message, ...hint }, document.locate(['rule'])),
    };
  }
  const beside = document.file.replace(/\.test\.ya?ml$/i, '');
  const near = targets.filter(
    ({ file }) => /\.ya?ml$/i.test(file) && file.replace(/\.ya?ml$/i, '') === beside,
  );
  const [only] = near;
  if (only !== undefined && near.length === 1) return { kind: 'rule', id: only.id };
  const message =
    near.length === 0
      ? `there is no rule that loads in ${beside}.yml or .yaml, which this test file belongs to`
      : `${beside}.yml holds ${near.length} rules; the test file must say which one it is for`;
  const hint = 'name the rule with `rule:` and its id or name';
  return {
    kind: 'problem',
    diagnostic: diagnosticAt({ code: LANGUAGE_CODES.TT1503, message, hint }, document.source),
  };
}
