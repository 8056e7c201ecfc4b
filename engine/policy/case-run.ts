import {
  alertFromRecord,
  canonicalJson,
  type Decision,
  formatDuration,
  formatTime,
  incidentFromRecord,
  type PolicyCase,
  type PolicyRule,
} from '../model/index.ts';
import { Decider, type PolicyVerdict } from './decide.ts';
import type { FactSource, PolicyCaseSubject } from './fact.ts';
import type { PolicyPlan } from './plan.ts';
import { decisionWords } from './prevail.ts';
import { identityOf } from './subject.ts';
import { renderTrace } from './trace.ts';

/** What became of one test of a policy. */
export interface PolicyCaseResult {
  readonly rule: PolicyRule;
  readonly test: PolicyCase;
  readonly passed: boolean;
  /** What was expected and did not come, each with the tree that explains it. */
  readonly failures: readonly string[];
}

/** Which tests to run; all are where absent. */
export type PolicyCaseFilter = (rule: PolicyRule, test: PolicyCase) => boolean;

/**
 * Runs the tests of policies, each policy alone with the facts that its test gives: a fact that is not given is known to be nothing, one
 * under `failing` fails. Results stand in the order of the plan and of the tests.
 */
export async function runPolicyCases(
  plan: PolicyPlan,
  wanted?: PolicyCaseFilter,
): Promise<PolicyCaseResult[]> {
  const results: PolicyCaseResult[] = [];
  for (const policy of plan.policies) {
    for (const test of policy.rule.tests) {
      if (wanted?.(policy.rule, test) === false) continue;
      const { subject, problems } = subjectOf(test);
      const named = [...Object.keys(test.facts).map((key) => answerOf(key).fact), ...test.failing];
      const unknown = named.filter((fact) => !policy.needs.includes(fact));
      const faults = [
        ...problems,
        ...unknown.map((fact) => `the policy does not ask for the fact '${fact}'`),
      ];
      if (faults.length > 0) {
        results.push({ rule: policy.rule, test, passed: false, failures: faults });
        continue;
      }
      const decider = new Decider(
        { ...plan, policies: [policy] },
        { sources: sourcesOf(test, policy.needs) },
      );
      const { verdicts } = await decider.decide(subject, test.at ?? identityOf(subject).lastSeen);
      const failures = compare(test, verdicts[0]);
      results.push({ rule: policy.rule, test, passed: failures.length === 0, failures });
    }
  }
  return results;
}

function subjectOf({ subject }: PolicyCase): {
  readonly subject: PolicyCaseSubject;
  readonly problems: readonly string[];
} {
  if (subject.kind === 'alert') {
    const { value: alert, problems } = alertFromRecord(subject.members);
    return { subject: { kind: 'alert', alert }, problems };
  }
  const { value: incident, problems } = incidentFromRecord(subject.members);
  return { subject: { kind: 'incident', incident }, problems };
}

function sourcesOf(test: PolicyCase, needs: readonly string[]): FactSource[] {
  const answers = Object.entries(test.facts)
    .map(([key, value]) => ({ ...answerOf(key), value }))
    // The most exact answer is the right one.
    .sort((a, b) => b.params.length - a.params.length);
  return needs.map((name) => ({
    name,
    lookup: ({ params }) => {
      if (test.failing.includes(name)) return Promise.reject(new Error('the test lets it fail'));
      const answer = answers.find(
        (one) => one.fact === name && one.params.every(([key, value]) => String(params[key]) === value),
      );
      return Promise.resolve(answer?.value);
    },
  }));
}

/** `history(of: rule, within: 30d)` answers questions with these parameters and any others; `history` answers all. */
function answerOf(key: string): {
  readonly fact: string;
  readonly params: readonly (readonly [string, string])[];
} {
  const [, fact = key, inner = ''] = /^([^(]*)\((.*)\)$/.exec(key) ?? [];
  const params = inner
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [name = '', value = ''] = part.split(':');
      return [name.trim(), value.trim()] as const;
    });
  return { fact: fact.trim(), params };
}

function compare({ expect }: PolicyCase, verdict: PolicyVerdict | undefined): string[] {
  if (verdict === undefined) return ['the policy was not asked'];
  const { decision, withheld, trace } = verdict;
  const tree = renderTrace(trace).join('\n');
  const failures: string[] = [];
  if (expect.withheld !== undefined && expect.withheld !== withheld.length > 0) {
    failures.push(expect.withheld ? 'expected the decision to be withheld' : 'the decision was withheld');
  }
  const wanted = typeof expect.decisions === 'number' ? expect.decisions : expect.decisions.length;
  const got = decision === undefined ? 0 : 1;
  if (wanted !== got) {
    const said = decision === undefined ? 'none' : `one: ${decisionWords(decision).join('; ')}`;
    failures.push(`expected ${wanted === 0 ? 'no decision' : 'a decision'}, got ${said}\n${tree}`);
    return failures;
  }
  const [parts] = typeof expect.decisions === 'number' ? [] : expect.decisions;
  if (decision === undefined || parts === undefined) return failures;
  const found = writtenForm(verdict.policy, decision);
  for (const [part, value] of Object.entries(parts)) {
    if (fits(value, found[part])) continue;
    failures.push(`expected ${part} ${canonicalJson(value)}, got ${canonicalJson(found[part])}\n${tree}`);
  }
  return failures;
}

/** A decision in the words of a policy's `decide:`, which are those of the test. */
function writtenForm(rule: PolicyRule, decision: Decision): Readonly<Record<string, unknown>> {
  const { severity, confidence, suppress, tags, assignee, state, verdict, escalate, route } = decision;
  const until = rule.effect.suppress?.until;
  return {
    severity,
    confidence: confidence === undefined ? undefined : { [confidence.operation]: confidence.value },
    suppress:
      suppress === undefined
        ? undefined
        : {
            owner: suppress.owner,
            reason: rule.effect.suppress?.reason,
            until: formatTime(suppress.until),
            ...(typeof until === 'object' ? { for: formatDuration(until.for) } : {}),
          },
    tags,
    assign: assignee,
    state,
    verdict,
    escalate,
    route,
  };
}

/** Only what is written is compared; a day stands for its first moment. */
function fits(wanted: unknown, found: unknown): boolean {
  if (typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)) {
    if (typeof found !== 'object' || found === null) return false;
    const members = new Map(Object.entries(found));
    return Object.entries(wanted).every(([key, value]) => fits(value, members.get(key)));
  }
  if (typeof wanted === 'string' && typeof found === 'string' && /^\d{4}-\d\d-\d\d$/.test(wanted)) {
    return found.startsWith(`${wanted}T00:00`);
  }
  return canonicalJson(wanted) === canonicalJson(found);
}
