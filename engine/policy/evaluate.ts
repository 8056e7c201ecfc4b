import { Engine, Fact, type TopLevelCondition } from 'json-rules-engine';
import type { EventTime, PolicyCondition } from '../model/index.ts';
import type { OperatorContext } from './operators/operator.ts';
import { OPERATORS } from './operators/table.ts';
import { membersOf, valueAt } from './path.ts';
import type { PlannedPolicy } from './plan.ts';
import { type ConditionTrace, type TestResults, traceOf } from './trace.ts';

/** The value of a fact, by name and what it is asked with; it may take time and may fail. */
export type Lookup = (fact: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;

/**
 * What travels through json-rules-engine in the place of a fact's value. Facts are always boxes, because the library hands a fact that is no
 * object to the operator as it is, whatever the path says.
 */
class Box {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** Stands in front of every path, so that the library always asks our resolver. */
const ROOT = 'value';

/**
 * A policy linked into a json-rules-engine of its own: a fault in one cannot touch another. Nothing of the document reaches the library but
 * names that were checked: a condition's value is the number of its test, paths are resolved by `valueAt`, operators are ours.
 */
export class LinkedPolicy {
  readonly policy: PlannedPolicy;
  readonly #engine: Engine;
  readonly #context: OperatorContext;
  readonly #names: readonly string[];
  #at: EventTime | undefined;
  #results: { held: boolean; found: unknown; wanted: unknown }[] = [];

  constructor(policy: PlannedPolicy, context: OperatorContext) {
    this.policy = policy;
    this.#context = context;
    this.#engine = new Engine([], { allowUndefinedFacts: false, pathResolver: resolveBox });
    this.#names = [
      ...new Set(
        policy.tests.flatMap((test) => [
          test.fact,
          ...(test.against === undefined ? [] : [test.against.fact]),
        ]),
      ),
    ];
    for (const [i] of policy.tests.entries()) {
      this.#engine.addOperator(operatorName(i), (found: Box | undefined, wanted: unknown) =>
        this.#test(i, found, wanted),
      );
    }
    let next = 0;
    const translate = (node: PolicyCondition): object => {
      if (node.kind === 'test') return this.#leaf(next++);
      if (node.kind === 'not') return { not: translate(node.of) };
      const of = node.of.map(translate);
      return node.kind === 'all' ? { all: of } : { any: of };
    };
    const condition = translate(policy.rule.when);
    // The library wants a boolean operator at the root.
    const conditions: TopLevelCondition =
      policy.rule.when.kind === 'test' ? { all: [condition as never] } : (condition as TopLevelCondition);
    this.#engine.addRule({ name: policy.rule.meta.id, conditions, event: { type: 'held' } });
  }

  /**
   * Whether the condition holds, with what was found. Rejects where a lookup does. Not to be called again before the last call ended.
   */
  async evaluate(lookup: Lookup, at: EventTime): Promise<ConditionTrace> {
    this.#at = at;
    this.#results = [];
    const facts = Object.fromEntries(
      this.#names.map((name) => [
        name,
        new Fact(name, async (params: Record<string, unknown>) => new Box(await lookup(name, params)), {
          cache: false,
        }),
      ]),
    );
    const { results } = await this.#engine.run(facts);
    const trace = traceOf(this.policy.rule.when, this.#results);
    // The two readings of one condition are bound to each other on every evaluation.
    if (trace.held !== results.length > 0)
      throw new Error(`policy ${this.policy.rule.meta.id}: trace and engine differ`);
    return trace;
  }

  #leaf(index: number): object {
    const test = this.policy.tests[index];
    if (test === undefined) throw new Error('a condition has more tests than were planned');
    const side = ({
      fact,
      params,
      path,
    }: {
      fact: string;
      params: object;
      path: readonly string[];
    }): object => ({
      fact,
      params: { ...params },
      path: [ROOT, ...path].join('.'),
    });
    return {
      ...side(test),
      operator: operatorName(index),
      value: test.against === undefined ? index : side(test.against),
    };
  }

  #test(index: number, found: Box | undefined, wanted: unknown): boolean {
    const test = this.policy.tests[index];
    const at = this.#at;
    if (test === undefined || at === undefined)
      throw new Error('an operator was called outside an evaluation');
    const members = membersOf(found?.value);
    const other = wanted instanceof Box ? wanted.value : test.value;
    const compiled = this.policy.compiled[index] ?? this.#compileAgainst(test.operator, other);
    const held = compiled?.(members, at) ?? false;
    this.#results[index] = { held, found: found?.value, wanted: other };
    return held;
  }

  /** The other side is a fact: where the operator cannot take its value, the test does not hold. */
  #compileAgainst(
    name: string,
    value: unknown,
  ): ((members: readonly unknown[], at: EventTime) => boolean) | undefined {
    const operator = OPERATORS.get(name);
    if (operator === undefined || operator.check(value, this.#context) !== undefined) return undefined;
    return operator.compile(value, this.#context);
  }
}

function operatorName(index: number): string {
  return `test${index}`;
}

/** Undefined values come back as an empty box: the library hands them to the operator all the same. */
function resolveBox(value: object, path: string): unknown {
  if (!(value instanceof Box)) return undefined;
  const [, ...steps] = path.split('.');
  return new Box(valueAt(value.value, steps));
}

/** The same without the library: what `evaluate` is tested against. */
export function evaluateDirectly(
  policy: PlannedPolicy,
  facts: (fact: string, params: Readonly<Record<string, unknown>>) => unknown,
  at: EventTime,
): TestResults {
  return policy.tests.map((test, i) => evaluateTest(policy, i, { value: facts(test.fact, test.params), at }));
}

/** One test of a policy by its number, on the value of its fact; a test against another fact does not hold here. */
export function evaluateTest(
  policy: PlannedPolicy,
  index: number,
  { value, at }: { readonly value: unknown; readonly at: EventTime },
): { readonly held: boolean; readonly found: unknown; readonly wanted: unknown } {
  const test = policy.tests[index];
  const found = valueAt(value, test?.path ?? []);
  const held = policy.compiled[index]?.(membersOf(found), at) ?? false;
  return { held, found, wanted: test?.value };
}
