import { type Checked, type Diagnostic, hasErrors, nearest } from '../diagnostic/index.ts';
import { diagnosticAt } from '../language/index.ts';
import {
  type PolicyCondition,
  type PolicyRule,
  type PolicySubject,
  type PolicyTest,
  parseDuration,
} from '../model/index.ts';
import { POLICY_CODES } from './errors.ts';
import type { FactKind } from './fact.ts';
import { FACT_KINDS } from './fact-kinds.ts';
import type { OperatorContext, OperatorTest } from './operators/operator.ts';
import { OPERATORS } from './operators/table.ts';

/** What policies are compiled with. */
export interface PolicyPlanOptions {
  /** The user's lists of values, by name. */
  readonly lists?: ReadonlyMap<string, readonly (string | number)[]>;
  /** Facts beyond those that every deployment knows. */
  readonly kinds?: readonly FactKind[];
}

/** A policy that can be run. */
export interface PlannedPolicy {
  readonly rule: PolicyRule;
  /** Its tests of facts, in the order in which the condition lists them. */
  readonly tests: readonly PolicyTest[];
  /** The compiled test of each, undefined where it compares with another fact. */
  readonly compiled: readonly (OperatorTest | undefined)[];
  /** Facts that sources must give. */
  readonly needs: readonly string[];
}

/** All policies in the order in which they prevail: by priority, the higher first, then by id. */
export interface PolicyPlan {
  readonly policies: readonly PlannedPolicy[];
  readonly context: OperatorContext;
}

/** Facts that a case carries itself. */
const OWN_FACTS: readonly string[] = ['alert', 'incident', 'case', 'time'];

/**
 * Resolves facts, members and operators of policies. A policy with an error is left out; the others stand. Reports TT6501–TT6505.
 */
export function planPolicies(
  rules: readonly PolicyRule[],
  options: PolicyPlanOptions = {},
): Checked<PolicyPlan> {
  const context: OperatorContext = { lists: options.lists ?? new Map() };
  const kinds = new Map([...FACT_KINDS, ...(options.kinds ?? [])].map((kind) => [kind.name, kind] as const));
  const diagnostics: Diagnostic[] = [];
  const policies: PlannedPolicy[] = [];
  for (const rule of rules) {
    const tests = testsOf(rule.when);
    const found = tests.flatMap((test) => checkTest(test, { kinds, context, applies: rule.applies }));
    diagnostics.push(...found);
    if (hasErrors(found)) continue;
    const compiled = tests.map((test) =>
      test.against === undefined ? OPERATORS.get(test.operator)?.compile(test.value, context) : undefined,
    );
    const named = tests.flatMap((test) => [
      test.fact,
      ...(test.against === undefined ? [] : [test.against.fact]),
    ]);
    const needs = [...new Set(named)].filter((fact) => !OWN_FACTS.includes(fact)).sort();
    policies.push({ rule, tests, compiled, needs });
  }
  policies.sort((a, b) => b.rule.priority - a.rule.priority || (a.rule.meta.id < b.rule.meta.id ? -1 : 1));
  return { value: { policies, context }, diagnostics };
}

/** The tests of a condition, in its order. */
export function testsOf(condition: PolicyCondition): PolicyTest[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.flatMap(testsOf);
    case 'not':
      return testsOf(condition.of);
    case 'test':
      return [condition];
  }
}

interface TestScope {
  readonly kinds: ReadonlyMap<string, FactKind>;
  readonly context: OperatorContext;
  readonly applies: PolicySubject;
}

function checkTest(test: PolicyTest, scope: TestScope): Diagnostic[] {
  const { at } = test;
  const found = [test, ...(test.against === undefined ? [] : [test.against])].flatMap((asked) =>
    checkFact(asked, scope),
  );
  const operator = OPERATORS.get(test.operator);
  if (operator === undefined) {
    const message = `there is no operator '${test.operator}'`;
    return [
      ...found,
      diagnosticAt(
        { code: POLICY_CODES.TT6503, message, ...meant(test.operator, [...OPERATORS.keys()]) },
        at,
      ),
    ];
  }
  if (test.against !== undefined) return found;
  const wrong = operator.check(test.value, scope.context);
  if (wrong === undefined) return found;
  const message = `'${shown(test.value)}' is no value of ${test.operator}: ${wrong}`;
  const hint = `for example ${operator.name}: ${JSON.stringify(operator.example)}`;
  return [...found, diagnosticAt({ code: POLICY_CODES.TT6504, message, hint }, at)];
}

