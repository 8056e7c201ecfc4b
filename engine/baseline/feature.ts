import type { BaselineFeature, BaselineRule, BaselineScope, EventRef } from '../model/index.ts';
import type { Sighting } from './sighting.ts';

/** What a feature says for itself when it takes part in an alarm. */
export interface FeatureFinding {
  readonly scope: BaselineScope;
  readonly actual: string;
  readonly typical: string;
  /** The earlier examples nearest to this one, nearest first. */
  readonly nearest: readonly string[];
  /** The smallest change that would have kept it quiet. */
  readonly counterfactual: string;
}

/** A window, a day or a session of an entity that has ended, judged by what was known before it. */
export interface Closed {
  /** −1 where a whole series is meant and no entity. */
  readonly entity: number;
  /** Names the series, where it is one. */
  readonly label?: string;
  readonly start: number;
  readonly end: number;
  /** Raw surprise in decades, before calibration. */
  readonly raw: number;
  /** The raw surprise is calibrated already. */
  readonly calibrated?: true;
  /** The figure in words and the like; made only for what becomes an alarm. */
  readonly finding: (limit: number) => FeatureFinding;
  /** The latest event of the window. */
  readonly event: EventRef;
}

/** What a feature can ask of the whole. */
export interface Surroundings {
  readonly rule: BaselineRule;
  /** Entities known in all, and in a group of peers. */
  entityCount(): number;
  peerCount(group: number): number;
  /** The group of an entity; −1 where it has none. */
  groupOf(entity: number): number;
}

/** Saved state: JSON values only. */
export type Saved = unknown;

/**
 * One feature of one baseline rule: its state of all entities. For each event the order is `score`, then `finding` where it became an
 * alarm, then `learn`; nothing but `learn`, `close` and `told` changes anything. All updates are O(1) or O(log n) in what is held.
 */
export interface Feature {
  readonly spec: BaselineFeature;
  /** The fields whose values it needs. */
  readonly fields: readonly string[];
  /** Raw surprise of an event in decades; 0 where nothing is odd, undefined where there is nothing to judge. */
  score(seen: Sighting): number | undefined;
  /** Why the event is odd. `limit` is the raw surprise below which it would have been quiet. */
  finding(seen: Sighting, limit: number): FeatureFinding;
  learn(seen: Sighting): void;
  /** An alarm was raised that this feature took part in. */
  told?(entity: number): void;
  /** Hands out the windows that end at or before a time, in their order, each judged by what was known before it; they are learnt from. */
  close(time: number, take: (closed: Closed) => void): void;
  /** An entity is given up: what was known of it alone goes, what its peers know stays. */
  forget(entity: number): void;
  /** What is known of an entity, undefined where nothing is; and taken into what is known already. */
  saveEntity(entity: number): Saved | undefined;
  absorbEntity(entity: number, saved: Saved): void;
  /** What is known of all together. Absorbed before any entity is. */
  saveTenant(): Saved;
  absorbTenant(saved: Saved): void;
  /** All of a saved state has been absorbed. */
  settle?(): void;
  /** In a few words, for `baseline show` and `diff`: named figures of an entity. */
  describe(entity: number): Readonly<Record<string, number | string | readonly string[]>>;
}

/** Stands in for the finding of what is too probable to become one. */
export function unremarkable(): FeatureFinding {
  return {
    scope: 'entity',
    actual: 'as usual',
    typical: 'as usual',
    nearest: [],
    counterfactual: 'as usual',
  };
}

/** A figure with three significant digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
