import { hasErrors, nearest } from '../diagnostic/index.ts';
import { type ExplainNode, explain, renderExplanation } from '../match/index.ts';
import {
  type DetectionRule,
  type EventTime,
  formatTime,
  type IndicatorMatch,
  type Logsource,
  type RuleMeta,
} from '../model/index.ts';
import { IntelLookup, intelAsks, matching, type Ruleset } from '../pipeline/index.ts';
import { openEnrichFile } from './enrich-source.ts';
import { eventsAt, type FoundEvent, splitPlace } from './event-lookup.ts';
import type { ExitCode } from './exit-code.ts';
import { openIntel } from './intel-source.ts';
import { openMappings } from './mapping-source.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { readable, visible } from './render-finding.ts';
import { defaultRules, noRules, openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** What to explain, checked. */
export interface ExplainSettings {
  /** `FILE:LINE` or `FILE`. */
  readonly events: readonly string[];
  /** Of a correlation: also what is open at this time. */
  readonly at: EventTime | undefined;
  readonly rules: readonly string[];
  readonly rule: string | undefined;
  readonly format: 'pretty' | 'json';
  readonly logsource: 'any' | Logsource;
  readonly mappings: readonly string[];
  readonly placeholders: readonly string[];
  /** A file with an `enrich` block. */
  readonly enrich?: string | undefined;
  readonly all: boolean;
}

/** A rule, an event, and why it fires on it or does not. */
interface Explained {
  readonly rule: DetectionRule;
  readonly event: FoundEvent;
  readonly tree: ExplainNode;
  /** What feeds say of the event, where the rule asks. */
  readonly matches: readonly IndicatorMatch[];
}

/** Explains; 0 whether or not the rule fires, since either is what was asked for. */
export async function runExplain(terminal: Terminal, settings: ExplainSettings): Promise<ExitCode> {
  const paths = settings.rules.length > 0 ? settings.rules : defaultRules();
  const [source, mappings, enriched] = await Promise.all([
    openRules({ paths, placeholders: settings.placeholders }),
    openMappings(settings.mappings, settings.logsource),
    openEnrichFile(settings.enrich),
  ]);
  const refused = [...source.refused, ...mappings.diagnostics, ...enriched.diagnostics];
  if (mappings.schemas === undefined || hasErrors(refused)) return refuse(terminal, refused);
  const { ruleset } = source.compiled;
  const errors = source.findings.filter((f) => f.severity === 'error');
  const correlations = settings.rule === undefined ? [] : rulesNamed(ruleset.correlations, settings.rule);
  if (correlations.length > 0) {
    const { schemas } = mappings;
    const { events: inputs, at, format, all } = settings;
    const { explainCorrelations } = await import('./explain-correlation.ts');
    const { enrichment } = enriched;
    return explainCorrelations(terminal, {
      ruleset,
      schemas,
      rules: correlations,
      inputs,
      at,
      format,
      all,
      enrichment,
    });
  }
  if (settings.at !== undefined) {
    const hint = 'name a correlation with --rule';
    return refuse(terminal, [refusal('TT8003', '--at is for correlations, which have windows', hint)]);
  }
  const detections = [...ruleset.detections, ...ruleset.feeds.map(matching)];
  if (detections.length === 0) {
    return refuse(terminal, errors.length > 0 ? errors : [noRules(paths)], source.sourceOf);
  }
  const wanted = settings.rule === undefined ? detections : rulesNamed(detections, settings.rule);
  if (wanted.length === 0) {
    // The rule that was asked for may be one that does not load: then that is the answer.
    const about = errors.filter((f) => f.at?.file === settings.rule);
    return refuse(terminal, [...about, unknownRule(ruleset, settings.rule ?? '')], source.sourceOf);
  }
  const events: FoundEvent[] = [];
  for (const place of settings.events) {
    const lookup = await eventsAt({ ...splitPlace(place), schemas: mappings.schemas });
    if (lookup.events.length === 0) return refuse(terminal, lookup.findings);
    const { enrichment } = enriched;
    // What fields say that events lack is worked out as it is when rules run.
    for (const found of lookup.events) {
      const { event } = found;
      events.push(
        enrichment === undefined
          ? found
          : { ...found, event: { ...event, fields: enrichment.view(event.fields) } },
      );
    }
  }
  const intel = await openIntel(ruleset);
  if (intel.diagnostics.length > 0) refuse(terminal, intel.diagnostics);
  const lookup = new IntelLookup(ruleset.feedNames, intel.snapshot);
  const explained = choose(wanted, events, { named: settings.rule !== undefined, lookup });
  if (settings.format === 'json') return print(terminal, jsonText(explained));
  if (explained.length === 0) {
    const [first] = events;
    const where =
      events.length === 1
        ? `${first?.file}:${first?.line}`
        : `any of the ${events.length} events of ${settings.events.join(', ')}`;
    return print(terminal, `none of ${detections.length} rules fires on ${where}\n`);
  }
  const palette = terminal.outPalette;
  const parts = explained.map(({ rule, event, tree, matches }) =>
    [
      palette.faint(
        visible(
          `${event.file}:${event.line}  ${formatTime(event.event.time, event.event.timeNs)}  schema ${event.event.schema}`,
        ),
      ),
      palette.faint(visible(`${rule.meta.source.file}:${rule.meta.source.line}  ${rule.meta.id}`)),
      readable(renderExplanation(tree, palette, settings.all ? { misses: Number.POSITIVE_INFINITY } : {})),
      ...matches.map((match) => visible(matchWords(match))),
      '',
    ].join('\n'),
  );
  return print(terminal, parts.join('\n'));
}

/** Rules of this id, name, title or file. */
function rulesNamed<R extends { readonly meta: RuleMeta }>(
  rules: readonly R[],
  wanted: string,
): readonly R[] {
  const by = (matches: (rule: R) => boolean): readonly R[] => rules.filter(matches);
  for (const found of [
    by(({ meta }) => meta.id === wanted),
    by(({ meta }) => meta.name === wanted),
    by(({ meta }) => meta.title.toLowerCase() === wanted.toLowerCase()),
    by(({ meta }) => meta.source.file === wanted || meta.source.file.endsWith(`/${wanted}`)),
  ]) {
    if (found.length > 0) return found;
  }
  return [];
}

function unknownRule(
  { detections, feeds, correlations }: Ruleset,
  wanted: string,
): ReturnType<typeof refusal> {
  const rules = [...detections, ...feeds, ...correlations];
  const names = rules.flatMap(({ meta }) => [
    meta.id,
    meta.title,
    ...(meta.name === undefined ? [] : [meta.name]),
  ]);
  const near = nearest(wanted, names);
  return refusal(
    'TT8004',
    `none of ${rules.length} rules is called ${wanted}`,
    near === undefined ? 'name it by id, name, title or file' : `did you mean ${near}?`,
  );
}

/**
 * Of one event: each rule asked for, or, where none was, each that fires. Of several: for each rule asked for, the first event on which
 * it fires, or else the one that comes nearest.
 */
function choose(
  rules: readonly DetectionRule[],
  events: readonly FoundEvent[],
  { named, lookup }: { readonly named: boolean; readonly lookup: IntelLookup },
): readonly Explained[] {
  const explained: Explained[] = [];
  for (const rule of rules) {
    let best: Explained | undefined;
    for (const event of events) {
      const tree = explain(rule, event.event, { sets: lookup.setsAt(event.event.time) });
      if (best === undefined || tree.nearness > best.tree.nearness)
        best = {
          rule,
          event,
          tree,
          matches: lookup.matches(intelAsks(rule.expression), event.event.fields, event.event.time),
        };
      if (tree.holds) break;
    }
    if (best !== undefined && (named || best.tree.holds)) explained.push(best);
  }
  return explained;
}

/** An indicator in words: what stood where, what lists it, and what is left of its confidence. */
function matchWords(match: IndicatorMatch): string {
  const { field, observed, by, type, value, source, confidence, score, lastSeen } = match;
  const how = by === 'exact' ? '' : `, ${HOW[by]}`;
  const seen = lastSeen === undefined ? 'no time of last sight' : `last seen ${formatTime(lastSeen)}`;
  return `  intel: ${field} ${observed} is ${type} ${value}${how} of ${source}: ${Math.round(score)} % left of ${confidence} %, ${seen}`;
}

const HOW: Readonly<Record<Exclude<IndicatorMatch['by'], 'exact'>, string>> = {
  parent: 'a name below it',
  host: 'the host of the URL',
  prefix: 'a page below it',
  network: 'an address in it',
};

function jsonText(explained: readonly Explained[]): string {
  const rows = explained.map(({ rule, event, tree, matches }) => ({
    rule: {
      id: rule.meta.id,
      title: rule.meta.title,
      file: rule.meta.source.file,
      line: rule.meta.source.line,
    },
    event: {
      file: event.file,
      line: event.line,
      id: event.event.id,
      time: formatTime(event.event.time, event.event.timeNs),
      schema: event.event.schema,
    },
    fires: tree.holds,
    explanation: tree,
    ...(matches.length === 0 ? {} : { intel: matches }),
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
