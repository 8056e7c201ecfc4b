// Long because it is one straight reading: every member of an alert and of an incident once, in the order of their types.
import { nearest } from '../diagnostic/index.ts';
import {
  ALERT_STATES,
  type Alert,
  type CaseNote,
  type ScoreTerm,
  SEVERITIES,
  type Technique,
  VERDICTS,
} from './alert.ts';
import { ENTITY_ROLES, ENTITY_TYPES, type Entity } from './entity.ts';
import type { Scalar } from './event.ts';
import {
  INCIDENT_STATES,
  type Incident,
  type IncidentLink,
  type IncidentMember,
  type IncidentStage,
  LINK_KINDS,
  type RefusedLink,
} from './incident.ts';
import { LEVELS } from './level.ts';
import { RULE_KINDS } from './rule.ts';
import type { EventRef, RuleRef } from './signal.ts';
import { type EventTime, eventTime, MICROS_PER_MS, MICROS_PER_SECOND } from './time.ts';

/** What was read, and what was wrong with it in words; members that are absent or wrong have plain values. */
export interface CaseReading<T> {
  readonly value: T;
  readonly problems: readonly string[];
}

/**
 * An alert from the plain data that JSON outputs write. Every member may be absent: then it is a plain one (an open alert of medium
 * severity, seen once), so that tests of policies write only what matters.
 */
export function alertFromRecord(record: unknown): CaseReading<Alert> {
  const read = new Reader(record, '');
  const rule = ruleFrom(read.map('rule'));
  const firstSeen = read.time('firstSeen') ?? read.time('lastSeen') ?? eventTime(0);
  const entities = read.list('entities', entityFrom);
  const tags = read.texts('tags');
  const value: Alert = {
    id: read.text('id') ?? 'alert',
    revision: read.number('revision') ?? 1,
    key: read.text('key') ?? rule.id,
    rule: rule.tags.length > 0 ? rule : { ...rule, tags },
    title: read.text('title') ?? rule.title,
    ...read.optionalText('description'),
    group: read.pairs('group').map(([key, one]) => [key, isScalar(one) ? one : (one[0] ?? null)] as const),
    state: read.oneOf('state', ALERT_STATES) ?? 'open',
    ...defined('verdict', read.oneOf('verdict', VERDICTS)),
    ...read.optionalText('assignee'),
    ...suppressedFrom(read),
    firstSeen,
    lastSeen: read.time('lastSeen') ?? firstSeen,
    count: read.number('count') ?? 1,
    level: read.oneOf('level', LEVELS) ?? rule.level,
    confidence: read.number('confidence') ?? rule.confidence,
    severity: read.oneOf('severity', SEVERITIES) ?? 'medium',
    score: read.number('score') ?? 50,
    terms: read.list('terms', termFrom),
    tactics: read.texts('tactics'),
    techniques: read.list('techniques', techniqueFrom),
    entities,
    entitiesTotal: read.number('entitiesTotal') ?? entities.length,
    remediation: read.texts('remediation'),
    tags,
    signals: read.texts('signals'),
    evidence: read.list('events', eventRefFrom),
    evidenceTotal: read.number('eventsTotal') ?? 1,
    values: read.pairs('values'),
    notes: read.list('notes', noteFrom),
  };
  return { value, problems: read.done(['kind']) };
}

/** An incident from the plain data that JSON outputs write (gaps of links are seconds there). Every member may be absent: then it is a plain one. */
export function incidentFromRecord(record: unknown): CaseReading<Incident> {
  const read = new Reader(record, '');
  const firstSeen = read.time('firstSeen') ?? read.time('lastSeen') ?? eventTime(0);
  const members = read.list('alerts', memberFrom);
  const value: Incident = {
    id: read.text('id') ?? 'incident',
    revision: read.number('revision') ?? 1,
    state: read.oneOf('state', INCIDENT_STATES) ?? 'open',
    title: read.text('title') ?? 'Incident',
    ...defined('verdict', read.oneOf('verdict', VERDICTS)),
    ...read.optionalText('assignee'),
    ...read.optionalText('template'),
    severity: read.oneOf('severity', SEVERITIES) ?? 'medium',
    confidence: read.number('confidence') ?? 0.5,
    score: read.number('score') ?? 50,
    terms: read.list('terms', termFrom),
    firstSeen,
    lastSeen: read.time('lastSeen') ?? firstSeen,
    entities: read.list('entities', entityFrom),
    stages: read.list('stages', stageFrom),
    members,
    membersTotal: read.number('alertsTotal') ?? members.length,
    links: read.list('links', linkFrom),
    refused: read.list('refused', refusedFrom),
    counter: read.list('counter', (one) => ({
      reason: one.text('reason') ?? '',
      factor: one.number('factor') ?? 1,
      ...one.optionalText('signal'),
    })),
    story: read.list('story', (one) => ({
      time: one.time('time') ?? firstSeen,
      text: one.text('text') ?? '',
      alerts: one.texts('alerts'),
      ...one.optionalText('tactic'),
    })),
    next: read.texts('next'),
    remediation: read.texts('remediation'),
    approximations: read.texts('approximations'),
    ...read.optionalText('redirectedTo'),
    ...read.optionalText('continues'),
    linked: read.texts('linked'),
    change: read.text('change') ?? 'opened',
    ...suppressedFrom(read),
    tags: read.texts('tags'),
    notes: read.list('notes', noteFrom),
  };
  return { value, problems: read.done(['kind']) };
}

