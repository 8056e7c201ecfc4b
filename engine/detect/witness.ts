import { compileExpression, foldText } from '../match/index.ts';
import type { FieldTest, GlobTest } from '../model/index.ts';
import { KEYWORD_FIELD, type PlanExpression, type PlanPredicate } from './plan.ts';

/** How a trigger looks at its field; `present` fires for any value, null too. */
export type TriggerKind = 'equals' | 'startswith' | 'endswith' | 'contains' | 'present';

/** Something cheap to look for in every event, that wakes the rules which cannot hold without it. */
export interface Trigger {
  readonly field: number;
  readonly kind: TriggerKind;
  /** Folded; empty for `present`. */
  readonly text: string;
  /** Its number among all triggers of a plan: equal ones are one. */
  readonly id: number;
  /** Its expected rate before anything was counted. */
  readonly guess: number;
}

/** The triggers of a plan, each made once. */
class Triggers {
  /** By kind and field: by text. */
  readonly #known: Readonly<Record<TriggerKind, Map<string, Trigger>[]>> = {
    equals: [],
    startswith: [],
    endswith: [],
    contains: [],
    present: [],
  };
  #count = 0;

  /** `text` is folded. */
  of(field: number, kind: TriggerKind, text: string): Trigger {
    const fields = this.#known[kind];
    let texts = fields[field];
    if (texts === undefined) {
      texts = new Map();
      fields[field] = texts;
    }
    let trigger = texts.get(text);
    if (trigger === undefined) {
      trigger = { field, kind, text, id: this.#count++, guess: guessedCost(kind, text) };
      texts.set(text, trigger);
    }
    return trigger;
  }
}

/** A set of triggers of which at least one fires whenever the expression holds; `cost` estimates how often one does. */
export interface Witness {
  readonly triggers: readonly Trigger[];
  readonly cost: number;
}

/** What a trigger costs: its expected rate, measured where known. */
export type TriggerCost = (trigger: Trigger) => number;

/** Alternative witnesses by predicate, worked out once: each entry is a set of triggers of which one fires if the predicate holds. */
export class WitnessChoices {
  readonly #predicates: readonly PlanPredicate[];
  readonly #known: (readonly (readonly Trigger[])[] | undefined)[];
  readonly #exact: (Trigger | undefined | 'none')[];
  readonly #triggers = new Triggers();

  constructor(predicates: readonly PlanPredicate[]) {
    this.#predicates = predicates;
    this.#known = new Array<readonly (readonly Trigger[])[] | undefined>(predicates.length).fill(undefined);
    this.#exact = new Array<Trigger | undefined | 'none'>(predicates.length).fill(undefined);
  }

