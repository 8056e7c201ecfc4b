import type { Severity } from './alert.ts';
import type { EntityType } from './entity.ts';
import type { Level } from './level.ts';
import type { RuleMeta } from './rule.ts';
import type { RuleTest } from './rule-test.ts';
import type { Duration } from './time.ts';

/**
 * The five shapes of an incident. `same_entity`: parts of several sources about one entity. `sequence`: one part after the other.
 * `theme`: parts around one service, joined by any of several keys, from link to link. `kill_chain`: tactics in the order of ATT&CK on one
 * resource. `shared_process`: one process, file or hash on several hosts.
 */
export const INCIDENT_SHAPES = ['same_entity', 'sequence', 'theme', 'kill_chain', 'shared_process'] as const;
export type IncidentShape = (typeof INCIDENT_SHAPES)[number];

/** Which alerts a part takes: one that fits every member written here. Texts are compared without regard to case, `*` stands for anything. */
export interface AlertSelector {
  /** Ids or names of rules. */
  readonly rules: readonly string[];
  /** Tags, of which an alert must have one. */
  readonly tags: readonly string[];
  /** ATT&CK tactics by short name (`credential-access`), of which an alert must have one. */
  readonly tactics: readonly string[];
  /** ATT&CK techniques; `T1059` takes `T1059.001` too. */
  readonly techniques: readonly string[];
  /** Titles, for alerts of other products. */
  readonly titles: readonly string[];
  /** Entity types that an alert must name, all of them. */
  readonly entities: readonly EntityType[];
  /** At least this level. */
  readonly level?: Level;
}

/** One part of a template. */
export interface TemplatePart {
  readonly name: string;
  readonly select: AlertSelector;
  /** So many alerts (signals of one alert count each) make the part; 1 where not said. */
  readonly times: number;
  /** The shape holds without it; where it is there, it belongs. */
  readonly optional: boolean;
  /** Of a sequence: it comes at most this long after the part before it. */
  readonly within?: Duration;
}

/** What speaks against the incident: an alert that fits, about the same entity, near it in time. */
export interface TemplateCounter {
  readonly select: AlertSelector;
  readonly within: Duration;
  /** What the confidence is multiplied by, 0–1; 0 is a veto. */
  readonly factor: number;
  readonly reason: string;
}

/** An incident template: the shape of an attack, and what to say about it. */
export interface IncidentTemplate {
  readonly kind: 'incident';
  readonly meta: RuleMeta;
  readonly shape: IncidentShape;
  /** From the first alert to the last. */
  readonly timespan: Duration;
  /** Alternatives; each is a list of entity types that must all be shared. A type may be written `type/role`. */
  readonly join: readonly (readonly JoinKey[])[];
  readonly parts: readonly TemplatePart[];
  /** So many parts must be there; all that are not optional where absent. */
  readonly minParts?: number;
  /** So many tactics (`kill_chain`), hosts (`shared_process`), different rules or products (`same_entity`). */
  readonly minTactics: number;
  readonly minHosts: number;
  readonly minSources: number;
  readonly counter: readonly TemplateCounter[];
  /** The least the severity is, where the shape holds. */
  readonly severity: Severity;
  /** A title with `{{…}}` filled in; the rule's own title where absent. */
  readonly title?: string;
  /** Told in plain words; `{{…}}` are filled in. */
  readonly story?: string;
  readonly tests: readonly RuleTest[];
}

/** An entity type, and the role it must have where that matters. */
export interface JoinKey {
  readonly type: EntityType;
  readonly role?: string;
}
