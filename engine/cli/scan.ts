import { Command } from 'commander';
import type { Diagnostic } from '../diagnostic/index.ts';
import { LEVELS } from '../model/index.ts';
import type { CommandContext } from './command-context.ts';
import {
  EMITTED,
  EMITTED_BY_DEFAULT,
  type Emitted,
  FINDING_FORMATS,
  type FindingFormat,
} from './finding-formats.ts';
import { logsourceOption, parseLogsource } from './logsource-option.ts';
import { isDiagnostic, oneOf, refusal, refuse, wholeNumber } from './refusal.ts';
import { collect } from './report-options.ts';
import type { ScanSettings } from './scan-run.ts';

/** Which revisions of alerts and incidents are written. */
const REVISIONS = ['last', 'all'] as const;
const THREADS_MAX = 64;

interface ScanOptions {
  readonly rules: readonly string[];
  readonly threads: string;
  readonly logsource: string;
  readonly emit?: string;
  readonly revisions: string;
  readonly format: string;
  readonly json?: boolean;
  readonly output?: string;
  readonly mapping: readonly string[];
  readonly placeholders: readonly string[];
  readonly facts?: string;
  readonly enrich?: string;
  readonly skipBroken?: boolean;
  readonly quiet?: boolean;
  readonly stats?: boolean;
  readonly failOn?: string;
  readonly snapshot?: string;
  readonly proof?: string;
  readonly verdicts?: string;
  readonly learned?: string;
}

/** `telltale scan [inputs…]`: events in; signals, alerts and incidents out. */
export function scanCommand({ terminal, end }: CommandContext): Command {
  return new Command('scan')
    .description('scan event files, folders and standard input (-), and write signals, alerts and incidents')
    .argument('<inputs...>', 'event files and folders; - is standard input')
    .option(
      '--rules <path>',
      'rule file or folder; may be given several times (default: our own rules)',
      collect,
      [],
    )
    .option('--format <format>', `form of the output: ${FINDING_FORMATS.join(', ')}`, 'pretty')
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write to a file instead of standard output')
    .option(
      '--emit <kinds>',
      `what to write, joined by commas: ${EMITTED.join(', ')} (default: all for pretty, signals for ndjson, json and csv, alerts and incidents for the others)`,
    )
    .option(
      '--revisions <which>',
      'of alerts and incidents: the last state of each, or all as they came about',
      'last',
    )
    .option('--threads <n>', 'threads that look for signals', '1')
    .addOption(logsourceOption())
    .option(
      '--mapping <file>',
      'a mapping for events of your own schema; may be given several times',
      collect,
      [],
    )
    .option('--placeholders <path>', 'value lists for %name%: a YAML file, or a folder of lists', collect, [])
    .option(
      '--facts <file>',
      'assets, intel and baseline findings for policies to ask: YAML or JSON, or an inventory of assets as CSV',
    )
    .option(
      '--enrich <file>',
      'what is known of addresses, assets and people: the daemon’s configuration, or another file with `enrich:`',
    )
    .option('--skip-broken', 'go on with the rules that load when others do not')
    .option('--fail-on <level>', `end with 1 when a signal has at least this level: ${LEVELS.join(', ')}`)
    .option('--snapshot <file>', 'write the state of all correlations at the end, for `check --plan`')
    .option(
      '--proof <folder>',
      'write the proof of each incident: what is needed to see it come about again, alone',
    )
    .option(
      '--verdicts <file>',
      'what alerts and incidents were found to be (NDJSON or CSV: id, verdict): it feeds the confidence of their rules',
    )
    .option('--learned <folder>', 'begin with what `baseline learn` wrote there, instead of knowing nobody')
    .option('--quiet', 'say nothing on standard error but errors')
    .option('--stats', 'say in the end what was read, found and refused, and how fast')
    .action(async (inputs: string[], options: ScanOptions) => {
      const settings = settingsOf(inputs, options);
      if (!('inputs' in settings)) {
        end(refuse(terminal, settings));
        return;
      }
      const { runScan } = await import('./scan-run.ts');
      end(await runScan(terminal, settings));
    });
}

/** The settings that the options name, or everything that is wrong with them. */
function settingsOf(inputs: readonly string[], options: ScanOptions): ScanSettings | readonly Diagnostic[] {
  const format = options.json ? 'json' : oneOf(options.format, FINDING_FORMATS, '--format');
  const threads = wholeNumber(options.threads, 1, '--threads');
  const logsource = parseLogsource(options.logsource);
  const failOn = options.failOn === undefined ? undefined : oneOf(options.failOn, LEVELS, '--fail-on');
  const emit = emitOf(options.emit, format);
  const revisions = oneOf(options.revisions, REVISIONS, '--revisions');
  const wrong: Diagnostic[] = [format, threads, logsource, failOn, revisions, ...emit].filter(isDiagnostic);
  if (
    isDiagnostic(format) ||
    isDiagnostic(threads) ||
    isDiagnostic(logsource) ||
    isDiagnostic(failOn) ||
    isDiagnostic(revisions) ||
    wrong.length > 0
  ) {
    return wrong;
  }
  if (threads > THREADS_MAX) {
    return [refusal('TT8003', `--threads is ${threads}`, `at most ${THREADS_MAX} threads are started`)];
  }
  if (format === 'csv' && emit.length > 1) {
    const hint = 'a table has rows of one kind: name one with --emit, or take ndjson';
    return [refusal('TT8003', `--emit names ${emit.length} kinds for --format csv`, hint)];
  }
  return {
    inputs,
    emit: emit.filter((kind): kind is Emitted => !isDiagnostic(kind)),
    revisions,
    rules: options.rules,
    format,
    output: options.output,
    threads,
    logsource,
    mappings: options.mapping,
    placeholders: options.placeholders,
    facts: options.facts,
    enrich: options.enrich,
    skipBroken: options.skipBroken === true,
    quiet: options.quiet === true,
    stats: options.stats === true,
    failOn,
    snapshot: options.snapshot,
    proof: options.proof,
    verdicts: options.verdicts,
    learned: options.learned,
  };
}

/** The kinds to write: those asked for, else what the form is made for. */
function emitOf(
  text: string | undefined,
  format: FindingFormat | Diagnostic,
): readonly (Emitted | Diagnostic)[] {
  if (text === undefined) return isDiagnostic(format) ? [] : EMITTED_BY_DEFAULT[format];
  return [...new Set(text.split(',').map((kind) => kind.trim()))].map((kind) =>
    oneOf(kind, EMITTED, '--emit'),
  );
}
