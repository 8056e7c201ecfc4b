import type { BaselineScope, FeatureKind } from './baseline.ts';
import type { Entity } from './entity.ts';
import type { Scalar } from './event.ts';
import type { IndicatorMatch } from './feed.ts';
import type { Level } from './level.ts';
import type { RuleKind } from './rule.ts';
import type { EventTime } from './time.ts';

/** The rule behind a signal, as far as those who read signals need it. */
export interface RuleRef {
  readonly kind: RuleKind;
  readonly id: string;
  readonly name?: string;
  readonly title: string;
  readonly version: number;
  readonly level: Level;
  readonly confidence: number;
  readonly tags: readonly string[];
  readonly hash: string;
}

/** An event that a signal rests on. */
export interface EventRef {
  readonly id: string;
  readonly time: EventTime;
  readonly timeNs: number;
  /** File as given and line from 1, where the event came from a file. */
  readonly file?: string;
  readonly line?: number;
}

/** A signal that a correlation's signal rests on. */
export interface SignalPart {
  readonly id: string;
  readonly ruleId: string;
  readonly time: EventTime;
  readonly timeNs: number;
  /** Of a risk: what it adds at the time of the signal, 0–100, as if it stood alone. */
  readonly share?: number;
}

/** What a correlation's signal says beyond a detection's. */
export interface CorrelationDetail {
  /** Group-by fields (or aliases) and join keys with the values they had, in the rule's order. */
  readonly group: readonly (readonly [string, Scalar])[];
  /** The window it was found in; (start, end] for sliding windows, [start, end) for those decided at their close. */
  readonly window: { readonly start: EventTime; readonly end: EventTime };
  /** The figure compared: a count, a sum, a share in per cent, a risk; for temporal types and sequences the signals joined. */
  readonly measure: number;
  /** The figure is exact; else it is an estimate where `error` is given, or only known to be at least this (a bound was reached). */
  readonly exact: boolean;
  /** Relative standard error of an estimate, such as 0.025. */
  readonly error?: number;
  /** The minimal signals it rests on, in order, bounded. */
  readonly parts: readonly SignalPart[];
  /** How many signals there were in all, where more than are listed. */
  readonly partsTotal: number;
  /** State given up by this rule inside the window; above 0 the signal may be incomplete. */
  readonly losses: number;
  /** With `emit: update` and revisions: the first signal of this match, and the number of the revision from 1. */
  readonly revises?: string;
  readonly revision?: number;
  /** Late data took this signal back. */
  readonly retracted?: true;
  /** Counter-evidence that lowered the score. */
  readonly counter?: readonly SignalPart[];
}

/** What one feature of a baseline said. */
export interface FeatureDetail {
  readonly name: string;
  readonly kind: FeatureKind;
  /** Decades, calibrated on the feature's own past. */
  readonly surprise: number;
  readonly scope: BaselineScope;
  readonly actual: string;
  readonly typical: string;
  /** Earlier examples, nearest first. */
  readonly nearest: readonly string[];
  /** The smallest change that would have kept it quiet. */
  readonly counterfactual: string;
}

/** What a baseline's signal says beyond a detection's. */
export interface BaselineDetail {
  /** The features' surprises added up, in decades (−log10 of a tail probability). */
  readonly surprise: number;
  /** What the surprise had to reach. */
  readonly threshold: number;
  /** It spoke because of the hard ceiling, whatever the budget. */
  readonly ceiling: boolean;
  /** Greatest surprise first. */
  readonly features: readonly FeatureDetail[];
  /** What was known of the entity: events, and days with any. */
  readonly known: { readonly events: number; readonly days: number };
  /** False alarms allowed a day, spent so far today (this one included), and held back today. */
  readonly budget: { readonly perDay: number; readonly spent: number; readonly heldBack: number };
  /** The rule runs in shadow: it is counted, and reaches nobody. */
  readonly shadow?: true;
  /** The finding is that the budget of the day is spent. */
  readonly spent?: true;
}

/** One firing of a detection, correlation, baseline or feed rule. */
export interface Signal {
  /** SHA-256 over the rule's semantics hash and its evidence ids, 32 hex digits. */
  readonly id: string;
  readonly rule: RuleRef;
  /** The interval it speaks of; start equals end for a detection. */
  readonly start: EventTime;
  readonly end: EventTime;
  /** Nanoseconds below the microsecond of `end`, 0–999. */
  readonly endNs: number;
  readonly entities: readonly Entity[];
  /** 0–100. */
  readonly score: number;
  readonly evidence: readonly EventRef[];
  /** Values that later stages asked this rule's signals to carry (group-by, join and value fields), by field name. */
  readonly values: ReadonlyMap<string, Scalar | readonly Scalar[]>;
  /** Only of correlation rules. */
  readonly correlation?: CorrelationDetail;
  /** What tells one alert of the rule from another, where the source of the signal says so; else group or entities do. */
  readonly group?: readonly (readonly [string, Scalar])[];
  /** Only of baseline rules: how far from what is usual, in decades. */
  readonly surprise?: number;
  /** The surest indicator that the signal rests on, with its confidence at the time of the event (0–1), and all of them, the surest first. */
  readonly intel?: {
    readonly name: string;
    readonly confidence: number;
    readonly matches?: readonly IndicatorMatch[];
  };
  /** Only of baseline rules. */
  readonly baseline?: BaselineDetail;
}

/** The tag of what the engine says about itself: such alerts are in no incident. */
export const ENGINE_TAG = 'telltale.engine';
