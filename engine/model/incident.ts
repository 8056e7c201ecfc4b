import type { CaseNote, ScoreTerm, Severity, Verdict } from './alert.ts';
import type { Entity } from './entity.ts';
import type { EventTime } from './time.ts';

/** Where an incident stands in its life. `redirected` is the end of one that was merged into another. */
export const INCIDENT_STATES = [
  'candidate',
  'open',
  'active',
  'contained',
  'resolved',
  'archived',
  'redirected',
  'retracted',
] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

/** Why two alerts belong together. */
export const LINK_KINDS = [
  'shared_entity',
  'sequence',
  'parent_process',
  'session',
  'intel',
  'pattern',
  'template',
] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** A join of two alerts of an incident. */
export interface IncidentLink {
  /** Alert ids; `from` is the earlier. */
  readonly from: string;
  readonly to: string;
  readonly kind: LinkKind;
  /** 0–1, after all discounts. */
  readonly weight: number;
  /** Time between the two, microseconds. */
  readonly gap: number;
  /** In words, with the figures behind the weight. */
  readonly reason: string;
  /** What they share, where they share something. */
  readonly entity?: Entity;
}

/** A join that was looked at and refused. */
export interface RefusedLink {
  readonly from: string;
  /** The alert or incident it was not joined to. */
  readonly to: string;
  readonly reason: string;
  readonly entity?: Entity;
}

/** An alert's part in an incident. */
export interface IncidentMember {
  readonly alert: string;
  readonly rule: string;
  readonly title: string;
  readonly firstSeen: EventTime;
  readonly lastSeen: EventTime;
  readonly count: number;
  readonly severity: Severity;
  /** The stage it stands for; absent where it has no tactic. */
  readonly tactic?: string;
  /** `evidence`: it speaks for the incident; `context`: it only happened around it on the same subject. */
  readonly role: 'evidence' | 'context';
  /** What it adds to the score, 0 where another stands for its stage. */
  readonly contribution: number;
  /** Why it is in: what was unusual about it, with the figures, or what its rule declares. */
  readonly reason: string;
  /** The part of the template that it stands for. */
  readonly part?: string;
  /** Without it the incident would not stand. */
  readonly minimal: boolean;
}

/** A stage of the attack, in the order of the kill chain. */
export interface IncidentStage {
  readonly tactic: string;
  readonly title: string;
  readonly firstSeen: EventTime;
  readonly lastSeen: EventTime;
  /** Alert ids, and the best of them. */
  readonly alerts: readonly string[];
  readonly best: string;
  readonly score: number;
}

/** What speaks against the incident. */
export interface IncidentCounter {
  readonly reason: string;
  /** What the confidence was multiplied by; 0 is a veto. */
  readonly factor: number;
  readonly signal?: string;
}

/** One line of the story, in plain words. */
export interface StoryLine {
  readonly time: EventTime;
  readonly text: string;
  readonly alerts: readonly string[];
  readonly tactic?: string;
}

/** Related alerts, the links that join them, and what they tell. Every change is a new revision; an object never changes. */
export interface Incident {
  /** SHA-256 from its first alert, 32 hex digits: it does not change with revisions. */
  readonly id: string;
  /** From 1; an output sees each once, in order. */
  readonly revision: number;
  readonly state: IncidentState;
  readonly title: string;
  readonly verdict?: Verdict;
  readonly assignee?: string;
  /** Id of the incident template that shaped it. */
  readonly template?: string;
  readonly severity: Severity;
  /** 0–1. */
  readonly confidence: number;
  /** 0–100. */
  readonly score: number;
  readonly terms: readonly ScoreTerm[];
  readonly firstSeen: EventTime;
  readonly lastSeen: EventTime;
  readonly entities: readonly Entity[];
  readonly stages: readonly IncidentStage[];
  /** Ordered by first seen. */
  readonly members: readonly IncidentMember[];
  /** Exact, where `members` is bounded. */
  readonly membersTotal: number;
  readonly links: readonly IncidentLink[];
  readonly refused: readonly RefusedLink[];
  readonly counter: readonly IncidentCounter[];
  readonly story: readonly StoryLine[];
  /** The tactics that would come next, and what to look for. */
  readonly next: readonly string[];
  readonly remediation: readonly string[];
  /** What was approximated or given up for want of room. */
  readonly approximations: readonly string[];
  /** The incident it was merged into, for good. */
  readonly redirectedTo?: string;
  /** The resolved incident that this one follows up. */
  readonly continues?: string;
  /** Siblings kept apart by a cap. */
  readonly linked: readonly string[];
  /** What made this revision, in words: `opened`, `alert joined`, `merged X`, `late evidence` … */
  readonly change: string;
  readonly suppressed?: { readonly by: string; readonly reason: string; readonly until?: EventTime };
  readonly tags: readonly string[];
  readonly notes: readonly CaseNote[];
}
