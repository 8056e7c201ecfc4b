import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrors, type Palette } from '../diagnostic/index.ts';
import { writeDocuments } from '../language/index.ts';
import { formatTime, type Logsource } from '../model/index.ts';
import {
  MINING_DEFAULTS,
  type MinedPattern,
  type Mining,
  type MiningOptions,
  minedTemplate,
  minePatterns,
} from '../pipeline/index.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openMappings } from './mapping-source.ts';
import { print, printToFile } from './print.ts';
import { recordedOutcome } from './recorded-outcome.ts';
import { isDiagnostic, refusal, refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import { plural } from './report/report.ts';
import { defaultRules, noRules, openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** What to mine and how, checked. */
export interface MineSettings {
  readonly inputs: readonly string[];
  /** Empty for the rules that come with the package. */
  readonly rules: readonly string[];
  readonly mappings: readonly string[];
  readonly logsource: 'any' | Logsource;
  readonly mining: Pick<MiningOptions, 'window' | 'seenMin' | 'significance'>;
  /** The folder to write templates to. */
  readonly out: string | undefined;
  readonly format: 'pretty' | 'json';
}

/** Sightings that are shown of one pattern. */
const SHOWN_MAX = 3;

/**
 * Runs the rules over recordings, looks for patterns in their signals, and proposes templates. 0 where there is a pattern; 1 where there is none, for
 * finding nothing to do is not success. Memory: the signals.
 */
export async function runMine(terminal: Terminal, settings: MineSettings): Promise<ExitCode> {
  const paths = settings.rules.length > 0 ? settings.rules : defaultRules();
  const [rules, mappings] = await Promise.all([
    openRules({ paths, placeholders: [] }),
    openMappings(settings.mappings, settings.logsource),
  ]);
  if (mappings.schemas === undefined || hasErrors(mappings.diagnostics))
    return refuse(terminal, mappings.diagnostics);
  if (rules.files.length === 0) return refuse(terminal, [noRules(paths)]);
  const errors = rules.findings.filter(({ severity }) => severity === 'error');
  // A rule that does not load gives no signal: the others' patterns stand.
  if (errors.length > 0) refuse(terminal, errors, rules.sourceOf);
  const outcome = await recordedOutcome(rules.compiled.ruleset, {
    inputs: settings.inputs,
    schemas: mappings.schemas,
    report: (found) => void refuse(terminal, found),
  });
  if (isDiagnostic(outcome)) return refuse(terminal, [outcome]);
  const mining = minePatterns(outcome.signals, { ...MINING_DEFAULTS, ...settings.mining });
  const text =
    settings.format === 'json'
      ? jsonText(mining)
      : prettyText(mining, { palette: terminal.outPalette, signals: outcome.signals.length });
  const printed = await print(terminal, text);
  if (printed !== EXIT.clean) return printed;
  const written = await writeTemplates(terminal, mining, settings);
  if (written !== EXIT.clean) return written;
  if (errors.length > 0) return EXIT.rule;
  return mining.patterns.length === 0 ? EXIT.findings : EXIT.clean;
}

/** Writes one file a pattern. A file that is there stays as it is: it may have been edited (TT8006 unless it says the same). */
async function writeTemplates(terminal: Terminal, mining: Mining, settings: MineSettings): Promise<ExitCode> {
  const { out, mining: asked } = settings;
  if (out === undefined || mining.patterns.length === 0) return EXIT.clean;
  await mkdir(out, { recursive: true }).catch(() => undefined);
  let written = 0;
  let kept = 0;
  for (const pattern of mining.patterns) {
    const { file, document } = minedTemplate(pattern, { window: asked.window, lookedAt: mining.lookedAt });
    const path = join(out, file);
    const text = writeDocuments([document]);
    const there = await readFile(path, 'utf8').catch(() => undefined);
    if (there === text) continue;
    if (there !== undefined) {
      kept++;
      refuse(terminal, [
        refusal(
          'TT8006',
          `${path} is there already`,
          'it may have been edited: move it away to have it anew',
        ),
      ]);
      continue;
    }
    const code = await printToFile(terminal, path, text);
    if (code !== EXIT.clean) return code;
    written++;
  }
  terminal.say(
    `${plural(written, 'template')} in ${out}; next: look at them, then \`telltale check\` and \`telltale test\` with your rules and ${out}`,
  );
  return kept > 0 ? EXIT.findings : EXIT.clean;
}

function prettyText(
  { patterns, lookedAt, episodes }: Mining,
  { palette, signals }: { readonly palette: Palette; readonly signals: number },
): string {
  const head = `${plural(patterns.length, 'pattern')} among ${lookedAt} that were looked at (${plural(signals, 'signal')}, ${plural(episodes, 'episode')} on entities)`;
  const lines = patterns.flatMap((pattern) => [
    '',
    palette.strong(
      visible(pattern.rules.map(({ title }) => title).join(pattern.ordered ? '  →  ' : '  +  ')),
    ),
    `  seen ${pattern.seen} times, expected ${round(pattern.expected)}; on ${pattern.entities} of kind ${pattern.entity}; chance ${round(pattern.chance)}, ${round(pattern.corrected)} after correction`,
    ...pattern.sightings
      .slice(0, SHOWN_MAX)
      .map(({ entity, signals: own }) =>
        palette.faint(visible(`  ${own.map(({ end }) => formatTime(end)).join(' → ')}  ${entity}`)),
      ),
    ...(pattern.seen > SHOWN_MAX ? [palette.faint(`  … and ${pattern.seen - SHOWN_MAX} more`)] : []),
  ]);
  return `${[head, ...lines].join('\n')}\n`;
}

function jsonText({ patterns, lookedAt, episodes }: Mining): string {
  const record = ({ rules, sightings, ...rest }: MinedPattern): object => ({
    rules: rules.map(({ id, title }) => ({ id, title })),
    ...rest,
    sightings: sightings.map(({ entity, signals }) => ({
      entity,
      signals: signals.map(({ id, end, endNs }) => ({ id, time: formatTime(end, endNs) })),
    })),
  });
  return `${JSON.stringify({ lookedAt, episodes, patterns: patterns.map(record) }, null, 2)}\n`;
}

function round(value: number): string {
  if (value === 0) return 'below 1e-300';
  return value < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}
