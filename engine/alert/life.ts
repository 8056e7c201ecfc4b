import {
  type Adjustment,
  type AlertState,
  type CaseNote,
  canonicalJson,
  type Entity,
  type EventRef,
  type Scalar,
  type Signal,
  sha256Id,
  type Verdict,
} from '../model/index.ts';
import { type AlertRule, isBuiltIn } from './plan.ts';

/** What one alert holds at most of each; all is counted, the first and the latest are kept. */
export const KEPT = {
  signalsFirst: 4,
  signalsLatest: 4,
  eventsFirst: 8,
  eventsLatest: 8,
  entities: 32,
  /** Distinct entities are counted exactly up to here; beyond, the count says "at least". */
  entitiesCounted: 256,
  notes: 32,
} as const;

/**
 * One life of an alert, from its first signal to its last: mutable, owned by the book, plain data (a snapshot is its JSON). A revision is
 * made of it when something is to be said.
 */
export interface Life {
  readonly id: string;
  readonly key: string;
  readonly ruleId: string;
  readonly group: readonly (readonly [string, Scalar])[];
  state: AlertState;
  verdict?: Verdict;
  assignee?: string;
  suppressed?: {
    readonly by: string;
    readonly reason: string;
    readonly until?: number;
    /** Of a policy: its semantics hash when it decided. */
    readonly hash?: string;
  };
  firstSeen: number;
  lastSeen: number;
  count: number;
  /** The factor of counter-evidence of the signal that scored best; 1 where nothing spoke against it. */
  counter: number;
  surprise: number;
  /** Lists that signals fill are made anew for each addition: they are short, and so hold no room for more, and a revision can share them. */
  entities: readonly Entity[];
  /** Keys of distinct entities, from the moment that more than are kept have come. */
  distinct?: string[];
  signalsFirst: readonly string[];
  signalsLatest: readonly string[];
  eventsFirst: readonly EventRef[];
  eventsLatest: readonly EventRef[];
  events: number;
  readonly values: readonly (readonly [string, Scalar | readonly Scalar[]])[];
  tags: readonly string[];
  notes: readonly CaseNote[];
  adjustments: readonly Adjustment[];
  revision: number;
  /** Something has changed since the last revision. */
  dirty: boolean;
  /** When the next quiet change may be said, and how long the pause after that is. */
  nextAt: number;
  pauseMicros: number;
  /** When it stops to take in signals if none comes. */
  endsAt: number;
  /** When its timer is due; others of this life are stale. Infinite where there is none. */
  wakeAt: number;
  /** When the timer behind that one is due, that is used again; infinite where there is none. */
  laterAt: number;
}

/** Most alerts have nothing of most kinds: they share this. */
const NONE: readonly never[] = [];

/** What tells one alert of a rule from another: its group, in the rule's order. */
export function groupOf(rule: AlertRule, signal: Signal): readonly (readonly [string, Scalar])[] {
  if (rule.by.length > 0) return rule.by.map((field) => [field, scalarOf(signal.values.get(field))] as const);
  if (signal.group !== undefined) return signal.group;
  if (signal.correlation !== undefined) return signal.correlation.group;
  return byEntities(signal.entities);
}

/** The kinds of entity an alert is about where there is neither a host nor an actor, the telling ones first. */
const OTHERWISE: readonly Entity['type'][] = [
  'cloud_resource',
  'key',
  'mailbox',
  'container',
  'application',
  'service',
  'ip',
  'domain',
];

/** The host that is acted upon and the user who acts, the first of each; where there is neither, the first of the next best kind. */
function byEntities(entities: readonly Entity[]): readonly (readonly [string, Scalar])[] {
  const group: (readonly [string, Scalar])[] = [];
  const host = entities.find(({ type, role }) => type === 'host' && role === 'target');
  const user = entities.find(({ type, role }) => type === 'user' && role === 'actor');
  if (host !== undefined) group.push(['host', host.value]);
  if (user !== undefined) group.push(['user', user.value]);
  if (group.length > 0) return group;
  for (const type of OTHERWISE) {
    const found = entities.find((entity) => entity.type === type);
    if (found !== undefined) return [[type, found.value]];
  }
  return group;
}

