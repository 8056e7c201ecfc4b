import type { EventTime } from '../../model/index.ts';

/** What operators are compiled with. */
export interface OperatorContext {
  /** The user's lists of values, by name. */
  readonly lists: ReadonlyMap<string, readonly (string | number)[]>;
}

/** Whether the members of a fact fit; `at` is the time of the decision. */
export type OperatorTest = (members: readonly unknown[], at: EventTime) => boolean;

/** One way to compare a fact with a value: a file each. A positive one holds if any member of a list does; a negative one if none does. */
export interface PolicyOperator {
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  /** A value that it takes. */
  readonly example: unknown;
  /** What is wrong with the value, in words; undefined where nothing is. */
  check(value: unknown, context: OperatorContext): string | undefined;
  /** The test for a value that `check` accepts. */
  compile(value: unknown, context: OperatorContext): OperatorTest;
}

/** Whether the value is a text, number or boolean. */
export function isScalarValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The opposite of an operator: it holds where the positive one does not, also where the fact is absent. */
export function negated(name: string, positive: PolicyOperator, doc: string): PolicyOperator {
  return {
    name,
    doc,
    example: positive.example,
    check: positive.check,
    compile: (value, context) => {
      const test = positive.compile(value, context);
      return (members, at) => !test(members, at);
    },
  };
}
