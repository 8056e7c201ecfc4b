import { markdownText } from '../adapters/index.ts';
import { logsourceText, type ReferenceEntry, referenceOf } from '../pipeline/index.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { print, printToFile } from './print.ts';
import { refuse } from './refusal.ts';
import { defaultRules, noRules, openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** Of which rules, and in which form. */
export interface ReferenceSettings {
  readonly paths: readonly string[];
  readonly placeholders: readonly string[];
  readonly format: 'markdown' | 'json';
  readonly output: string | undefined;
}

/** Writes the reference; 2 where a rule does not load (the others are written all the same), 3 where there is none. */
export async function runReference(terminal: Terminal, settings: ReferenceSettings): Promise<ExitCode> {
  const paths = settings.paths.length > 0 ? settings.paths : defaultRules();
  const rules = await openRules({ paths, placeholders: settings.placeholders });
  if (rules.refused.length > 0) return refuse(terminal, rules.refused);
  const broken = rules.findings.filter(({ severity }) => severity === 'error');
  if (broken.length > 0) refuse(terminal, broken, rules.sourceOf);
  const entries = referenceOf(rules.compiled.ruleset);
  if (entries.length === 0) return refuse(terminal, [noRules(paths)]);
  const text =
    settings.format === 'json' ? `${JSON.stringify({ entries }, null, 2)}\n` : markdownReference(entries);
  const written =
    settings.output === undefined
      ? await print(terminal, text)
      : await printToFile(terminal, settings.output, text);
  return written === EXIT.clean ? exitCodeFor(broken) : written;
}

/** The reference as a page: a table of contents by kind, then a section for each. */
export function markdownReference(entries: readonly ReferenceEntry[]): string {
  const incidents = entries.filter(({ kind }) => kind === 'incident');
  const alerts = entries.filter(({ kind }) => kind === 'alert');
  return [
    '# Reference of alerts and incidents\n',
    `${alerts.length} alerts and ${incidents.length} incidents. Severities are those that follow from level and confidence alone; verdicts, intelligence, assets and policies change them.\n`,
    ...part('Incidents', incidents),
    ...part('Alerts', alerts),
  ].join('\n');
}

function part(title: string, entries: readonly ReferenceEntry[]): string[] {
  if (entries.length === 0) return [];
  const rows = entries.map(
    (entry) =>
      `| ${markdownText(entry.title)} | ${entry.severity} | ${entry.tactics.join(', ')} | ${sourcesOf(entry)} |`,
  );
  return [
    `## ${title}\n`,
    `| name | severity | tactics | log sources |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`,
    ...entries.map(section),
  ];
}

/** A shape that names no rules takes alerts of any. */
function sourcesOf({ kind, logsources }: ReferenceEntry): string {
  return logsources.length === 0 && kind === 'incident' ? 'any' : logsources.map(logsourceText).join('; ');
}

function section(entry: ReferenceEntry): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Severity', `${entry.severity} (level ${entry.level}, confidence ${entry.confidence})`],
    [
      entry.kind === 'incident' ? 'Shape' : 'Rule',
      `${entry.of.replaceAll('_', ' ')}, version ${entry.version}, ${entry.status}`,
    ],
    ['Tactics', entry.tactics.join(', ')],
    [
      'Techniques',
      entry.techniques.map(({ id, name }) => (name === undefined ? id : `${id} ${name}`)).join(', '),
    ],
    ['Entities', entry.entities.map(({ type, role }) => `${type.replaceAll('_', ' ')} (${role})`).join(', ')],
    ['Log sources', sourcesOf(entry)],
    ['Rests on', entry.restsOn.join('; ')],
    ['False positives', entry.falsepositives.join(' ')],
    ['Id', entry.name === undefined ? entry.id : `${entry.name}, ${entry.id}`],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `- **${name}:** ${markdownText(value)}`);
  const steps = entry.remediation.map((step, i) => `${i + 1}. ${markdownText(step)}`);
  return [
    `### ${markdownText(entry.title)}\n`,
    ...(entry.description === undefined ? [] : [`${markdownText(entry.description)}\n`]),
    `${lines.join('\n')}\n`,
    ...(steps.length === 0 ? [] : [`What to do:\n\n${steps.join('\n')}\n`]),
  ].join('\n');
}
