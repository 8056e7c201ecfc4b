import type { Entity, EntityType, EventTime, RuleRef, Severity } from '../model/index.ts';

/** One signal of an alert, as the incident builder sees it. */
export interface Sighting {
  /** Id of the signal. */
  readonly id: string;
  /** Id of the alert that the signal went into. */
  readonly alert: string;
  readonly rule: RuleRef;
  readonly time: EventTime;
  /** When it is worked on, microseconds: its own time, or later where it was decided later. */
  readonly at: number;
  /** Nanoseconds below the microsecond, 0–999. */
  readonly timeNs: number;
  readonly entities: readonly Entity[];
  /** ATT&CK tactics by short name, in the order of the kill chain; empty where the rule has none. */
  readonly tactics: readonly string[];
  readonly severity: Severity;
  /** 0–1, of the alert at this moment. */
  readonly confidence: number;
  /** 0–100, of the alert at this moment. */
  readonly score: number;
  /** What the alert says should be done. */
  readonly remediation?: readonly string[];
  /** It takes back an earlier signal of this id. */
  readonly retracts?: string;
  /** A correlation's counter-evidence multiplied its score by this, 0–1. */
  readonly counter?: number;
}

/** Orders sightings by when they are worked on, time, nanoseconds, signal and rule: the same whatever order they arrive in. */
export function compareSightings(a: Sighting, b: Sighting): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.time !== b.time) return a.time - b.time;
  if (a.timeNs !== b.timeNs) return a.timeNs - b.timeNs;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : 0;
}

/**
 * How strongly an entity of a type joins two alerts, 0–1. Strong: it names one course of action. Medium: a place or a person where many
 * things happen; two of them together join. Weak: unrelated things share it, so it needs a second link.
 */
const JOIN_STRENGTH: Readonly<Record<EntityType, number>> = {
  session: 0.95,
  process: 0.95,
  key: 0.9,
  mailbox: 0.6,
  container: 0.6,
  cloud_resource: 0.6,
  hash: 0.45,
  host: 0.45,
  user: 0.45,
  url: 0.4,
  service: 0.4,
  application: 0.3,
  domain: 0.3,
  registry: 0.3,
  ip: 0.3,
  file: 0.25,
};

/** What a file is worth that does not lie where programs are installed: few have it, and whoever put it there is one of them. */
const OWN_PLACE = 0.5;
/** What is done to one process (to LSASS, to a browser) is done by many. */
const DONE_TO = 0.45;
/** What a machine does in its own name: every service of it, whoever started it. */
const MACHINE_ITSELF = 0.15;
/** The logon sessions 0x3e4–0x3e7 that every Windows machine has from its start, as Sysmon writes them. */
const MACHINE_SESSION = /-e[4-7]03-0{12}$/;
/** Where programs are installed: a file there is the same program on every machine. */
const INSTALLED =
  /^(?:[a-z]:)?[\\/](?:windows(?![\\/]temp[\\/])|program files(?: \(x86\))?|usr|bin|sbin|lib|lib64|opt|system|applications)[\\/]/i;

/**
 * The join strength of one entity. A process named by its image and not by an id is every run of that program: no more than a file. Machine accounts
 * and the sessions of services say no more than which machine it was.
 */
export function strengthOf({ type, value, role }: Entity): number {
  if (type === 'file' || (type === 'process' && isImage(value)))
    return isOwnPlace(value) ? OWN_PLACE : JOIN_STRENGTH.file;
  if (type === 'process' && role === 'target') return DONE_TO;
  if (type === 'session' && MACHINE_SESSION.test(value)) return MACHINE_ITSELF;
  if (type === 'user' && value.endsWith('$')) return MACHINE_ITSELF;
  return JOIN_STRENGTH[type];
}

/** Whether an entity names one course of action. */
export function isStrong(entity: Entity): boolean {
  return strengthOf(entity) >= 0.9;
}

/** Whether an entity is one course of action, or a file that few have. */
export function isParticular(entity: Entity): boolean {
  return isStrong(entity) || (isFile(entity) && isOwnPlace(entity.value));
}

/** Whether an entity is a file, or the image of a process: a program or what it handles. */
export function isFile({ type, value }: Entity): boolean {
  return type === 'file' || (type === 'process' && isImage(value));
}

/** Whether a path with folders is none of those where programs are installed. */
export function isOwnPlace(path: string): boolean {
  return /[\\/]/.test(path) && !INSTALLED.test(path);
}

function isImage(value: string): boolean {
  return value.includes('\\') || value.includes('/') || /\.(?:exe|dll|com|scr)$/i.test(value);
}

/** What an alert happens to: the first of these that it names. Rarity is learnt by rule and subject. */
const SUBJECT_ORDER: readonly EntityType[] = [
  'host',
  'container',
  'cloud_resource',
  'mailbox',
  'user',
  'application',
  'service',
  'ip',
  'key',
  'session',
];

const ROLE_ORDER: Readonly<Record<Entity['role'], number>> = { target: 0, actor: 1, source: 2 };

/** The subject of a sighting; undefined where it names none. A target comes before an actor, an actor before a source. */
export function subjectOf(entities: readonly Entity[]): Entity | undefined {
  for (const type of SUBJECT_ORDER) {
    let best: Entity | undefined;
    for (const entity of entities) {
      if (entity.type !== type) continue;
      if (best === undefined || ROLE_ORDER[entity.role] < ROLE_ORDER[best.role]) best = entity;
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/** What an entity is joined by: `type:value`; a program is the same whether it is named as a file or as the image of a process. */
export function joinKey(entity: Entity): string {
  return isFile(entity) ? `file:${entity.value.toLowerCase()}` : entityKey(entity);
}

/** An entity as `type:value`: roles do not matter for joining. */
export function entityKey(entity: Entity): string {
  return `${entity.type}:${entity.value}`;
}

/** The subject of a sighting as text. */
export function subjectText(sighting: Sighting): string {
  const subject = subjectOf(sighting.entities);
  return subject === undefined ? '' : entityKey(subject);
}
