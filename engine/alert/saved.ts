import type { RuleRef, Severity, Signal, VerdictCounts } from '../model/index.ts';
import type { Held } from './held.ts';
import type { Life } from './life.ts';
import type { AlertRule } from './plan.ts';

/** The version of the plain data; another is refused. */
export const SAVED_VERSION = 2;

/** An alert as it is saved. */
export interface SavedAlert {
  readonly life: Omit<Life, 'wakeAt' | 'laterAt'> & {
    readonly wakeAt: number | null;
    readonly laterAt: number | null;
  };
  readonly severity: Severity;
  readonly rank: number;
  readonly intel?: Signal['intel'];
  /** Of another product's rule, which no ruleset holds. */
  readonly rule?: RuleRef;
}

/** The state of a book as plain data: JSON keeps it. */
export interface SavedBook {
  readonly version: number;
  readonly now: number | null;
  readonly live: readonly SavedAlert[];
  readonly past: readonly SavedAlert[];
  readonly verdicts: readonly (readonly [string, VerdictCounts])[];
  readonly evicted: readonly (readonly [string, number])[];
  readonly counts: readonly [number, number, number, number, number];
}

/** An alert as plain data; `foreign` where its rule is in no ruleset and must be saved with it. */
export function savedAlert(held: Held, foreign: boolean): SavedAlert {
  const { life, severity, intel, rank, rule } = held;
  return {
    life: { ...life, wakeAt: savedTime(life.wakeAt), laterAt: savedTime(life.laterAt) },
    severity,
    rank,
    ...(intel === undefined ? {} : { intel }),
    ...(foreign ? { rule: rule.rule } : {}),
  };
}

/** An alert of saved data, outside all lists. */
export function restoredAlert(saved: SavedAlert, rule: AlertRule): Held {
  const { wakeAt, laterAt } = saved.life;
  const life: Life = {
    ...saved.life,
    wakeAt: wakeAt ?? Number.POSITIVE_INFINITY,
    laterAt: laterAt ?? Number.POSITIVE_INFINITY,
  };
  const { severity, intel, rank } = saved;
  return { id: life.id, life, rule, severity, intel, rank, newer: undefined, older: undefined };
}

function savedTime(at: number): number | null {
  return Number.isFinite(at) ? at : null;
}
