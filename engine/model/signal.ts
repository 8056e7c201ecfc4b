import type { Entity } from './entity.ts';
import type { Scalar } from './event.ts';
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
}
