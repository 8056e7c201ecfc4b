import { listEventFiles, readChunks } from '../adapters/index.ts';
import { boundsText } from '../correlate/index.ts';
import type { Palette } from '../diagnostic/index.ts';
import type { Schemas } from '../ingest/index.ts';
import type { Enrichment } from '../intel/index.ts';
import {
  type CorrelationRule,
  duration,
  type EventTime,
  formatDuration,
  formatTime,
  type Signal,
} from '../model/index.ts';
import {
  type CorrelationExplanation,
  Engine,
  explainCorrelation,
  type OpenWindow,
  type Ruleset,
} from '../pipeline/index.ts';
import { nativeDigest, scan } from '../runtime/index.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openIntel } from './intel-source.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import type { Terminal } from './terminal.ts';

/** Near misses and open windows shown. */
const SHOWN_MAX = 5;
const SHOWN_ALL_MAX = 1000;
/** Evidence shown of one signal. */
const PARTS_SHOWN = 20;

/** What to explain: correlations, over all events of some files. */
export interface CorrelationSettings {
  readonly ruleset: Ruleset;
  readonly schemas: Schemas;
  readonly rules: readonly CorrelationRule[];
  readonly inputs: readonly string[];
  readonly at: EventTime | undefined;
  readonly format: 'pretty' | 'json';
  readonly all: boolean;
  /** What is known of addresses, assets and people; nothing where absent. */
  readonly enrichment?: Enrichment | undefined;
}

/** Scans the files, correlates, and says why each rule fired or how near each group came; 0 either way. */
export async function explainCorrelations(
  terminal: Terminal,
  settings: CorrelationSettings,
): Promise<ExitCode> {
  const { ruleset, schemas, inputs, at, enrichment } = settings;
  const wanted = new Set(
    ruleset.correlationPlan.nodes.flatMap((node) => node.inputs.map((input) => input.ruleId)),
  );
  const { snapshot, diagnostics } = await openIntel(ruleset);
  if (diagnostics.length > 0) refuse(terminal, diagnostics);
  const signals: Signal[] = [];
  const report = await scan(
    new Engine(ruleset, {
      schemas,
      digest: nativeDigest,
      ...(snapshot === undefined ? {} : { intel: snapshot }),
      ...(enrichment === undefined ? {} : { enrichment: enrichment.parts }),
    }),
    { inputs, threads: 1 },
    {
      files: { listEventFiles, readChunks },
      signals: (found) => {
        for (const signal of found) if (wanted.has(signal.rule.id)) signals.push(signal);
        return undefined;
      },
    },
  );
  const failed = report.diagnostics.filter(
    ({ severity, code }) => severity === 'error' && !code.startsWith('TT2'),
  );
  if (failed.length > 0) return refuse(terminal, failed);
  if (report.diagnostics.length > 0) refuse(terminal, report.diagnostics);
  if (report.events === 0) return refuse(terminal, [refusal('TT8002', `no event in ${inputs.join(', ')}`)]);
  const limit = settings.all ? SHOWN_ALL_MAX : SHOWN_MAX;
  const explained = settings.rules.flatMap((rule) => {
    const question = { ruleId: rule.meta.id, limit, ...(at === undefined ? {} : { at }) };
    const explanation = explainCorrelation(ruleset, signals, question);
    return explanation === undefined ? [] : [{ rule, explanation }];
  });
  if (settings.format === 'json') {
    return print(
      terminal,
      `${JSON.stringify(
        explained.map(({ rule, explanation }) => jsonOf(rule, explanation)),
        null,
        2,
      )}\n`,
    );
  }
  const names = ruleNames(ruleset);
  const palette = terminal.outPalette;
  const texts = explained.map(({ rule, explanation }) =>
    textOf(rule, explanation, { names, palette, at, limit }),
  );
  const written = await print(terminal, `${texts.join('\n')}`);
  return written === EXIT.clean ? EXIT.clean : written;
}

function ruleNames(ruleset: Ruleset): ReadonlyMap<string, string> {
  return new Map(
    [...ruleset.detections, ...ruleset.correlations].map(({ meta }) => [meta.id, meta.name ?? meta.title]),
  );
}

interface TextOptions {
  readonly names: ReadonlyMap<string, string>;
  readonly palette: Palette;
  readonly at: EventTime | undefined;
  readonly limit: number;
}

