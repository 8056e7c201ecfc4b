import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Incident } from '../model/index.ts';
import {
  type IncidentProof,
  makeProof,
  type Proof,
  type ProvenRule,
  proofText,
  type Ruleset,
} from '../pipeline/index.ts';
import type { PolicyPlan } from '../policy/index.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { printToFile } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { plural } from './report/report.ts';
import type { Terminal } from './terminal.ts';

/** What proofs are made of, beside what the stage of incidents kept. */
export interface ProofSource {
  readonly ruleset: Pick<Ruleset, 'hash'>;
  readonly policies: Pick<PolicyPlan, 'policies'>;
  readonly proofs: readonly IncidentProof[];
}

/** The proof of an incident, or why there is none. */
export function proofFor(incident: Incident, { ruleset, policies, proofs }: ProofSource): Proof | string {
  const found = proofs.find(({ id }) => id === incident.id)?.proof;
  if (found === undefined) return 'nothing is remembered of it';
  if ('reason' in found) return found.reason;
  const rules = policies.policies.map(({ rule: { meta } }): ProvenRule => ({ kind: 'policy', ...meta }));
  const made = makeProof({ ...found, incident, ruleset: ruleset.hash, policies: rules });
  return made ?? 'its pieces do not make it again';
}

/** Writes the proof of each incident as `<id>.json` into a folder, made where it is missing; says what could not be proven (TT8053). */
export async function writeProofs(
  terminal: Terminal,
  folder: string,
  from: ProofSource & { readonly incidents: readonly Incident[]; readonly quiet: boolean },
): Promise<ExitCode> {
  try {
    await mkdir(folder, { recursive: true });
  } catch {
    return printToFile(terminal, join(folder, 'proof.json'), '');
  }
  let written = 0;
  for (const incident of from.incidents) {
    if (incident.state === 'redirected' || incident.state === 'retracted') continue;
    const proof = proofFor(incident, from);
    if (typeof proof === 'string') {
      refuse(terminal, [refusal('TT8053', `incident ${incident.id} has no proof: ${proof}`)]);
      continue;
    }
    const code = await printToFile(terminal, join(folder, `${incident.id}.json`), proofText(proof));
    if (code !== EXIT.clean) return code;
    written++;
  }
  if (!from.quiet) terminal.say(`${plural(written, 'proof')} in ${folder}`);
  return EXIT.clean;
}
