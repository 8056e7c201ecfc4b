import { nearest } from '../diagnostic/index.ts';
import type { Expression } from '../model/index.ts';
import type { ConditionNode, ConditionProblem } from './condition.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { Limits } from './limits.ts';
import { fitsName } from './pattern.ts';

/** What names in a condition stand for. */
export interface ConditionScope {
  /** The expression of each name, in the order of the document. */
  readonly names: ReadonlyMap<string, Expression>;
  readonly limits: Limits;
  problem(problem: ConditionProblem): void;
  /** Told of every name that the condition uses. */
  use(name: string): void;
}

/**
 * The expression that a condition stands for, or undefined where it names what is not there. Reports TT1302, TT1303, TT1304, TT1206.
 */
export function resolveCondition(node: ConditionNode, scope: ConditionScope): Expression | undefined {
  switch (node.kind) {
    case 'and':
    case 'or': {
      // All operands are resolved before giving up, so that every unknown name is reported at once.
      const of = node.of.map((child) => resolveCondition(child, scope));
      const known = of.filter((child) => child !== undefined);
      return known.length === of.length ? { kind: node.kind, of: known } : undefined;
    }
    case 'not': {
      const of = resolveCondition(node.of, scope);
      return of === undefined ? undefined : { kind: 'not', of };
    }
    case 'name':
      return resolveName(node, scope);
    case 'of':
      return resolveQuantifier(node, scope);
  }
}

function resolveName(
  node: Extract<ConditionNode, { kind: 'name' }>,
  scope: ConditionScope,
): Expression | undefined {
  const found = scope.names.get(node.name);
  if (found !== undefined) {
    scope.use(node.name);
    return found;
  }
  const near = nearest(node.name, scope.names.keys());
  const all = [...scope.names.keys()];
  scope.problem({
    code: LANGUAGE_CODES.TT1302,
    message: `there is no selection '${node.name}'`,
    hint:
      near !== undefined
        ? `did you mean '${near}'?`
        : all.length === 0
          ? 'the block has no selection at all'
          : `the selections are ${all.slice(0, 8).join(', ')}${all.length > 8 ? ', …' : ''}`,
    from: node.from,
    to: node.to,
  });
  return undefined;
}

function resolveQuantifier(
  node: Extract<ConditionNode, { kind: 'of' }>,
  scope: ConditionScope,
): Expression | undefined {
  const { from, to, pattern } = node;
  const names = namesOf(pattern, scope.names.keys());
  if (names.length === 0) {
    const near = pattern === undefined ? undefined : nearest(pattern.replaceAll('*', ''), scope.names.keys());
    const message =
      pattern === undefined ? "'them' stands for no selection" : `no selection has a name like '${pattern}'`;
    const hint =
      near === undefined
        ? { hint: 'names that start with _ are not among them' }
        : { hint: `the nearest name is '${near}'` };
    scope.problem({
      code: LANGUAGE_CODES.TT1303,
      message,
      ...(pattern !== undefined && near === undefined ? {} : hint),
      from,
      to,
    });
    return undefined;
  }
  for (const name of names) scope.use(name);
  const of = names.map((name) => scope.names.get(name)).filter((found) => found !== undefined);
  const count = node.count === 'all' ? of.length : node.count;
  if (count > of.length) {
    const message = `${count} selections are asked for, but only ${of.length} ${of.length === 1 ? 'has' : 'have'} such a name: ${names.join(', ')}`;
    scope.problem({ code: LANGUAGE_CODES.TT1304, message, from, to });
    return undefined;
  }
  if (choices(of.length, count) > scope.limits.expressionNodesMax / 10) {
    const message = `${count} of ${of.length} selections can be chosen in too many ways`;
    scope.problem({ code: LANGUAGE_CODES.TT1206, message, from, to });
    return undefined;
  }
  return atLeast(count, of);
}

/** The names that a pattern of a condition stands for; `undefined` is `them`: all that do not start with `_`. */
export function namesOf(pattern: string | undefined, names: Iterable<string>): string[] {
  if (pattern === undefined) return [...names].filter((name) => !name.startsWith('_'));
  return [...names].filter((name) => fitsName(pattern, name));
}

function choices(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * (n - i + 1)) / i;
  return ways;
}

/** At least `count` of the expressions hold: every choice of so many, written as a tree over a shared tail. */
function atLeast(count: number, of: readonly Expression[]): Expression {
  const [first, ...rest] = of;
  if (first === undefined || of.length === 1) return first ?? { kind: 'constant', value: false };
  if (count === 1) return { kind: 'or', of };
  if (count === of.length) return { kind: 'and', of };
  return { kind: 'or', of: [{ kind: 'and', of: [first, atLeast(count - 1, rest)] }, atLeast(count, rest)] };
}

/** Whether a condition holds never or always, whatever its selections say; looked into up to eight of them. */
export function constantCondition(expression: Expression): boolean | undefined {
  const names = new Set<string>();
  collectNames(expression, names);
  if (names.size > 8) return undefined;
  const order = [...names];
  let seenTrue = false;
  let seenFalse = false;
  for (let bits = 0; bits < 1 << order.length && !(seenTrue && seenFalse); bits++) {
    const truth = new Map(order.map((name, i) => [name, (bits & (1 << i)) !== 0]));
    if (holds(expression, truth)) seenTrue = true;
    else seenFalse = true;
  }
  return seenTrue && seenFalse ? undefined : seenTrue;
}

function collectNames(expression: Expression, names: Set<string>): void {
  if (expression.kind === 'selection') names.add(expression.name);
  else if (expression.kind === 'not') collectNames(expression.of, names);
  else if (expression.kind === 'and' || expression.kind === 'or') {
    for (const child of expression.of) collectNames(child, names);
  }
}

function holds(expression: Expression, truth: ReadonlyMap<string, boolean>): boolean {
  if (expression.kind === 'selection') return truth.get(expression.name) ?? false;
  if (expression.kind === 'not') return !holds(expression.of, truth);
  if (expression.kind === 'and') return expression.of.every((child) => holds(child, truth));
  if (expression.kind === 'or') return expression.of.some((child) => holds(child, truth));
  return expression.kind === 'constant' ? expression.value : false;
}
