import type { EventTime, PolicyCondition } from '../model/index.ts';
import { evaluateTest } from './evaluate.ts';
import type { PolicyCaseSubject } from './fact.ts';
import { questionOf } from './grounds.ts';
import type { PlannedPolicy } from './plan.ts';
import type { OwnFacts } from './subject.ts';
import type { TestResults } from './trace.ts';

/** What is decided about, and when. */
export interface AskedCase {
  readonly subject: PolicyCaseSubject;
  readonly at: EventTime;
  readonly own: OwnFacts;
}

/** A source's answer: here, on its way, or not to be had. */
type Answer =
  | { readonly kind: 'known'; readonly value: unknown }
  | { readonly kind: 'coming'; readonly value: Promise<unknown> }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Asks a source; a promise where it needs time. Throws where it fails. */
export type Ask = (fact: string, params: Readonly<Record<string, unknown>>) => unknown;

/**
 * What is known of one case while policies are asked about it: each question is put to its source once. Most policies hold for few cases, so it is
 * looked for what rules them out, by the compiled tests alone: first what the case tells, then what sources tell at once, then what they tell later.
 */
export class Asking {
  readonly #case: AskedCase;
  readonly #ask: Ask;
  readonly #answers = new Map<string, Answer>();
  #coming: Promise<unknown>[] = [];

  constructor(asked: AskedCase, ask: Ask) {
    this.#case = asked;
    this.#ask = ask;
  }

  /** What was found where a policy does not hold; `wait` where an answer that is on its way may tell; undefined where it may hold, or a fact cannot be had. */
  ruledOut(policy: PlannedPolicy): TestResults | 'wait' | undefined {
    for (const far of REACHES) {
      const pass = new Pass(policy, (index) => this.#test(policy, index, far));
      const held = pass.judge(policy.rule.when);
      if (held === false) return pass.results;
      if (held === true) return undefined;
    }
    return this.#coming.length > 0 ? 'wait' : undefined;
  }

  /** Waits for what is on its way. */
  async settled(): Promise<void> {
    const coming = this.#coming;
    this.#coming = [];
    await Promise.allSettled(coming);
  }

  /** The value of a fact, in time; rejects where it cannot be had. */
  answer(fact: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { own } = this.#case;
    if (own.has(fact)) return Promise.resolve(own.get(fact));
    const found = this.#answer(fact, params);
    if (found.kind === 'failed') return Promise.reject(found.error);
    return found.kind === 'coming' ? found.value : Promise.resolve(found.value);
  }

  #test(policy: PlannedPolicy, index: number, far: Reach): TestResults[number] {
    const { own, at } = this.#case;
    const test = policy.tests[index];
    // What compares with another fact is left to the evaluation.
    if (test === undefined || test.against !== undefined) return undefined;
    if (own.has(test.fact)) return evaluateTest(policy, index, { value: own.get(test.fact), at });
    if (far === 'own') return undefined;
    const found = this.#answer(test.fact, test.params);
    return found.kind === 'known' ? evaluateTest(policy, index, { value: found.value, at }) : undefined;
  }

  #answer(fact: string, params: Readonly<Record<string, unknown>>): Answer {
    const key = questionOf(fact, params);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#first(key, fact, params);
    this.#answers.set(key, answer);
    return answer;
  }

  #first(key: string, fact: string, params: Readonly<Record<string, unknown>>): Answer {
    try {
      const value = this.#ask(fact, params);
      if (!(value instanceof Promise)) return { kind: 'known', value };
      const noted = value.then(
        (found: unknown) => this.#answers.set(key, { kind: 'known', value: found }),
        (error: unknown) => this.#answers.set(key, { kind: 'failed', error }),
      );
      this.#coming.push(noted);
      return { kind: 'coming', value };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}

/** How far is asked: of the case alone, or of sources, too. */
const REACHES = ['own', 'sources'] as const;
type Reach = (typeof REACHES)[number];

/** One reading of a condition. */
class Pass {
  readonly results: TestResults[number][];
  readonly #test: (index: number) => TestResults[number];
  #next = 0;

  constructor({ tests }: PlannedPolicy, test: (index: number) => TestResults[number]) {
    this.results = new Array<TestResults[number]>(tests.length);
    this.#test = test;
  }

  /** Whether it holds, as far as can be told; undefined where that needs more. What does not matter any more is not asked. */
  judge(node: PolicyCondition): boolean | undefined {
    switch (node.kind) {
      case 'test': {
        const index = this.#next++;
        const result = this.#test(index);
        this.results[index] = result;
        return result?.held;
      }
      case 'not': {
        const of = this.judge(node.of);
        return of === undefined ? undefined : !of;
      }
      case 'all':
      case 'any': {
        const ends = node.kind === 'any';
        let open = false;
        for (const [i, child] of node.of.entries()) {
          const held = this.judge(child);
          if (held === ends) {
            for (const rest of node.of.slice(i + 1)) this.#next += countTests(rest);
            return ends;
          }
          open ||= held === undefined;
        }
        return open ? undefined : !ends;
      }
    }
  }
}

function countTests(condition: PolicyCondition): number {
  switch (condition.kind) {
    case 'test':
      return 1;
    case 'not':
      return countTests(condition.of);
    case 'all':
    case 'any':
      return condition.of.reduce((sum, one) => sum + countTests(one), 0);
  }
}
