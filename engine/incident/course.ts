import type { Entity } from '../model/index.ts';
import type { Case } from './case.ts';
import { isParticular, isStrong, joinKey, type Sighting, strengthOf } from './sighting.ts';

/** What an entity joins at least, to be a place or a person. */
const MEDIUM = 0.45;
/** Around a case that names its courses of action, what names none must share a place and more with it. */
const SHARED_LEAST = 0.6;

/** Whether a sighting names a course of action: a process or session that acts. */
export function namesCourse(sighting: Sighting): boolean {
  return sighting.entities.some(isStrong);
}

/** Whether a case names any course of action. O(entities). */
export function hasCourse(one: Case): boolean {
  for (const { entity, acts } of one.entities.values()) if (acts && isStrong(entity)) return true;
  return false;
}

/**
 * Whether a sighting and a case name one course of action, or a file that few have. A session is no more than the person whose it is where both name
 * processes: all that somebody does in a day is one session. O(entities).
 */
export function isTied({ entities }: Sighting, one: Case): boolean {
  const shared = entities.filter((entity) => isParticular(entity) && one.entities.has(joinKey(entity)));
  if (shared.length === 0) return false;
  if (shared.some(({ type }) => type !== 'session')) return true;
  return !(entities.some(isRunning) && hasProcess(one));
}

/** Both sides name courses of action, and none in common: they may be the work of one, but nothing of the kind says so. O(entities). */
export function isApart(sighting: Sighting, one: Case): boolean {
  return namesCourse(sighting) && hasCourse(one) && !isTied(sighting, one);
}

/** The same of two cases. O(entities). */
export function areApart(a: Case, b: Case): boolean {
  const processes = hasProcess(a) && hasProcess(b);
  for (const [key, { entity }] of a.entities) {
    if (!isParticular(entity) || (processes && entity.type === 'session')) continue;
    if (b.entities.has(key)) return false;
  }
  return hasCourse(a) && hasCourse(b);
}

/** Whether two sightings of one alert name the same processes and sessions. */
export function isSameCourse(a: Sighting, b: Sighting): boolean {
  if (a.entities === b.entities) return true;
  return b.entities.every(
    (entity) => !isStrong(entity) || a.entities.some((other) => joinKey(other) === joinKey(entity)),
  );
}

/**
 * Whether something usual around a case belongs there. It is tied to it, or names no course of action and shares places and persons: all that it names,
 * or, where the case is told by its courses, a place and more.
 */
export function belongsAround(sighting: Sighting, home: Case): boolean {
  if (namesCourse(sighting)) return isTied(sighting, home);
  if (hasCourse(home)) {
    let doubt = 1;
    for (const entity of sighting.entities)
      if (home.entities.has(joinKey(entity))) doubt *= 1 - strengthOf(entity);
    return 1 - doubt >= SHARED_LEAST;
  }
  return sighting.entities.every(
    (entity) => strengthOf(entity) < MEDIUM || home.entities.has(joinKey(entity)),
  );
}

function hasProcess(one: Case): boolean {
  for (const { entity, acts } of one.entities.values()) if (acts && isRunning(entity)) return true;
  return false;
}

/** A process by its id, that acts. */
function isRunning(entity: Entity): boolean {
  return entity.type === 'process' && isStrong(entity);
}
