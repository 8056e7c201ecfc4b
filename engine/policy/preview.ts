import type { Decision } from '../model/index.ts';
import type { Decider, PolicyVerdict } from './decide.ts';
import type { PolicyCaseSubject } from './fact.ts';
import type { CaseHistory } from './facts/history.ts';
import { identityOf } from './subject.ts';

/** One case that a policy decides about, with its decision. */
export interface PreviewedCase {
  readonly subject: PolicyCaseSubject;
  readonly decision: Decision;
  readonly verdict: PolicyVerdict;
}

/** What one policy would have done over a recording. */
export interface PolicyPreview {
  readonly policy: PolicyVerdict['policy'];
  /** Cases of the kind that the policy is about. */
  readonly looked: number;
  readonly decided: readonly PreviewedCase[];
  readonly muted: number;
  /** Of what would be muted: cases by severity, and those that analysts judged true. */
  readonly mutedBySeverity: Readonly<Record<string, number>>;
  readonly mutedTrue: readonly PreviewedCase[];
  readonly withheld: number;
  readonly expired: number;
}

/** The last revision of each case, in the order of its first event, ties by id: what a preview decides about. */
export function lastRevisions(cases: readonly PolicyCaseSubject[]): PolicyCaseSubject[] {
  const last = new Map<string, PolicyCaseSubject>();
  for (const subject of cases) {
    const { id, revision } = identityOf(subject);
    const key = `${subject.kind} ${id}`;
    const known = last.get(key);
    if (known === undefined || identityOf(known).revision <= revision) last.set(key, subject);
  }
  const firstSeen = (one: PolicyCaseSubject): number =>
    one.kind === 'alert' ? one.alert.firstSeen : one.incident.firstSeen;
  return [...last.values()].sort(
    (a, b) => firstSeen(a) - firstSeen(b) || (identityOf(a).id < identityOf(b).id ? -1 : 1),
  );
}

/**
 * What policies would decide over recorded alerts and incidents, without deciding anything: above all what a suppression would have
 * muted. Each case is decided about at its last event. Policies stand in the order in which they prevail.
 */
export async function previewPolicies(
  decider: Decider,
  cases: readonly PolicyCaseSubject[],
  history?: CaseHistory,
): Promise<PolicyPreview[]> {
  const subjects = lastRevisions(cases);
  for (const subject of subjects) history?.observe(subject);
  const rows = new Map<
    string,
    { looked: number; decided: PreviewedCase[]; withheld: number; expired: number }
  >();
  for (const subject of subjects) {
    const at = subject.kind === 'alert' ? subject.alert.lastSeen : subject.incident.lastSeen;
    const { verdicts } = await decider.decide(subject, at);
    for (const verdict of verdicts) {
      const { id } = verdict.policy.meta;
      const row = rows.get(id) ?? { looked: 0, decided: [], withheld: 0, expired: 0 };
      rows.set(id, row);
      row.looked++;
      if (verdict.withheld.length > 0) row.withheld++;
      if (verdict.expired) row.expired++;
      if (verdict.decision !== undefined) row.decided.push({ subject, decision: verdict.decision, verdict });
    }
  }
  return decider.plan.policies.flatMap(({ rule }) => {
    const row = rows.get(rule.meta.id);
    if (row === undefined) return [];
    const muted = row.decided.filter(({ decision }) => decision.suppress !== undefined);
    const mutedBySeverity: Record<string, number> = {};
    for (const { subject } of muted) {
      const { severity } = caseOf(subject);
      mutedBySeverity[severity] = (mutedBySeverity[severity] ?? 0) + 1;
    }
    const mutedTrue = muted.filter(({ subject }) => caseOf(subject).verdict === 'true_positive');
    return [{ policy: rule, ...row, muted: muted.length, mutedBySeverity, mutedTrue }];
  });
}

function caseOf(subject: PolicyCaseSubject): { readonly severity: string; readonly verdict?: string } {
  return subject.kind === 'alert' ? subject.alert : subject.incident;
}