/** Reads members of one map, and notes what is wrong and which keys nobody asked for. */
class Reader {
  readonly #map: Readonly<Record<string, unknown>>;
  readonly #at: string;
  readonly #asked = new Set<string>();
  readonly problems: string[] = [];

  constructor(value: unknown, at: string) {
    this.#at = at;
    this.#map = isMap(value) ? value : {};
    if (value !== undefined && !isMap(value))
      this.problems.push(`${at === '' ? 'the record' : at} is no map`);
  }

  /** The problems, among them a key that nobody asked for. */
  done(beside: readonly string[] = []): readonly string[] {
    for (const key of Object.keys(this.#map)) {
      if (this.#asked.has(key) || beside.includes(key)) continue;
      const near = nearest(key, this.#asked);
      const hint = near === undefined ? '' : `; did you mean '${near}'?`;
      this.problems.push(`there is no '${this.#path(key)}'${hint}`);
    }
    return this.problems;
  }

  text(key: string): string | undefined {
    const value = this.#own(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    return this.#wrong(key, 'a text');
  }

  optionalText<const K extends string>(key: K): { readonly [P in K]?: string } {
    return defined(key, this.text(key));
  }

  number(key: string): number | undefined {
    const value = this.#own(key);
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
    return this.#wrong(key, 'a number');
  }

  flag(key: string): boolean {
    const value = this.#own(key);
    if (value !== undefined && typeof value !== 'boolean') this.#wrong(key, 'true or false');
    return value === true;
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[]): T | undefined {
    const value = this.#own(key);
    if (value === undefined) return undefined;
    return allowed.find((one) => one === value) ?? this.#wrong(key, `one of ${allowed.join(', ')}`);
  }

  time(key: string): EventTime | undefined {
    const value = this.#own(key);
    if (value === undefined) return undefined;
    return (typeof value === 'string' ? timeFrom(value) : undefined) ?? this.#wrong(key, 'a time in UTC');
  }

  texts(key: string): string[] {
    const value = this.#own(key);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return [...value];
    this.#wrong(key, 'a list of texts');
    return [];
  }

  map(key: string): Reader {
    const inner = new Reader(this.#own(key), this.#path(key));
    // One list of problems for the whole record.
    return inner.#sharing(this.problems);
  }

  list<T>(key: string, from: (one: Reader) => T): T[] {
    const value = this.#own(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.#wrong(key, 'a list');
      return [];
    }
    return value.map((item: unknown, i) => {
      const inner = new Reader(item, `${this.#path(key)}[${i}]`).#sharing(this.problems);
      const read = from(inner);
      inner.done();
      return read;
    });
  }

  pairs(key: string): (readonly [string, Scalar | readonly Scalar[]])[] {
    const value = this.#own(key);
    if (value === undefined) return [];
    if (!isMap(value)) {
      this.#wrong(key, 'a map');
      return [];
    }
    const pairs: (readonly [string, Scalar | readonly Scalar[]])[] = [];
    for (const [name, one] of Object.entries(value)) {
      if (isScalar(one) || (Array.isArray(one) && one.every(isScalar))) pairs.push([name, one]);
      else this.#wrong(`${key}.${name}`, 'a value or a list of values');
    }
    return pairs;
  }

  #sharing(problems: string[]): Reader {
    problems.push(...this.problems);
    Object.defineProperty(this, 'problems', { value: problems });
    return this;
  }

  #own(key: string): unknown {
    this.#asked.add(key);
    const value = Object.hasOwn(this.#map, key) ? this.#map[key] : undefined;
    return value === null ? undefined : value;
  }

  #path(key: string): string {
    return this.#at === '' ? key : `${this.#at}.${key}`;
  }

  #wrong(key: string, wanted: string): undefined {
    this.problems.push(`'${this.#path(key)}' must be ${wanted}`);
    return undefined;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function defined<const K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  const found: { [P in K]?: T } = {};
  if (value !== undefined) found[key] = value;
  return found;
}

/** A time as `formatTime` writes it, to the microsecond; finer digits are dropped. Undefined where the text is none. */
export function timeFrom(text: string): EventTime | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?Z)?$/.exec(text);
  if (parts === null) return undefined;
  const [, day, clock = '00:00', fraction = ''] = parts;
  const ms = Date.parse(`${day}T${clock}Z`);
  if (Number.isNaN(ms)) return undefined;
  return eventTime(ms * MICROS_PER_MS + Number(fraction.padEnd(6, '0').slice(0, 6)));
}

