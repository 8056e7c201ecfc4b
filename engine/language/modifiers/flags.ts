import { LANGUAGE_CODES } from '../errors.ts';
import type { Modifier } from './modifier.ts';
import { notFor } from './shape.ts';

export const all: Modifier = {
  name: 'all',
  doc: 'Every value of the list must be found, not only one.',
  example: "CommandLine|contains|all: ['-enc', 'hidden']",
  apply(operand, context) {
    context.flags.all = true;
    return [operand];
  },
};

export const cased: Modifier = {
  name: 'cased',
  doc: 'Upper and lower case are told apart.',
  example: 'User|cased: Administrator',
  excludes: ['cidr', 'exists', 'lt', 'lte', 'gt', 'gte'],
  apply(operand, context) {
    if (operand.kind === 'expression') {
      context.warn(
        '`cased` changes nothing after `re`: an expression tells case apart unless `i` follows it',
      );
      return [operand];
    }
    context.flags.cased = true;
    return [operand];
  },
};

export const neq: Modifier = {
  name: 'neq',
  doc: 'The field is none of the values; an absent field is none of them too.',
  example: 'ErrorCode|neq: 0',
  apply(operand, context) {
    context.flags.negated = true;
    return [operand];
  },
};

export const exists: Modifier = {
  name: 'exists',
  doc: 'The field is there (`true`) or is not (`false`), whatever its value.',
  example: 'ParentImage|exists: false',
  excludes: ['all', 're', 'cidr'],
  apply(operand) {
    if (operand.kind === 'boolean') return [{ kind: 'exists', value: operand.value }];
    if (operand.kind === 'text' && /^(?:true|false)$/i.test(operand.raw ?? '')) {
      return [{ kind: 'exists', value: operand.raw?.toLowerCase() === 'true' }];
    }
    return { ...notFor('exists', operand, 'a boolean'), hint: 'write `true` or `false`' };
  },
};

export const fieldref: Modifier = {
  name: 'fieldref',
  doc: 'The field equals another field of the same event; `startswith`, `endswith` or `contains` may follow.',
  example: 'TargetFilename|fieldref: Image',
  excludes: ['re', 'cidr', 'exists', 'base64', 'base64offset', 'windash', 'lt', 'lte', 'gt', 'gte'],
  apply(operand, context) {
    if (operand.kind !== 'text' || operand.raw === undefined) {
      if (context.before.length > 0) {
        return {
          code: LANGUAGE_CODES.TT1202,
          message: '`fieldref` must come first: its value is the name of a field',
          hint: `write \`fieldref|${context.before.join('|')}\``,
        };
      }
      return notFor('fieldref', operand, 'the name of a field');
    }
    if (operand.raw === '') return notFor('fieldref', { kind: 'null' }, 'the name of a field');
    return [{ kind: 'fieldref', other: operand.raw, shape: 'equals' }];
  },
};