  /** The choices for a predicate; empty where it can hold without any trigger. */
  of(predicate: number): readonly (readonly Trigger[])[] {
    const known = this.#known[predicate];
    if (known !== undefined) return known;
    const found = this.#predicates[predicate];
    const choices = found === undefined ? [] : choicesOf(found, this.#triggers);
    this.#known[predicate] = choices;
    return choices;
  }

  /** The trigger that fires exactly when the predicate holds, where there is one. */
  exact(predicate: number): Trigger | undefined {
    let trigger = this.#exact[predicate];
    if (trigger === undefined) {
      const found = this.#predicates[predicate];
      trigger = (found === undefined ? undefined : exactTrigger(found, this.#triggers)) ?? 'none';
      this.#exact[predicate] = trigger;
    }
    return trigger === 'none' ? undefined : trigger;
  }
}

/**
 * The cheapest witness of an expression, or undefined where it can hold without any positive test (then the rule is evaluated for
 * every event of its class). and: the best of its children; or: all of them together; not: none.
 */
export function witnessOf(
  node: PlanExpression,
  choices: WitnessChoices,
  costOf: TriggerCost,
): Witness | undefined {
  if (node === true) return undefined;
  if (node === false) return { triggers: [], cost: 0 };
  if (typeof node === 'number') return cheapest(choices.of(node), costOf);
  if ('not' in node) return undefined;
  if ('and' in node) {
    let best: Witness | undefined;
    for (const child of node.and) {
      const witness = witnessOf(child, choices, costOf);
      if (witness && (best === undefined || witness.cost < best.cost)) best = witness;
    }
    return best;
  }
  const triggers: Trigger[] = [];
  let cost = 0;
  for (const child of node.or) {
    const witness = witnessOf(child, choices, costOf);
    if (witness === undefined) return undefined;
    triggers.push(...witness.triggers);
    cost += witness.cost;
  }
  return { triggers, cost };
}

function exactTrigger({ test, field }: PlanPredicate, triggers: Triggers): Trigger | undefined {
  if (test.kind === 'exists') return triggers.of(field, 'present', '');
  if (test.kind !== 'text' || test.cased || test.text === '') return undefined;
  return triggers.of(field, test.shape, foldText(test.text));
}

function cheapest(choices: readonly (readonly Trigger[])[], costOf: TriggerCost): Witness | undefined {
  let best: Witness | undefined;
  for (const triggers of choices) {
    let cost = 0;
    for (const trigger of triggers) cost += costOf(trigger);
    if (best === undefined || cost < best.cost) best = { triggers, cost };
  }
  return best;
}

function choicesOf({ field, test }: PlanPredicate, triggers: Triggers): readonly (readonly Trigger[])[] {
  const choices = candidatesOf(test, field, triggers);
  if (choices.length > 0 || test.kind === 'null') return choices;
  // Every other test needs a value to look at; a keyword field always has some.
  return field === KEYWORD_FIELD ? [] : [[triggers.of(field, 'present', '')]];
}

/** Alternative witnesses of a single test: each entry is a set of triggers of which one must fire. */
function candidatesOf(test: FieldTest, field: number, triggers: Triggers): readonly (readonly Trigger[])[] {
  switch (test.kind) {
    case 'text':
      return test.text === '' ? [] : [[triggers.of(field, test.shape, foldText(test.text))]];
    case 'glob':
      return globTriggers(test, field, triggers).map((trigger) => [trigger]);
    case 'expression':
      return (compileExpression(test).value?.required ?? [])
        .filter((literals) => literals.length > 0 && literals.every((literal) => literal !== ''))
        .map((literals) => literals.map((text) => triggers.of(field, 'contains', foldText(text))));
    case 'null':
    case 'exists':
    case 'cidr':
    case 'compare':
    case 'time_part':
    case 'fieldref':
    case 'set':
      return [];
    default:
      return unreachable(test);
  }
}

function globTriggers(test: GlobTest, field: number, triggers: Triggers): Trigger[] {
  const last = test.parts.length - 1;
  return test.parts.flatMap((part, i): Trigger[] => {
    if (typeof part !== 'string' || part === '') return [];
    const kind = i === 0 ? (last === 0 ? 'equals' : 'startswith') : i === last ? 'endswith' : 'contains';
    return [triggers.of(field, kind, foldText(part))];
  });
}

/** What says little: `.exe`, `c:\`. */
const COMMON = new Set([
  '.exe',
  '.dll',
  'c:\\',
  '\\windows\\',
  'c:\\windows\\',
  '.ps1',
  'http',
  '.com',
  'cmd',
  '\\system32\\',
  'c:\\windows\\system32\\',
]);
/** By length of a text, up to 40 units: how much rarer it is than a text of no units. */
const RARER = Float64Array.from({ length: 41 }, (_, length) => 0.45 * 0.78 ** length);

/** Longer texts are rarer, anchored ones too. Only speed depends on it. */
function guessedCost(kind: TriggerKind, text: string): number {
  if (kind === 'present') return 0.6;
  if (COMMON.has(text)) return 0.5;
  const anchored = kind === 'equals' ? 0.3 : kind === 'contains' ? 1 : 0.5;
  return anchored * (RARER[Math.min(text.length, 40)] ?? 0);
}

function unreachable(value: never): never {
  throw new Error(`unhandled test ${JSON.stringify(value)}`);
}
