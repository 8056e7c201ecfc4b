import type { Case, Part } from './case.ts';
import type { IncidentSettings } from './settings.ts';

/** The stretch of an alert in a case that goes on at a time: not further away than an ordinary link. What lies between does not belong. */
export function stretchAt(
  one: Case,
  alert: string,
  time: number,
  settings: IncidentSettings,
): Part | undefined {
  return one.parts
    .get(alert)
    ?.find(({ first, last }) => time >= first - settings.horizon && time <= last + settings.horizon);
}

/** Adds a stretch to those of the same alert; they are one where they meet. */
export function absorb(own: Part[], part: Part, settings: IncidentSettings): void {
  const near = own.find(
    ({ first, last }) => part.last >= first - settings.horizon && part.first <= last + settings.horizon,
  );
  if (near === undefined) {
    own.push(part);
    return;
  }
  near.first = Math.min(near.first, part.first);
  near.last = Math.max(near.last, part.last);
  near.count += part.count;
  near.context &&= part.context;
  near.shape ??= part.shape;
}
