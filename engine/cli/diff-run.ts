import { existsSync } from 'node:fs';
import { type RuleText, readGitRules, readRuleFiles, readValueLists } from '../adapters/index.ts';
import { type Diagnostic, hasErrors, type Palette } from '../diagnostic/index.ts';
import { type EventTime, formatTime, type Logsource } from '../model/index.ts';
import {
  compileRuleset,
  type Difference,
  type Outcome,
  type OutcomeDifference,
  outcomeDifference,
} from '../pipeline/index.ts';
import { openEnrichFile } from './enrich-source.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openMappings } from './mapping-source.ts';
import { print } from './print.ts';
import { recordedOutcome } from './recorded-outcome.ts';
import { isDiagnostic, refusal, refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

/** What to compare, checked. */
export interface DiffSettings {
  readonly before: string;
  /** The working tree where absent. */
  readonly after: string | undefined;
  readonly inputs: readonly string[];
  readonly rules: readonly string[];
  readonly format: 'pretty' | 'json';
  readonly logsource: 'any' | Logsource;
  readonly mappings: readonly string[];
  readonly placeholders: readonly string[];
  /** A file with an `enrich` block. */
  readonly enrich?: string | undefined;
}

/** Lines shown of each kind of thing; `--json` gives all. */
const SHOWN_MAX = 100;

/** Compares; ends with 0 where nothing changes, with 1 where something does, with 2 where a rule of either revision does not load. */
export async function runDiff(terminal: Terminal, settings: DiffSettings): Promise<ExitCode> {
  const mappings = await openMappings(settings.mappings, settings.logsource);
  const lists = await readValueLists(settings.placeholders);
  const enriched = await openEnrichFile(settings.enrich);
  const refused = [...mappings.diagnostics, ...lists.diagnostics, ...enriched.diagnostics];
  if (mappings.schemas === undefined || hasErrors(refused)) return refuse(terminal, refused);
  const outcomes: Outcome[] = [];
  let broken = false;
  for (const revision of [settings.before, settings.after]) {
    const files = await filesOf(revision, settings.rules);
    if (isDiagnostic(files)) return refuse(terminal, [files]);
    const compiled = compileRuleset(files, { placeholders: lists.lists });
    const errors = compiled.diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      broken = true;
      terminal.say(`rules of ${revision ?? 'the working tree'} that do not load are left out:`);
      const texts = new Map(files.map(({ path, text }) => [path, text]));
      refuse(terminal, errors, (path) => texts.get(path));
    }
    const outcome = await recordedOutcome(compiled.ruleset, {
      inputs: settings.inputs,
      schemas: mappings.schemas,
      enrichment: enriched.enrichment,
      report: (found) => void refuse(terminal, found),
    });
    if (isDiagnostic(outcome)) return refuse(terminal, [outcome]);
    outcomes.push(outcome);
  }
  const [before, after] = outcomes;
  if (before === undefined || after === undefined) throw new Error('two revisions have two outcomes');
  const difference = outcomeDifference(before, after);
  const text =
    settings.format === 'json'
      ? jsonText(difference)
      : prettyText(difference, { before, after, palette: terminal.outPalette });
  const written = await print(terminal, text);
  if (written !== EXIT.clean) return written;
  if (broken) return EXIT.rule;
  return Object.values(difference).some((list) => list.length > 0) ? EXIT.findings : EXIT.clean;
}

/** The rule files of a revision, or of the working tree. */
async function filesOf(
  revision: string | undefined,
  paths: readonly string[],
): Promise<readonly RuleText[] | Diagnostic> {
  const there = paths.filter((path) => existsSync(path));
  if (revision === undefined) {
    const { files, diagnostics } = await readRuleFiles(there);
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    if (first !== undefined) return first;
    return files.length > 0 ? files : refusal('TT8001', `no rule under ${paths.join(', ')}`);
  }
  const read = await readGitRules(revision, paths);
  if ('trouble' in read)
    return refusal(
      'TT8023',
      `${revision}: ${read.trouble}`,
      'name a revision of the repository that the working folder is in',
    );
  return read.files.length > 0
    ? read.files
    : refusal('TT8001', `no rule under ${paths.join(', ')} in ${revision}`);
}

