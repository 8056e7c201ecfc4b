import type { Alert, AlertState, Verdict } from './alert.ts';
import type { Incident, IncidentState } from './incident.ts';
import type { Signal } from './signal.ts';
import type { EventTime } from './time.ts';

/** What a policy or a person decided about one alert or incident. The core takes it as a command; replayed, it gives the same bytes. */
export interface Decision {
  readonly at: EventTime;
  /** `policy:<id>` or `analyst:<name>`. */
  readonly by: string;
  readonly target: { readonly kind: 'alert' | 'incident'; readonly id: string };
  readonly reason: string;
  readonly confidence?: { readonly operation: 'multiply' | 'set' | 'cap'; readonly value: number };
  readonly severity?: { readonly floor?: string; readonly ceiling?: string };
  readonly suppress?: { readonly owner: string; readonly until: EventTime };
  readonly tags?: readonly string[];
  readonly assignee?: string;
  readonly state?: AlertState | IncidentState;
  readonly verdict?: Verdict;
  /** Into an incident of its own, or out of the one it is in. */
  readonly escalate?: 'incident' | 'none';
  /** Of an incident: merge it with this other one, unless something speaks against it. */
  readonly merge?: string;
  /** Of an incident: take these alerts out, into an incident of their own. */
  readonly split?: readonly string[];
  /** Of an incident: ids of incidents and alerts that it must never be joined with. */
  readonly neverWith?: readonly string[];
  /** Takes back what `by` decided about severity, confidence and suppression before. */
  readonly withdraw?: true;
  /** Of a policy: its semantics hash, by which it is known later whether it was edited since. */
  readonly hash?: string;
  /** Names of outputs that see it; absent: the configured default. */
  readonly route?: readonly string[];
}

/** A decision of a policy that still changes the figures or the silence of a case. */
export interface StandingDecision {
  readonly target: Decision['target'];
  /** `policy:<id>`. */
  readonly by: string;
  /** The policy's semantics hash when it decided. */
  readonly hash: string | undefined;
}

/** Whether a policy decided, and no person. A policy says anew what it says: what it said before gives way. */
export function isPolicy(by: string): boolean {
  return by.startsWith('policy:');
}

/** What changed in one step of the core, as plain data, each list in deterministic order. */
export interface Changes {
  readonly signals: readonly Signal[];
  /** New revisions of alerts. */
  readonly alerts: readonly Alert[];
  /** New revisions of incidents. */
  readonly incidents: readonly Incident[];
}
