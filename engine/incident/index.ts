/**
 * Floor 3 · incident: related alerts as the story of one attack.
 *
 * The way: a sighting (one signal of an alert) is weighed against the past of its rule and subject (`history.ts`); what is unusual or
 * declared is notable and is joined to cases by links (`links.ts`); a case's evidence (`evidence.ts`) decides whether it is shown;
 * templates (`template-runner.ts`) shape cases whatever their weight; `view.ts` tells it all as plain data; `proof.ts` finds the least signals from
 * which an incident comes about again, and replays them.
 * Invariants: pure and synchronous; what is learnt comes from the past only and never from an incident; the order of arrival within the
 * watermark, the cut into batches and restarts change neither incidents nor revisions; every bound is named and every loss counted.
 * Deliberately absent: alerts' lives (room `alert`), policies, outputs, and the labels of any data set.
 */
export { IncidentBuilder, type IncidentOptions, type IncidentStats } from './builder.ts';
export type { CaseDecision } from './case.ts';
export {
  openedId,
  PIECE_USES,
  type PieceUse,
  type ProofContent,
  type ProofOrReason,
  type ProofPiece,
  proofOf,
  rulesOf,
  type Standing,
  standingOf,
} from './proof.ts';
export type { PastSlice, TogetherRow } from './recall.ts';
export { DEFAULT_SETTINGS, type IncidentLimits, type IncidentSettings } from './settings.ts';
export { compareSightings, entityKey, type Sighting, subjectOf } from './sighting.ts';
export { nextStages } from './stages.ts';
