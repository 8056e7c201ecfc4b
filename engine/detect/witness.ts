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
}

/** A set of triggers of which at least one fires whenever the expression holds; `cost` estimates how often one does. */
export interface Witness {
  readonly triggers: readonly Trigger[];
  readonly cost: number;
}

/** What a trigger costs: its expected rate, measured where known. */
export type TriggerCost = (trigger: Trigger) => number;

/** A text that names a trigger; equal texts mean equal triggers. */
export function triggerKey(trigger: Trigger): string {
  return `${trigger.field}\u0000${trigger.kind}\u0000${trigger.text}`;
}

/** Alternative witnesses by predicate, worked out once: each entry is a set of triggers of which one fires if the predicate holds. */
export class WitnessChoices {
  readonly #predicates: readonly PlanPredicate[];
  readonly #known: (readonly (readonly Trigger[])[] | undefined)[];

  constructor(predicates: readonly PlanPredicate[]) {
    this.#predicates = predicates;
    this.#known = new Array<readonly (readonly Trigger[])[] | undefined>(predicates.length).fill(undefined);
  }

  /** The choices for a predicate; empty where it can hold without any trigger. */
  of(predicate: number): readonly (readonly Trigger[])[] {
    const known = this.#known[predicate];
    if (known !== undefined) return known;
    const found = this.#predicates[predicate];
    const choices = found === undefined ? [] : choicesOf(found);
    this.#known[predicate] = choices;
    return choices;
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

/** The trigger that fires exactly when the predicate holds, where there is one. */
export function exactTrigger(predicate: PlanPredicate): Trigger | undefined {
  const { test, field } = predicate;
  if (test.kind === 'exists') return { field, kind: 'present', text: '' };
  if (test.kind !== 'text' || test.cased || test.text === '') return undefined;
  return { field, kind: test.shape, text: foldText(test.text) };
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

function choicesOf({ field, test }: PlanPredicate): readonly (readonly Trigger[])[] {
  const choices = candidatesOf(test, field);
  if (choices.length > 0 || test.kind === 'null') return choices;
  // Every other test needs a value to look at; a keyword field always has some.
  return field === KEYWORD_FIELD ? [] : [[{ field, kind: 'present', text: '' }]];
}

/** Alternative witnesses of a single test: each entry is a set of triggers of which one must fire. */
function candidatesOf(test: FieldTest, field: number): readonly (readonly Trigger[])[] {
  switch (test.kind) {
    case 'text':
      return test.text === '' ? [] : [[{ field, kind: test.shape, text: foldText(test.text) }]];
    case 'glob':
      return globTriggers(test, field).map((trigger) => [trigger]);
    case 'expression':
      return (compileExpression(test).value?.required ?? [])
        .filter((literals) => literals.length > 0 && literals.every((literal) => literal !== ''))
        .map((literals) =>
          literals.map((text): Trigger => ({ field, kind: 'contains', text: foldText(text) })),
        );
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

function globTriggers(test: GlobTest, field: number): Trigger[] {
  const last = test.parts.length - 1;
  return test.parts.flatMap((part, i): Trigger[] => {
    if (typeof part !== 'string' || part === '') return [];
    const kind = i === 0 ? (last === 0 ? 'equals' : 'startswith') : i === last ? 'endswith' : 'contains';
    return [{ field, kind, text: foldText(part) }];
  });
}

/**
 * A trigger's expected rate before anything was counted: longer texts are rarer, anchored ones too. Only speed depends on it.
 */
export function guessedCost(trigger: Trigger): number {
  if (trigger.kind === 'present') return 0.6;
  const { length } = trigger.text;
  const anchored = trigger.kind === 'equals' ? 0.3 : trigger.kind === 'contains' ? 1 : 0.5;
  // A path separator or a dot says little: `.exe`, `c:\`.
  const common =
    /^(?:\.exe|\.dll|c:\\|\\windows\\|c:\\windows\\|\.ps1|http|\.com|cmd|\\system32\\|c:\\windows\\system32\\)$/.test(
      trigger.text,
    );
  return common ? 0.5 : anchored * 0.45 * 0.78 ** Math.min(length, 40);
}

function unreachable(value: never): never {
  throw new Error(`unhandled test ${JSON.stringify(value)}`);
}