function prettyText(
  { signals, alerts, incidents }: OutcomeDifference,
  of: { readonly before: Outcome; readonly after: Outcome; readonly palette: Palette },
): string {
  const { before, after, palette } = of;
  const lines = [
    ...section('signals', signals, {
      palette,
      counts: [before.signals.length, after.signals.length],
      line: ({ end, endNs, rule, entities }) =>
        `${formatTime(end, endNs)}  ${rule.level}  ${rule.title}  ${entities
          .slice(0, 3)
          .map((e) => `${e.type}=${e.value}`)
          .join(' ')}`,
    }),
    ...section('alerts', alerts, {
      palette,
      counts: [before.alerts.length, after.alerts.length],
      line: ({ firstSeen, severity, title, count }) =>
        `${formatTime(firstSeen)}  ${severity}  ${title}  ${count} ${count === 1 ? 'signal' : 'signals'}`,
    }),
    ...section('incidents', incidents, {
      palette,
      counts: [before.incidents.length, after.incidents.length],
      line: ({ firstSeen, severity, title }) => `${formatTime(firstSeen)}  ${severity}  ${title}`,
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function section<T>(
  name: string,
  differences: readonly Difference<T>[],
  of: {
    readonly palette: Palette;
    readonly counts: readonly [number, number];
    readonly line: (one: T) => string;
  },
): string[] {
  const { palette, counts, line } = of;
  const added = differences.filter(({ before }) => before === undefined).length;
  const removed = differences.filter(({ after }) => after === undefined).length;
  const head = `${name}: ${counts[0]} → ${counts[1]}; ${added} new, ${removed} gone, ${differences.length - added - removed} changed`;
  const shown = differences.slice(0, SHOWN_MAX).map(({ before, after, changes }) => {
    if (before === undefined && after !== undefined) return palette.info(visible(`+ ${line(after)}`));
    if (after === undefined && before !== undefined) return palette.error(visible(`- ${line(before)}`));
    return after === undefined ? '' : palette.warning(visible(`~ ${line(after)}  (${changes.join(', ')})`));
  });
  const more =
    differences.length > SHOWN_MAX
      ? [`  … and ${differences.length - SHOWN_MAX} more (--json gives all)`]
      : [];
  return [palette.strong(head), ...shown, ...more];
}

function jsonText({ signals, alerts, incidents }: OutcomeDifference): string {
  const kindOf = (one: Difference<unknown>): string =>
    one.before === undefined ? 'new' : one.after === undefined ? 'gone' : 'changed';
  const times = ({
    firstSeen,
    lastSeen,
  }: {
    readonly firstSeen: EventTime;
    readonly lastSeen: EventTime;
  }): object => ({
    firstSeen: formatTime(firstSeen),
    lastSeen: formatTime(lastSeen),
  });
  const rows = {
    signals: signals.map((one) => {
      const signal = one.after ?? one.before;
      return {
        change: kindOf(one),
        rule: signal?.rule.id,
        title: signal?.rule.title,
        time: signal === undefined ? null : formatTime(signal.end, signal.endNs),
        events: signal?.evidence,
        changes: one.changes,
      };
    }),
    alerts: alerts.map((one) => {
      const alert = one.after ?? one.before;
      return {
        change: kindOf(one),
        rule: alert?.rule.id,
        title: alert?.title,
        severity: alert?.severity,
        count: alert?.count,
        ...(alert === undefined ? {} : times(alert)),
        changes: one.changes,
      };
    }),
    incidents: incidents.map((one) => {
      const incident = one.after ?? one.before;
      return {
        change: kindOf(one),
        title: incident?.title,
        severity: incident?.severity,
        alerts: incident?.members.length,
        ...(incident === undefined ? {} : times(incident)),
        changes: one.changes,
      };
    }),
  };
  return `${JSON.stringify(rows, null, 2)}\n`;
}
