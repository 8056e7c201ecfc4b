import { ENTITY_ROLES, ENTITY_TYPES } from '../model/index.ts';
import type { FactKind, FactParam } from './fact.ts';

const ENTITY: FactParam = {
  name: 'entity',
  doc: 'only entities of this type; all where absent',
  values: ENTITY_TYPES,
};
const ROLE: FactParam = {
  name: 'role',
  doc: 'only entities in this role; all where absent',
  values: ENTITY_ROLES,
};

const COMMON = [
  'id',
  'revision',
  'title',
  'state',
  'verdict',
  'assignee',
  'suppressed',
  'severity',
  'confidence',
  'score',
  'firstSeen',
  'lastSeen',
  'durationSeconds',
  'tactics',
  'entities',
  'entities.type',
  'entities.role',
  'entities.value',
  'tags',
] as const;

const ALERT_ONLY = [
  'rule.id',
  'rule.name',
  'rule.title',
  'rule.kind',
  'rule.version',
  'rule.level',
  'rule.confidence',
  'rule.tags',
  'description',
  'count',
  'level',
  'techniques',
  'techniques.id',
  'techniques.name',
  'entitiesTotal',
  'evidenceTotal',
  'group.*',
  'values.*',
] as const;

const INCIDENT_ONLY = [
  'template',
  'members',
  'members.rule',
  'members.title',
  'members.severity',
  'members.tactic',
  'members.count',
  'membersTotal',
  'stages',
  'stages.tactic',
  'counter',
  'counter.factor',
  'counter.reason',
  'continues',
  'redirectedTo',
  'change',
] as const;

/** The facts that every deployment knows. `alert`, `incident`, `case` and `time` come from the case itself, the others from sources. */
export const FACT_KINDS: readonly FactKind[] = [
  {
    name: 'alert',
    doc: 'the alert that is decided about',
    params: [],
    fields: [...COMMON, ...ALERT_ONLY],
    only: 'alert',
  },
  {
    name: 'incident',
    doc: 'the incident that is decided about',
    params: [],
    fields: [...COMMON, ...INCIDENT_ONLY],
    only: 'incident',
  },
  {
    name: 'case',
    doc: 'what alerts and incidents have in common, and `kind`',
    params: [],
    fields: ['kind', ...COMMON],
  },
  {
    name: 'time',
    doc: 'the time of the last event of the case, in UTC',
    params: [],
    fields: ['hour', 'weekday', 'date'],
  },
  {
    name: 'asset',
    doc: 'what the inventory says of the entities of the case; a list, one item an asset',
    params: [ENTITY, ROLE],
    fields: ['type', 'match', 'criticality', 'owner', 'environment', 'tags', 'since', 'attributes.*'],
  },
  {
    name: 'identity',
    doc: 'who the users of the case are by the directory; a list, one item a person',
    params: [ENTITY, ROLE],
    fields: ['user', 'aliases', 'department', 'role', 'manager', 'peers', 'tags'],
  },
  {
    name: 'geo',
    doc: 'where the addresses of the case are, and whose; a list, one item an address',
    params: [ENTITY, ROLE],
    fields: [
      'value',
      'country',
      'countryName',
      'continent',
      'region',
      'city',
      'latitude',
      'longitude',
      'asn',
      'organisation',
    ],
  },
  {
    name: 'intel',
    doc: 'what threat intelligence says of the entities of the case; a list, one item an indicator',
    params: [ENTITY, ROLE],
    fields: ['type', 'value', 'feed', 'confidence', 'tags', 'since'],
  },
  {
    name: 'history',
    doc: 'what happened before with the same rule, the same entities, or both',
    params: [
      {
        name: 'of',
        doc: 'same rule, same entity, or both; rule where absent',
        values: ['rule', 'entity', 'pair'],
      },
      ENTITY,
      { name: 'within', doc: 'a time span back; all that is remembered where absent' },
    ],
    fields: ['count', 'truePositives', 'falsePositives', 'benign', 'firstSeen', 'lastSeen'],
  },
  {
    name: 'baseline',
    doc: 'how far the entities of the case are from their normal; a list, one item an entity and feature',
    params: [ENTITY, ROLE],
    fields: ['type', 'value', 'feature', 'surprise', 'at'],
  },
];

/** The weekdays as `time.weekday` names them. */
export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
