import type { Diagnostic } from '../diagnostic/index.ts';
import type { Decision } from '../model/index.ts';
import type {
  AuditEvent,
  ClockPort,
  Ledger,
  OutputStatus,
  PoisonOutcome,
  PoisonRecord,
  QueueStatus,
  Silences,
  SourceStatus,
  StorePort,
} from '../runtime/index.ts';

/** A source as it is shown. */
export interface SourceReport extends SourceStatus {
  readonly name: string;
  readonly type: string;
  readonly delivery: string;
  /** Event time of its newest event; absent before the first. */
  readonly newestAt?: number;
  /** Event time up to which it is taken to be complete. */
  readonly watermark?: number;
  /** Signals whose events came behind the watermark, since the process began. */
  readonly lateSignals: number;
  /** Since the state was begun. */
  readonly ledger?: Ledger;
}

/** An output as it is shown. */
export interface OutputReport extends Omit<OutputStatus, 'output'>, Omit<QueueStatus, 'output' | 'dead'> {
  readonly name: string;
  readonly type: string;
  /** Dead letters that are kept. */
  readonly deadLetters: number;
}

/** A rule as it is shown. */
export interface RuleReport {
  readonly id: string;
  readonly name?: string;
  readonly title: string;
  readonly kind: string;
  readonly level: string;
  readonly status: string;
  readonly confidence: number;
  readonly version: number;
  readonly mode: string;
  readonly tags: readonly string[];
  readonly description?: string;
  readonly owner?: string;
  readonly hash: string;
  readonly file: string;
  readonly line: number;
  /** Signals since the process began; absent for kinds that make none. */
  readonly hits?: number;
}

/** One thing that must hold for the engine to do its work. */
export interface ReadinessCheck {
  readonly name: string;
  readonly holds: boolean;
  /** In words. */
  readonly detail: string;
}

/** How the engine fares, as plain data. Times are microseconds. */
export interface EngineStatus {
  readonly version: string;
  readonly startedAt: number;
  readonly now: number;
  /** Event time up to which everything is decided; absent before the first event. */
  readonly watermark?: number;
  readonly commits: number;
  readonly waitingBatches: number;
  readonly stateBytes: number;
  readonly ruleset: { readonly hash: string; readonly rules: number; readonly findings: number };
  readonly sources: readonly SourceReport[];
  readonly outputs: readonly OutputReport[];
  readonly silences: number;
  readonly checks: readonly ReadinessCheck[];
}

/** What the console asks of the engine. */
export interface EnginePort {
  readonly store: StorePort;
  readonly clock: ClockPort;
  readonly silences: Silences;
  /** Applies decisions with their audit events in one transaction; rejects where the engine has ended. */
  decide(decisions: readonly Decision[], audit: readonly AuditEvent[]): Promise<void>;
  status(): EngineStatus;
  rules(): readonly RuleReport[];
  /** What was found about rules when they were loaded. */
  findings(): readonly Diagnostic[];
  baselines(): readonly Readonly<Record<string, unknown>>[];
  feeds(): readonly Readonly<Record<string, unknown>>[];
  /** The text of what proves an incident, or why nothing does. */
  proof(id: string): { readonly text: string } | { readonly reason: string };
  /** Detects on a record that was set aside once more; rejects where that cannot be. */
  tryPoisonAgain(record: PoisonRecord, audit: AuditEvent): Promise<PoisonOutcome>;
  /** Reads the rules again, or says what that would change; absent where rules are read once. */
  readonly reload?: (mode: 'plan' | 'apply', by: string) => Promise<Readonly<Record<string, unknown>>>;
  /** The metrics in the text form of Prometheus, and its media type. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** Resolves at the next commit that changed an alert or incident, or when stopped. */
  nextChange(stop: AbortSignal): Promise<void>;
}
