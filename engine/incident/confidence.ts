import { type IncidentTemplate, SEVERITIES, type Severity } from '../model/index.ts';
import type { Case } from './case.ts';
import type { KeyPast } from './history.ts';
import type { IncidentSettings } from './settings.ts';
import type { Sighting } from './sighting.ts';

/** What a severity is worth as a declaration of malice, before the alert's confidence. Informational alerts matter inside an incident only. */
const DECLARED_WEIGHT: Readonly<Record<Severity, number>> = {
  informational: 0,
  low: 0.3,
  medium: 0.6,
  high: 0.9,
};
/** A declared alert that happens here all the time keeps so much of what it declares. */
const COMMONPLACE = 0.3;
const COMMONPLACE_EPISODES = 5;
/** What declares less than this is worth no case of its own. */
export const DECLARED_LEAST = 0.03;
/** From this confidence on a candidate is shown. */
export const SHOWN = 0.5;

/** What an alert declares, as a probability; less where it happens here all the time, nothing where it does and nobody calls it high. */
export function declaredOf(
  sighting: Sighting,
  from: { readonly past: KeyPast; readonly unusual: boolean; readonly knows: boolean } | undefined,
): number {
  const declared = DECLARED_WEIGHT[sighting.severity] * sighting.confidence;
  if (from === undefined || from.unusual) return declared;
  // Where the past is known, what is not unusual needs a rule that is sure of itself.
  if (from.knows && sighting.severity !== 'high') return 0;
  return from.past.episodes >= COMMONPLACE_EPISODES ? declared * COMMONPLACE : declared;
}

/** What a case's confidence is now: its evidence, what speaks against it, what was decided, and time. */
export function confidenceOf(one: Case, now: number, settings: IncidentSettings): number {
  let confidence = one.evidenceConfidence;
  for (const { factor } of one.counter) confidence *= factor;
  for (const { confidence: change } of one.adjustments) {
    if (change === undefined) continue;
    if (change.operation === 'multiply') confidence *= change.value;
    else if (change.operation === 'set') confidence = change.value;
    else confidence = Math.min(confidence, change.value);
  }
  const idle = Math.max(0, now - one.last - settings.horizon);
  return Math.min(1, Math.max(0, confidence * 2 ** (-idle / settings.halfLife)));
}

/** A shape that holds is at least as likely as its template says. */
export function templateAdjustment(one: Case, template: IncidentTemplate): Case['adjustments'] {
  const by = `template:${template.meta.id}`;
  if (one.adjustments.some((known) => known.by === by)) return [];
  const value = Math.max(SHOWN, template.meta.confidence);
  let counter = 1;
  for (const { factor } of one.counter) counter *= factor;
  if (one.evidenceConfidence * counter >= value) return [];
  return [
    {
      at: one.last,
      by,
      reason: `the shape of '${template.meta.title}' holds`,
      confidence: { operation: 'set', value: value * counter },
    },
  ];
}

/** The higher of two severities, where there are any. */
export function higher(a: Severity | undefined, b: Severity | undefined): Severity | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}
