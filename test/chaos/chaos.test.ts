import { describe, expect, test } from 'vitest';
import { HARNESSES } from './all.ts';
import { tried } from './run.ts';

/** The long version, with the mutants that each harness must see first, is `npm run chaos`. */
describe('the daemon, its life made hard for a short while', () => {
  for (const harness of HARNESSES) {
    test(`${harness.name}: ${harness.about}`, async ({ annotate }) => {
      const { seen, failures } = await tried(harness, {
        runs: harness.shortRuns,
        seed: 20_261_124,
        say: () => undefined,
      });
      for (const line of seen) await annotate(line);
      expect(failures).toEqual([]);
    }, 180_000);
  }
});
