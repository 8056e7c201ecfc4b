import { nearest } from '../diagnostic/index.ts';
import type { Expression } from '../model/index.ts';
import { parseCondition } from './condition.ts';
import { constantCondition, resolveCondition } from './condition-scope.ts';
import { isPlainMap, ownValue, type PlainMap } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { compileItem, type ShortKeyword, type TestCheck } from './field-item.ts';
import type { KeyPath, Report } from './finding.ts';
import { legacyHint } from './legacy.ts';
import type { Limits } from './limits.ts';
import type { Chains } from './modifiers/chain.ts';

/** What a block of selections is compiled with. */
export interface BlockContext {
  /** Remembers keys and their modifiers over all rules of one load. */
  readonly chains: Chains;
  readonly placeholders: ReadonlyMap<string, readonly (string | number)[]>;
  readonly limits: Limits;
  readonly report: Report;
  /** Says what is wrong with a test that the language allows. */
  readonly checkTest?: TestCheck;
  /** The whole document, for hints that show a mended one. */
  readonly document: PlainMap;
}

/** A block of selections compiled: its expression, where there is one, and whether every part of it could be read. */
export interface CompiledBlock {
  readonly expression: Expression | undefined;
  readonly selections: ReadonlyMap<string, Expression>;
  /** Whether the condition says `not` anywhere. */
  readonly negates: boolean;
}

/**
 * Compiles selections and their condition into one expression. The block is that of a detection, a filter, or any other with the
 * same grammar; `skip` names its keys that are no selections. Reports TT12xx, TT13xx, TT1103 and lints of TT16xx.
 * Cost: linear in the block and what placeholders, `windash` and `base64offset` make of it, under the limits.
 */
export function compileBlock(
  block: PlainMap,
  { path, skip }: { readonly path: KeyPath; readonly skip: ReadonlySet<string> },
  context: BlockContext,
): CompiledBlock {
  const selections = new Map<string, Expression>();
  const shortKeywords: ShortKeyword[] = [];
  let broken = false;
  for (const [name, value] of Object.entries(block)) {
    if (skip.has(name)) continue;
    const of = compileSelection(value, [...path, name], { ...context, shortKeywords, depth: 0 });
    if (of === undefined) broken = true;
    // A broken selection keeps its name, so that the condition is not blamed for it.
    selections.set(name, { kind: 'selection', name, of: of ?? { kind: 'constant', value: false } });
  }
  const condition = compileCondition(block, { path, selections }, context);
  const usable = !broken && condition.expression !== undefined;
  if (
    usable &&
    countNodes(condition.expression, context.limits.expressionNodesMax) > context.limits.expressionNodesMax
  ) {
    const message = `the rule grows to more than ${context.limits.expressionNodesMax} comparisons`;
    context.report({ code: LANGUAGE_CODES.TT1206, message, path, part: 'key' });
    return { expression: undefined, selections, negates: condition.negates };
  }
  if (usable) lintKeywords(condition.expression, shortKeywords, context);
  return { expression: usable ? condition.expression : undefined, selections, negates: condition.negates };
}

/** A short keyword is worth a word where it alone makes the rule fire; as one of several things that must be there it is not. */
function lintKeywords(
  expression: Expression | undefined,
  keywords: readonly ShortKeyword[],
  { report }: BlockContext,
): void {
  for (const { keyword, text, path } of keywords) {
    if (expression === undefined || !holdsWithOnly(expression, keyword)) continue;
    const message = `this rule fires wherever ${text === '' ? 'there is any text' : `'${text}' stands`} in an event`;
    report({
      code: LANGUAGE_CODES.TT1604,
      message,
      path,
      hint: 'name the field to look in, or use a longer keyword',
    });
  }
}

/** Whether an expression holds where nothing but one comparison does. */
function holdsWithOnly(expression: Expression, leaf: Expression): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.of.every((child) => holdsWithOnly(child, leaf));
    case 'or':
      return expression.of.some((child) => holdsWithOnly(child, leaf));
    case 'not':
      return !holdsWithOnly(expression.of, leaf);
    case 'selection':
      return holdsWithOnly(expression.of, leaf);
    case 'constant':
      return expression.value;
    case 'field':
    case 'keyword':
      return expression === leaf;
  }
}

function countNodes(expression: Expression | undefined, limit: number): number {
  let count = 0;
  const stack = expression === undefined ? [] : [expression];
  for (let top = stack.pop(); top !== undefined && count <= limit; top = stack.pop()) {
    count++;
    if (top.kind === 'and' || top.kind === 'or') for (const child of top.of) stack.push(child);
    else if (top.kind === 'not' || top.kind === 'selection') stack.push(top.of);
  }
  return count;
}

type SelectionContext = BlockContext & { readonly depth: number; readonly shortKeywords: ShortKeyword[] };

function compileSelection(value: unknown, path: KeyPath, context: SelectionContext): Expression | undefined {
  if (context.depth > context.limits.conditionDepthMax)
    return unreadable('the selection nests too deep', path, context);
  if (isPlainMap(value)) return compileMap(value, path, context);
  if (Array.isArray(value)) return compileList(value, path, context);
  if (typeof value === 'string' || typeof value === 'number')
    return compileItem({ key: '', value, path }, context);
  return unreadable(`a selection is a map of fields or a list, not ${nameOf(value)}`, path, context);
}

