import { createHash } from 'node:crypto';
import {
  type Alert,
  type Changes,
  type Decision,
  type EventTime,
  eventTime,
  type Incident,
} from '../model/index.ts';
import type { ClockPort } from './daemon/clock-port.ts';
import type { Decide } from './daemon/daemon-parts.ts';
import type { StorePort } from './daemon/store-port.ts';

/** What a silence is about; all that is given must hold. */
export interface SilenceMatch {
  readonly kind?: 'alert' | 'incident';
  /** Id, name or title of a rule; of an incident the id of its template. */
  readonly rule?: string;
  /** The value of an entity, exact. */
  readonly entity?: string;
  /** Only what is at most this severe. */
  readonly severityMax?: string;
}

/** Alerts and incidents that outputs do not see for a time, because somebody answers for it. Times are microseconds. */
export interface Silence {
  readonly id: string;
  readonly match: SilenceMatch;
  readonly owner: string;
  readonly reason: string;
  readonly createdBy: string;
  readonly from: number;
  readonly until: number;
  /** It was ended before its time. */
  readonly expiredBy?: string;
}

const PREFIX = 'silence/';
/** More would be a policy. */
const SILENCES_MAX = 1000;
/** How long an ended silence is still shown. */
const SHOWN_MICROS = 90 * 86_400e6;

/**
 * The silences, kept in the store. A silence mutes what is said while it lasts, by the clock: the decision is kept with the steps, so that a replay
 * needs no clock. What it muted is counted and kept, and heard again when its time is over.
 */
export class Silences {
  readonly #store: Pick<StorePort, 'value' | 'values' | 'putValue'>;
  readonly #all = new Map<string, Silence>();

  constructor(store: Pick<StorePort, 'value' | 'values' | 'putValue'>) {
    this.#store = store;
    for (const { bytes } of store.values(PREFIX)) {
      const silence = JSON.parse(new TextDecoder().decode(bytes)) as Silence;
      this.#all.set(silence.id, silence);
    }
  }

  /** All, the latest first. */
  list(): readonly Silence[] {
    return [...this.#all.values()].sort((a, b) => b.from - a.from || (a.id < b.id ? -1 : 1));
  }

  get(id: string): Silence | undefined {
    return this.#all.get(id);
  }

  /** Those that hold at a time. */
  active(nowMicros: number): readonly Silence[] {
    return [...this.#all.values()].filter(({ from, until }) => from <= nowMicros && nowMicros < until);
  }

  /** Keeps a new one; undefined where there are too many. */
  add(given: Omit<Silence, 'id'>): Silence | undefined {
    for (const { id, until } of this.#all.values()) if (until < given.from - SHOWN_MICROS) this.#forget(id);
    if (this.#all.size >= SILENCES_MAX) return undefined;
    const text = JSON.stringify([given, this.#all.size]);
    const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const silence: Silence = { id, ...given };
    this.#put(silence);
    return silence;
  }

  /** Ends one now; undefined where there is none, or it is over. */
  expire(id: string, by: string, nowMicros: number): Silence | undefined {
    const known = this.#all.get(id);
    if (known === undefined || known.until <= nowMicros) return undefined;
    const ended: Silence = { ...known, until: nowMicros, expiredBy: by };
    this.#put(ended);
    return ended;
  }

  /** What the silences that hold now decide about what changed. */
  decisions(changes: Changes, nowMicros: number): readonly Decision[] {
    const active = this.active(nowMicros);
    if (active.length === 0) return [];
    const decided: Decision[] = [];
    const decide = (kind: 'alert' | 'incident', thing: Alert | Incident): void => {
      if (isMuted(thing)) return;
      const found = active.find(({ match }) => matches(match, kind, thing));
      if (found === undefined) return;
      decided.push({
        at: eventTime(nowMicros),
        by: silencer(found.id),
        target: { kind, id: thing.id },
        reason: `${found.reason} (${found.owner})`,
        suppress: { owner: silencer(found.id), until: eventTime(found.until) },
      });
    };
    for (const alert of changes.alerts) decide('alert', alert);
    for (const incident of changes.incidents) decide('incident', incident);
    return decided;
  }

  #put(silence: Silence): void {
    this.#store.putValue(PREFIX + silence.id, new TextEncoder().encode(JSON.stringify(silence)));
    this.#all.set(silence.id, silence);
  }

  #forget(id: string): void {
    this.#store.putValue(PREFIX + id, undefined);
    this.#all.delete(id);
  }
}

/** Lets silences speak when policies have: what they mute is said to nobody. */
export function quietly(
  decide: Decide,
  { silences, clock }: { readonly silences: Silences; readonly clock: ClockPort },
): Decide {
  return async (changes, apply) => {
    const settled = await decide(changes, apply);
    const muting = silences.decisions(settled.changes, clock.nowMicros());
    if (muting.length === 0) return settled;
    const alerts = new Map(settled.changes.alerts.map((alert) => [alert.id, alert]));
    const incidents = new Map(settled.changes.incidents.map((incident) => [incident.id, incident]));
    for (const decision of muting) {
      const after = apply(decision);
      for (const alert of after.alerts) alerts.set(alert.id, alert);
      for (const incident of after.incidents) incidents.set(incident.id, incident);
    }
    return {
      changes: { ...settled.changes, alerts: [...alerts.values()], incidents: [...incidents.values()] },
      decisions: [...settled.decisions, ...muting],
    };
  };
}

/** Whether outputs do not see a thing. An incident may still name a mute whose time is over. */
export function isMuted({ suppressed, lastSeen }: Alert | Incident): boolean {
  return suppressed !== undefined && (suppressed.until === undefined || suppressed.until > lastSeen);
}

/** Who is named as muting, on what a silence muted. */
export function silencer(id: string): string {
  return `silence:${id}`;
}

/** The decision that lets something be heard again that a silence had muted: its mute ended when the silence did. */
export function unsilence(silence: Silence, target: Decision['target'], at: EventTime): Decision {
  const by = silencer(silence.id);
  const reason = `the silence was ended by ${silence.expiredBy ?? 'its time'}`;
  return { at, by, target, reason, suppress: { owner: by, until: eventTime(0) } };
}

const SEVERITY_RANKS = ['informational', 'low', 'medium', 'high'];

function matches(match: SilenceMatch, kind: 'alert' | 'incident', thing: Alert | Incident): boolean {
  if (match.kind !== undefined && match.kind !== kind) return false;
  if (match.rule !== undefined && !rulesOf(thing).includes(match.rule)) return false;
  if (match.entity !== undefined && !thing.entities.some(({ value }) => value === match.entity)) return false;
  return (
    match.severityMax === undefined ||
    SEVERITY_RANKS.indexOf(thing.severity) <= SEVERITY_RANKS.indexOf(match.severityMax)
  );
}

function rulesOf(thing: Alert | Incident): readonly string[] {
  if ('rule' in thing) return [thing.rule.id, thing.rule.name ?? thing.rule.id, thing.rule.title];
  return thing.template === undefined ? [] : [thing.template];
}
