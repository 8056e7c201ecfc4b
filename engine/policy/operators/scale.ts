import { nearest } from '../../diagnostic/index.ts';
import { LEVELS, SEVERITIES } from '../../model/index.ts';
import type { PolicyOperator } from './operator.ts';

/** Scales from least to most; a value of one scale is compared with values of the same scale only. */
const SCALES: readonly (readonly string[])[] = [
  LEVELS,
  SEVERITIES,
  ['none', 'low', 'medium', 'high', 'crown_jewel'],
];

function scaleOperator(
  name: string,
  doc: string,
  holds: (found: number, wanted: number) => boolean,
): PolicyOperator {
  return {
    name,
    doc,
    example: 'high',
    check: (value) => {
      const known = [...new Set(SCALES.flat())];
      if (typeof value === 'string' && known.includes(value)) return undefined;
      const near = typeof value === 'string' ? nearest(value, known) : undefined;
      return `one of ${known.join(', ')} is needed${near === undefined ? '' : `; did you mean '${near}'?`}`;
    },
    compile: (value) => {
      const scales = SCALES.filter((scale) => scale.includes(String(value)));
      return (members) =>
        members.some((member) =>
          scales.some(
            (scale) =>
              typeof member === 'string' &&
              scale.includes(member) &&
              holds(scale.indexOf(member), scale.indexOf(String(value))),
          ),
        );
    },
  };
}

export const atLeast: PolicyOperator = scaleOperator(
  'atLeast',
  'The severity, level or criticality is this or more.',
  (found, wanted) => found >= wanted,
);

export const atMost: PolicyOperator = scaleOperator(
  'atMost',
  'The severity, level or criticality is this or less.',
  (found, wanted) => found <= wanted,
);
