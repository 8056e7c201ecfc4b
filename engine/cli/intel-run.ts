import {
  FeedStore,
  fetchFeed,
  type LoadedFeeds,
  listEventFiles,
  readChunks,
  systemClock,
} from '../adapters/index.ts';
import { hasErrors } from '../diagnostic/index.ts';
import { type IntelMatch, observablesOf } from '../intel/index.ts';
import {
  type EventTime,
  eventTime,
  type FeedRule,
  formatTime,
  type IndicatorMatch,
  parseDuration,
  type Signal,
} from '../model/index.ts';
import { Engine, type Ruleset } from '../pipeline/index.ts';
import { nativeDigest, scan } from '../runtime/index.ts';
import { openEnrichFile } from './enrich-source.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openFeeds } from './intel-source.ts';
import { openMappings } from './mapping-source.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { readable } from './render-finding.ts';
import { plural } from './report/report.ts';
import { noRules, openRules, type RuleSource } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** What was asked, checked. */
export interface IntelSettings {
  readonly job: 'check' | 'show' | 'fetch' | 'test' | 'retro';
  /** Paths of rules, values, or event files: as the job asks. */
  readonly given: readonly string[];
  readonly rules: readonly string[] | undefined;
  readonly copies: string;
  readonly format: 'pretty' | 'json';
  readonly at?: string;
  readonly since?: string;
  readonly allowPrivate?: boolean;
  readonly mapping?: readonly string[];
  /** A file with an `enrich` block. */
  readonly enrich?: string;
}

/** Does what was asked. 2 where a feed does not load, 3 where there is none. */
export async function runIntel(terminal: Terminal, settings: IntelSettings): Promise<ExitCode> {
  const own = settings.job === 'test' || settings.job === 'retro';
  const named = own ? (settings.rules ?? []) : settings.given;
  const paths = named.length > 0 ? named : ['rules'];
  const source = await openRules({ paths, placeholders: [] });
  const { ruleset } = source.compiled;
  const broken = source.findings.filter(({ severity }) => severity === 'error');
  if (broken.length > 0) return refuse(terminal, broken, source.sourceOf);
  if (ruleset.feeds.length === 0) return refuse(terminal, [noFeeds(source, paths)]);
  switch (settings.job) {
    case 'fetch':
      return fetchAll(terminal, ruleset.feeds, settings);
    case 'check':
      return check(terminal, ruleset, settings);
    case 'show':
      return show(terminal, ruleset, settings);
    case 'test':
      return test(terminal, ruleset, settings);
    case 'retro':
      return retro(terminal, ruleset, settings);
    default:
      return settings.job satisfies never;
  }
}

function noFeeds(source: RuleSource, paths: readonly string[]): ReturnType<typeof refusal> {
  if (source.files.length === 0) return noRules(paths);
  return refusal(
    'TT8042',
    `no feed document under ${paths.join(', ')}`,
    'a feed is a document with a feed: block',
  );
}

async function fetchAll(
  terminal: Terminal,
  feeds: readonly FeedRule[],
  { copies, allowPrivate }: IntelSettings,
): Promise<ExitCode> {
  const store = new FeedStore(copies);
  const lines: string[] = [];
  let failed = 0;
  for (const feed of feeds) {
    if (feed.origin.kind === 'file') continue;
    const fetched = await fetchFeed(
      feed,
      { store, nowMicros: () => systemClock.nowMicros() },
      { allowPrivate: allowPrivate === true, headers: {} },
    );
    if (fetched.kind === 'failed') failed++;
    const what = { new: 'new', same: 'unchanged', failed: 'failed' }[fetched.kind];
    const more =
      fetched.kind === 'new' ? plural(fetched.rows, 'row') : fetched.kind === 'failed' ? fetched.reason : '';
    lines.push(`${feed.name}: ${what}${more === '' ? '' : `, ${more}`}`);
  }
  if (lines.length === 0) lines.push('no feed comes over the network');
  const code = await print(terminal, readable(`${lines.join('\n')}\n`));
  return code === EXIT.clean && failed > 0 ? EXIT.environment : code;
}

