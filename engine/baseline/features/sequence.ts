import type { BaselineFeature, EventRef } from '../../model/index.ts';
import {
  type Closed,
  type Feature,
  type FeatureFinding,
  figure,
  type Saved,
  type Surroundings,
} from '../feature.ts';
import { Level } from '../level.ts';
import { decades, RAW_MAX } from '../probability.ts';
import { type Sighting, textsOf } from '../sighting.ts';
import { ScoreTail, type TailState } from '../tail.ts';
import { LOGARITHM, rowsOf, spanText } from '../window-feature.ts';

/** Steps remembered of an entity; the least recent gives way. */
const STEPS_MAX = 64;
/** Event types told apart in one session. */
const TYPES_MAX = 64;
/** Steps remembered in all. */
const TENANT_MAX = 50_000;
/** For how many steps everybody's steps count in an entity's. */
const PRIOR = 8;

/** How the scores of sessions are read: one over a probability, were the models right. */
const SESSION_TAIL = { floor: 10, priorIndex: 1, sparse: true, refitPercent: 2 } as const;

/** What stands before the first event of a session. */
const BEGIN = '(begin)';

interface Session {
  previous: string;
  readonly start: number;
  last: number;
  events: number;
  readonly counts: Map<string, number>;
  event: EventRef;
}

/**
 * Unusual sequence, in the three ways of log analysis: a new step from one event type to the next, a session of unusual length, and a session
 * of unusual make-up (the count vector; Xu, Huang, Fox, Patterson and Jordan, SOSP 2009). A session ends after `gap` without an event.
 * Step: raw surprise = −log10 P(type | type before), where P leans from the entity's own steps to everybody's, and from those to how
 * often the type occurs at all (a first-order Markov chain with back-off; Ju and Vardi, 2001, for intrusions). It is judged when the entity
 * first takes it on a day. Length: the level of the logarithm of the events in a session. Make-up: the decades by which the session's
 * types are less probable than the entity's usual mix makes them, less those of everybody's. Steps have honest probabilities; lengths and
 * make-ups have not (the lengths of sessions have a longer tail than any normal law), so that each is first calibrated on its own past:
 * else the long sessions of every busy day would drown the step that nobody ever took.
 * State: 64 steps and the open session an entity; 50,000 steps and two tails in all. Guard: a step and day is one vote. Cold start: everybody's steps.
 */
