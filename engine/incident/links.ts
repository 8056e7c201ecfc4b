import { duration, type Entity, formatDuration, MICROS_PER_SECOND } from '../model/index.ts';
import type { Case, CaseLink, EntitySeen, Notable } from './case.ts';
import { isApart } from './course.ts';
import type { History } from './history.ts';
import type { IncidentSettings } from './settings.ts';
import { isFile, isOwnPlace, isStrong, joinKey, strengthOf } from './sighting.ts';

/** What a shared entity is worth more where both sides are unusual: coincidence of the unusual is rarer. */
const UNUSUAL_BONUS = 0.35;
const STRENGTH_MAX = 0.95;
/** How fast chance takes weight from a shared entity. */
const CHANCE_PENALTY = 2;
/** What one rule on several subjects within a short time is worth. */
const SAME_RULE = 0.7;
/** Different logs tell one event within so long. */
const SAME_INSTANT = MICROS_PER_SECOND;
/** What a place or a person is worth where both sides name courses of action, and not the same: this share, and the rest halved so often. */
const APART_LEAST = 0.35;
const APART_HALF = 30 * MICROS_PER_SECOND;
/** What a session is worth then: no more than the person whose it is. */
const SESSION_APART = 0.45;
/** One program on one place in one instant is worth this. */
const ONE_EVENT = 0.6;
/** What was made or entered by one side and acts on the other is worth this. */
const HANDED_OVER = 0.9;
/** An entity that so many cases name without having been joined by it loses weight; from so many on it joins nothing. */
const DEGREE_FREE = 4;
const DEGREE_MAX = 32;
/** How often two rules must have come together, at least, and above chance, to be called a pattern. */
const PATTERN_SEEN = 5;
const PATTERN_LIFT = 5;
const PATTERN_WEIGHT = 0.4;

/** What is found for one case. */
interface Found {
  readonly links: FoundLink[];
  readonly refused: (() => string)[];
  /** Both sides name courses of action, and none in common. */
  readonly apart: boolean;
}

/** A join that was found, before anybody asked for it in words: most are never told. */
export interface FoundLink extends Omit<CaseLink, 'reason'> {
  readonly say: () => string;
}

/** The join in words. Named member by member, so that all have one shape in memory. */
export function spoken({ from, to, kind, weight, gap, entity, say }: FoundLink): CaseLink {
  const reason = say();
  return entity === undefined
    ? { from, to, kind, weight, gap, reason }
    : { from, to, kind, weight, gap, reason, entity };
}

/** A case that a sighting may belong to, with the joins that speak for it. */
export interface Candidate {
  readonly case: Case;
  /** Noisy-or of the joins. */
  readonly weight: number;
  /** The strongest first. */
  readonly links: readonly FoundLink[];
  /** Why joins that were looked at lost their weight. */
  readonly refused: readonly (() => string)[];
}

/** What links are looked for in. */
export interface LinkContext {
  readonly settings: IncidentSettings;
  readonly history: History;
  readonly byEntity: ReadonlyMap<string, ReadonlySet<Case>>;
  readonly byRule: ReadonlyMap<string, ReadonlySet<Case>>;
}

/**
 * The cases that a notable sighting could belong to, in the order of the cases. A shared entity weighs what its type is worth, less what
 * chance explains (how often something like this happens to the entity, over the gap), less for what many cases name. One rule on several
 * subjects weighs by how rarely the rule fires. Two places or persons together, or one strong entity, pass the cut; one weak never does.
 * Cost: the cases that name one of its entities, at most `DEGREE_MAX` each.
 */
export function findCases(notable: Notable, context: LinkContext): readonly Candidate[] {
  const found = new Map<Case, Found>();
  const at = (one: Case): Found => {
    let entry = found.get(one);
    if (entry === undefined) {
      entry = { links: [], refused: [], apart: isApart(notable.sighting, one) };
      found.set(one, entry);
    }
    return entry;
  };
  for (const entity of distinct(notable.sighting.entities)) {
    const cases = context.byEntity.get(joinKey(entity));
    if (cases === undefined || cases.size > DEGREE_MAX) continue;
    for (const one of cases) byEntity(notable, { entity, one, degree: cases.size, context }, at(one));
  }
  const cases = context.byRule.get(notable.sighting.rule.id);
  if (cases !== undefined && cases.size <= DEGREE_MAX)
    for (const one of cases) bySameRule(notable, one, { context, into: at(one) });
  return [...found]
    .map(([one, { links, refused }]) => {
      if (links.length > 0) byPattern(notable, one, { context, into: links });
      const weighed = [...links].sort((a, b) => b.weight - a.weight);
      const weight = 1 - weighed.reduce((doubt, link) => doubt * (1 - link.weight), 1);
      return { case: one, weight, links: weighed, refused };
    })
    .sort((a, b) => a.case.order - b.case.order);
}

