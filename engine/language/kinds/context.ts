import type { TestCheck } from '../field-item.ts';
import type { Report } from '../finding.ts';
import type { Limits } from '../limits.ts';
import type { Chains } from '../modifiers/chain.ts';

/** What every document of one load is read with. */
export interface ReadContext {
  readonly placeholders: ReadonlyMap<string, readonly (string | number)[]>;
  readonly limits: Limits;
  readonly chains: Chains;
  readonly report: Report;
  /** Says what is wrong with a test that the language allows. */
  readonly checkTest?: TestCheck;
}