async function check(terminal: Terminal, ruleset: Ruleset, settings: IntelSettings): Promise<ExitCode> {
  const loaded = await openFeeds(ruleset, settings.copies);
  const { report, diagnostics } = loaded;
  if (diagnostics.length > 0) refuse(terminal, diagnostics);
  const refused = Object.entries(report.refused);
  const bad = loaded.feeds.reduce((sum, { reading }) => sum + reading.bad, 0);
  if (settings.format === 'json') {
    const code = await print(terminal, `${JSON.stringify(summaryOf(loaded), null, 2)}\n`);
    return code === EXIT.clean && (bad > 0 || diagnostics.length > 0) ? EXIT.findings : code;
  }
  const lines = [
    `${plural(loaded.feeds.length, 'feed')}: ${plural(report.held, 'indicator')} held, ${report.merged} merged or revoked, ${bad} unreadable`,
    ...refused.map(([reason, count]) => `  refused by ${reason}: ${count}`),
    ...report.samples
      .slice(0, 20)
      .map(({ indicator, reason }) => `    ${indicator.source}: ${indicator.value} (${reason})`),
    ...(report.samples.length > 20 ? ['    …'] : []),
  ];
  const code = await print(terminal, readable(`${lines.join('\n')}\n`));
  if (code !== EXIT.clean) return code;
  return bad > 0 || diagnostics.length > 0
    ? hasErrors(diagnostics)
      ? EXIT.environment
      : EXIT.findings
    : EXIT.clean;
}

async function show(terminal: Terminal, ruleset: Ruleset, settings: IntelSettings): Promise<ExitCode> {
  const loaded = await openFeeds(ruleset, settings.copies);
  if (settings.format === 'json') return print(terminal, `${JSON.stringify(summaryOf(loaded), null, 2)}\n`);
  const lines = loaded.feeds.flatMap(({ feed, copy, reading }) => {
    const counts = loaded.report.feeds[feed.name] ?? { taken: 0, refused: 0, held: 0 };
    const age = copy?.seenAt === undefined ? '' : `, fetched ${formatTime(copy.seenAt)}`;
    return [
      `${feed.name}  ${feed.meta.title}`,
      `  ${copy === undefined ? 'nothing to read' : `${copy.file}${age}`}`,
      `  ${plural(reading.read, 'row')} read, ${reading.bad} unreadable, ${counts.refused} refused, ${counts.held} held`,
      `  looks into ${feed.fields.length === 0 ? 'nothing by itself' : plural(feed.fields.length, 'field')}; refreshed at '${feed.refresh}'`,
    ];
  });
  const { snapshot } = loaded;
  const all = `${plural(snapshot.size, 'indicator')} in ${(snapshot.bytes / 1024 / 1024).toFixed(1)} MiB, digest ${snapshot.digest}`;
  return print(terminal, readable(`${[...lines, all].join('\n')}\n`));
}

function summaryOf({ snapshot, report, feeds }: LoadedFeeds): unknown {
  return {
    digest: snapshot.digest,
    indicators: snapshot.size,
    bytes: snapshot.bytes,
    refused: report.refused,
    samples: report.samples.map(({ indicator: { type, value, source }, reason }) => ({
      type,
      value,
      feed: source,
      reason,
    })),
    feeds: feeds.map(({ feed, copy, reading }) => ({
      name: feed.name,
      title: feed.meta.title,
      file: copy?.file ?? null,
      fetchedAt: copy?.seenAt === undefined ? null : formatTime(copy.seenAt),
      read: reading.read,
      unreadable: reading.bad,
      ...(report.feeds[feed.name] ?? { taken: 0, refused: 0, held: 0 }),
    })),
  };
}

async function test(terminal: Terminal, ruleset: Ruleset, settings: IntelSettings): Promise<ExitCode> {
  const at = settings.at === undefined ? eventTime(systemClock.nowMicros()) : timeOf(settings.at);
  if (at === undefined) {
    return refuse(terminal, [
      refusal('TT8003', `--at ${settings.at} is no time`, 'write 2026-11-24T10:00:00Z'),
    ]);
  }
  const { snapshot, diagnostics } = await openFeeds(ruleset, settings.copies);
  if (diagnostics.length > 0) refuse(terminal, diagnostics);
  const answers = settings.given.map((value) => {
    const observables = observablesOf(value.trim());
    return {
      value,
      types: observables.map(({ type }) => type),
      matches: observables.flatMap(({ type, value: one }) => snapshot.match(type, one, at)),
      // What is listed, but does not hold at that time: expired, or without confidence left.
      expired: observables
        .flatMap(({ type, value: one }) => snapshot.candidates(type, one))
        .filter((candidate) => snapshot.scoreOf(candidate, at) === undefined)
        .map((candidate) => snapshot.matchOf(candidate, 0)),
    };
  });
  const text =
    settings.format === 'json'
      ? `${JSON.stringify(answers, null, 2)}\n`
      : readable(`${answers.flatMap(answerLines).join('\n')}\n`);
  const code = await print(terminal, text);
  if (code !== EXIT.clean) return code;
  return answers.some(({ matches }) => matches.length > 0) ? EXIT.clean : EXIT.findings;
}

