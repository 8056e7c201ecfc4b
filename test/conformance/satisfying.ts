import { searchTree } from '../../engine/match/expression/compile.ts';
import type { Node } from '../../engine/match/expression/node.ts';
import { compileReference } from '../../engine/match/index.ts';
import type { DetectionRule, Expression, FieldTest } from '../../engine/model/index.ts';

/** A flat record that a rule is true of, made from the rule itself. */
export type MadeRecord = Readonly<Record<string, string | number | null>>;

/** Choices tried before a rule is given up. */
const TRIES = 300;

/**
 * A record on which the rule holds, as the reference evaluator confirms; undefined where none was found. Of every `or` one branch is
 * taken, `skip` branches further along than the first that serves, so that different numbers try different parts of a rule.
 */
export function satisfying(rule: DetectionRule, skip = 0): MadeRecord | undefined {
  const holds = compileReference(rule.expression);
  for (let seed = skip; seed < skip + TRIES; seed++) {
    const wanted = new Wanted(seed);
    wanted.want(rule.expression, true);
    const record = wanted.record();
    if (holds({ raw: record, fields: { get: (field) => record[field] } })) return record;
  }
  return undefined;
}

/** What is asked of one field. */
interface Asked {
  readonly tests: FieldTest[];
  /** Tests that must not hold. */
  readonly not: FieldTest[];
}

class Wanted {
  readonly #fields = new Map<string, Asked>();
  readonly #keywords: string[] = [];
  #random: number;

  constructor(seed: number) {
    this.#random = seed;
  }

  want(node: Expression, truth: boolean): void {
    switch (node.kind) {
      case 'and':
      case 'or': {
        if ((node.kind === 'and') === truth) for (const child of node.of) this.want(child, truth);
        else if (truth) this.want(node.of[this.#pick(node.of.length)] ?? node, truth);
        else this.#deny(node.of);
        return;
      }
      case 'not':
        this.want(node.of, !truth);
        return;
      case 'selection':
        this.want(node.of, truth);
        return;
      case 'field': {
        const asked = this.#asked(node.field);
        (truth ? asked.tests : asked.not).push(node.test);
        if (truth && node.test.kind === 'fieldref') this.#asked(node.test.other).tests.push(LIKE);
        return;
      }
      case 'keyword':
        if (truth) this.#keywords.push(textFor(node.test));
        return;
      case 'constant':
        return;
    }
  }

  record(): MadeRecord {
    const record: Record<string, string | number | null> = {};
    for (const [field, asked] of this.#fields) {
      const value = valueFor(asked);
      if (value !== undefined) record[field] = value;
    }
    this.#keywords.forEach((text, i) => {
      record[`keyword${i}`] = text;
    });
    return record;
  }

  /** None of these may hold all at once: most often nothing has to be done, because absence is enough. */
  #deny(of: readonly Expression[]): void {
    const child = of[this.#pick(of.length)];
    if (child !== undefined) this.want(child, false);
  }

  #asked(field: string): Asked {
    const known = this.#fields.get(field);
    if (known !== undefined) return known;
    const fresh = { tests: [], not: [] };
    this.#fields.set(field, fresh);
    return fresh;
  }

  /** The seed's digits in a mixed base: seed 0 takes every first branch. */
  #pick(count: number): number {
    const choice = this.#random % count;
    this.#random = Math.floor(this.#random / count);
    return choice;
  }
}

const LIKE: FieldTest = { kind: 'text', shape: 'equals', text: 'like', cased: true };

function valueFor({ tests, not }: Asked): string | number | null | undefined {
  if (tests.some((test) => test.kind === 'null')) return null;
  const number = numberFor(tests);
  if (number !== undefined) return number;
  if (tests.length > 0) return textOf(tests);
  // Asked not to be null, or not to be absent.
  return not.some((test) => test.kind === 'null' || test.kind === 'exists') ? 'present' : undefined;
}

function numberFor(tests: readonly FieldTest[]): number | undefined {
  for (const test of tests) {
    if (test.kind !== 'compare') continue;
    if (test.op === 'lt') return test.value - 1;
    return test.op === 'gt' ? test.value + 1 : test.value;
  }
  return undefined;
}

/** One text that serves all tests, where such a text has a beginning, a middle and an end. */
function textOf(tests: readonly FieldTest[]): string {
  let start = '';
  let end = '';
  const middle: string[] = [];
  for (const test of tests) {
    const text = textFor(test);
    switch (placeOf(test)) {
      case 'whole':
        return text;
      case 'start':
        start = longer(start, text);
        break;
      case 'end':
        end = longer(end, text);
        break;
      case 'middle':
        middle.push(text);
    }
  }
  let whole = start;
  const has = (text: string): boolean => (whole + end).toLowerCase().includes(text.toLowerCase());
  // Longer texts first: they may hold the shorter ones.
  for (const text of middle.sort((a, b) => b.length - a.length)) {
    if (!has(text)) whole += whole === '' || text.startsWith(' ') ? text : ` ${text}`;
  }
  return whole + end;
}

/** Where in a value the text of a test has to stand. */
function placeOf(test: FieldTest): 'whole' | 'start' | 'middle' | 'end' {
  switch (test.kind) {
    case 'text':
      if (test.shape === 'equals') return 'whole';
      return test.shape === 'startswith' ? 'start' : test.shape === 'endswith' ? 'end' : 'middle';
    case 'expression':
      return test.source.startsWith('^') ? 'start' : test.source.endsWith('$') ? 'end' : 'middle';
    case 'glob': {
      const open = (part: unknown): boolean => typeof part === 'object';
      if (open(test.parts[0])) return open(test.parts.at(-1)) ? 'middle' : 'end';
      return open(test.parts.at(-1)) ? 'start' : 'whole';
    }
    default:
      return 'whole';
  }
}

function longer(a: string, b: string): string {
  return b.length > a.length ? b : a;
}

function textFor(test: FieldTest): string {
  switch (test.kind) {
    case 'text':
      return test.text;
    case 'glob':
      return test.parts
        .map((part) => (typeof part === 'string' ? part : part.wild === 'one' ? 'x' : ''))
        .join('');
    case 'expression': {
      const tree = searchTree(test);
      return 'kind' in tree ? sample(tree) : '';
    }
    case 'cidr':
      return test.network.split('/')[0] ?? '';
    case 'fieldref':
      return 'like';
    case 'time_part':
      return '2024-02-29T23:59:00Z';
    default:
      return 'present';
  }
}

/** A text that the tree matches, looks and assertions left aside. */
function sample(node: Node): string {
  switch (node.kind) {
    case 'empty':
    case 'assert':
    case 'look':
      return '';
    case 'set':
      return characterOf(node.set);
    case 'sequence':
      return node.of.map(sample).join('');
    case 'choice':
      return sample(node.of[0] ?? { kind: 'empty' });
    case 'repeat':
      return sample(node.of).repeat(node.min);
  }
}

/** A printable character of the set where it has one. */
function characterOf(set: readonly number[]): string {
  for (const wanted of [0x61, 0x41, 0x30, 0x20]) {
    for (let i = 0; i < set.length; i += 2) {
      if ((set[i] ?? 0) <= wanted && wanted <= (set[i + 1] ?? 0)) return String.fromCodePoint(wanted);
    }
  }
  for (let i = 0; i < set.length; i += 2) {
    const low = Math.max(set[i] ?? 0, 0x21);
    if (low <= (set[i + 1] ?? 0)) return String.fromCodePoint(low);
  }
  return set.length > 0 ? String.fromCodePoint(set[0] ?? 0) : '';
}
