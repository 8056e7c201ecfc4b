// Over 400 lines because it is one straight composition: open everything, scan, write, say.
import { stat } from 'node:fs/promises';
import {
  fileSink,
  listEventFiles,
  readChunks,
  STANDARD_INPUT,
  streamSink,
  type TextSink,
} from '../adapters/index.ts';
import { type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import type { Incident, Level, Logsource } from '../model/index.ts';
import {
  Engine,
  incidentStage,
  JudgedStages,
  type RecordingOptions,
  RecordingStages,
  runnable,
  snapshotText,
} from '../pipeline/index.ts';
import { withFeeds } from '../policy/index.ts';
import { hashSeed, nativeDigest, type ScanReport, scan, WorkerPool } from '../runtime/index.ts';
import { openEnrichFile, withEnrichment } from './enrich-source.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { openFacts } from './facts-file.ts';
import type { Emitted, FindingFormat } from './finding-formats.ts';
import { formatOf } from './format-of.ts';
import { openIntel } from './intel-source.ts';
import { openLearnedAtStart, passedOverLines } from './learned-folder.ts';
import { openMappings } from './mapping-source.ts';
import { printToFile } from './print.ts';
import { formatBytes, formatCount, progressOn } from './progress.ts';
import { writeProofs } from './proof-files.ts';
import { isDiagnostic, refusal, refuse } from './refusal.ts';
import { plural } from './report/report.ts';
import { countRules, defaultRules, noRules, openRules, type RuleSource } from './rule-source.ts';

import { ScanPolicies } from './scan-policies.ts';
import { SignalWriter } from './signal-writer.ts';
import type { Terminal } from './terminal.ts';
import { openVerdicts, unknownVerdicts } from './verdict-file.ts';

/** What to scan and how, checked. */
export interface ScanSettings {
  readonly inputs: readonly string[];
  /** Empty for the rules that come with the package. */
  readonly rules: readonly string[];
  readonly format: FindingFormat;
  readonly emit: readonly Emitted[];
  /** Of alerts and incidents. */
  readonly revisions: 'last' | 'all';
  readonly output: string | undefined;
  readonly threads: number;
  readonly logsource: 'any' | Logsource;
  readonly mappings: readonly string[];
  readonly placeholders: readonly string[];
  readonly facts: string | undefined;
  /** A file with an `enrich` block. */
  readonly enrich: string | undefined;
  readonly skipBroken: boolean;
  readonly quiet: boolean;
  readonly stats: boolean;
  readonly failOn: Level | undefined;
  /** Where to write the state of the correlations at the end. */
  readonly snapshot: string | undefined;
  /** The folder to write the proof of each incident to. */
  readonly proof: string | undefined;
  /** A file of verdicts. */
  readonly verdicts: string | undefined;
  /** Where `baseline learn` wrote, a folder a rule. */
  readonly learned: string | undefined;
}

/**
 * Loads the rules, scans the inputs, writes the signals. Ends with 0 whether or not there are signals (they are what was asked for), with 1
 * where one reaches `failOn`; with 2 where a rule does not load and was not to be skipped, in which case nothing is scanned.
 */
export async function runScan(terminal: Terminal, settings: ScanSettings): Promise<ExitCode> {
  const started = performance.now();
  const paths = settings.rules.length > 0 ? settings.rules : defaultRules();
  const [rules, mappings, facts, enriched, clash, verdicts] = await Promise.all([
    openRules({ paths, placeholders: settings.placeholders }),
    openMappings(settings.mappings, settings.logsource),
    openFacts(settings.facts),
    openEnrichFile(settings.enrich),
    outputAmongInputs(settings),
    openVerdicts(settings.verdicts),
  ]);
  const refused = [
    ...rules.refused,
    ...mappings.diagnostics,
    ...facts.diagnostics,
    ...enriched.diagnostics,
    ...clash,
    ...verdicts.diagnostics,
  ];
  if (mappings.schemas === undefined || hasErrors(refused)) return refuse(terminal, refused);
  const unusable = rulesUnusable(terminal, { rules, settings, paths });
  if (unusable !== undefined) return unusable;
  const learned = await openLearnedAtStart(settings.learned, rules.compiled.ruleset.baselines);
  if (hasErrors(learned.diagnostics)) return refuse(terminal, learned.diagnostics);

  const sink =
    settings.output === undefined
      ? streamSink(terminal.stdout, 'standard output')
      : await fileSink(settings.output);
  if (isDiagnostic(sink)) return refuse(terminal, [sink]);
  const writer = new SignalWriter(
    sink,
    formatOf(settings.format, { emit: settings.emit, palette: terminal.outPalette }),
    {
      failOn: settings.failOn,
      emit: settings.emit,
      revisions: settings.revisions,
      // Whoever pipes events in may be waiting for what comes of them.
      promptly: settings.inputs.includes(STANDARD_INPUT),
    },
  );
  const { enrichment } = enriched;
  const intel = await openIntel(rules.compiled.ruleset);
  if (intel.diagnostics.length > 0 && !settings.quiet) refuse(terminal, intel.diagnostics);
  const engine = new Engine(rules.compiled.ruleset, {
    schemas: mappings.schemas,
    digest: nativeDigest,
    ...(intel.snapshot === undefined ? {} : { intel: intel.snapshot }),
    ...(enrichment === undefined ? {} : { enrichment: enrichment.parts }),
  });
  const pool =
    settings.threads === 1
      ? undefined
      : new WorkerPool(settings.threads, {
          ruleset: runnable(rules.compiled.ruleset),
          schemas: mappings.options,
          ...(intel.snapshot === undefined ? {} : { intel: intel.snapshot.shared() }),
          ...(enrichment === undefined ? {} : { enrichment: enrichment.parts }),
        });
  const incidents = settings.proof !== undefined || settings.emit.includes('incidents');
  const makeStages = (more: Partial<RecordingOptions>): RecordingStages =>
    new RecordingStages(rules.compiled.ruleset, {
      until:
        settings.proof !== undefined || settings.emit.some((kind) => kind !== 'signals')
          ? 'cases'
          : 'signals',
      keepState: settings.snapshot !== undefined,
      ...(incidents || verdicts.verdicts.length > 0
        ? { incidents: incidentStage(rules.compiled.ruleset, { keepProofs: settings.proof !== undefined }) }
        : {}),
      learned: learned.states,
      ...(enrichment === undefined ? {} : { asset: (entity) => enrichment.worthOf(entity) }),
      hashSeed: hashSeed(),
      ...more,
    });
  const judged = verdicts.verdicts.length === 0 ? undefined : new JudgedStages(makeStages, verdicts.verdicts);
  const plain = judged === undefined ? makeStages({}) : undefined;
  const made = (): RecordingStages => plain ?? judged?.stages ?? makeStages({});
  const policies = new ScanPolicies(
    rules.policies,
    withFeeds(
      withEnrichment(facts.sources, enriched.sources),
      intel.snapshot === undefined ? undefined : () => intel.snapshot,
    ),
  );
  const loaded = performance.now();
  const progress = progressOn(terminal);
  await writer.begin();
  const report = await scan(
    engine,
    { inputs: settings.inputs, threads: settings.threads },
    {
      files: { listEventFiles, readChunks: (path, options) => whileOpen(readChunks(path, options), sink) },
      signals: (found) => writer.write(found),
      progress: (at) =>
        progress.show(
          () =>
            `${formatCount(at.events)} events, ${formatBytes(at.bytes)}, ${plural(at.signals, 'signal')}: ${at.file}`,
        ),
      cases: async (found) =>
        writer.writeCases(await policies.settle(found, (decision) => made().apply(decision))),
      stages: judged ?? made(),
      ...(pool === undefined ? {} : { pool }),
    },
  );
  progress.done();
  await pool?.close();
  const cut = !sink.open;
  const stages = made();
  const unwritten = await writer.end();
  if (unwritten !== undefined) return refuse(terminal, [unwritten]);
  if (!settings.quiet)
    for (const line of passedOverLines(rules.compiled.ruleset.baselines, stages.baselines))
      terminal.say(line);
  if (!settings.quiet) for (const line of lossLines(rules, stages)) terminal.say(line);
  const unsaved = await saveSnapshot(terminal, { settings, rules, stages });
  if (unsaved !== EXIT.clean) return unsaved;
  const unproven = await saveProofs(terminal, { settings, rules, stages, incidents: writer.incidents });
  if (unproven !== EXIT.clean) return unproven;
  // Whoever read the signals has seen enough, and nothing that could be said of the rest would be true.
  if (cut) return EXIT.clean;
  return conclude(terminal, {
    settings,
    rules,
    report,
    findings: [
      ...learned.diagnostics,
      ...report.diagnostics,
      ...policies.findings(),
      ...unknownVerdicts(settings.verdicts, judged?.tally),
    ],
    policies,
    reached: writer.reached,
    found: writer.found,
    loadMs: loaded - started,
    scanMs: performance.now() - loaded,
  });
}

/** Writes the snapshot that was asked for. Without correlations there is no state, and so no file (TT8022). */
async function saveSnapshot(
  terminal: Terminal,
  at: { readonly settings: ScanSettings; readonly rules: RuleSource; readonly stages: RecordingStages },
): Promise<ExitCode> {
  const { snapshot: path } = at.settings;
  if (path === undefined) return EXIT.clean;
  const { state } = at.stages;
  if (state === undefined)
    return refuse(terminal, [refusal('TT8022', `${path} was not written`, 'load a correlation')]);
  return printToFile(terminal, path, snapshotText(at.rules.compiled.ruleset, state));
}

/** What correlations gave up at their bounds, a line a rule: what they did not say is then no proof that nothing was there. */
function lossLines(rules: RuleSource, stages: RecordingStages): readonly string[] {
  const titles = new Map(rules.compiled.ruleset.correlations.map(({ meta }) => [meta.id, meta]));
  return stages.lossesByRule().map(({ ruleId, evicted, late }) => {
    const meta = titles.get(ruleId);
    const parts = [
      ...(evicted > 0 ? [`${plural(evicted, 'group')} given up at a bound (\`limits\`)`] : []),
      ...(late > 0 ? [`${plural(late, 'signal')} too late for it`] : []),
    ];
    return `${meta?.source.file ?? ruleId}: ${meta?.title ?? ruleId}: ${parts.join(', ')}`;
  });
}

/** Writes the proofs that were asked for. */
async function saveProofs(
  terminal: Terminal,
  at: {
    readonly settings: ScanSettings;
    readonly rules: RuleSource;
    readonly stages: RecordingStages;
    readonly incidents: readonly Incident[];
  },
): Promise<ExitCode> {
  const { settings, rules, stages, incidents } = at;
  if (settings.proof === undefined) return EXIT.clean;
  return writeProofs(terminal, settings.proof, {
    ruleset: rules.compiled.ruleset,
    policies: rules.policies,
    proofs: stages.proofs(),
    incidents,
    quiet: settings.quiet,
  });
}

/** The exit code where the rules are not fit to scan with; their findings have been said. */
function rulesUnusable(
  terminal: Terminal,
  given: { readonly rules: RuleSource; readonly settings: ScanSettings; readonly paths: readonly string[] },
): ExitCode | undefined {
  const { rules, settings, paths } = given;
  const errors = rules.findings.filter((f) => f.severity === 'error');
  if (errors.length > 0 && !settings.skipBroken) {
    const code = refuse(terminal, errors, rules.sourceOf);
    terminal.say(
      `\n${plural(errors.length, 'error')} in the rules; --skip-broken scans with the rules that load`,
    );
    return code;
  }
  const { detections, feeds, baselines, templates } = rules.compiled.ruleset;
  const { policies } = rules.policies;
  // Alerts of other products need no detection of ours: templates and policies alone have something to work on.
  if (detections.length + feeds.length + baselines.length + templates.length + policies.length === 0) {
    return refuse(terminal, [...errors, noRules(paths)], rules.sourceOf);
  }
  if (errors.length > 0 && !settings.quiet) {
    refuse(terminal, errors, rules.sourceOf);
    terminal.say(`\n${plural(errors.length, 'error')} in the rules; going on with the rules that load`);
  }
  return undefined;
}

/** Where the output is one of the files to be read, it must not be opened (TT8012). */
async function outputAmongInputs(settings: ScanSettings): Promise<readonly Diagnostic[]> {
  const { output } = settings;
  if (output === undefined) return [];
  const target = await identity(output);
  if (target === undefined) return [];
  const { files } = await listEventFiles(settings.inputs);
  for (const file of files) {
    if (file !== STANDARD_INPUT && (await identity(file)) === target) {
      return [refusal('TT8012', `${output} is read and written at once`, 'choose another file for --output')];
    }
  }
  return [];
}

/** Which regular file a path leads to; undefined where there is none. */
async function identity(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    return undefined;
  }
}

