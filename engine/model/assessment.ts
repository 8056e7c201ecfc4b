import type { ScoreTerm, Severity } from './alert.ts';
import type { Entity } from './entity.ts';
import type { Level } from './level.ts';
import type { EventTime } from './time.ts';

/** How often analysts found what a rule said to be true. Exact counts. */
export interface VerdictCounts {
  readonly truePositive: number;
  /** True as a finding, but harmless: it counts against malice as a false one does. */
  readonly benign: number;
  readonly falsePositive: number;
}

/** What somebody decided about an alert's figures; applied last, in the order of the decisions. */
export interface Adjustment {
  readonly at: EventTime;
  readonly by: string;
  readonly reason: string;
  readonly confidence?: { readonly operation: 'multiply' | 'set' | 'cap'; readonly value: number };
  readonly severity?: { readonly floor?: Severity; readonly ceiling?: Severity };
  /** Of a policy: its semantics hash when it decided. */
  readonly hash?: string;
}

/** Everything that an alert's confidence, score and severity are derived from. */
export interface SeverityFacts {
  readonly level: Level;
  /** The rule's prior, 0–1. */
  readonly prior: number;
  readonly verdicts?: VerdictCounts;
  /** What counter-evidence of a correlation multiplied the score by, 0–1. */
  readonly counter?: number;
  /** An indicator that matched, with its confidence now. */
  readonly intel?: { readonly name: string; readonly confidence: number };
  /** What an affected entity is worth: 1 is ordinary, 0.5 a test machine, 2 a crown jewel. */
  readonly asset?: { readonly entity: Entity; readonly weight: number; readonly reason: string };
  /** How unusual the event was for its entity, in decades (−log10 of the tail probability). */
  readonly surprise?: number;
  /** Only unusual: nothing but an anomaly speaks for it, so it stays at most medium. */
  readonly anomalyOnly?: boolean;
  readonly adjustments: readonly Adjustment[];
}

/** Derived figures with every term that made them. */
export interface Assessment {
  /** 0–1. */
  readonly confidence: number;
  /** 0–100. */
  readonly score: number;
  readonly severity: Severity;
  readonly terms: readonly ScoreTerm[];
}
