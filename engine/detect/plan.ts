import type { Diagnostic } from '../diagnostic/index.ts';
import { compileCidr, compileExpression, foldText } from '../match/index.ts';
import type { DetectionRule, Expression, FieldTest, Logsource } from '../model/index.ts';
import { detectDiagnostic } from './errors.ts';

/** The pseudo-field of keywords: every string of the event. Always field 0 of a plan. */
export const KEYWORD_FIELD = 0;

/** A predicate's number, a truth value, or a combination. */
export type PlanExpression =
  | number
  | boolean
  | { readonly and: readonly PlanExpression[] }
  | { readonly or: readonly PlanExpression[] }
  | { readonly not: PlanExpression };

/** One test of one field, shared by all rules that ask for it. */
export interface PlanPredicate {
  readonly field: number;
  readonly test: FieldTest;
}

/** One rule: its place in the list that the plan was made from, and its condition. */
export interface PlanRule {
  readonly index: number;
  readonly logsource: Logsource;
  readonly expression: PlanExpression;
}

/** All detections compiled together: plain data, printable, transferable between threads. */
export interface DetectionPlan {
  readonly fields: readonly string[];
  readonly predicates: readonly PlanPredicate[];
  readonly rules: readonly PlanRule[];
}

/** What detections are compiled with. */
export interface PlanOptions {
  /** The named sets that tests may ask for, and the name that was meant by one that is not there. */
  readonly sets?: {
    readonly has: (set: string) => boolean;
    readonly nearest: (set: string) => string | undefined;
  };
}

/**
 * Compiles detections to one plan, equal predicates interned. A rule whose test cannot be compiled is left out and reported;
 * the others stand. Cost: linear in the rules' size.
 */
export function planDetections(
  rules: readonly DetectionRule[],
  options: PlanOptions = {},
): {
  readonly plan: DetectionPlan;
  readonly diagnostics: readonly Diagnostic[];
} {
  const builder = new PlanBuilder(options);
  const diagnostics: Diagnostic[] = [];
  const planned: PlanRule[] = [];
  rules.forEach((rule, index) => {
    const findings = builder.check(rule);
    diagnostics.push(...findings);
    if (findings.some((d) => d.severity === 'error')) return;
    planned.push({ index, logsource: rule.logsource, expression: builder.lower(rule.expression) });
  });
  return { plan: { fields: builder.fields, predicates: builder.predicates, rules: planned }, diagnostics };
}

class PlanBuilder {
  readonly fields: string[] = ['*'];
  readonly predicates: PlanPredicate[] = [];
  readonly #fieldNumbers = new Map<string, number>();
  readonly #predicateNumbers = new Map<string, number>();
  readonly #options: PlanOptions;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  /** What cannot be compiled in a rule, with the rule's place. */
  check(rule: DetectionRule): readonly Diagnostic[] {
    const findings: Diagnostic[] = [];
    const visit = (node: Expression): void => {
      if (node.kind === 'and' || node.kind === 'or') node.of.forEach(visit);
      else if (node.kind === 'not' || node.kind === 'selection') visit(node.of);
      else if (node.kind === 'field' || node.kind === 'keyword') {
        if (node.test.kind === 'expression') {
          for (const d of compileExpression(node.test).diagnostics) findings.push(at(rule, d));
        } else if (node.test.kind === 'cidr') {
          for (const d of compileCidr(node.test.network).diagnostics) findings.push(at(rule, d));
        } else if (node.test.kind === 'set') {
          const { set } = node.test;
          const { sets } = this.#options;
          if (sets?.has(set) === true) return;
          findings.push(detectDiagnostic('TT4001', { set, at: rule.meta.source, near: sets?.nearest(set) }));
        }
      }
    };
    visit(rule.expression);
    return findings;
  }