function byEntity(
  notable: Notable,
  from: {
    readonly entity: Entity;
    readonly one: Case;
    readonly degree: number;
    readonly context: LinkContext;
  },
  into: Found,
): void {
  const { entity, one, degree, context } = from;
  const { settings, history } = context;
  const key = joinKey(entity);
  const seen = one.entities.get(key);
  if (seen === undefined) return;
  const now = notable.sighting.time;
  const gap = Math.abs(now - seen.time);
  if (gap > settings.horizon) return;
  const unusual = notable.bits >= settings.notableBits && one.bits >= settings.notableBits;
  const handed = handedOver(entity, seen, notable.sighting.time);
  const own = handed
    ? HANDED_OVER
    : isOneEvent(entity, gap, { notable, from })
      ? ONE_EVENT
      : ownStrength(entity, into.apart ? apartness(gap) : undefined);
  // Programs that are installed everywhere say nothing where different processes ran them.
  if (own === 0) return;
  const lessened = into.apart && !handed && own < strengthOf(entity);
  const strength = Math.min(
    STRENGTH_MAX,
    own + (unusual ? UNUSUAL_BONUS * (lessened ? own / strengthOf(entity) : 1) : 0),
  );
  const chance = chanceOf(notable, { key, gap, one, history });
  const weight = strength * Math.exp(-CHANCE_PENALTY * chance) * Math.min(1, DEGREE_FREE / degree);
  const figures = (): string => `${round(chance)} expected by chance in ${spanText(gap)}`;
  if (weight < strength / 2) {
    into.refused.push(() => {
      const hub = degree > DEGREE_FREE ? `${degree} cases name it; ` : '';
      return `${key} explains nothing: ${hub}${figures()}`;
    });
  }
  into.links.push({
    from: seen.alert,
    to: notable.sighting.alert,
    gap,
    entity,
    kind:
      entity.type === 'session'
        ? 'session'
        : entity.type === 'process' && isStrong(entity)
          ? 'parent_process'
          : 'shared_entity',
    weight,
    say: () =>
      flat([
        handed ? 'what one made or entered, the other is: ' : 'both name ',
        key,
        ` (strength ${round(strength)}`,
        lessened ? ', less, for they name different processes or sessions' : '',
        '); ',
        figures(),
      ]),
  });
}

/** Entities by what they are joined by, each once: what acts before what is only done to. */
function distinct(entities: readonly Entity[]): Iterable<Entity> {
  const by = new Map<string, Entity>();
  for (const entity of entities) {
    const key = joinKey(entity);
    if (by.get(key)?.role !== 'actor') by.set(key, entity);
  }
  return by.values();
}

/**
 * What an entity is worth by itself. Where different courses of action name it, a place, a person or a session is worth what it is `apart`, an installed
 * program nothing.
 */
function ownStrength(entity: Entity, apart: number | undefined): number {
  const strength = strengthOf(entity);
  if (apart === undefined) return strength;
  if (entity.type === 'session') return Math.min(strength, SESSION_APART) * apart;
  if (isStrong(entity)) return strength;
  if (isFile(entity)) return isOwnPlace(entity.value) ? strength : 0;
  return strength * apart;
}

/** What is left of a place or a person that different courses of action share: seconds apart they may well be one, minutes apart hardly. */
function apartness(gap: number): number {
  return APART_LEAST + (1 - APART_LEAST) * 2 ** (-gap / APART_HALF);
}

/** The same program on the same place in the same instant: one event, told by two logs. Not where both name the process, and not the same. */
function isOneEvent(
  entity: Entity,
  gap: number,
  { notable, from }: { readonly notable: Notable; readonly from: { readonly one: Case } },
): boolean {
  if (gap > SAME_INSTANT || !isFile(entity) || entity.role === 'target') return false;
  return from.one.entities.has(notable.subject) && !isApart(notable.sighting, from.one);
}

