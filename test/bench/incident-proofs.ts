import type { Incident } from '../../engine/model/index.ts';
import {
  type IncidentProof,
  isProofProblem,
  makeProof,
  proofText,
  readProof,
  verifyProof,
} from '../../engine/pipeline/index.ts';

/** How many incidents are proven, and how. */
export interface ProofShares {
  /** Shown in their last revision: neither merged into another nor ruled out. */
  readonly incidents: number;
  /** Of these: a set of signals makes it again, and none of them can be left out (each was left out once, and it did not stand). */
  readonly least: number;
  /** Of these: it fires again from its proof's text alone, as the proof says to the last digit. */
  readonly again: number;
  /** Signals in the proofs, and bytes of their text: the mean. */
  readonly pieces: number;
  readonly bytes: number;
  /** Why the others have no proof. */
  readonly reasons: readonly string[];
}

/** Makes the proof of every incident, writes it as text, reads it back and verifies it. */
export function proofShares(last: readonly Incident[], proofs: readonly IncidentProof[]): ProofShares {
  const shown = last.filter(({ state }) => state !== 'redirected' && state !== 'retracted');
  const by = new Map(proofs.map(({ id, proof }) => [id, proof]));
  const count = { least: 0, again: 0, pieces: 0, bytes: 0, proven: 0 };
  const reasons: string[] = [];
  for (const incident of shown) {
    const found = by.get(incident.id) ?? { reason: 'the stage knows nothing of it' };
    const made = 'reason' in found ? undefined : makeProof({ ...found, incident, ruleset: '', policies: [] });
    if (made === undefined) {
      reasons.push(`${incident.id}: ${'reason' in found ? found.reason : 'its pieces do not stand'}`);
      continue;
    }
    const text = proofText(made);
    const read = readProof(text);
    count.proven++;
    count.pieces += made.pieces.length;
    count.bytes += text.length;
    if (made.least) count.least++;
    else reasons.push(`${incident.id}: the search for its least evidence was given up`);
    if (isProofProblem(read)) reasons.push(`${incident.id}: ${read.reason}`);
    else {
      const { differences } = verifyProof(read);
      if (differences.length === 0) count.again++;
      for (const { of, said, found: is } of differences)
        reasons.push(`${incident.id}: ${of}: ${said} / ${is}`);
    }
  }
  const proven = Math.max(1, count.proven);
  return {
    incidents: shown.length,
    least: count.least,
    again: count.again,
    pieces: count.pieces / proven,
    bytes: count.bytes / proven,
    reasons,
  };
}
