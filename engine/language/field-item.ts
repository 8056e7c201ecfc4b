import type { CodeDeclaration } from '../diagnostic/index.ts';
import type { Expression, FieldTest } from '../model/index.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { KeyPath, Report } from './finding.ts';
import type { Limits } from './limits.ts';
import { type Chain, type Chains, readKey } from './modifiers/chain.ts';
import { type ItemFlags, isProblem, type Operand } from './modifiers/modifier.ts';
import { asText } from './modifiers/shape.ts';
import {
  holdsForAnyText,
  openEnd,
  openStart,
  parsePattern,
  patternTest,
  scalarText,
  tidyPattern,
} from './pattern.ts';

/** One line of a selection: a field with its modifiers, and what it is compared with. The empty field is a keyword. */
export interface FieldItem {
  readonly key: string;
  readonly value: unknown;
  readonly path: KeyPath;
}

/** A keyword of one or two characters, which is found in nearly every event; whether that matters shows with the condition. */
export interface ShortKeyword {
  readonly keyword: Expression;
  readonly text: string;
  readonly path: KeyPath;
}

/** What is wrong with a test, said by the room that runs it. `offset`: at which UTF-16 unit of its text, where that is known. */
export interface TestFault {
  readonly code: CodeDeclaration;
  readonly message: string;
  readonly hint?: string;
  readonly offset?: number;
}

/** Says what is wrong with a test; undefined where it can run. */
export type TestCheck = (test: FieldTest) => TestFault | undefined;

interface ItemContext {
  readonly checkTest?: TestCheck;
  readonly shortKeywords: ShortKeyword[];
  readonly chains: Chains;
  readonly placeholders: ReadonlyMap<string, readonly (string | number)[]>;
  readonly limits: Limits;
  readonly report: Report;
}

/** Compiles one line of a selection. Reports TT1201–TT1206, TT1209 and lints; undefined where a part of it cannot be used. */
export function compileItem(item: FieldItem, context: ItemContext): Expression | undefined {
  const chain = readKey(item.key, context.chains);
  if (chain.problem !== undefined) {
    context.report({ ...chain.problem, path: item.path });
    return undefined;
  }
  const isList = Array.isArray(item.value);
  const values: readonly unknown[] = isList ? item.value : [item.value];
  if (values.length === 0) {
    const message = `'${item.key}' has an empty list of values, so it says nothing`;
    context.report({ code: LANGUAGE_CODES.TT1204, message, path: item.path, part: 'key' });
    return undefined;
  }
  const flags: ItemFlags = { all: false, cased: false, negated: false };
  const alternatives: Expression[][] = [];
  let broken = false;
  let count = 0;
  for (const [i, value] of values.entries()) {
    const path = isList ? [...item.path, i] : item.path;
    const operands = applyChain(chain, { value, path, flags }, context);
    const tests = operands?.map((operand) => toExpression(chain, operand, { ...context, flags, path }));
    for (const operand of operands ?? []) if (!canRun(operand, { value, path }, context)) broken = true;
    const known = tests?.filter((test) => test !== undefined);
    if (known === undefined || known.length !== tests?.length) {
      broken = true;
      continue;
    }
    count += known.length;
    if (count > context.limits.variantsMax) break;
    alternatives.push(known);
  }
  if (broken) return undefined;
  if (count > context.limits.variantsMax) {
    const message = `the values of '${item.key}' grow to more than ${context.limits.variantsMax} texts`;
    context.report({ code: LANGUAGE_CODES.TT1206, message, path: item.path, part: 'key' });
    return undefined;
  }
  lintItem(chain, { item, values, flags }, context);
  return combine(alternatives, flags);
}

