import type { Assessment, Entity, RuleRef, SeverityFacts } from '../model/index.ts';

/** What the book needs from other rooms. */
export interface AlertPorts {
  /** Confidence, score and severity of facts. */
  assess(facts: SeverityFacts): Assessment;
  /** What a signal of the rule scores when nothing speaks against it, 0–100. */
  score(level: RuleRef['level'], confidence: number): number;
  /** What an entity is worth, where that is known. */
  asset?(entity: Entity): { readonly weight: number; readonly reason: string } | undefined;
}
