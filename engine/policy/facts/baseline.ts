import type { EntityType } from '../../model/index.ts';
import type { FactQuestion, FactSource } from '../fact.ts';
import { askedEntities } from './entities.ts';

/** How odd one entity was in one feature. */
export interface BaselineFinding {
  readonly type: EntityType;
  readonly value: string;
  readonly feature: string;
  /** In decades: 3 is what happens once in a thousand times. */
  readonly surprise: number;
  readonly at?: string;
}

/** Findings of baselines held in memory, as the source of the fact `baseline`; of each entity and feature the latest. */
export class BaselineTable implements FactSource {
  readonly name = 'baseline';
  readonly #latest = new Map<string, Map<string, BaselineFinding>>();

  constructor(findings: readonly BaselineFinding[] = []) {
    for (const finding of findings) this.observe(finding);
  }

  /** Takes a finding in the place of the earlier one of the same entity and feature. */
  observe(finding: BaselineFinding): void {
    const key = `${finding.type}\n${finding.value.toLowerCase()}`;
    const features = this.#latest.get(key) ?? new Map<string, BaselineFinding>();
    features.set(finding.feature, finding);
    this.#latest.set(key, features);
  }

  lookup(question: FactQuestion): unknown {
    return askedEntities(question).flatMap(({ type, value }) => [
      ...(this.#latest.get(`${type}\n${value.toLowerCase()}`)?.values() ?? []),
    ]);
  }
}