/** Something was done to it first, and then it acts: a file was written and run, a process entered and used. */
function handedOver(entity: Entity, seen: EntitySeen, now: number): boolean {
  const byId = entity.type === 'process' && !isFile(entity);
  if (!byId && !(isFile(entity) && isOwnPlace(entity.value))) return false;
  if (entity.role === 'target') return seen.acts && now <= seen.time;
  return seen.suffers && !seen.acts && seen.time <= now;
}

/** How many sightings as surprising as this were to be expected on the entity in the gap, by its past without this case. */
function chanceOf(
  notable: Notable,
  from: { readonly key: string; readonly gap: number; readonly one: Case; readonly history: History },
): number {
  const { key, gap, one, history } = from;
  const now = notable.sighting.time;
  let own = 0;
  // What belongs to an incident was taken back already.
  if (one.state === 'candidate') {
    for (const other of one.notables) {
      // What says nothing by itself was never counted.
      if (other.bits <= 0 || Math.floor(other.bits) < Math.floor(notable.bits)) continue;
      if (other.sighting.entities.some((entity) => joinKey(entity) === key)) own++;
    }
  }
  const rate = history.notableRate(key, notable.bits, now) - own / history.watched(now);
  return Math.max(0, rate) * gap;
}

function bySameRule(
  notable: Notable,
  one: Case,
  { context, into }: { readonly context: LinkContext; readonly into: { readonly links: FoundLink[] } },
): void {
  const { rule, time, alert } = notable.sighting;
  const seen = one.rules.get(rule.id);
  if (seen === undefined) return;
  if (seen.subject === notable.subject) {
    const gap = Math.abs(time - seen.time);
    if (seen.alert === alert || gap > SAME_INSTANT || notable.subject === '') return;
    into.links.push({
      from: seen.alert,
      to: alert,
      kind: 'pattern',
      weight: SAME_RULE,
      gap,
      say: () => `the same rule on ${seen.subject} within ${spanText(gap)}: one event, told by two logs`,
    });
    return;
  }
  if (notable.bits < context.settings.notableBits) return;
  const gap = Math.abs(time - seen.time);
  if (gap > context.settings.coincidence) return;
  const chance = context.history.ruleRate(rule.id, time) * Math.max(gap, MICROS_PER_SECOND);
  into.links.push({
    from: seen.alert,
    to: alert,
    kind: 'pattern',
    weight: SAME_RULE * Math.exp(-CHANCE_PENALTY * chance),
    gap,
    say: () =>
      `the same rule on ${seen.subject} and on ${notable.subject} within ${spanText(gap)}; ${round(chance)} expected by chance`,
  });
}

/** Rules that came together on subjects far more often than their own rates explain. It only helps where something else joins already. */
function byPattern(
  notable: Notable,
  one: Case,
  { context, into }: { readonly context: LinkContext; readonly into: FoundLink[] },
): void {
  const { rule, time, alert } = notable.sighting;
  for (const [id, seen] of one.rules) {
    if (id === rule.id || Math.abs(time - seen.time) > context.settings.coincidence) continue;
    const { seen: times, expected } = context.history.prevalence(rule.id, id, time);
    if (times < PATTERN_SEEN || times < PATTERN_LIFT * expected) continue;
    into.push({
      from: seen.alert,
      to: alert,
      kind: 'pattern',
      weight: PATTERN_WEIGHT,
      gap: Math.abs(time - seen.time),
      say: () => `the two come together: seen ${times} times, expected ${round(expected)}`,
    });
    return;
  }
}

/** One text of pieces, in one piece of memory: a case keeps hundreds of them. */
function flat(pieces: readonly string[]): string {
  return pieces.join('');
}

/** Two significant decimals, for people. */
export function round(value: number): string {
  if (value === 0) return '0';
  return value < 0.01 ? value.toExponential(0) : String(Math.round(value * 100) / 100);
}

/** A span in words that are short: whole seconds, unless it is shorter. */
export function spanText(micros: number): string {
  if (micros <= 0) return 'the same moment';
  const rounded =
    micros < MICROS_PER_SECOND ? micros : Math.round(micros / MICROS_PER_SECOND) * MICROS_PER_SECOND;
  return formatDuration(duration(rounded));
}
