import { loadRules } from '../../engine/language/index.ts';
import { type Alert, alertFromRecord, type Incident, incidentFromRecord } from '../../engine/model/index.ts';
import {
  type CompiledPolicies,
  compilePolicies,
  type FactSource,
  type PolicyCaseSubject,
} from '../../engine/policy/index.ts';

/** Policies from the texts of documents; fails where one does not load. */
export function policies(...texts: readonly string[]): CompiledPolicies['plan'] {
  const { plan, diagnostics } = compiled(texts.join('\n---\n'));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return plan;
}

/** Everything that loading and compiling a text finds. */
export function compiled(
  text: string,
  lists: ReadonlyMap<string, readonly string[]> = new Map(),
): CompiledPolicies {
  const { rules, diagnostics } = loadRules([{ path: 'policy.yml', text }]);
  const policies = compilePolicies(rules, { lists });
  // Short ids read better here than UUIDs.
  const others = diagnostics.filter(({ code }) => code !== 'TT1609');
  return { plan: policies.plan, diagnostics: [...others, ...policies.diagnostics] };
}

/** A policy document. */
export function policy(parts: {
  readonly id?: string;
  readonly applies?: string;
  readonly priority?: number;
  readonly when?: string;
  readonly decide?: string;
}): string {
  const { id = 'p', applies = 'alert', priority = 100, when = ANY, decide = '{tags: [seen]}' } = parts;
  return `title: Policy ${id}\nid: ${id}\npolicy:\n  applies: ${applies}\n  priority: ${priority}\n  when: ${when}\n  decide: ${decide}`;
}

const ANY = '{fact: case.severity, operator: atLeast, value: informational}';

/** An alert with these members. */
export function alert(members: Readonly<Record<string, unknown>> = {}): PolicyCaseSubject {
  const { value, problems } = alertFromRecord(members);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { kind: 'alert', alert: value };
}

/** An incident with these members. */
export function incident(members: Readonly<Record<string, unknown>> = {}): PolicyCaseSubject {
  const { value, problems } = incidentFromRecord(members);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { kind: 'incident', incident: value };
}

/** A source that always says the same. */
export function constant(name: string, value: unknown): FactSource & { asked: number } {
  const source = {
    name,
    asked: 0,
    lookup: (): Promise<unknown> => {
      source.asked++;
      return Promise.resolve(value);
    },
  };
  return source;
}

/** The alert or incident of a subject. */
export function caseOf(subject: PolicyCaseSubject): Alert | Incident {
  return subject.kind === 'alert' ? subject.alert : subject.incident;
}