/** Several values of one field tell as one text, so that their order in the record stays what it was. */
function scalarOf(value: Scalar | readonly Scalar[] | undefined): Scalar {
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? canonicalJson(value) : value;
}

/** A new life that begins with this signal; `at` is the time at which it is worked on. */
export function newLife(
  rule: AlertRule,
  signal: Signal,
  given: { readonly key: string; readonly group: Life['group'] },
): Life {
  const { key, group } = given;
  return {
    id: sha256Id(canonicalJson([rule.rule.id, group, signal.id])),
    key,
    ruleId: rule.rule.id,
    group,
    state: 'open',
    ...(rule.shadow
      ? { suppressed: { by: `rule:${rule.rule.id}`, reason: 'the rule is in shadow mode: nobody is told' } }
      : {}),
    firstSeen: signal.start,
    lastSeen: signal.end,
    count: 0,
    counter: 0,
    surprise: 0,
    entities: NONE,
    signalsFirst: NONE,
    signalsLatest: NONE,
    eventsFirst: NONE,
    eventsLatest: NONE,
    events: 0,
    values: valuesOf(signal),
    tags: NONE,
    notes: NONE,
    adjustments: NONE,
    revision: 0,
    dirty: true,
    nextAt: 0,
    pauseMicros: 0,
    endsAt: 0,
    wakeAt: Number.POSITIVE_INFINITY,
    laterAt: Number.POSITIVE_INFINITY,
  };
}

function valuesOf(signal: Signal): Life['values'] {
  if (signal.values.size === 0) return NONE;
  return [...signal.values].filter(([name]) => !isBuiltIn(name));
}

/**
 * Takes a signal into a life: counts exactly, keeps the first and the latest; true where something came that figures are derived from.
 * O(entities of the signal).
 */
export function absorb(life: Life, signal: Signal, counter: number): boolean {
  const before = life.entities.length;
  const figures = counter > life.counter || (signal.surprise ?? 0) > life.surprise;
  life.dirty = true;
  if (signal.start < life.firstSeen) life.firstSeen = signal.start;
  if (signal.end > life.lastSeen) life.lastSeen = signal.end;
  if (counter > life.counter) life.counter = counter;
  if ((signal.surprise ?? 0) > life.surprise) life.surprise = signal.surprise ?? 0;
  for (const entity of signal.entities) addEntity(life, entity);
  // A correlation that speaks again of the same match is no further firing.
  const again = (signal.correlation?.revision ?? 1) > 1 && life.count > 0;
  if (!again) life.count++;
  if (life.signalsFirst.length < KEPT.signalsFirst) life.signalsFirst = [...life.signalsFirst, signal.id];
  else life.signalsLatest = withLatest(life.signalsLatest, signal.id, KEPT.signalsLatest);
  for (const event of signal.evidence) {
    life.events++;
    if (life.eventsFirst.length < KEPT.eventsFirst) life.eventsFirst = [...life.eventsFirst, event];
    else life.eventsLatest = withLatest(life.eventsLatest, event, KEPT.eventsLatest);
  }
  return figures || life.entities.length > before;
}

function withLatest<T>(latest: readonly T[], item: T, most: number): readonly T[] {
  return [...(latest.length < most ? latest : latest.slice(1)), item];
}

function addEntity(life: Life, entity: Entity): void {
  const { entities } = life;
  for (const known of entities) {
    if (known.value === entity.value && known.type === entity.type && known.role === entity.role) return;
  }
  if (entities.length < KEPT.entities) {
    life.entities = [...entities, entity];
    return;
  }
  const key = `${entity.type}\0${entity.role}\0${entity.value}`;
  life.distinct ??= [];
  if (life.distinct.length + entities.length >= KEPT.entitiesCounted) return;
  if (!life.distinct.includes(key)) life.distinct.push(key);
}

/** Adds a note, the oldest giving way. */
export function addNote(life: Life, note: CaseNote): void {
  life.notes = withLatest(life.notes, note, KEPT.notes);
  life.dirty = true;
}
