import { type Decision, type Entity, sha256Id } from '../model/index.ts';
import type { Case, EntitySeen, Notable } from './case.ts';
import { isLive } from './conflict.ts';
import { type Evidence, evidenceOf, type Together } from './evidence.ts';
import { History, keyOf } from './history.ts';
import { OddEpisodes } from './odd-episodes.ts';
import type { Recall } from './recall.ts';
import { RecentActivity } from './recent.ts';
import type { IncidentSettings } from './settings.ts';
import { joinKey, type Sighting } from './sighting.ts';
import { indexOf, restoredCase, type SavedBuilder, savedCase } from './snapshot.ts';
import { Timers } from './timers.ts';

/** What a docket is made with. */
export interface DocketOptions {
  readonly settings: IncidentSettings;
  /** Of a replay: the past that is given, instead of one that is learnt. */
  readonly recall?: Recall;
  /** Hears of an incident just before it is forgotten, while it can still be proven. */
  readonly leaving?: (id: string) => void;
}

/**
 * The state of all cases, filed by what names them, with what is learnt of the past: what those who work on cases share. Bounded: at the bound a
 * candidate with little evidence goes first.
 */
export class Docket {
  readonly settings: IncidentSettings;
  history: History;
  readonly cases = new Map<string, Case>();
  /** Those that are no candidates any more. */
  readonly shown = new Set<Case>();
  readonly byEntity = new Map<string, Set<Case>>();
  readonly byRule = new Map<string, Set<Case>>();
  readonly byAlert = new Map<string, Case>();
  readonly recent: RecentActivity;
  readonly odd = new OddEpisodes();
  readonly timers = new Timers();
  /** The time that has been worked up to, microseconds. */
  frontier = Number.NEGATIVE_INFINITY;
  /** Sightings that said something, so far. */
  notables = 0;
  /** Cases made so far. */
  made = 0;
  /** Cases given up at the bound. */
  forgotten = 0;
  readonly #leaving: DocketOptions['leaving'];
  readonly #together: Together = (rule, other) => this.history.together(rule, other);

  constructor({ settings, recall, leaving }: DocketOptions) {
    this.settings = settings;
    this.history = new History(settings);
    if (recall !== undefined) this.history.recallTogether(recall.together);
    this.recent = new RecentActivity(settings);
    this.#leaving = leaving;
  }

  /** How often two rules come together, by what is learnt. */
  get together(): Together {
    return this.#together;
  }

  /** Opens a candidate for a sighting. */
  open(sighting: Sighting): Case {
    const id = sha256Id(`incident\n${sighting.rule.id}\n${sighting.alert}\n${sighting.id}`);
    const opened = newCase(id, this.made++, sighting.time);
    this.cases.set(id, opened);
    this.#bound();
    return opened;
  }

