import type { Assessment, Entity, RuleRef, SeverityFacts, Verdict } from '../model/index.ts';

/** What the book needs from other rooms. */
export interface AlertPorts {
  /** Confidence, score and severity of facts. */
  assess(facts: SeverityFacts): Assessment;
  /** What a signal of the rule scores when nothing speaks against it, 0–100. */
  score(level: RuleRef['level'], confidence: number): number;
  /** What an entity is worth, where that is known. */
  asset?(entity: Entity): { readonly weight: number; readonly reason: string } | undefined;
  /** What an alert of this id was found to be before; it counts for its rule already. */
  verdictOf?(alert: string): Verdict | undefined;
}

/** The entity that is worth most, the first of equals. */
export function dearest(entities: readonly Entity[], { asset }: AlertPorts): SeverityFacts['asset'] {
  if (asset === undefined) return undefined;
  let best: SeverityFacts['asset'];
  for (const entity of entities) {
    const found = asset(entity);
    if (found !== undefined && (best === undefined || found.weight > best.weight))
      best = { entity, ...found };
  }
  return best;
}
