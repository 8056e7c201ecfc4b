import type {
  CaseNote,
  Decided,
  Entity,
  EventTime,
  IncidentState,
  LinkKind,
  Severity,
  Verdict,
} from '../model/index.ts';
import type { Surprise } from './history.ts';
import type { PastSlice } from './recall.ts';
import type { Sighting } from './sighting.ts';

/** A sighting that says something: unusual for its subject, declared by a rule that is to be trusted, or asked for by a template. */
export interface Notable {
  readonly sighting: Sighting;
  /** `type:value` of what it happened to; the empty text where it names nothing. */
  readonly subject: string;
  readonly surprise: Surprise;
  /** Bits of evidence that it adds: its surprise, at most the cap, by the weight of its best link. */
  readonly bits: number;
  /** Probability that it is malicious by what its rule declares, 0–1; 0 where that is not trusted. */
  readonly declared: number;
  /** What it was weighed against; absent where a template asked for it. */
  readonly past?: PastSlice;
  /** When it was taken: its own time, or when a silence was noticed. */
  readonly takenAt: number;
}

/** Sightings of one alert that belong to a case. Mutable: the case owns it. */
export interface Part {
  readonly alert: string;
  readonly subject: string;
  /** The sighting by which it came in. */
  readonly sighting: Sighting;
  first: number;
  last: number;
  count: number;
  /** Only what happened around the others on the same subject; it proves nothing. */
  context: boolean;
  /** Parts of the template that it stands for. */
  shape: string | undefined;
  /** Why it is shown, where it is only context. */
  note: string | undefined;
}

/** A join inside a case. */
export interface CaseLink {
  readonly from: string;
  readonly to: string;
  readonly kind: LinkKind;
  readonly weight: number;
  readonly gap: number;
  readonly reason: string;
  readonly entity?: Entity;
}

/** A join that was looked at and refused. */
export interface CaseRefusal {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly entity?: Entity;
}

/** Where an entity was last seen in a case. */
export interface EntitySeen {
  readonly entity: Entity;
  /** Something was done by it or from it. */
  acts: boolean;
  /** Something was done to it. */
  suffers: boolean;
  time: number;
  alert: string;
  count: number;
}

/** Where a rule was last seen in a case. */
export interface RuleSeen {
  time: number;
  alert: string;
  subject: string;
}

/** A change of the figures that somebody decided. */
export interface CaseAdjustment {
  readonly at: number;
  readonly by: string;
  readonly reason: string;
  readonly confidence?: { readonly operation: 'multiply' | 'set' | 'cap'; readonly value: number };
  readonly severity?: { readonly floor?: Severity; readonly ceiling?: Severity };
  /** Of a policy: its semantics hash when it decided. */
  readonly hash?: string;
}

/** A decision about a case, and when it was applied: a person's clock may be far from the time of the events. */
export interface CaseDecision {
  readonly decision: Decided;
  /** Microseconds. */
  readonly at: number;
}

/** Counter-evidence of a case. */
export interface CaseCounter {
  readonly reason: string;
  readonly factor: number;
  readonly signal?: string;
}

/** A candidate or incident in the making. Mutable: the builder owns it; what leaves is a view of it. */
export interface Case {
  readonly id: string;
  /** Number in the order of coming about: the order in which cases are asked and told. */
  readonly order: number;
  state: IncidentState;
  revision: number;
  first: number;
  last: number;
  /** The same without what was found around it later. */
  coreFirst: number;
  coreLast: number;
  openedAt: number;
  readonly notables: Notable[];
  /** By alert id: its stretches, apart where it paused for long. */
  readonly parts: Map<string, Part[]>;
  readonly links: CaseLink[];
  readonly refused: CaseRefusal[];
  /** By `type:value`. */
  readonly entities: Map<string, EntitySeen>;
  /** By rule id. */
  readonly rules: Map<string, RuleSeen>;
  readonly counter: CaseCounter[];
  readonly adjustments: CaseAdjustment[];
  readonly notes: CaseNote[];
  readonly tags: Set<string>;
  /** Ids of incidents and alerts that it must never be joined with. */
  readonly neverWith: Set<string>;
  /** Ids of signals that are shown with it from the days around. */
  readonly nearby: { readonly before: Set<string>; readonly after: Set<string> };
  readonly linked: Set<string>;
  readonly approximations: Set<string>;
  /** By signal id: what the shapes of templates rest on, counter-evidence included, and what leads from one course of events to the next. Bounded. */
  readonly basis: Map<string, Pick<Notable, 'sighting' | 'past' | 'takenAt'>>;
  template: { readonly id: string; readonly title: string; readonly story: string | undefined } | undefined;
  /** The least severity that its template asks for. */
  floor: Severity | undefined;
  templateRemediation: readonly string[];
  verdict: Verdict | undefined;
  assignee: string | undefined;
  suppressed: { readonly by: string; readonly reason: string; readonly until?: EventTime } | undefined;
  /** The policy that suppressed it, where none of people did. */
  mutedBy: { readonly by: string; readonly hash: string | undefined } | undefined;
  redirectedTo: string | undefined;
  continues: string | undefined;
  /** What was decided that changes how it came about or its figures, in order: its proof rests on it. Bounded. */
  readonly decided: CaseDecision[];
  /** What was evidence once, and was taken out by a decision or by late data: it may have opened the case. Bounded. */
  readonly gone: Notable[];
  /** Late data that took evidence back. Bounded. */
  readonly takenBack: Sighting[];
  /** The incident that it was split from. */
  splitFrom: string | undefined;
  /** Bits of its evidence. */
  bits: number;
  /** What its evidence alone makes of it, 0–1, before counter-evidence and decisions. */
  evidenceConfidence: number;
  /** What changed since the last revision, in words; empty where nothing did. */
  changes: string[];
  /** When the next revision is told; 0 where none is due. */
  flushAt: number;
  /** When it is quiet and looks back; 0 where it did. */
  quietAt: number;
}