function textOf(rule: CorrelationRule, explanation: CorrelationExplanation, options: TextOptions): string {
  const { fired, misses, open, seen, plan } = explanation;
  const { names, palette, at, limit } = options;
  const lines = [
    palette.strong(visible(rule.meta.title)),
    palette.faint(visible(`${rule.meta.source.file}:${rule.meta.source.line}  ${rule.meta.id}`)),
    palette.faint(
      visible(`reads ${[...seen].map(([id, count]) => `${names.get(id) ?? id} (${count})`).join(', ')}`),
    ),
  ];
  if (at !== undefined) lines.push(palette.faint(`as of ${formatTime(at)}`));
  lines.push(
    fired.length === 0 ? 'did not fire' : `fired ${fired.length === 1 ? 'once' : `${fired.length} times`}`,
  );
  for (const signal of fired.slice(0, limit)) lines.push(...firedLines(signal, explanation, names));
  if (fired.length > limit) lines.push(`  … and ${fired.length - limit} more (--all shows them)`);
  if (misses.length > 0)
    lines.push(fired.length === 0 ? 'nearest misses' : 'nearest misses among the other groups');
  for (const { group, text } of misses) lines.push(visible(`  ${group}: ${text}`));
  if (fired.length === 0 && misses.length === 0) lines.push('  none of the rules it reads fired');
  if (open !== undefined) {
    lines.push(open.length === 0 ? 'no window is open' : 'open windows');
    for (const window of open) lines.push(...openLines(window, names));
  }
  if (plan.latenessMicros > 0 && open !== undefined) {
    lines.push(
      palette.faint(`  the rule waits ${formatDuration(duration(plan.latenessMicros))} for late events`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function firedLines(
  signal: Signal,
  { read, plan }: CorrelationExplanation,
  names: ReadonlyMap<string, string>,
): string[] {
  const detail = signal.correlation;
  if (detail === undefined) return [];
  const lines = [
    `  ${formatTime(signal.end, signal.endNs)}  ${groupOf(detail.group)}: ${whyText(detail, { plan, read })}`,
  ];
  for (const part of detail.parts.slice(0, PARTS_SHOWN))
    lines.push(`    ${partLine(read.get(part.id), part, names)}`);
  const more = detail.partsTotal - Math.min(detail.parts.length, PARTS_SHOWN);
  if (more > 0) lines.push(`    … and ${more} more`);
  if (detail.losses > 0) lines.push('    state was given up inside this window; it may be incomplete');
  for (const part of detail.counter ?? [])
    lines.push(`    against it: ${partLine(read.get(part.id), part, names)}`);
  return lines.map(visible);
}

/** The figure that fired, what it was held against, and where; of what was new, the value and what was known before it. */
function whyText(
  { measure, window, parts }: NonNullable<Signal['correlation']>,
  { plan, read }: Pick<CorrelationExplanation, 'plan' | 'read'>,
): string {
  const start = formatTime(window.start);
  if (plan.body.kind === 'first_seen') {
    const part = read.get(parts[0]?.id ?? '');
    const fields = plan.inputs.find(({ ruleId }) => ruleId === part?.rule.id)?.valueFields ?? [];
    const values = fields.map((field) => `${field}=${String(part?.values.get(field))}`).join(', ');
    return `${values} was not seen after ${start}; ${measure} other${measure === 1 ? '' : 's'} known`;
  }
  const bounds = 'bounds' in plan.body ? ` (${boundsText(plan.body.bounds)})` : '';
  return `${measure}${bounds} in ${start} to ${formatTime(window.end)}`;
}

function partLine(
  signal: Signal | undefined,
  part: { readonly id: string; readonly ruleId: string; readonly time: EventTime; readonly timeNs: number },
  names: ReadonlyMap<string, string>,
): string {
  const values = [...(signal?.values ?? [])].map(([name, value]) => `${name}=${String(value)}`).join(' ');
  const event = signal?.evidence[0];
  const place = event?.file === undefined ? '' : `${event.file}:${event.line ?? '?'}`;
  return [formatTime(part.time, part.timeNs), names.get(part.ruleId) ?? part.ruleId, values, place]
    .filter(Boolean)
    .join('  ');
}

function openLines({ group, text, since, parts }: OpenWindow, names: ReadonlyMap<string, string>): string[] {
  const lines = [`  ${groupOf(group)}: ${text}; since ${formatTime(since)}`];
  for (const signal of parts.slice(-PARTS_SHOWN)) {
    const { id, rule, end, endNs } = signal;
    lines.push(`    ${partLine(signal, { id, ruleId: rule.id, time: end, timeNs: endNs }, names)}`);
  }
  return lines.map(visible);
}

function groupOf(group: readonly (readonly [string, unknown])[]): string {
  return group.map(([name, value]) => `${name}=${String(value)}`).join(', ') || 'all';
}

function jsonOf(rule: CorrelationRule, { fired, misses, open, seen, read }: CorrelationExplanation): object {
  const placed = (id: string): readonly object[] =>
    (read.get(id)?.evidence ?? []).map(({ file, line, id: event }) => ({ file, line, id: event }));
  return {
    rule: {
      id: rule.meta.id,
      title: rule.meta.title,
      file: rule.meta.source.file,
      line: rule.meta.source.line,
    },
    seen: Object.fromEntries(seen),
    fires: fired.length > 0,
    fired: fired.map((signal) => ({
      id: signal.id,
      time: formatTime(signal.end, signal.endNs),
      group: signal.correlation?.group,
      measure: signal.correlation?.measure,
      evidence: (signal.correlation?.parts ?? []).map((part) => ({
        id: part.id,
        rule: part.ruleId,
        time: formatTime(part.time, part.timeNs),
        events: placed(part.id),
      })),
      evidenceTotal: signal.correlation?.partsTotal,
    })),
    misses,
    ...(open === undefined
      ? {}
      : {
          open: open.map(({ group, measure, needed, since, text, parts }) => ({
            group,
            measure,
            ...(needed === undefined ? {} : { needed }),
            since: formatTime(since),
            text,
            signals: parts.map((part) => ({
              id: part.id,
              rule: part.rule.id,
              time: formatTime(part.end, part.endNs),
            })),
          })),
        }),
  };
}