function unreadable(message: string, path: KeyPath, context: SelectionContext, hint?: string): undefined {
  context.report({
    code: LANGUAGE_CODES.TT1204,
    message,
    path,
    part: 'key',
    ...(hint === undefined ? {} : { hint }),
  });
  return undefined;
}

function nameOf(value: unknown): string {
  return value === null ? 'empty' : `a ${typeof value}`;
}

function compileMap(map: PlainMap, path: KeyPath, context: SelectionContext): Expression | undefined {
  const entries = Object.entries(map);
  if (entries.length === 0) return unreadable('the selection is empty, so it says nothing', path, context);
  const of = entries.map(([key, value]) => compileItem({ key, value, path: [...path, key] }, context));
  return joined('and', of);
}

function compileList(
  list: readonly unknown[],
  path: KeyPath,
  context: SelectionContext,
): Expression | undefined {
  if (list.length === 0) return unreadable('the selection is empty, so it says nothing', path, context);
  if (list.every((item) => typeof item === 'string' || typeof item === 'number')) {
    return compileItem({ key: '', value: list, path }, context);
  }
  const inner = { ...context, depth: context.depth + 1 };
  const of = list.map((item, i) => compileSelection(item, [...path, i], inner));
  return joined('or', of);
}

function joined(kind: 'and' | 'or', of: readonly (Expression | undefined)[]): Expression | undefined {
  const known = of.filter((child) => child !== undefined);
  if (known.length !== of.length) return undefined;
  const [only] = known;
  return known.length === 1 ? only : { kind, of: known };
}

interface Condition {
  readonly expression: Expression | undefined;
  readonly negates: boolean;
}

function compileCondition(
  block: PlainMap,
  { path, selections }: { readonly path: KeyPath; readonly selections: ReadonlyMap<string, Expression> },
  context: BlockContext,
): Condition {
  const condition = ownValue(block, 'condition');
  if (condition === undefined || condition === null) {
    const near = nearest('condition', Object.keys(block));
    const hint =
      near === undefined
        ? 'add `condition:` with the names of the selections'
        : `did you mean '${near}' to be it?`;
    context.report({
      code: LANGUAGE_CODES.TT1103,
      message: 'the block has no condition',
      path,
      part: 'key',
      hint,
    });
    return { expression: undefined, negates: false };
  }
  const texts: readonly unknown[] = Array.isArray(condition) ? condition : [condition];
  const used = new Set<string>();
  const of = texts.map((text, i) => {
    const at = Array.isArray(condition) ? [...path, 'condition', i] : [...path, 'condition'];
    return compileConditionText(text, { at, selections, used }, context);
  });
  if (texts.length === 0) {
    context.report({
      code: LANGUAGE_CODES.TT1301,
      message: 'the list of conditions is empty',
      path: [...path, 'condition'],
    });
  }
  const expression = texts.length === 0 ? undefined : joined('or', of);
  if (expression !== undefined) lintCondition(expression, { path, selections, used }, context);
  const negates = texts.some((text) => typeof text === 'string' && /(?:^|[\s(])not(?=[\s(]|$)/i.test(text));
  return { expression, negates };
}

function compileConditionText(
  text: unknown,
  scope: {
    readonly at: KeyPath;
    readonly selections: ReadonlyMap<string, Expression>;
    readonly used: Set<string>;
  },
  context: BlockContext,
): Expression | undefined {
  const { at: path, selections, used } = scope;
  if (typeof text !== 'string' && typeof text !== 'number') {
    context.report({ code: LANGUAGE_CODES.TT1301, message: 'a condition is a text', path });
    return undefined;
  }
  const reading = parseCondition(String(text), context.limits);
  if (reading.kind === 'problem') {
    const { from, to, ...problem } = reading.problem;
    context.report({ ...problem, path, part: { from, to } });
    return undefined;
  }
  if (reading.kind === 'legacy') {
    const { message, hint } = legacyHint(reading, {
      document: context.document,
      names: [...selections.keys()],
    });
    const part = { from: reading.from, to: String(text).length };
    context.report({ code: LANGUAGE_CODES.TT1305, message, hint, path, part });
    return undefined;
  }
  return resolveCondition(reading.node, {
    names: selections,
    limits: context.limits,
    problem: ({ from, to, ...problem }) => context.report({ ...problem, path, part: { from, to } }),
    use: (name) => used.add(name),
  });
}

function lintCondition(
  expression: Expression,
  scope: {
    readonly path: KeyPath;
    readonly selections: ReadonlyMap<string, Expression>;
    readonly used: ReadonlySet<string>;
  },
  context: BlockContext,
): void {
  const { path, selections, used } = scope;
  for (const name of selections.keys()) {
    if (used.has(name) || name.startsWith('_')) continue;
    const message = `the condition never uses the selection '${name}'`;
    context.report({ code: LANGUAGE_CODES.TT1306, message, path: [...path, name], part: 'key' });
  }
  const constant = constantCondition(expression);
  if (constant !== undefined) {
    const message = constant ? 'the condition is true for every event' : 'the condition is true for no event';
    context.report({ code: LANGUAGE_CODES.TT1605, message, path: [...path, 'condition'] });
  }
}
