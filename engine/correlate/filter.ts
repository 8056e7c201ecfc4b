import { compileReference } from '../match/index.ts';
import type { Expression, Signal } from '../model/index.ts';

/** The fields that a filter asks for, each once, in the order they are met. */
export function filterFields(expression: Expression): readonly string[] {
  const fields = new Set<string>();
  const visit = (part: Expression): void => {
    switch (part.kind) {
      case 'and':
      case 'or':
        part.of.forEach(visit);
        return;
      case 'not':
      case 'selection':
        visit(part.of);
        return;
      case 'field':
        fields.add(part.field);
        if (part.test.kind === 'fieldref') fields.add(part.test.other);
        return;
      case 'keyword':
      case 'constant':
        return;
      default:
        part satisfies never;
    }
  };
  visit(expression);
  return [...fields];
}

/**
 * Whether a firing passes a filter: decided on the values that it carries, which are those of its event's fields. A field that it does not
 * carry is absent. Keywords find nothing here (the language refuses them). Cost: the size of the expression.
 */
export function signalFilter(expression: Expression): (signal: Signal) => boolean {
  const holds = compileReference(expression);
  return ({ values }) => holds({ fields: { get: (field) => values.get(field) }, raw: undefined });
}
