import type { Notable } from './case.ts';
import { type Evidence, evidenceOf, type Together } from './evidence.ts';
import type { IncidentSettings } from './settings.ts';

/** The least evidence that carries an incident, checked. */
export interface MinimalEvidence {
  readonly notables: readonly Notable[];
  /** It carries the incident alone, and without any one of its members it does not. */
  readonly checked: boolean;
}

/** An incident stands from this confidence on. */
const STANDS = 0.5;

/**
 * Looks for the least evidence: from what says most, one after the other until the incident stands, then without whatever is not needed. The
 * result is checked by weighing it anew, whole and without each member. Cost: at most one weighing for each notable sighting.
 */
export function minimalEvidence(
  notables: readonly Notable[],
  from: { readonly evidence: Evidence; readonly settings: IncidentSettings; readonly together: Together },
): MinimalEvidence {
  const weigh = (some: readonly Notable[]): boolean => evidenceOf(some, from).confidence >= STANDS;
  const chosen: Notable[] = [];
  const add = (notable: Notable): boolean => {
    if (!chosen.includes(notable)) chosen.push(notable);
    return weigh(chosen);
  };
  const byDeclared = from.evidence.spoken;
  const byBits = from.evidence.matched.map(({ notable }) => notable);
  const first =
    from.evidence.declared >= from.evidence.unusual ? [...byDeclared, ...byBits] : [...byBits, ...byDeclared];
  let stands = false;
  for (const notable of [...first, ...notables]) {
    stands = add(notable);
    if (stands) break;
  }
  if (!stands) return { notables: chosen, checked: false };
  for (let i = chosen.length - 1; i >= 0 && chosen.length > 1; i--) {
    const without = chosen.filter((_, n) => n !== i);
    if (weigh(without)) chosen.splice(i, 1);
  }
  const needed = chosen.every((one) => !weigh(chosen.filter((other) => other !== one)));
  return { notables: chosen, checked: weigh(chosen) && needed };
}