function checkFact(
  { fact, path, params, at }: Pick<PolicyTest, 'fact' | 'path' | 'params' | 'at'>,
  { kinds, applies }: TestScope,
): Diagnostic[] {
  const kind = kinds.get(fact);
  if (kind === undefined || (kind.only !== undefined && kind.only !== applies)) {
    const message =
      kind === undefined
        ? `there is no fact '${fact}'`
        : `a policy about ${applies === 'any' ? 'alerts and incidents' : `${applies}s`} cannot ask for '${fact}'`;
    const usable = [...kinds.values()].filter((one) => one.only === undefined || one.only === applies);
    const near = nearest(
      fact,
      usable.map(({ name }) => name),
    );
    const hint =
      near === undefined || near === fact
        ? `the facts here are ${usable.map(({ name }) => name).join(', ')}`
        : `did you mean '${near}'?`;
    return [diagnosticAt({ code: POLICY_CODES.TT6501, message, hint }, at)];
  }
  return [...checkPath(kind, path, at), ...checkParams(kind, params, at)];
}

function checkPath(kind: FactKind, path: readonly string[], at: PolicyTest['at']): Diagnostic[] {
  const text = path.join('.');
  if (path.length > 0 && kind.fields.some((field) => fitsField(field, text))) return [];
  const known = kind.fields.filter((field) => !field.includes('*'));
  if (path.length === 0) {
    const message = `'${kind.name}' is a map; name one of its members`;
    return [
      diagnosticAt(
        { code: POLICY_CODES.TT6502, message, hint: `such as ${kind.name}.${kind.fields[0] ?? ''}` },
        at,
      ),
    ];
  }
  const message = `'${kind.name}' has no member '${text}'`;
  const near = nearest(text, known);
  const hint =
    near === undefined ? `its members are ${kind.fields.join(', ')}` : `did you mean '${kind.name}.${near}'?`;
  return [diagnosticAt({ code: POLICY_CODES.TT6502, message, hint }, at)];
}

/** `group.*` is any field name, dots included. */
function fitsField(field: string, path: string): boolean {
  return field.endsWith('.*')
    ? path.startsWith(field.slice(0, -1)) && path.length >= field.length
    : field === path;
}

function checkParams(kind: FactKind, params: PolicyTest['params'], at: PolicyTest['at']): Diagnostic[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const param = kind.params.find((one) => one.name === name);
    const names = kind.params.map((one) => one.name);
    if (param === undefined) {
      const message = `'${kind.name}' is not asked with '${name}'`;
      const known = names.length === 0 ? 'it is asked with nothing' : `it is asked with ${names.join(', ')}`;
      return [diagnosticAt({ code: POLICY_CODES.TT6505, message, hint: known, ...meant(name, names) }, at)];
    }
    const text = typeof value === 'string' ? value : undefined;
    const fits =
      text !== undefined &&
      (param.values === undefined ? parseDuration(text) !== undefined : param.values.includes(text));
    if (fits) return [];
    const message = `'${shown(value)}' is no value of '${name}'`;
    const hint =
      param.values === undefined ? 'write a time span such as 30d' : `one of ${param.values.join(', ')}`;
    return [
      diagnosticAt(
        { code: POLICY_CODES.TT6505, message, hint, ...meant(text ?? '', param.values ?? []) },
        at,
      ),
    ];
  });
}

function meant(name: string, known: readonly string[]): { readonly hint?: string } {
  const near = nearest(name, known);
  return near === undefined ? {} : { hint: `did you mean '${near}'?` };
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