  /** At the bound a candidate goes first: the one with the least evidence, the oldest of those. */
  #bound(): void {
    if (this.cases.size <= this.settings.limits.cases) return;
    const all = [...this.cases.values()].sort(
      (a, b) => rank(a) - rank(b) || a.bits - b.bits || a.last - b.last || a.order - b.order,
    );
    for (const one of all.slice(0, Math.max(1, Math.ceil(this.settings.limits.cases / 10)))) {
      this.forget(one);
      this.forgotten++;
    }
  }

  /** Forgets a case. */
  forget(one: Case): void {
    if (one.state !== 'candidate') this.#leaving?.(one.id);
    this.cases.delete(one.id);
    this.shown.delete(one);
    this.unfile(one);
  }

  /** Takes a case out of what finds it by entity, rule and alert. */
  unfile(one: Case): void {
    for (const key of one.entities.keys()) unfiled(this.byEntity, key, one);
    for (const key of one.rules.keys()) unfiled(this.byRule, key, one);
    for (const alert of one.parts.keys()) if (this.byAlert.get(alert) === one) this.byAlert.delete(alert);
  }

  /** Whether a rule on a subject is part of an incident. */
  isIncident(rule: string, subject: string): boolean {
    if (this.shown.size === 0) return false;
    for (const one of this.byRule.get(rule) ?? []) {
      if (one.state === 'candidate') continue;
      if (one.notables.some((notable) => notable.sighting.rule.id === rule && notable.subject === subject))
        return true;
    }
    return false;
  }

  /** The case of an alert. One that is quiet is filed nowhere, and is looked for only where the decision would change it. */
  holding(alert: string, { escalate, verdict }: Decision): Case | undefined {
    const filed = this.byAlert.get(alert);
    if (filed !== undefined || (escalate === undefined && verdict === undefined)) return filed;
    for (const one of this.cases.values()) if (one.parts.has(alert) && one.state !== 'redirected') return one;
    return undefined;
  }

  /** The evidence of a case as it stands. */
  evidence(one: Case): Evidence {
    return evidenceOf(one.notables, {
      settings: this.settings,
      together: (rule, other) => this.history.together(rule, other),
    });
  }

  /** What belongs to an incident must not become normal. */
  spare(notable: Notable): void {
    if (notable.surprise.kind !== 'silent')
      this.history.unlearn(keyOf(notable.sighting.rule.id, notable.subject));
    if (notable.bits > 0)
      for (const entity of notable.sighting.entities) this.history.note(joinKey(entity), notable.bits, -1);
  }

  /** Everything that is held, as plain data. */
  save(): Pick<SavedBuilder, 'history' | 'recent' | 'odd' | 'timers' | 'cases' | 'filed'> {
    return {
      history: this.history.save(),
      recent: this.recent.save(),
      odd: this.odd.save(),
      timers: this.timers.contents(),
      cases: [...this.cases.values()].map(savedCase),
      filed: {
        entities: indexOf(this.byEntity),
        rules: indexOf(this.byRule),
        alerts: [...this.byAlert].map(([alert, one]) => [alert, one.id]),
      },
    };
  }

  /** Takes over what was saved; nothing is held before. */
  load(saved: SavedBuilder): void {
    this.frontier = saved.frontier ?? Number.NEGATIVE_INFINITY;
    this.history = History.restore(saved.history, this.settings);
    this.recent.restore(saved.recent);
    this.odd.restore(saved.odd);
    for (const timer of saved.timers) this.timers.push(timer);
    for (const row of saved.cases) {
      const one = restoredCase(row);
      this.cases.set(one.id, one);
      if (one.state !== 'candidate') this.shown.add(one);
    }
    const into = (index: Map<string, Set<Case>>, rows: SavedBuilder['filed']['entities']): void => {
      for (const [key, ids] of rows) {
        for (const id of ids) {
          const one = this.cases.get(id);
          if (one !== undefined) filed(index, key, one);
        }
      }
    };
    into(this.byEntity, saved.filed.entities);
    into(this.byRule, saved.filed.rules);
    for (const [alert, id] of saved.filed.alerts) {
      const one = this.cases.get(id);
      if (one !== undefined) this.byAlert.set(alert, one);
    }
  }
}

/** What is given up first at the bound: candidates, then what is closed. */
function rank(one: Case): number {
  if (one.state === 'candidate') return 0;
  return isLive(one) ? 2 : 1;
}

/** Files a case under a key. */
export function filed(index: Map<string, Set<Case>>, key: string, one: Case): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([one]));
  else known.add(one);
}

function unfiled(index: Map<string, Set<Case>>, key: string, one: Case): void {
  const known = index.get(key);
  known?.delete(one);
  if (known?.size === 0) index.delete(key);
}

/** Adds to a list of a case up to a bound, and says so at it. */
export function keep<T>(list: T[], item: T, most: number, one: Case, what: string): void {
  if (list.length < most) list.push(item);
  else one.approximations.add(`more than ${most} ${what}: the later ones are not kept`);
}

/** Keeps a refused join, each pair once, up to the bound. */
export function keepRefusal(one: Case, refusal: Case['refused'][number], settings: IncidentSettings): void {
  if (one.refused.length >= settings.limits.refused) return;
  if (one.refused.some(({ from, to }) => from === refusal.from && to === refusal.to)) return;
  one.refused.push(refusal);
}

/** What a case knows of an entity that one sighting names. */
export function entitySeen(entity: Entity, { time, alert }: Sighting): EntitySeen {
  const suffers = entity.role === 'target';
  return { entity, acts: !suffers, suffers, time, alert, count: 1 };
}

/** A candidate with nothing in it. */
export function newCase(id: string, order: number, time: number): Case {
  return {
    id,
    order,
    state: 'candidate',
    revision: 0,
    first: time,
    last: time,
    coreFirst: time,
    coreLast: time,
    openedAt: 0,
    notables: [],
    parts: new Map(),
    links: [],
    refused: [],
    entities: new Map(),
    rules: new Map(),
    counter: [],
    adjustments: [],
    notes: [],
    tags: new Set(),
    neverWith: new Set(),
    nearby: { before: new Set(), after: new Set() },
    linked: new Set(),
    approximations: new Set(),
    basis: new Map(),
    template: undefined,
    floor: undefined,
    templateRemediation: [],
    verdict: undefined,
    assignee: undefined,
    suppressed: undefined,
    mutedBy: undefined,
    redirectedTo: undefined,
    continues: undefined,
    decided: [],
    gone: [],
    takenBack: [],
    splitFrom: undefined,
    bits: 0,
    evidenceConfidence: 0,
    changes: [],
    flushAt: 0,
    quietAt: 0,
  };
}
