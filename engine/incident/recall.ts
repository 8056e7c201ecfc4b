import type { Fading, KeyPast, RulePast } from './history.ts';

/** The past of a rule on a subject in figures. */
export type PastFigures = Omit<KeyPast, 'key' | 'rule' | 'subject' | 'latest'>;

/** What was known of a rule and subject just before a sighting; null where nothing was. */
export interface PastBefore {
  readonly key: PastFigures | null;
  /** The rule anywhere. */
  readonly rule: Omit<RulePast, 'beside'> | null;
  /** Rules that had not been seen before, arriving. */
  readonly novelty: Fading;
}

/** All of the learnt past that one notable sighting was weighed against: a few hundred bytes. */
export interface PastSlice extends PastBefore {
  /** When watching began. */
  readonly start: number;
  /** By entity of the sighting: notable sightings before, by whole bits of surprise. */
  readonly entities: readonly (readonly [string, readonly number[]])[];
  /** The same over all entities, and how many there were. */
  readonly all: readonly number[];
  readonly entitiesTotal: number;
}

/** How often episodes of a rule began beside one of another, of so many. */
export interface TogetherRow {
  readonly rule: string;
  readonly other: string;
  readonly seen: number;
  readonly episodes: number;
}

/** The past of a replay: by signal id what it is weighed against, and what came together. A sighting without a past says nothing by itself. */
export interface Recall {
  readonly pasts: ReadonlyMap<string, PastSlice>;
  readonly together: readonly TogetherRow[];
}
