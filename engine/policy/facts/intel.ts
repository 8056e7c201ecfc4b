import type { EntityType } from '../../model/index.ts';
import type { FactQuestion, FactSource } from '../fact.ts';
import { askedEntities } from './entities.ts';

/** What a feed says of one observable. */
export interface IntelIndicator {
  readonly type: EntityType;
  readonly value: string;
  readonly feed: string;
  /** 0–1. */
  readonly confidence: number;
  readonly tags?: readonly string[];
  readonly since?: string;
}

/** Indicators held in memory, as the source of the fact `intel`. */
export class IntelTable implements FactSource {
  readonly name = 'intel';
  readonly #byValue = new Map<string, IntelIndicator[]>();

  constructor(indicators: readonly IntelIndicator[]) {
    for (const indicator of indicators) {
      const key = `${indicator.type}\n${indicator.value.toLowerCase()}`;
      this.#byValue.set(key, [...(this.#byValue.get(key) ?? []), indicator]);
    }
  }

  lookup(question: FactQuestion): unknown {
    return askedEntities(question).flatMap(
      ({ type, value }) => this.#byValue.get(`${type}\n${value.toLowerCase()}`) ?? [],
    );
  }
}
