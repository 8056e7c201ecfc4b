import { compileCidr } from '../../match/index.ts';
import type { Entity, EntityType } from '../../model/index.ts';
import type { FactQuestion, FactSource } from '../fact.ts';
import { patternOf } from '../operators/like.ts';
import { askedEntities } from './entities.ts';

/** How much depends on an asset, from least to most. */
export const CRITICALITIES = ['none', 'low', 'medium', 'high', 'crown_jewel'] as const;
export type Criticality = (typeof CRITICALITIES)[number];

/** One entry of an inventory: which entities it means, and what is known of them. */
export interface Asset {
  readonly type: EntityType;
  /** A name, a pattern with `*` and `?`, or, of type ip, a network. */
  readonly match: string;
  readonly criticality?: Criticality;
  readonly owner?: string;
  readonly environment?: string;
  readonly tags?: readonly string[];
  /** A day, for how long it has been there. */
  readonly since?: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * An inventory held in memory, as the source of the fact `asset`. Whole names are looked up; patterns and networks are tried one by one.
 */
export class AssetInventory implements FactSource {
  readonly name = 'asset';
  readonly #named = new Map<string, Asset[]>();
  readonly #patterns: { readonly asset: Asset; readonly fits: (value: string) => boolean }[] = [];

  constructor(assets: readonly Asset[]) {
    for (const asset of assets) {
      const network =
        asset.type === 'ip' && asset.match.includes('/') ? compileCidr(asset.match).value : undefined;
      if (network !== undefined) this.#patterns.push({ asset, fits: (value) => network.contains(value) });
      else if (/[*?]/.test(asset.match)) this.#patterns.push({ asset, fits: patternOf(asset.match) });
      else {
        const key = keyOf(asset.type, asset.match);
        this.#named.set(key, [...(this.#named.get(key) ?? []), asset]);
      }
    }
  }

  /** The assets of one entity, the most critical first; ties in the order of the inventory. */
  assetsOf(entity: Entity): readonly Asset[] {
    const found = [
      ...(this.#named.get(keyOf(entity.type, entity.value)) ?? []),
      ...this.#patterns
        .filter(({ asset, fits }) => asset.type === entity.type && fits(entity.value))
        .map(({ asset }) => asset),
    ];
    return found.sort((a, b) => rank(b) - rank(a));
  }

  lookup(question: FactQuestion): Promise<unknown> {
    return Promise.resolve([...new Set(askedEntities(question).flatMap((entity) => this.assetsOf(entity)))]);
  }
}

function keyOf(type: string, value: string): string {
  return `${type}\n${value.toLowerCase()}`;
}

function rank({ criticality }: Asset): number {
  return criticality === undefined ? -1 : CRITICALITIES.indexOf(criticality);
}
