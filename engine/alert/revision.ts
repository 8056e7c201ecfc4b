import { renderTemplate, type Template, type TemplateValue } from '../language/index.ts';
import {
  type Alert,
  type Assessment,
  attackTags,
  ENTITY_ROLES,
  type Entity,
  eventTime,
  formatTime,
} from '../model/index.ts';
import type { Life } from './life.ts';
import { type AlertRule, ENTITY_PREFIX } from './plan.ts';

const NOTHING: readonly string[] = [];

/** The next revision of a life, as plain data that never changes again. */
export function revisionOf(life: Life, rule: AlertRule, assessment: Assessment): Alert {
  const { rule: ref } = rule;
  const entities = actorsFirst(life.entities);
  const lookup = templateValues(life, rule, entities);
  const fill = (template: Template): string => renderTemplate(template, lookup);
  const { suppressed } = life;
  const tags = life.tags.length === 0 ? ref.tags : [...new Set([...ref.tags, ...life.tags])];
  return {
    id: life.id,
    revision: life.revision,
    key: life.key,
    rule: ref,
    title: ref.title,
    ...(rule.description === undefined ? {} : { description: fill(rule.description) }),
    group: life.group,
    state: life.state,
    ...(life.verdict === undefined ? {} : { verdict: life.verdict }),
    ...(life.assignee === undefined ? {} : { assignee: life.assignee }),
    ...(suppressed === undefined
      ? {}
      : {
          suppressed: {
            by: suppressed.by,
            reason: suppressed.reason,
            ...(suppressed.until === undefined ? {} : { until: eventTime(suppressed.until) }),
          },
        }),
    firstSeen: eventTime(life.firstSeen),
    lastSeen: eventTime(life.lastSeen),
    count: life.count,
    level: ref.level,
    ...assessment,
    ...(life.tags.length === 0 ? { tactics: rule.tactics, techniques: rule.techniques } : attackTags(tags)),
    entities,
    entitiesTotal: life.entities.length + (life.distinct?.length ?? 0),
    remediation: rule.remediation.length === 0 ? NOTHING : rule.remediation.map(fill),
    tags,
    signals: [...life.signalsFirst, ...life.signalsLatest],
    evidence: [...life.eventsFirst, ...life.eventsLatest],
    evidenceTotal: life.events,
    values: life.values,
    notes: life.notes,
  };
}

/** Actors first, then targets, then sources; within a role in the order of their coming. */
function actorsFirst(entities: readonly Entity[]): readonly Entity[] {
  let before = 0;
  let ordered = true;
  for (const { role } of entities) {
    const at = ENTITY_ROLES.indexOf(role);
    if (at < before) ordered = false;
    before = at;
  }
  if (ordered) return entities;
  return ENTITY_ROLES.flatMap((role) => entities.filter((entity) => entity.role === role));
}

/** What a template's names stand for: built-in ones, `entity.<type>`, group values, then the values of the first signal. */
function templateValues(
  life: Life,
  { rule }: AlertRule,
  entities: readonly Entity[],
): (name: string) => TemplateValue {
  return (name) => {
    switch (name) {
      case 'rule.title':
        return rule.title;
      case 'rule.id':
        return rule.id;
      case 'rule.level':
        return rule.level;
      case 'count':
        return life.count;
      case 'first_seen':
        return formatTime(eventTime(life.firstSeen));
      case 'last_seen':
        return formatTime(eventTime(life.lastSeen));
    }
    if (name.startsWith(ENTITY_PREFIX)) {
      const type = name.slice(ENTITY_PREFIX.length);
      return entities.find((entity) => entity.type === type)?.value;
    }
    const own = life.values.find(([field]) => field === name) ?? life.group.find(([field]) => field === name);
    return own?.[1] ?? undefined;
  };
}
