import type { Watermarks } from '../../correlate/index.ts';
import type { Alert, Changes, Decision, Incident } from '../../model/index.ts';
import type { ClockPort } from './clock-port.ts';
import type { Detected, DetectorPort } from './detection.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { JournaledStages, StagesMaker } from './journal.ts';
import type { ObservedMemory } from './observed-memory.ts';
import type { SourcePort } from './source-port.ts';
import type { AuditEvent, KeptValue, StorePort } from './store-port.ts';

/** Lets policies speak about what changed; `apply` gives what a decision of theirs changes. What is left to be said comes back, and the decisions. */
export type Decide = (
  changes: Changes,
  apply: (decision: Decision) => Changes,
) => Promise<{ readonly changes: Changes; readonly decisions: readonly Decision[] }>;

/** Where revisions go: the names of the outputs that see an alert or incident. */
export type Route = (thing: Alert | Incident, decisions: readonly Decision[]) => readonly string[];

/** Named bounds of the loop. */
export interface DaemonLimits {
  /** Batches that wait for their commit, over all sources; more are not asked for. */
  readonly batchesMax: number;
  /** Batches in one transaction. */
  readonly commitBatchesMax: number;
  /** How often time is looked at when nothing comes. */
  readonly tickMs: number;
}

export const DAEMON_LIMITS: DaemonLimits = {
  batchesMax: 64,
  commitBatchesMax: 32,
  tickMs: 1000,
};

/** Room on the disk that is held back: on a full disk a database can not even delete. */
export interface BallastPort {
  /** Gives the room free; false where it was given before. */
  release(): boolean;
  /** Holds room back again; false where there is too little. Cheap where it is held. */
  hold(): boolean;
}

/** What the loop works with. */
export interface DaemonParts {
  readonly sources: readonly SourcePort[];
  readonly detector: DetectorPort;
  readonly stages: JournaledStages;
  readonly watermarks: Watermarks;
  readonly store: StorePort;
  readonly clock: ClockPort;
  readonly dispatchers: readonly Dispatcher[];
  readonly decide: Decide;
  readonly route: Route;
  /** Told of every commit, with what changed. */
  readonly committed?: (changes: Changes) => void;
  /** Told of what a batch gave, when it is taken. */
  readonly taken?: (source: string, detected: Detected) => void;
  /** Remembers what feeds may list later; nobody where absent. */
  readonly observed?: ObservedMemory;
  /** Room that is held back for a full disk. */
  readonly ballast?: BallastPort;
  /** Told of trouble that the loop goes on after; the disk being full is retried. */
  readonly trouble?: (what: string, error: unknown) => void;
  /** Named points at which a test may end the process. */
  readonly fault?: (point: FaultPoint) => void;
}

/** Where a test may end the process: in the loop, at the start, inside a transaction, in front of and behind outputs, in a spool. */
export const FAULT_POINTS = [
  'batch-received',
  'batch-detected',
  'before-take',
  'after-take',
  'after-advance',
  'after-decide',
  'before-commit',
  'after-commit',
  'before-acknowledge',
  'after-acknowledge',
  'before-dispatch',
  'store-opened',
  'stages-recovered',
  'inside-commit',
  'commit-written',
  'before-deliver',
  'after-deliver',
  'after-settle',
  'spool-written',
  'spool-synced',
  'before-answer',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Other rules, in all their parts. */
export interface RulesChange {
  /** From now on batches are detected by the new rules. */
  readonly detect: () => void;
  /** Undoes `detect`: the new rules are not taken after all. */
  readonly takeBack: () => void;
  readonly make: StagesMaker;
  /** The new stages stand: what else must change with them. */
  readonly taken?: () => void;
  /** What the new rules take back of what the old ones decided; asked after `taken`. */
  readonly decisions?: () => readonly Decision[];
  readonly audit?: readonly AuditEvent[];
  /** Committed with the state that the new stages begin with. */
  readonly values?: readonly KeptValue[];
}
