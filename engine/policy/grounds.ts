import {
  type AskedFact,
  canonicalJson,
  type PolicyCondition,
  type PolicyGrounds,
  type PolicyRule,
} from '../model/index.ts';
import type { OperatorContext } from './operators/operator.ts';
import type { PlannedPolicy } from './plan.ts';

/** A list of more values than these is not carried: a proof must stay readable. */
const LISTED_MAX = 1000;

/** The name of one question: fact and parameters. */
export function questionOf(fact: string, params: Readonly<Record<string, unknown>>): string {
  return `${fact}\n${canonicalJson(params)}`;
}

/** The part of grounds that all decisions of a policy share. */
export type Documents = Pick<PolicyGrounds, 'policy' | 'lists' | 'left'>;

/** What is written down of a policy: the document, and the lists that it names. */
export function documentsOf({ rule, tests }: PlannedPolicy, { lists }: OperatorContext): Documents {
  const named = tests.flatMap(({ operator, value }) => listsOf(operator, value));
  const used = [...new Set(named)].sort().flatMap((name) => {
    const values = lists.get(name);
    return values === undefined ? [] : [{ name, values }];
  });
  return {
    policy: bareDocument(rule),
    lists: Object.fromEntries(
      used
        .filter(({ values }) => values.length <= LISTED_MAX)
        .map(({ name, values }) => [name, values] as const),
    ),
    left: used.filter(({ values }) => values.length > LISTED_MAX).map(({ name }) => name),
  };
}

/** What a policy was told, cut to the members that its tests look at; `answers` by `questionOf`. */
export function askedFacts(
  { tests }: PlannedPolicy,
  answers: ReadonlyMap<string, unknown>,
): readonly AskedFact[] {
  const asked = new Map<
    string,
    { fact: string; params: Readonly<Record<string, unknown>>; paths: string[] }
  >();
  for (const test of tests) {
    for (const { fact, params, path } of [test, ...(test.against === undefined ? [] : [test.against])]) {
      const key = questionOf(fact, params);
      if (!answers.has(key)) continue;
      const known = asked.get(key);
      if (known === undefined) asked.set(key, { fact, params, paths: [path.join('.')] });
      else known.paths.push(path.join('.'));
    }
  }
  return [...asked].map(([key, { fact, params, paths }]) => {
    const value = partOf(answers.get(key), paths);
    return { fact, params, ...(value === undefined ? {} : { value }) };
  });
}

/** Of a map the own members that paths begin with; anything else is kept whole. */
function partOf(value: unknown, paths: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || paths.includes('')) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) =>
      paths.some((path) => path === name || path.startsWith(`${name}.`)),
    ),
  );
}

function listsOf(operator: string, value: unknown): readonly string[] {
  if (/list$/i.test(operator) && typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || !('list' in value)) return [];
  return typeof value.list === 'string' ? [value.list] : [];
}

/** A policy without its tests, and without the folder that it stood in: neither decides anything. */
function bareDocument(rule: PolicyRule): PolicyRule {
  const { source } = rule.meta;
  return {
    ...rule,
    meta: { ...rule.meta, source: { ...source, file: nameOf(source.file) } },
    when: bareCondition(rule.when),
    tests: [],
  };
}

function bareCondition(node: PolicyCondition): PolicyCondition {
  switch (node.kind) {
    case 'all':
    case 'any':
      return { kind: node.kind, of: node.of.map(bareCondition) };
    case 'not':
      return { kind: 'not', of: bareCondition(node.of) };
    case 'test': {
      const { against } = node;
      const bare = { ...node, at: { ...node.at, file: nameOf(node.at.file) } };
      return against === undefined
        ? bare
        : { ...bare, against: { ...against, at: { ...against.at, file: nameOf(against.at.file) } } };
    }
  }
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
