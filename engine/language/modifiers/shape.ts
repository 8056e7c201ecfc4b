import { LANGUAGE_CODES } from '../errors.ts';
import { openEnd, openStart, scalarText } from '../pattern.ts';
import {
  describeOperand,
  type Modifier,
  type ModifierContext,
  type ModifierProblem,
  type Operand,
} from './modifier.ts';

/** The value as a text, where it has one. */
export function asText(operand: Operand): Extract<Operand, { kind: 'text' }> | undefined {
  if (operand.kind === 'text') return operand;
  if (operand.kind === 'number' || operand.kind === 'boolean') {
    const raw = scalarText(operand.value);
    return { kind: 'text', parts: [raw], raw };
  }
  return undefined;
}

/** The problem of a modifier that does not take such a value. */
export function notFor(name: string, operand: Operand, wanted: string): ModifierProblem {
  return {
    code: LANGUAGE_CODES.TT1203,
    message: `\`${name}\` works on ${wanted}, but this is ${describeOperand(operand)}`,
  };
}

type Shape = 'contains' | 'startswith' | 'endswith';

/** Expressions are searched for anywhere, so `contains` adds nothing to one and the other two anchor it. */
function shapeExpression(
  name: Shape,
  operand: Extract<Operand, { kind: 'expression' }>,
  context: ModifierContext,
): readonly Operand[] {
  if (name === 'contains') {
    context.warn(
      '`contains` after `re` changes nothing: an expression is searched for anywhere in the value',
    );
    return [operand];
  }
  const source = name === 'startswith' ? `^(?:${operand.source})` : `(?:${operand.source})$`;
  return [{ ...operand, source }];
}

function shapeModifier(name: Shape, doc: string, example: string): Modifier {
  return {
    name,
    doc,
    example,
    excludes: ['contains', 'startswith', 'endswith', 'cidr', 'exists', 'lt', 'lte', 'gt', 'gte'].filter(
      (other) => other !== name,
    ),
    apply(operand, context) {
      if (operand.kind === 'expression') return shapeExpression(name, operand, context);
      if (operand.kind === 'fieldref') return [{ ...operand, shape: name }];
      const text = asText(operand);
      if (text === undefined) return notFor(name, operand, 'a text, an expression or a field');
      const started = name === 'startswith' ? text.parts : openStart(text.parts);
      const parts = name === 'endswith' ? started : openEnd(started);
      return [{ kind: 'text', parts, ...(text.bytes ? { bytes: true } : {}) }];
    },
  };
}

export const contains = shapeModifier(
  'contains',
  'The value stands anywhere in the field.',
  "CommandLine|contains: ' /add'",
);
export const startswith = shapeModifier(
  'startswith',
  'The field starts with the value.',
  "Image|startswith: 'C:\\Users\\'",
);
export const endswith = shapeModifier(
  'endswith',
  'The field ends with the value.',
  "Image|endswith: '\\cmd.exe'",
);