/** The nanoseconds below the microsecond of a time as `formatTime` writes it. */
function nanosFrom(text: string): number {
  const [, fraction = ''] = /\.(\d{7,9})Z$/.exec(text) ?? [];
  return fraction === '' ? 0 : Number(fraction.padEnd(9, '0').slice(6));
}

function ruleFrom(read: Reader): RuleRef {
  const rule: RuleRef = {
    kind: read.oneOf('kind', RULE_KINDS) ?? 'detection',
    id: read.text('id') ?? 'rule',
    ...read.optionalText('name'),
    title: read.text('title') ?? 'Rule',
    version: read.number('version') ?? 1,
    level: read.oneOf('level', LEVELS) ?? 'medium',
    confidence: read.number('confidence') ?? 0.5,
    tags: read.texts('tags'),
    hash: read.text('hash') ?? '',
  };
  read.done();
  return rule;
}

function suppressedFrom(read: Reader): Pick<Alert, 'suppressed'> {
  const inner = read.map('suppressed');
  const by = inner.text('by');
  const reason = inner.text('reason');
  const until = inner.time('until');
  inner.done();
  if (by === undefined && reason === undefined) return {};
  return { suppressed: { by: by ?? '', reason: reason ?? '', ...defined('until', until) } };
}

function entityFrom(read: Reader): Entity {
  return {
    type: read.oneOf('type', ENTITY_TYPES) ?? 'host',
    role: read.oneOf('role', ENTITY_ROLES) ?? 'actor',
    value: read.text('value') ?? '',
  };
}

function techniqueFrom(read: Reader): Technique {
  return { id: read.text('id') ?? '', ...read.optionalText('name') };
}

function termFrom(read: Reader): ScoreTerm {
  return {
    name: read.text('name') ?? '',
    operation: read.oneOf('operation', ['set', 'multiply', 'add', 'cap'] as const) ?? 'set',
    value: read.number('value') ?? 0,
    after: read.number('after') ?? 0,
    reason: read.text('reason') ?? '',
  };
}

function noteFrom(read: Reader): CaseNote {
  return { at: read.time('at') ?? eventTime(0), by: read.text('by') ?? '', text: read.text('text') ?? '' };
}

function eventRefFrom(read: Reader): EventRef {
  const line = read.number('line');
  return {
    ...read.optionalText('file'),
    ...defined('line', line),
    id: read.text('id') ?? '',
    time: read.time('time') ?? eventTime(0),
    timeNs: nanosFrom(read.text('time') ?? ''),
  };
}

function memberFrom(read: Reader): IncidentMember {
  const firstSeen = read.time('firstSeen') ?? eventTime(0);
  return {
    alert: read.text('alert') ?? '',
    rule: read.text('rule') ?? '',
    title: read.text('title') ?? '',
    firstSeen,
    lastSeen: read.time('lastSeen') ?? firstSeen,
    count: read.number('count') ?? 1,
    severity: read.oneOf('severity', SEVERITIES) ?? 'medium',
    ...read.optionalText('tactic'),
    role: read.oneOf('role', ['evidence', 'context'] as const) ?? 'evidence',
    contribution: read.number('contribution') ?? 0,
    minimal: read.flag('minimal'),
    reason: read.text('reason') ?? '',
    ...read.optionalText('part'),
  };
}

function stageFrom(read: Reader): IncidentStage {
  const firstSeen = read.time('firstSeen') ?? eventTime(0);
  const tactic = read.text('tactic') ?? '';
  return {
    tactic,
    title: read.text('title') ?? tactic,
    firstSeen,
    lastSeen: read.time('lastSeen') ?? firstSeen,
    alerts: read.texts('alerts'),
    best: read.text('best') ?? '',
    score: read.number('score') ?? 0,
  };
}

function linkFrom(read: Reader): IncidentLink {
  return {
    from: read.text('from') ?? '',
    to: read.text('to') ?? '',
    kind: read.oneOf('kind', LINK_KINDS) ?? 'shared_entity',
    weight: read.number('weight') ?? 0,
    gap: Math.round((read.number('gap') ?? 0) * MICROS_PER_SECOND),
    reason: read.text('reason') ?? '',
    ...linkEntity(read),
  };
}

function refusedFrom(read: Reader): RefusedLink {
  return {
    from: read.text('from') ?? '',
    to: read.text('to') ?? '',
    reason: read.text('reason') ?? '',
    ...linkEntity(read),
  };
}

function linkEntity(read: Reader): { readonly entity?: Entity } {
  const inner = read.map('entity');
  const entity = entityFrom(inner);
  inner.done();
  return entity.value === '' ? {} : { entity };
}
