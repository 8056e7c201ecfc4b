import {
  type Fired,
  type GramIndex,
  type GramPattern,
  gramIndexes,
  UnitTrie,
  unitsOf,
} from '../match/index.ts';
import { ValueCache } from './value-cache.ts';
import type { Trigger } from './witness.ts';

/** Everything to look for in one field. */
export interface FieldMatcher {
  readonly cache: ValueCache;
  readonly field: number;
  readonly forwards: UnitTrie | undefined;
  readonly backwards: UnitTrie | undefined;
  readonly anywhere: readonly GramIndex[];
  readonly present: number;
}

/** Steps to begin with one more value, and to look at its ends. */
const VALUE_STEPS = 8;

/**
 * Fires the trigger of every text of the matcher that the value `units[from, to)` fits; where steps are limited, texts that may stand anywhere are
 * looked for in so much of it as can be paid, and `cut` says that this was not all. (Five parameters: it is called for every value.)
 */
export function matchUnits(
  matcher: FieldMatcher,
  units: Uint16Array,
  from: number,
  to: number,
  fired: Fired,
): void {
  fired.steps += VALUE_STEPS;
  if (matcher.forwards !== undefined) matcher.forwards.match(units, from, to, fired);
  if (matcher.backwards !== undefined) matcher.backwards.match(units, from, to, fired);
  const { anywhere } = matcher;
  const price = 1 + anywhere.length;
  let end = to;
  if (fired.steps + (to - from) * price > fired.stepsEnd && anywhere.length > 0) {
    end = from + Math.max(0, Math.floor((fired.stepsEnd - fired.steps) / price));
    fired.cut = true;
  }
  fired.steps += (end - from) * price;
  for (let i = 0; i < anywhere.length; i++) anywhere[i]?.match(units, from, end, fired);
}

/** The matcher of a field's triggers; `ids` are the places of those to look for in `triggers`. Builds in O(total length). */
export function fieldMatcher(
  field: number,
  ids: readonly number[],
  triggers: readonly Pick<Trigger, 'kind' | 'text'>[],
): FieldMatcher {
  const forwards = new UnitTrie('forwards');
  const backwards = new UnitTrie('backwards');
  const grams: GramPattern[] = [];
  let present = -1;
  let hasForwards = false;
  let hasBackwards = false;
  for (const id of ids) {
    const trigger = triggers[id];
    if (trigger === undefined) continue;
    const units = unitsOf(trigger.text);
    switch (trigger.kind) {
      case 'present':
        present = id;
        break;
      case 'equals':
        forwards.add(units, 'whole', id);
        hasForwards = true;
        break;
      case 'startswith':
        forwards.add(units, 'start', id);
        hasForwards = true;
        break;
      case 'endswith':
        backwards.add(units, 'end', id);
        hasBackwards = true;
        break;
      case 'contains':
        grams.push({ units, trigger: id });
        break;
      default:
        return unreachable(trigger.kind);
    }
  }
  return {
    cache: new ValueCache(),
    field,
    forwards: hasForwards ? forwards : undefined,
    backwards: hasBackwards ? backwards : undefined,
    anywhere: gramIndexes(grams),
    present,
  };
}

function unreachable(value: never): never {
  throw new Error(`unhandled trigger ${String(value)}`);
}