/** The chunks of a file as long as someone reads what comes of them: a scan into a closed pipe ends. */
async function* whileOpen(
  chunks: AsyncIterable<Uint8Array>,
  sink: TextSink,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of chunks) {
    if (!sink.open) return;
    yield chunk;
  }
}

interface Outcome {
  readonly policies: ScanPolicies;
  readonly settings: ScanSettings;
  readonly rules: RuleSource;
  readonly report: ScanReport;
  readonly findings: readonly Diagnostic[];
  readonly reached: boolean;
  readonly found: SignalWriter['found'];
  readonly loadMs: number;
  readonly scanMs: number;
}

/** Says what is to be said, and gives the exit code. */
function conclude(terminal: Terminal, outcome: Outcome): ExitCode {
  const { settings, report, findings } = outcome;
  const fatal = findings.filter((f) => f.severity === 'error' && !isAboutRecord(f));
  const shown = settings.quiet ? fatal : findings;
  if (shown.length > 0) refuse(terminal, shown);
  if (report.events === 0 && fatal.length === 0) {
    return refuse(terminal, [
      refusal(
        'TT8002',
        `no event in ${settings.inputs.join(', ')}`,
        'Telltale reads JSON: one event a line, or one JSON value',
      ),
    ]);
  }
  if (!settings.quiet && report.events > 0) {
    if (report.unknown > 0) refuse(terminal, [unknownSchema(outcome)]);
    terminal.say(summary(outcome));
  }
  if (settings.stats) terminal.say(statistics(outcome));
  const code = exitCodeFor(fatal);
  if (code !== EXIT.clean) return code;
  return outcome.reached ? EXIT.findings : EXIT.clean;
}

