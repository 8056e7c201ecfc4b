import { type Asset, Inventory } from '../../intel/index.ts';
import type { FactQuestion, FactSource } from '../fact.ts';
import { askedEntities } from './entities.ts';

/** An inventory held in memory, as the source of the fact `asset`. */
export class AssetInventory implements FactSource {
  readonly name = 'asset';
  readonly #inventory: Inventory;

  constructor(assets: readonly Asset[]) {
    this.#inventory = new Inventory(assets);
  }

  lookup(question: FactQuestion): unknown {
    const found = askedEntities(question).flatMap((entity) => this.#inventory.assetsOf(entity));
    return [...new Set(found)];
  }
}
