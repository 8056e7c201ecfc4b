import type { Incident } from '../model/index.ts';
import type { Case, EntitySeen, Notable, Part, RuleSeen } from './case.ts';
import type { SavedHistory } from './history.ts';
import type { OddEpisode } from './odd-episodes.ts';
import type { SavedRecent } from './recent.ts';
import type { Sighting } from './sighting.ts';
import type { SavedTemplates } from './template-runner.ts';
import type { Timer } from './timers.ts';

/** Changes whenever what is saved changes. */
export const SAVED_VERSION = 5;

/** A case as plain data. */
export type SavedCase = Omit<
  Case,
  | 'parts'
  | 'entities'
  | 'rules'
  | 'tags'
  | 'neverWith'
  | 'linked'
  | 'approximations'
  | 'nearby'
  | 'basis'
  | 'decided'
  | 'gone'
  | 'takenBack'
> & {
  readonly parts: readonly (readonly [string, readonly Part[]])[];
  readonly entities: readonly (readonly [string, EntitySeen])[];
  readonly rules: readonly (readonly [string, RuleSeen])[];
  readonly tags: readonly string[];
  readonly neverWith: readonly string[];
  readonly linked: readonly string[];
  readonly approximations: readonly string[];
  readonly basis: readonly (readonly [string, Pick<Notable, 'sighting' | 'past' | 'takenAt'>])[];
  readonly nearby: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Absent in states from before they were kept. */
  readonly decided?: Case['decided'];
  readonly gone?: Case['gone'];
  readonly takenBack?: Case['takenBack'];
};

type Index = readonly (readonly [string, readonly string[]])[];

/** A builder as plain data. */
export interface SavedBuilder {
  readonly version: number;
  readonly frontier: number | null;
  readonly counts: readonly [number, number, number, number];
  readonly history: SavedHistory;
  readonly recent: SavedRecent;
  readonly odd: readonly (readonly [string, readonly OddEpisode[]])[];
  readonly templates: SavedTemplates;
  readonly timers: readonly Timer[];
  readonly waiting: readonly Sighting[];
  readonly out: readonly Incident[];
  readonly cases: readonly SavedCase[];
  readonly filed: {
    readonly entities: Index;
    readonly rules: Index;
    readonly alerts: readonly (readonly [string, string])[];
  };
}

/** A case as plain data: one row, so that a store can write only the cases that changed. */
export function savedCase(one: Case): SavedCase {
  return {
    ...one,
    parts: [...one.parts],
    entities: [...one.entities],
    rules: [...one.rules],
    tags: [...one.tags],
    neverWith: [...one.neverWith],
    linked: [...one.linked],
    approximations: [...one.approximations],
    basis: [...one.basis],
    nearby: { before: [...one.nearby.before], after: [...one.nearby.after] },
  };
}

/** The case of a row. */
export function restoredCase(saved: SavedCase): Case {
  return {
    ...saved,
    notables: [...saved.notables],
    links: [...saved.links],
    refused: [...saved.refused],
    counter: [...saved.counter],
    adjustments: [...saved.adjustments],
    notes: [...saved.notes],
    changes: [...saved.changes],
    parts: new Map(saved.parts.map(([alert, parts]) => [alert, parts.map((part) => ({ ...part }))])),
    entities: new Map(saved.entities.map(([key, seen]) => [key, { ...seen }])),
    rules: new Map(saved.rules.map(([rule, seen]) => [rule, { ...seen }])),
    tags: new Set(saved.tags),
    neverWith: new Set(saved.neverWith),
    linked: new Set(saved.linked),
    approximations: new Set(saved.approximations),
    basis: new Map(saved.basis),
    nearby: { before: new Set(saved.nearby.before), after: new Set(saved.nearby.after) },
    decided: [...(saved.decided ?? [])],
    gone: [...(saved.gone ?? [])],
    takenBack: [...(saved.takenBack ?? [])],
  };
}

/** An index as plain data: by key the ids of cases. */
export function indexOf(index: ReadonlyMap<string, ReadonlySet<Case>>): Index {
  return [...index].map(([key, cases]) => [key, [...cases].map(({ id }) => id)]);
}

/** What bytes of a snapshot say; undefined where they are of another version or none of ours. */
export function savedBuilder(bytes: Uint8Array): SavedBuilder | undefined {
  try {
    const saved: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isSaved(saved) ? saved : undefined;
  } catch {
    return undefined;
  }
}

/** A snapshot of this version is one that this program wrote: its members are not looked at one by one. */
function isSaved(value: unknown): value is SavedBuilder {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === SAVED_VERSION;
}