  lower(node: Expression): PlanExpression {
    switch (node.kind) {
      case 'constant':
        return node.value;
      case 'selection':
        return this.lower(node.of);
      case 'not':
        return negate(this.lower(node.of));
      case 'and':
        return conjunction(node.of.map((child) => this.lower(child)));
      case 'or':
        return disjunction(node.of.map((child) => this.lower(child)));
      case 'field':
        return this.#predicate(this.#field(node.field), node.test);
      case 'keyword':
        return this.#predicate(KEYWORD_FIELD, node.test);
      default:
        return unreachable(node);
    }
  }

  #field(name: string): number {
    const known = this.#fieldNumbers.get(name);
    if (known !== undefined) return known;
    const number = this.fields.length;
    this.fields.push(name);
    this.#fieldNumbers.set(name, number);
    return number;
  }

  #predicate(field: number, test: FieldTest): number {
    if (test.kind === 'fieldref') this.#field(test.other);
    const key = `${field}\u0000${testKey(test)}`;
    const known = this.#predicateNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.predicates.length;
    this.predicates.push({ field, test });
    this.#predicateNumbers.set(key, number);
    return number;
  }
}

/** Equal keys mean equal tests. */
function testKey(test: FieldTest): string {
  if (test.kind === 'text') {
    return `t${test.cased ? 1 : 0}${test.shape}\u0000${test.cased ? test.text : foldText(test.text)}`;
  }
  return JSON.stringify(test);
}

function at(rule: DetectionRule, diagnostic: Diagnostic): Diagnostic {
  return diagnostic.at
    ? diagnostic
    : { ...diagnostic, at: rule.meta.source, message: `${diagnostic.message} (rule "${rule.meta.title}")` };
}

/** `not`, simplified. */
export function negate(of: PlanExpression): PlanExpression {
  if (typeof of === 'boolean') return !of;
  if (typeof of === 'object' && 'not' in of) return of.not;
  return { not: of };
}

/** `and`, flattened and simplified. */
export function conjunction(of: readonly PlanExpression[]): PlanExpression {
  const kept = new Set<PlanExpression>();
  for (const child of of) {
    if (child === false) return false;
    if (child === true) continue;
    if (typeof child === 'object' && 'and' in child) for (const grandchild of child.and) kept.add(grandchild);
    else kept.add(child);
  }
  const list = [...kept];
  return list.length === 0 ? true : list.length === 1 ? (list[0] ?? true) : { and: list };
}

/** `or`, flattened and simplified. */
export function disjunction(of: readonly PlanExpression[]): PlanExpression {
  const kept = new Set<PlanExpression>();
  for (const child of of) {
    if (child === true) return true;
    if (child === false) continue;
    if (typeof child === 'object' && 'or' in child) for (const grandchild of child.or) kept.add(grandchild);
    else kept.add(child);
  }
  const list = [...kept];
  return list.length === 0 ? false : list.length === 1 ? (list[0] ?? false) : { or: list };
}

/** A new expression in which `truthOf` has replaced the predicates whose truth it knows. */
export function specialise(
  node: PlanExpression,
  truthOf: (predicate: number) => boolean | undefined,
): PlanExpression {
  if (typeof node === 'boolean') return node;
  if (typeof node === 'number') return truthOf(node) ?? node;
  if ('not' in node) return negate(specialise(node.not, truthOf));
  if ('and' in node) return conjunction(node.and.map((child) => specialise(child, truthOf)));
  return disjunction(node.or.map((child) => specialise(child, truthOf)));
}

/** Visits the predicates of an expression, as often as they stand there. */
export function forEachPredicate(node: PlanExpression, visit: (predicate: number) => void): void {
  if (typeof node === 'boolean') return;
  if (typeof node === 'number') visit(node);
  else if ('not' in node) forEachPredicate(node.not, visit);
  else for (const child of 'and' in node ? node.and : node.or) forEachPredicate(child, visit);
}

function unreachable(value: never): never {
  throw new Error(`unhandled expression ${JSON.stringify(value)}`);
}
