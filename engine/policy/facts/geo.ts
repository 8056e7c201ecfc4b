import type { Enrichment } from '../../intel/index.ts';
import type { FactQuestion, FactSource } from '../fact.ts';
import { askedEntities } from './entities.ts';

/** Databases of addresses as the source of the fact `geo`: where the addresses of a case are, and whose. */
export class GeoFacts implements FactSource {
  readonly name = 'geo';
  readonly #enrichment: Enrichment;

  constructor(enrichment: Enrichment) {
    this.#enrichment = enrichment;
  }

  lookup(question: FactQuestion): unknown {
    const found = askedEntities(question).flatMap((entity) => {
      const record = this.#enrichment.geoOf(entity);
      return record === undefined ? [] : [{ value: entity.value, ...record }];
    });
    return found;
  }
}
