import { incidentFromRecord } from '../model/index.ts';
import { type LiveCases, proofText } from '../pipeline/index.ts';
import { planPolicies } from '../policy/index.ts';
import type { LiveRules, StorePort } from '../runtime/index.ts';
import { proofFor } from './proof-files.ts';

/** The proof of an incident as a running daemon has it: the text of the file that `incident show --proof` writes, or why there is none. */
export function daemonProof(
  id: string,
  {
    store,
    stages,
    rules,
  }: {
    readonly store: Pick<StorePort, 'latest'>;
    readonly stages: Pick<LiveCases, 'proof'> | undefined;
    readonly rules: LiveRules;
  },
): { readonly text: string } | { readonly reason: string } {
  const kept = store.latest('incident', id);
  const proof = stages?.proof(id);
  if (kept === undefined || proof === undefined) return { reason: 'nothing is remembered of it' };
  const { value: incident } = incidentFromRecord(JSON.parse(kept.body));
  const { value: policies } = planPolicies(rules.policies.rules, { lists: rules.policies.lists });
  const made = proofFor(incident, {
    ruleset: rules,
    policies: policies ?? { policies: [] },
    proofs: [{ id, proof }],
  });
  return typeof made === 'string' ? { reason: made } : { text: proofText(made) };
}
