import type { Signal } from '../model/index.ts';
import { comparableText, membersOf, numberOf, tuplesOf } from './key.ts';
import type { InputPlan, NodePlan } from './plan.ts';

/** What of a signal counts in a figure. */
export class CountedValues {
  private readonly plan: NodePlan;
  /** The usual answer, used again for every signal. */
  private readonly single: (string | number)[] = [''];

  constructor(plan: NodePlan) {
    this.plan = plan;
  }

  /**
   * Nothing but the signal's being there (0), numbers, or the text of a value or tuple; none where the field is missing or of no use. What is given
   * is good until the next call.
   */
  of(signal: Signal, input: InputPlan): readonly (string | number)[] {
    const { body, cased } = this.plan;
    if (body.kind !== 'measure' || body.type === 'event_count') return PRESENT;
    const field = input.valueFields[0] ?? '';
    if (body.type === 'value_count' || body.type === 'value_rarity') {
      if (input.valueFields.length === 1) {
        const plain = signal.values.get(field);
        if (plain !== undefined && plain !== null && typeof plain !== 'object') {
          this.single[0] = comparableText(plain, cased) ?? '';
          return this.single;
        }
        return membersOf(signal, field).map((value) => comparableText(value, cased) ?? '');
      }
      return tuplesOf(signal, input.valueFields, cased);
    }
    const numbers: number[] = [];
    for (const member of membersOf(signal, field)) {
      const number = numberOf(member);
      if (number !== undefined) numbers.push(number);
    }
    return numbers;
  }
}

const PRESENT: readonly number[] = [0];
