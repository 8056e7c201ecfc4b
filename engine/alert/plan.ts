import { ALERT_NAMES, parseTemplate, type Template, templateFields } from '../language/index.ts';
import { attackTags, type RuleMeta, type RuleRef, type Technique } from '../model/index.ts';

/** How the signals of one rule become alerts: plain data. */
export interface AlertRule {
  readonly rule: RuleRef;
  readonly description?: Template;
  readonly remediation: readonly Template[];
  /** Fields whose values tell one alert from another (`suppress.by`); empty where the signal's group or entities do. */
  readonly by: readonly string[];
  /** How long one alert takes in repeats quietly (`suppress.for`); absent where idleness ends it. */
  readonly quietMicros?: number;
  /** At this level the suppression does not hold. */
  readonly unless?: RuleMeta['level'];
  /** Only correlations read its signals: it makes no alert. */
  readonly muted: boolean;
  /** Its alerts are kept and counted, and reach nobody. */
  readonly shadow: boolean;
  /** Nothing but an anomaly speaks for its signals. */
  readonly anomaly: boolean;
  readonly tactics: readonly string[];
  readonly techniques: readonly Technique[];
}

/** How signals become alerts, for every rule of a ruleset. */
export interface AlertPlan {
  readonly rules: readonly AlertRule[];
}

/** A rule as far as its alerts go. */
export interface AlertingRule {
  readonly ref: RuleRef;
  readonly meta: RuleMeta;
  readonly anomaly?: boolean;
}

/** Names that templates may use for every alert, whatever its events hold. */
export const BUILT_IN_FIELDS = ALERT_NAMES;

/** What a template's entity names begin with: `{{entity.host}}` is the first host of the alert. */
export const ENTITY_PREFIX = 'entity.';

/** Plans the alerts of rules. `muted` holds the ids of those that only serve correlations. */
export function planAlerts(rules: readonly AlertingRule[], muted: readonly string[]): AlertPlan {
  const quiet = new Set(muted);
  return { rules: rules.map((rule) => planned(rule, quiet.has(rule.ref.id))) };
}

function planned({ ref, meta, anomaly }: AlertingRule, muted: boolean): AlertRule {
  const { suppress, description } = meta;
  return {
    ...plainRule(ref),
    ...(description === undefined ? {} : { description: parseTemplate(description) }),
    remediation: meta.remediation.map(parseTemplate),
    by: suppress?.by ?? [],
    ...(suppress === undefined || suppress.for <= 0 ? {} : { quietMicros: suppress.for }),
    ...(suppress?.unless === undefined ? {} : { unless: suppress.unless }),
    muted,
    shadow: meta.mode === 'shadow',
    anomaly: anomaly ?? ref.kind === 'baseline',
  };
}

/** How signals of a rule that is in no ruleset (another product's) become alerts. */
export function plainRule(ref: RuleRef): AlertRule {
  return {
    rule: ref,
    remediation: [],
    by: [],
    muted: false,
    shadow: false,
    anomaly: ref.kind === 'baseline',
    ...attackTags(ref.tags),
  };
}

/** The fields whose values the rule's signals must carry for its alerts: what tells them apart, and what its texts show. */
export function alertFields(rule: AlertRule): readonly string[] {
  const templates = [rule.description, ...rule.remediation].filter((one) => one !== undefined);
  const fields = new Set(rule.by);
  for (const template of templates) for (const name of templateFields(template)) fields.add(name);
  return [...fields].filter((name) => !isBuiltIn(name)).sort();
}

/** Whether a template's name is one that every alert answers. */
export function isBuiltIn(name: string): boolean {
  return BUILT_IN_FIELDS.includes(name) || name.startsWith(ENTITY_PREFIX);
}
