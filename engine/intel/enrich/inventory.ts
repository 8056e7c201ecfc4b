import { compileCidr, compileText } from '../../match/index.ts';
import type { Entity, EntityType, GlobPart } from '../../model/index.ts';

/** How much depends on an asset, from least to most. */
export const CRITICALITIES = ['none', 'low', 'medium', 'high', 'crown_jewel'] as const;
export type Criticality = (typeof CRITICALITIES)[number];

/** What multiplies the impact of what happens to an asset, and its risk. Medium leaves both as they are. */
export const ASSET_WEIGHT: Readonly<Record<Criticality, number>> = {
  none: 0.5,
  low: 0.8,
  medium: 1,
  high: 1.25,
  crown_jewel: 1.5,
};

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

/** An inventory held in memory. Whole names are looked up; patterns and networks are tried one by one. */
export class Inventory {
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
  assetsOf({ type, value }: Pick<Entity, 'type' | 'value'>): readonly Asset[] {
    const found = [
      ...(this.#named.get(keyOf(type, value)) ?? []),
      ...this.#patterns
        .filter(({ asset, fits }) => asset.type === type && fits(value))
        .map(({ asset }) => asset),
    ];
    return found.sort((a, b) => rank(b) - rank(a));
  }

  /** What an entity is worth; undefined where the inventory does not say how critical it is. */
  worthOf(
    entity: Pick<Entity, 'type' | 'value'>,
  ): { readonly weight: number; readonly reason: string } | undefined {
    const [asset] = this.assetsOf(entity);
    if (asset?.criticality === undefined) return undefined;
    const owner = asset.owner === undefined ? '' : `, owned by ${asset.owner}`;
    return {
      weight: ASSET_WEIGHT[asset.criticality],
      reason: `the inventory says ${asset.criticality.replace('_', ' ')} (${asset.match}${owner})`,
    };
  }
}

/** Whether a text fits a pattern with `*` and `?`, without case. Linear in text and pattern together at each stretch. */
export function patternOf(pattern: string): (text: string) => boolean {
  const parts: GlobPart[] = pattern
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? { wild: 'many' } : part === '?' ? { wild: 'one' } : part));
  return compileText({ kind: 'glob', parts, cased: false });
}

function keyOf(type: string, value: string): string {
  return `${type}\n${value.toLowerCase()}`;
}

function rank({ criticality }: Asset): number {
  return criticality === undefined ? -1 : CRITICALITIES.indexOf(criticality);
}
