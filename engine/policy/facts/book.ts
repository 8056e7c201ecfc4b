import { nearest } from '../../diagnostic/index.ts';
import { type Asset, CRITICALITIES, type Identity } from '../../intel/index.ts';
import { ENTITY_TYPES } from '../../model/index.ts';
import type { FactSource } from '../fact.ts';
import { AssetInventory } from './asset.ts';
import { type BaselineFinding, BaselineTable } from './baseline.ts';
import { IdentityFacts } from './identity.ts';
import { type IntelIndicator, IntelTable } from './intel.ts';

/** The shape of one kind of entry: which keys it has, which it must have, and what each must be. */
type Shape = Readonly<
  Record<string, { readonly needed?: true; readonly fits: (value: unknown) => boolean; readonly is: string }>
>;

const TEXT = { fits: (value: unknown): boolean => typeof value === 'string' && value !== '', is: 'a text' };
const TEXTS = {
  fits: (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  is: 'a list of texts',
};
const TYPE = {
  needed: true as const,
  fits: (value: unknown): boolean => ENTITY_TYPES.some((one) => one === value),
  is: `one of ${ENTITY_TYPES.join(', ')}`,
};

const SHAPES: Readonly<Record<'assets' | 'identities' | 'intel' | 'baseline', Shape>> = {
  assets: {
    type: TYPE,
    match: { ...TEXT, needed: true },
    criticality: {
      fits: (value) => CRITICALITIES.some((one) => one === value),
      is: `one of ${CRITICALITIES.join(', ')}`,
    },
    owner: TEXT,
    environment: TEXT,
    tags: TEXTS,
    since: TEXT,
    attributes: {
      fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      is: 'a map',
    },
  },
  identities: {
    user: { ...TEXT, needed: true },
    aliases: TEXTS,
    department: TEXT,
    role: TEXT,
    manager: TEXT,
    peers: TEXT,
    tags: TEXTS,
  },
  intel: {
    type: TYPE,
    value: { ...TEXT, needed: true },
    feed: { ...TEXT, needed: true },
    confidence: {
      needed: true,
      fits: (value) => typeof value === 'number' && value >= 0 && value <= 1,
      is: 'a number from 0 to 1',
    },
    tags: TEXTS,
    since: TEXT,
  },
  baseline: {
    type: TYPE,
    value: { ...TEXT, needed: true },
    feature: { ...TEXT, needed: true },
    surprise: { needed: true, fits: (value) => typeof value === 'number', is: 'a number' },
    at: TEXT,
  },
};

/**
 * Sources from the content of a facts file: a map with lists under `assets`, `identities`, `intel` and `baseline`; a list that is absent gives no source.
 * What is wrong comes back in words, and then no source.
 */
export function sourcesFromFacts(content: unknown): {
  readonly sources: readonly FactSource[];
  readonly assets: readonly Asset[];
  readonly identities: readonly Identity[];
  readonly problems: readonly string[];
} {
  const nothing = { sources: [], assets: [], identities: [] };
  if (!isMap(content))
    return { ...nothing, problems: ['a map with assets, identities, intel or baseline is needed'] };
  const problems = Object.keys(content)
    .filter((key) => !Object.hasOwn(SHAPES, key))
    .map((key) => `there is no '${key}'${meant(key, Object.keys(SHAPES))}`);
  const assets = entries<Asset>(content, 'assets', problems);
  const identities = entries<Identity>(content, 'identities', problems);
  const intel = entries<IntelIndicator>(content, 'intel', problems);
  const baseline = entries<BaselineFinding>(content, 'baseline', problems);
  if (problems.length > 0) return { ...nothing, problems };
  return {
    assets: assets ?? [],
    identities: identities ?? [],
    sources: [
      ...(assets === undefined ? [] : [new AssetInventory(assets)]),
      ...(identities === undefined ? [] : [new IdentityFacts(identities)]),
      ...(intel === undefined ? [] : [new IntelTable(intel)]),
      ...(baseline === undefined ? [] : [new BaselineTable(baseline)]),
    ],
    problems,
  };
}

function entries<T>(
  content: Readonly<Record<string, unknown>>,
  key: keyof typeof SHAPES,
  problems: string[],
): readonly T[] | undefined {
  const value = Object.hasOwn(content, key) ? content[key] : undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    problems.push(`'${key}' must be a list`);
    return undefined;
  }
  for (const [i, item] of value.entries()) checkEntry(item, `${key}[${i}]`, { shape: SHAPES[key], problems });
  // The shape was checked above, member by member.
  return value as readonly T[];
}

function checkEntry(
  item: unknown,
  at: string,
  { shape, problems }: { readonly shape: Shape; readonly problems: string[] },
): void {
  if (!isMap(item)) {
    problems.push(`${at} must be a map`);
    return;
  }
  for (const key of Object.keys(item)) {
    const rule = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (rule === undefined) problems.push(`${at} has no '${key}'${meant(key, Object.keys(shape))}`);
    else if (!rule.fits(item[key])) problems.push(`${at}.${key} must be ${rule.is}`);
  }
  for (const [key, { needed }] of Object.entries(shape)) {
    if (needed === true && !Object.hasOwn(item, key)) problems.push(`${at} lacks '${key}'`);
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? `; the keys are ${known.join(', ')}` : `; did you mean '${near}'?`;
}
