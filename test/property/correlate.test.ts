import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MEASURE_TYPES } from '../../engine/model/index.ts';
import { DETECTIONS, measureRule, orderedRule, stream, temporalRule } from '../correlate/arbitrary.ts';
import { planOf, runAll, sorted, summary } from '../correlate/harness.ts';
import { expected } from '../correlate/reference.ts';

/** Pairs tried a type; `TELLTALE_RUNS` raises it (the claimed 100,000 pairs are 8,400 for each of the types). */
const RUNS = Number(process.env['TELLTALE_RUNS'] ?? 400);

const rules = [
  ...MEASURE_TYPES.map((type) => [type, measureRule(type)] as const),
  ['temporal', temporalRule] as const,
  ['temporal_ordered', orderedRule] as const,
];

describe('the engine agrees with an implementation that looks at every window again', () => {
  for (const [type, arbitrary] of rules) {
    it(`for ${type}`, () => {
      fc.assert(
        fc.property(arbitrary, stream, (rule, signals) => {
          const plan = planOf([rule], [...DETECTIONS]);
          const node = plan.nodes[0];
          if (node === undefined) throw new Error('no plan');
          expect(sorted(runAll(plan, signals).map(summary))).toEqual(sorted(expected(node, signals)));
        }),
        { numRuns: RUNS },
      );
    });
  }
});
