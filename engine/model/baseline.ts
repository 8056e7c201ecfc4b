import type { Place } from '../diagnostic/index.ts';
import type { EntityRole, EntityType } from './entity.ts';
import type { Expression } from './expression.ts';
import type { Logsource } from './logsource.ts';
import type { RuleMeta } from './rule.ts';
import type { RuleTest } from './rule-test.ts';
import type { Duration, EventTime } from './time.ts';

/** With whom an entity is compared: its own past, its peers, everybody. */
export const BASELINE_SCOPES = ['entity', 'peers', 'tenant'] as const;
export type BaselineScope = (typeof BASELINE_SCOPES)[number];

/** Every kind of feature: what is learnt of an entity, and what is odd about it. */
export const FEATURE_KINDS = [
  'category',
  'rarity',
  'count',
  'distinct',
  'sum',
  'time_of_week',
  'travel',
  'peer_deviation',
  'beacon',
  'random_name',
  'edge',
  'sequence',
  'series',
] as const;
export type FeatureKind = (typeof FEATURE_KINDS)[number];

/** What a window's figure is: how many events, how many different values, the sum of a field, its mean. */
export const FIGURES = ['count', 'distinct', 'sum', 'value'] as const;
export type Figure = (typeof FIGURES)[number];

/** What each kind of feature needs. */
export type FeatureBody =
  /** New values: an entity's first use of one, and whether its peers or anybody used it before. */
  | {
      readonly kind: 'category';
      readonly field: string;
      readonly scopes: readonly BaselineScope[];
      readonly forget: Duration;
    }
  /** Values that are seen seldom anywhere. */
  | { readonly kind: 'rarity'; readonly field: string; readonly forget: Duration }
  /** More events, more different values, or a greater sum in a window than usual for the time of the week. */
  | { readonly kind: 'count'; readonly window: Duration; readonly season: boolean }
  | { readonly kind: 'distinct'; readonly field: string; readonly window: Duration; readonly season: boolean }
  | { readonly kind: 'sum'; readonly field: string; readonly window: Duration; readonly season: boolean }
  /** Activity at an hour of the week at which the entity is not active. */
  | { readonly kind: 'time_of_week'; readonly halfLife: Duration }
  /** Two places too far apart for the time between. */
  | {
      readonly kind: 'travel';
      readonly latitude: string;
      readonly longitude: string;
      readonly speedKmh: number;
      readonly leastKm: number;
    }
  /** A figure of the day that is off from what the peers do, more than it usually is. */
  | { readonly kind: 'peer_deviation'; readonly of: 'count' | 'distinct' | 'sum'; readonly field?: string }
  /** Contacts to one destination at regular intervals. */
  | { readonly kind: 'beacon'; readonly field: string; readonly contacts: number }
  /** Names that look drawn at random, as generated domains do. */
  | { readonly kind: 'random_name'; readonly field: string }
  /** A first contact between the entity and another, weighed by how many contact that other. */
  | { readonly kind: 'edge'; readonly field: string; readonly forget: Duration }
  /** Steps from one event type to the next, and sessions of unusual length or make-up. */
  | { readonly kind: 'sequence'; readonly field: string; readonly gap: Duration }
  /** A metric, watched by the three-view detector of numeric series; one series for each value of `by`, at most 256. */
  | {
      readonly kind: 'series';
      readonly of: Figure;
      readonly field?: string;
      readonly by: readonly string[];
      readonly window: Duration;
    };

/** One feature of a baseline. */
export type BaselineFeature = FeatureBody & {
  readonly name: string;
  /** Multiplies its surprise; 1 where absent. */
  readonly weight: number;
  readonly at?: Place;
};

/** A stretch of time that is not learnt from: [start, end). */
export interface ExcludedInterval {
  readonly start: EventTime;
  readonly end: EventTime;
}

/** What a baseline rule may spend in false alarms. */
export interface FalseAlarmBudget {
  /** Alarms a day. */
  readonly perDay: number;
  /** For the whole deployment, or for each entity. */
  readonly scope: 'tenant' | 'entity';
}

/** What is normal, per entity, and how far off is odd. */
export interface BaselineRule {
  readonly kind: 'baseline';
  readonly meta: RuleMeta;
  readonly logsource: Logsource;
  /** Which events are looked at. */
  readonly select: Expression;
  readonly entity: {
    readonly type: EntityType;
    readonly role: EntityRole;
    /** Fields whose values together name the entity; an event without all of them is passed over and counted. */
    readonly key: readonly string[];
    /** Forgotten after so long without an event. */
    readonly ttl: Duration;
    /** Entities held at most; beyond, the least recent are folded into their peers and counted. */
    readonly max: number;
  };
  readonly features: readonly BaselineFeature[];
  /** Fields whose values name the group of peers, and how many make one worth comparing with. */
  readonly peers: { readonly by: readonly string[]; readonly min: number };
  readonly learn: {
    /** How much of the past `baseline learn` reads, and how long the rule as a whole stays silent at most. */
    readonly from: Duration;
    /** An entity is silent before so many events and so many days on which it had any. */
    readonly minEvents: number;
    readonly minDays: number;
    readonly exclude: readonly ExcludedInterval[];
  };
  readonly guard: {
    /** A new value is part of the normal after so many days on which it was seen, … */
    readonly admitDays: number;
    /** … or so many peers that use it, … */
    readonly admitPeers: number;
    /** … or so long after it was first seen. */
    readonly admitAfter: Duration;
    /** A figure beyond this quantile of its past counts as that quantile. */
    readonly winsorise: number;
    /** No day counts for more than this share of what is known. */
    readonly dayCap: number;
    /** The normal of an entity may drift by this share in 30 days before that itself is odd. */
    readonly maxDrift: number;
  };
  readonly budget: FalseAlarmBudget;
  /** `shadow`: scored and counted, reaches nobody. */
  readonly mode: 'shadow' | 'live';
  readonly tests: readonly RuleTest[];
}
