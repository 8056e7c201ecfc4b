import { printable } from '../adapters/index.ts';
import { formatTime } from '../model/index.ts';
import {
  CaseHistory,
  Decider,
  decisionWords,
  FACT_KINDS,
  lastRevisions,
  OPERATORS,
  type PolicyCaseSubject,
  type PolicyPreview,
  type PreviewedCase,
  previewPolicies,
  renderTrace,
  verdictWords,
} from '../policy/index.ts';
import { readCases } from './case-file.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { noCases } from './export-run.ts';
import { openFacts } from './facts-file.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { plural } from './report/report.ts';
import { noRules, openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** What to preview and how, checked. */
export interface PreviewSettings {
  readonly files: readonly string[];
  readonly over: string;
  readonly facts?: string;
  readonly placeholders: readonly string[];
  readonly id?: string;
  readonly format: 'pretty' | 'json';
}

const EXAMPLES_MAX = 10;

/**
 * Says what policies would decide over a recording. 2 where a policy does not load, 3 where there is no policy or no case, 1 where a suppression would
 * mute what analysts judged true.
 */
export async function runPreview(terminal: Terminal, settings: PreviewSettings): Promise<ExitCode> {
  const { files, placeholders } = settings;
  const [rules, facts] = await Promise.all([
    openRules({ paths: files, placeholders }),
    openFacts(settings.facts),
  ]);
  const refused = [...rules.refused, ...facts.diagnostics];
  if (refused.length > 0) return refuse(terminal, refused);
  const broken = rules.findings.filter(({ severity }) => severity === 'error');
  if (broken.length > 0) return refuse(terminal, broken, rules.sourceOf);
  if (rules.policies.policies.length === 0) return refuse(terminal, [noRules(files)]);
  const cases: PolicyCaseSubject[] = [];
  const report = await readCases(settings.over, (found) => {
    cases.push(found);
  });
  if (report.diagnostics.length > 0) refuse(terminal, report.diagnostics);
  const code = exitCodeFor(report.diagnostics.filter(({ code: one }) => one !== 'TT8031'));
  if (code !== EXIT.clean) return code;
  if (cases.length === 0) return refuse(terminal, [noCases(settings.over)]);
  const history = new CaseHistory();
  const decider = new Decider(rules.policies, { sources: [...facts.sources, history] });
  if (settings.id !== undefined) return explainCase(terminal, { decider, history, cases, id: settings.id });
  const rows = await previewPolicies(decider, cases, history);
  const text = settings.format === 'json' ? jsonPreview(rows, decider) : prettyPreview(rows, decider);
  const written = await print(terminal, text);
  if (written !== EXIT.clean) return written;
  return rows.some(({ mutedTrue }) => mutedTrue.length > 0) ? EXIT.findings : EXIT.clean;
}

interface Explained {
  readonly decider: Decider;
  readonly history: CaseHistory;
  readonly cases: readonly PolicyCaseSubject[];
  readonly id: string;
}

/** Every policy on one case, with the tree of its tests. */
async function explainCase(
  terminal: Terminal,
  { decider, history, cases, id }: Explained,
): Promise<ExitCode> {
  const subjects = lastRevisions(cases);
  const subject = subjects.find((one) => caseOf(one).id === id);
  if (subject === undefined) {
    return refuse(terminal, [refusal('TT8032', `no alert or incident has the id ${id}`)]);
  }
  for (const one of subjects) history.observe(one);
  const { verdicts } = await decider.decide(subject, caseOf(subject).lastSeen);
  const blocks = verdicts.map((verdict) => {
    const decided = verdict.decision === undefined ? [] : decisionWords(verdict.decision);
    const lost = verdict.overruled.map(({ part, by }) => `${part} overruled by ${by}`);
    return [
      `${verdict.policy.meta.title}: ${verdictWords(verdict)}`,
      ...[...decided, ...lost].map((line) => `  ${line}`),
      ...renderTrace(verdict.trace, '  '),
    ].map((line) => `${printable(line)}\n`);
  });
  return print(terminal, blocks.map((lines) => lines.join('')).join('\n'));
}

function prettyPreview(rows: readonly PolicyPreview[], decider: Decider): string {
  const lines = rows.flatMap((row) => {
    const { policy, looked, decided, muted, mutedBySeverity, mutedTrue, withheld, expired } = row;
    const counts = [
      `decides about ${decided.length} of ${plural(looked, 'case')}`,
      ...(withheld === 0 ? [] : [`withheld ${withheld} times because a fact could not be had`]),
      ...(expired === 0 ? [] : [`its suppression had ended for ${expired}`]),
    ];
    const mutes =
      policy.effect.suppress === undefined
        ? []
        : [
            `  would mute ${muted}: ${
              Object.entries(mutedBySeverity)
                .map(([severity, count]) => `${count} ${severity}`)
                .join(', ') || 'nothing'
            }`,
            ...(mutedTrue.length === 0
              ? []
              : [
                  `  among them ${mutedTrue.length} that analysts judged true:`,
                  ...mutedTrue.slice(0, EXAMPLES_MAX).map(exampleLine),
                ]),
          ];
    const more = decided.length > EXAMPLES_MAX ? [`    … and ${decided.length - EXAMPLES_MAX} more`] : [];
    return [
      `${policy.meta.title}: ${counts.join('; ')}`,
      ...mutes,
      ...decided.slice(0, EXAMPLES_MAX).map(exampleLine),
      ...more,
      '',
    ];
  });
  const resting = decider.resting.map(
    ({ policy, facts }) => `${policy.rule.meta.title}: rests, nothing gives ${facts.join(' and ')} (--facts)`,
  );
  return [...lines, ...resting].map((line) => `${printable(line)}\n`).join('');
}

function exampleLine({ subject, decision }: PreviewedCase): string {
  const { id, title, severity, lastSeen } = caseOf(subject);
  return `    ${formatTime(lastSeen)} ${subject.kind} ${id} ${severity} ${title}: ${decisionWords(decision).join('; ')}`;
}

function jsonPreview(rows: readonly PolicyPreview[], decider: Decider): string {
  const document = {
    policies: rows.map(
      ({ policy, looked, decided, muted, mutedBySeverity, mutedTrue, withheld, expired }) => ({
        id: policy.meta.id,
        title: policy.meta.title,
        looked,
        decided: decided.map(({ subject, decision }) => ({
          kind: subject.kind,
          id: caseOf(subject).id,
          title: caseOf(subject).title,
          severity: caseOf(subject).severity,
          decision: decisionWords(decision),
          reason: decision.reason,
        })),
        muted,
        mutedBySeverity,
        mutedTrue: mutedTrue.map(({ subject }) => caseOf(subject).id),
        withheld,
        expired,
      }),
    ),
    resting: decider.resting.map(({ policy, facts }) => ({ id: policy.rule.meta.id, facts })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function caseOf(
  subject: PolicyCaseSubject,
): Pick<Extract<PolicyCaseSubject, { kind: 'alert' }>['alert'], 'id' | 'title' | 'severity' | 'lastSeen'> {
  return subject.kind === 'alert' ? subject.alert : subject.incident;
}

/** Prints facts with members and parameters, and operators with examples. */
export function listFacts(terminal: Terminal): Promise<ExitCode> {
  const facts = FACT_KINDS.flatMap(({ name, doc, params, fields, only }) => [
    `${name}: ${doc}${only === undefined ? '' : ` (policies about ${only}s)`}`,
    ...params.map((param) => `  asked with ${param.name}: ${param.doc}`),
    `  ${fields.join(', ')}`,
  ]);
  const operators = [...OPERATORS.values()].map(
    ({ name, doc, example }) => `${name}: ${doc} For example ${JSON.stringify(example)}.`,
  );
  return print(terminal, `Facts\n\n${facts.join('\n')}\n\nOperators\n\n${operators.join('\n')}\n`);
}