export class SequenceFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'sequence' };
  readonly fields: readonly string[];
  private readonly steps: (Map<string, [number, number]> | undefined)[] = [];
  private readonly from: (Map<string, number> | undefined)[] = [];
  private readonly allSteps = new Map<string, number>();
  private readonly allFrom = new Map<string, number>();
  private readonly allTypes = new Map<string, number>();
  private allEvents = 0;
  private readonly length: Level;
  private readonly lengths = new ScoreTail(SESSION_TAIL);
  private readonly makeUps = new ScoreTail(SESSION_TAIL);
  /** Open sessions, the least recently continued first. */
  private readonly open = new Map<number, Session>();

  constructor(spec: BaselineFeature & { readonly kind: 'sequence' }, around: Surroundings) {
    this.spec = spec;
    this.fields = [spec.field];
    this.length = new Level(around, { season: false, scale: LOGARITHM });
  }

  score(seen: Sighting): number | undefined {
    const type = textsOf(seen, this.spec.field)[0];
    const session = this.open.get(seen.entity);
    if (type === undefined || session === undefined) return undefined;
    const step = stepText(session.previous, type);
    const known = this.steps[seen.entity]?.get(step);
    return known?.[1] === seen.day
      ? undefined
      : decades(this.probability(seen.entity, session.previous, type));
  }

  finding(seen: Sighting): FeatureFinding {
    const type = textsOf(seen, this.spec.field)[0] ?? '';
    const previous = this.open.get(seen.entity)?.previous ?? BEGIN;
    const after = [...(this.steps[seen.entity] ?? [])]
      .filter(([step]) => step.startsWith(`${previous}\u0000`))
      .sort((a, b) => b[1][0] - a[1][0])
      .map(([step]) => step.slice(previous.length + 1));
    return {
      scope: 'entity',
      actual: `${previous} → ${type}`,
      typical:
        after.length === 0
          ? `nothing followed ${previous} before`
          : `after ${previous}: ${after.slice(0, 3).join(', ')}`,
      nearest: after.slice(0, 3).map((next) => `${previous} → ${next}`),
      counterfactual:
        after[0] === undefined ? 'a step taken before' : `would not fire for ${previous} → ${after[0]}`,
    };
  }

  learn(seen: Sighting): void {
    const type = textsOf(seen, this.spec.field)[0];
    if (type === undefined) return;
    const session = this.open.get(seen.entity);
    if (session === undefined) {
      this.learnStep(seen, BEGIN, type);
      const counts = new Map([[type, 1]]);
      this.open.set(seen.entity, {
        previous: type,
        start: seen.time,
        last: seen.time,
        events: 1,
        counts,
        event: seen.event,
      });
      return;
    }
    this.learnStep(seen, session.previous, type);
    session.previous = type;
    session.last = seen.time;
    session.events++;
    session.event = seen.event;
    if (session.counts.has(type) || session.counts.size < TYPES_MAX) {
      session.counts.set(type, (session.counts.get(type) ?? 0) + 1);
    }
    this.open.delete(seen.entity);
    this.open.set(seen.entity, session);
  }

  close(time: number, take: (closed: Closed) => void): void {
    let ended: Map<number, Session> | undefined;
    for (const [entity, session] of this.open) {
      if (session.last + this.spec.gap > time) break;
      ended ??= new Map();
      ended.set(entity, session);
    }
    if (ended === undefined) return;
    for (const entity of rowsOf(ended.keys())) {
      const session = ended.get(entity);
      if (session === undefined) continue;
      this.open.delete(entity);
      take(this.closeSession(entity, session));
    }
  }

  settle(): void {
    const byEnd = [...this.open].sort((a, b) => a[1].last - b[1].last || a[0] - b[0]);
    this.open.clear();
    for (const [entity, session] of byEnd) this.open.set(entity, session);
  }

  forget(entity: number): void {
    this.steps[entity] = undefined;
    this.from[entity] = undefined;
    this.length.forget(entity);
    this.open.delete(entity);
  }

  saveEntity(entity: number): Saved | undefined {
    const steps = this.steps[entity];
    const length = this.length.saveEntity(entity);
    const open = this.open.get(entity);
    if (steps === undefined && length === undefined && open === undefined) return undefined;
    return {
      steps: [...(steps ?? [])].map(([step, [votes, day]]) => [step, votes, day]),
      length: length ?? [],
      ...(open === undefined ? {} : { open: { ...open, counts: [...open.counts] } }),
    };
  }

  absorbEntity(entity: number, saved: Saved): void {
    const { steps, length, open } = saved as {
      steps: [string, number, number][];
      length: number[];
      open?: Omit<Session, 'counts'> & { readonly counts: [string, number][] };
    };
    for (const [step, votes, day] of steps) this.addStep(entity, step, { votes, day });
    if (length.length > 0) this.length.absorbEntity(entity, length);
    if (open !== undefined && (this.open.get(entity)?.last ?? 0) <= open.last) {
      this.open.set(entity, { ...open, counts: new Map(open.counts) });
    }
  }

  saveTenant(): Saved {
    return {
      steps: [...this.allSteps],
      types: [...this.allTypes],
      length: this.length.saveTenant(),
      lengths: this.lengths.snapshot(),
      makeUps: this.makeUps.snapshot(),
    };
  }

  absorbTenant(saved: Saved): void {
    const { steps, types, length, lengths, makeUps } = saved as {
      steps: [string, number][];
      types: [string, number][];
      length: Saved;
      lengths: TailState;
      makeUps: TailState;
    };
    for (const [step, votes] of steps) this.addAll(step, votes);
    for (const [type, votes] of types) {
      this.allTypes.set(type, (this.allTypes.get(type) ?? 0) + votes);
      this.allEvents += votes;
    }
    this.length.absorbTenant(length);
    this.lengths.absorb(lengths);
    this.makeUps.absorb(makeUps);
  }

  describe(entity: number): Readonly<Record<string, readonly string[]>> {
    const steps = [...(this.steps[entity]?.keys() ?? [])].map((step) => step.replace('\u0000', ' → ')).sort();
    return steps.length === 0 ? {} : { steps };
  }

  private probability(entity: number, previous: string, type: string): number {
    const base = ((this.allTypes.get(type) ?? 0) + 0.5) / (this.allEvents + this.allTypes.size + 1);
    const step = stepText(previous, type);
    const all = ((this.allSteps.get(step) ?? 0) + PRIOR * base) / ((this.allFrom.get(previous) ?? 0) + PRIOR);
    const own = this.steps[entity]?.get(step)?.[0] ?? 0;
    return (own + PRIOR * all) / ((this.from[entity]?.get(previous) ?? 0) + PRIOR);
  }

  private learnStep({ entity, day }: Sighting, previous: string, type: string): void {
    const step = stepText(previous, type);
    if (this.steps[entity]?.get(step)?.[1] === day) return;
    this.addStep(entity, step, { votes: 1, day });
    this.addAll(step, 1);
    this.allTypes.set(type, (this.allTypes.get(type) ?? 0) + 1);
    this.allEvents++;
  }

  private addStep(
    entity: number,
    step: string,
    given: { readonly votes: number; readonly day: number },
  ): void {
    const steps = this.steps[entity] ?? new Map<string, [number, number]>();
    const from = this.from[entity] ?? new Map<string, number>();
    this.steps[entity] = steps;
    this.from[entity] = from;
    const known = steps.get(step);
    if (known === undefined && steps.size >= STEPS_MAX) {
      for (const [oldest, [votes]] of steps) {
        steps.delete(oldest);
        addTo(from, beforeOf(oldest), -votes);
        break;
      }
    }
    steps.delete(step);
    steps.set(step, [(known?.[0] ?? 0) + given.votes, Math.max(known?.[1] ?? 0, given.day)]);
    addTo(from, beforeOf(step), given.votes);
  }

  private addAll(step: string, votes: number): void {
    if (!this.allSteps.has(step) && this.allSteps.size >= TENANT_MAX) {
      for (const [oldest, many] of this.allSteps) {
        this.allSteps.delete(oldest);
        addTo(this.allFrom, beforeOf(oldest), -many);
        break;
      }
    }
    addTo(this.allSteps, step, votes);
    addTo(this.allFrom, beforeOf(step), votes);
  }

  private closeSession(entity: number, session: Session): Closed {
    const y = LOGARITHM.forth(session.events);
    const length = this.length.score(entity, session.start, y);
    const makeUp = this.makeUp(entity, session);
    const expected = this.length.expected(entity, session.start);
    const types = [...session.counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
    const made = types.map(([type, many]) => `${type} × ${many}`).join(', ');
    const usual = LOGARITHM.back(expected.mean);
    const finding = (): FeatureFinding => ({
      scope: 'entity',
      actual: `a session of ${session.events} events: ${made}`,
      typical: `${figure(usual)} events, seldom more than ${figure(LOGARITHM.back(expected.mean + 2 * expected.spread))}`,
      nearest: [],
      counterfactual: `would not fire for a session of ≤ ${figure(Math.ceil(usual))} events of the usual types, ended by ${spanText(this.spec.gap)} of silence`,
    });
    this.length.learn(entity, session.start, y);
    const raw = Math.max(calibrated(this.lengths, length), calibrated(this.makeUps, makeUp));
    return {
      entity,
      start: session.start,
      end: session.last + this.spec.gap,
      raw,
      finding,
      event: session.event,
    };
  }

  /** By how many decades a session's types are less probable under the entity's mix than under everybody's; the mean of an event. */
  private makeUp(entity: number, session: Session): number {
    const steps = this.steps[entity];
    if (steps === undefined) return 0;
    const own = new Map<string, number>();
    let votes = 0;
    for (const [step, [many]] of steps) {
      addTo(own, step.slice(step.indexOf('\u0000') + 1), many);
      votes += many;
    }
    let sum = 0;
    for (const [type, many] of session.counts) {
      const all = ((this.allTypes.get(type) ?? 0) + 0.5) / (this.allEvents + this.allTypes.size + 1);
      const mine = ((own.get(type) ?? 0) + PRIOR * all) / (votes + PRIOR);
      // A root of the count: the hundredth of a type says less than the first.
      sum += Math.sqrt(many) * Math.log10(all / mine);
    }
    return Math.max(0, Math.min(RAW_MAX, sum));
  }
}

function stepText(previous: string, type: string): string {
  return `${previous}\u0000${type}`;
}

/** The decades of a session's score among those before it, which it then joins. */
function calibrated(tail: ScoreTail, raw: number): number {
  const score = raw > 0 ? 10 ** raw : 0;
  const surprise = tail.surprise(score);
  tail.add(score);
  return Math.min(RAW_MAX, surprise);
}

function beforeOf(step: string): string {
  return step.slice(0, step.indexOf('\u0000'));
}

function addTo(map: Map<string, number>, key: string, many: number): void {
  const sum = (map.get(key) ?? 0) + many;
  if (sum > 0) map.set(key, sum);
  else map.delete(key);
}