/** Findings about single records are counted and shown, but do not make a scan fail. */
function isAboutRecord({ code }: Diagnostic): boolean {
  return code.startsWith('TT2') || code === 'TT4002';
}

/** Said once a scan (TT8013). */
function unknownSchema({ settings: { logsource }, report }: Outcome): Diagnostic {
  const named =
    logsource === 'any'
      ? 'any'
      : Object.entries(logsource)
          .map(([key, value]) => `${key}=${value}`)
          .join(',');
  const seen =
    logsource === 'any' ? 'every rule looked at them' : 'the rules of that logsource looked at them';
  return refusal(
    'TT8013',
    `${formatCount(report.unknown)} of ${formatCount(report.events)} events are of no known schema; logsource is ${named}: ${seen}`,
    'say what they are with --logsource product=…,category=…,service=…, or describe them with --mapping',
  );
}

/** By code: damage that is read past, and so refuses no record. */
const DAMAGE: ReadonlyMap<string, string> = new Map([
  ['TT2006', 'not UTF-8'],
  ['TT2008', 'with NUL bytes'],
]);

function summary({ report, rules, found, settings }: Outcome): string {
  const { detections, correlations } = rules.compiled.ruleset;
  const parts = [
    `${formatCount(report.events)} ${report.events === 1 ? 'event' : 'events'} in ${plural(report.files, 'file')}`,
    `${formatCount(report.signals)} ${report.signals === 1 ? 'signal' : 'signals'}`,
    ...(settings.emit.includes('alerts')
      ? [
          found.suppressed === 0
            ? plural(found.alerts, 'alert')
            : `${plural(found.alerts, 'alert')} (${found.suppressed} suppressed)`,
        ]
      : []),
    ...(settings.emit.includes('incidents') ? [plural(found.incidents, 'incident')] : []),
    plural(detections.length + correlations.length, 'rule'),
  ];
  if (report.rejected > 0)
    parts.push(`${formatCount(report.rejected)} ${report.rejected === 1 ? 'record' : 'records'} refused`);
  for (const [code, what] of DAMAGE) {
    const count = report.problems.get(code) ?? 0;
    if (count > 0) parts.push(`${formatCount(count)} ${what} (${code})`);
  }
  return parts.join(', ');
}

function statistics({ report, rules, policies, loadMs, scanMs }: Outcome): string {
  const seconds = scanMs / 1000;
  const rows: (readonly [string, string])[] = [
    ['documents', `${countRules(rules.compiled.ruleset.loaded)} in ${plural(rules.files.length, 'file')}`],
    ['load', `${(loadMs / 1000).toFixed(2)} s`],
    ['read', formatBytes(report.bytes)],
    ['events', formatCount(report.events)],
    ['with signals', formatCount(report.matched)],
    ['of no known schema', formatCount(report.unknown)],
    [
      'decisions of policies',
      `${formatCount(policies.decided)}; ${policies.resting} policies rest for want of facts`,
    ],
    ['scan', `${seconds.toFixed(2)} s`],
    [
      'speed',
      `${formatCount(Math.round(report.events / seconds))} events/s, ${formatBytes(report.bytes / seconds)}/s`,
    ],
    ...[...report.problems].map(([code, count]) => [`records with ${code}`, formatCount(count)] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