/** Only expressions can be written so that they are read here and cannot run. */
function canRun(
  operand: Operand,
  { value, path }: { readonly value: unknown; readonly path: KeyPath },
  { checkTest, report }: ItemContext,
): boolean {
  const fault = operand.kind === 'expression' ? checkTest?.(operand) : undefined;
  if (operand.kind !== 'expression' || fault === undefined) return true;
  const { code, message, hint, offset } = fault;
  const isWritten = offset !== undefined && value === operand.source;
  report({
    code,
    message,
    path,
    ...(isWritten && offset < operand.source.length ? { part: { from: offset, to: offset + 1 } } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
  return false;
}

function combine(alternatives: readonly (readonly Expression[])[], flags: ItemFlags): Expression {
  const joined = flags.all
    ? join(
        'and',
        alternatives.map((of) => join('or', of)),
      )
    : join('or', alternatives.flat());
  return flags.negated ? { kind: 'not', of: joined } : joined;
}

function join(kind: 'and' | 'or', of: readonly Expression[]): Expression {
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind, of };
}

function applyChain(
  chain: Chain,
  { value, path, flags }: { readonly value: unknown; readonly path: KeyPath; readonly flags: ItemFlags },
  context: ItemContext,
): readonly Operand[] | undefined {
  let operands: readonly Operand[] | undefined = firstOperand(chain, { value, path }, context);
  if (operands === undefined) return undefined;
  const before: string[] = [];
  const warn = (message: string): void =>
    context.report({ code: LANGUAGE_CODES.TT1209, message, path, part: 'key' });
  for (const modifier of chain.modifiers) {
    const next: Operand[] = [];
    for (const operand of operands) {
      const result = modifier.apply(operand, {
        before,
        all: chain.names,
        flags,
        placeholders: context.placeholders,
        warn,
      });
      if (isProblem(result)) {
        context.report({ ...result, path });
        return undefined;
      }
      next.push(...result);
      if (next.length > context.limits.variantsMax) {
        const message = `the values of '${chain.field}' grow to more than ${context.limits.variantsMax} texts`;
        context.report({ code: LANGUAGE_CODES.TT1206, message, path });
        return undefined;
      }
    }
    operands = next;
    if (modifier.name !== 'expand') before.push(modifier.name);
  }
  return operands;
}

function firstOperand(
  chain: Chain,
  { value, path }: { readonly value: unknown; readonly path: KeyPath },
  context: ItemContext,
): [Operand] | undefined {
  if (typeof value === 'string') return [{ kind: 'text', parts: parsePattern(value), raw: value }];
  if (typeof value === 'number') return [{ kind: 'number', value }];
  if (typeof value === 'boolean') return [{ kind: 'boolean', value }];
  if (value === null) return [{ kind: 'null' }];
  const what = Array.isArray(value) ? 'a list inside the list' : 'a map';
  const inner = typeof value === 'object' && !Array.isArray(value) ? Object.keys(value)[0] : undefined;
  const hint =
    inner === undefined || chain.field === ''
      ? {}
      : { hint: `for a nested field write '${chain.field}.${inner}'` };
  const message = `the value of '${chain.field}' is ${what}, but must be a text, a number, a boolean, null or a list of these`;
  context.report({ code: LANGUAGE_CODES.TT1204, message, path, ...hint });
  return undefined;
}

interface Target {
  readonly flags: ItemFlags;
  readonly path: KeyPath;
  readonly report: Report;
  readonly shortKeywords: ShortKeyword[];
}

const SHORT_KEYWORD = 3;

function toExpression(chain: Chain, operand: Operand, target: Target): Expression | undefined {
  if (chain.field === '') return toKeyword(operand, target);
  const { cased } = target.flags;
  switch (operand.kind) {
    case 'exists': {
      const there: Expression = { kind: 'field', field: chain.field, test: { kind: 'exists' } };
      return operand.value ? there : { kind: 'not', of: there };
    }
    case 'fieldref': {
      const { other, shape } = operand;
      return { kind: 'field', field: chain.field, test: { kind: 'fieldref', other, shape, cased } };
    }
    case 'text':
      return { kind: 'field', field: chain.field, test: patternTest(tidyPattern(operand.parts), cased) };
    case 'number':
    case 'boolean':
      return {
        kind: 'field',
        field: chain.field,
        test: { kind: 'text', shape: 'equals', text: scalarText(operand.value), cased },
      };
    case 'null':
    case 'expression':
    case 'cidr':
    case 'compare':
    case 'time_part':
    case 'set':
      return { kind: 'field', field: chain.field, test: operand satisfies FieldTest };
  }
}

function toKeyword(operand: Operand, { flags, path, report, shortKeywords }: Target): Expression | undefined {
  if (operand.kind === 'expression') return { kind: 'keyword', test: operand };
  const text = asText(operand);
  if (text === undefined) {
    const message = 'a keyword is a text or a number, looked for anywhere in the event';
    report({ code: LANGUAGE_CODES.TT1204, message, path });
    return undefined;
  }
  const keyword: Expression = {
    kind: 'keyword',
    test: patternTest(tidyPattern(openStart(openEnd(text.parts))), flags.cased),
  };
  const plain = text.parts.filter((part) => typeof part === 'string').join('');
  if (plain.length < SHORT_KEYWORD) shortKeywords.push({ keyword, text: plain, path });
  return keyword;
}

function lintItem(
  chain: Chain,
  {
    item,
    values,
    flags,
  }: { readonly item: FieldItem; readonly values: readonly unknown[]; readonly flags: ItemFlags },
  { report }: ItemContext,
): void {
  const { path } = item;
  if (flags.all && values.length === 1 && !chain.names.includes('expand')) {
    report({ code: LANGUAGE_CODES.TT1603, message: '`all` has a single value here', path, part: 'key' });
  }
  if (chain.names.includes('base64offset') && !chain.names.includes('contains')) {
    const message = '`base64offset` gives a part of an encoded text, so the whole field never equals it';
    report({ code: LANGUAGE_CODES.TT1613, message, path, part: 'key', hint: 'add `|contains`' });
  }
  const isExpression = chain.names.includes('re');
  const seen = new Set<string>();
  for (const [i, value] of values.entries()) {
    if (typeof value !== 'string') continue;
    const at = values.length === 1 && !Array.isArray(item.value) ? path : [...path, i];
    const folded =
      isExpression || flags.cased || chain.names.some((name) => name.startsWith('base64'))
        ? value
        : value.toLowerCase();
    if (seen.has(folded))
      report({ code: LANGUAGE_CODES.TT1608, message: `'${value}' stands twice in this list`, path: at });
    seen.add(folded);
    if (isExpression && /^\.\*(?!\?$)|[^\\]\.\*$/.test(value)) {
      report({
        code: LANGUAGE_CODES.TT1606,
        message: 'the `.*` at the edge of this expression changes nothing',
        path: at,
      });
    }
    if (
      chain.field !== '' &&
      chain.names.length === 0 &&
      holdsForAnyText(patternTest(parsePattern(value), false))
    ) {
      const message = `this holds whenever '${chain.field}' has any text`;
      report({ code: LANGUAGE_CODES.TT1607, message, path: at, hint: `write '${chain.field}|exists: true'` });
    }
  }
}