function answerLines(answer: {
  readonly value: string;
  readonly types: readonly string[];
  readonly matches: readonly IntelMatch[];
  readonly expired: readonly IntelMatch[];
}): readonly string[] {
  const { value, types, matches, expired } = answer;
  const kind = types.length === 0 ? 'nothing that feeds list' : types.join(', ');
  const rows = [
    ...matches.map(
      (match) => `  ${matchLine(match)}: ${Math.round(match.score)} % left of ${match.confidence} %`,
    ),
    ...expired.map((match) => `  ${matchLine(match)}: does not hold any more (had ${match.confidence} %)`),
  ];
  return [
    `${value} (${kind}): ${matches.length === 0 ? 'not listed' : `listed, ${plural(matches.length, 'indicator')}`}`,
    ...rows,
  ];
}

function matchLine({ type, value, by, source, lastSeen, id }: IntelMatch): string {
  const seen = lastSeen === undefined ? '' : `, last seen ${formatTime(lastSeen)}`;
  return `${type} ${value} (${by}) of ${source}${seen}, indicator ${id}`;
}

function timeOf(text: string): EventTime | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : eventTime(ms * 1000);
}

/** Events of a recording that the feeds match, with the time of the event; only those of fresh indicators where `since` is given. */
async function retro(terminal: Terminal, ruleset: Ruleset, settings: IntelSettings): Promise<ExitCode> {
  const span = settings.since === undefined ? undefined : parseDuration(settings.since);
  if (settings.since !== undefined && span === undefined) {
    return refuse(terminal, [
      refusal('TT8003', `--since ${settings.since} is no time span`, 'write 7d or 12h'),
    ]);
  }
  const mappings = await openMappings(settings.mapping ?? [], 'any');
  if (mappings.schemas === undefined) return refuse(terminal, mappings.diagnostics);
  const enriched = await openEnrichFile(settings.enrich);
  if (hasErrors(enriched.diagnostics)) return refuse(terminal, enriched.diagnostics);
  const { snapshot, diagnostics } = await openFeeds(ruleset, settings.copies);
  if (diagnostics.length > 0) refuse(terminal, diagnostics);
  const engine = new Engine(ruleset, {
    schemas: mappings.schemas,
    digest: nativeDigest,
    intel: snapshot,
    ...(enriched.enrichment === undefined ? {} : { enrichment: enriched.enrichment.parts }),
  });
  const newest = span === undefined ? undefined : systemClock.nowMicros() - span;
  const fresh = ({ lastSeen }: IndicatorMatch): boolean =>
    newest === undefined || (lastSeen !== undefined && lastSeen >= newest);
  const found: Signal[] = [];
  const report = await scan(
    engine,
    { inputs: settings.given, threads: 1 },
    {
      files: { listEventFiles, readChunks },
      signals: (signals) => {
        for (const signal of signals) if (signal.intel?.matches?.some(fresh) === true) found.push(signal);
        return undefined;
      },
    },
  );
  if (report.diagnostics.length > 0) refuse(terminal, report.diagnostics);
  const rows = found.map((signal) => ({
    time: formatTime(signal.end, signal.endNs),
    rule: signal.rule.title,
    ruleId: signal.rule.id,
    signal: signal.id,
    event: signal.evidence[0],
    matches: signal.intel?.matches?.filter(fresh) ?? [],
  }));
  const lines = rows.map(({ time, rule, event, matches: [first] }) => {
    const where = event?.file === undefined ? '' : `  ${event.file}:${event.line}`;
    return `${time}  ${rule}  ${first?.field} ${first?.observed}: ${first?.value} of ${first?.source}, ${Math.round(first?.score ?? 0)} %${where}`;
  });
  const text =
    settings.format === 'json'
      ? `${JSON.stringify(rows, null, 2)}\n`
      : readable(
          `${[...lines, `${plural(report.events, 'event')}, ${plural(found.length, 'signal')}`].join('\n')}\n`,
        );
  const code = await print(terminal, text);
  if (code !== EXIT.clean) return code;
  return report.events === 0 ? EXIT.usage : EXIT.clean;
}
