// Long because it holds the whole of one command: each subcommand once, over the same loading and learning.
import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { listEventFiles, readChunks, unreadable, unwritable, writeLearnedFiles } from '../adapters/index.ts';
import {
  type Baseline,
  inputDigest,
  type Learned,
  learnedDifferences,
  renderLearned,
} from '../baseline/index.ts';
import { type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import { type BaselineRule, eventTime, formatTime, type Logsource, type Signal } from '../model/index.ts';
import { Baselines, Engine, isObservation, type Ruleset } from '../pipeline/index.ts';
import { nativeDigest, scan } from '../runtime/index.ts';
import { openEnrichFile } from './enrich-source.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { openIntel } from './intel-source.ts';
import { folderOf, learnedRules, openEither, openLearned, passedOver } from './learned-folder.ts';
import { openMappings } from './mapping-source.ts';
import { shippedBaselines } from './package-folder.ts';
import { print } from './print.ts';
import { refusal, refuse } from './refusal.ts';
import { plural } from './report/report.ts';
import { openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** What a subcommand is told, checked as far as it can be without looking. */
export interface BaselineSettings {
  readonly inputs: readonly string[];
  readonly rules: readonly string[];
  readonly rule: string | undefined;
  readonly learned: string;
  readonly until: string | undefined;
  readonly logsource: 'any' | Logsource;
  readonly mappings: readonly string[];
  readonly placeholders: readonly string[];
  /** A file with an `enrich` block. */
  readonly enrich: string | undefined;
  readonly pseudonyms: string | undefined;
  readonly entity: string | undefined;
  readonly against: string | undefined;
  readonly out: string;
}

/** Rules and a recording, read: what every subcommand with events works on. */
export interface Recording {
  readonly ruleset: Ruleset;
  readonly rules: readonly BaselineRule[];
  /** By rule: its observations before the cutoff, in event-time order. */
  readonly observations: ReadonlyMap<string, readonly Signal[]>;
  readonly pseudonym?: (part: string) => string;
  /** Scans the same inputs with other rules. */
  readonly replay: (ruleset: Ruleset) => Promise<readonly Signal[]>;
}

/** `baseline learn`. */
export async function runLearn(terminal: Terminal, settings: BaselineSettings): Promise<ExitCode> {
  const recording = await openRecording(terminal, settings);
  if (typeof recording === 'number') return recording;
  for (const rule of recording.rules) {
    const folder = folderOf(settings.learned, rule);
    const baseline = learn(rule, recording);
    const before = await readBefore(folder, rule);
    const changed = before === undefined ? undefined : learnedDifferences(before.baseline, baseline);
    const files = renderLearned(baseline, {
      input: inputDigest(
        (recording.observations.get(rule.meta.id) ?? []).map(({ evidence }) => evidence[0]?.id ?? ''),
      ),
      pseudonyms: recording.pseudonym !== undefined,
      ...(before === undefined || changed === undefined
        ? {}
        : {
            drift: {
              entities: {
                added: changed.filter(({ text }) => text === 'new').length,
                gone: changed.filter(({ text }) => text === 'gone').length,
                changed: changed.filter(({ text }) => text !== 'new' && text !== 'gone').length,
              },
              threshold: rounded(
                baseline.stats().budget.threshold - before.learned.manifest.budget.threshold,
              ),
            },
          }),
    });
    const trouble = await writeLearnedFiles(folder, files);
    if (trouble.length > 0) return refuse(terminal, trouble);
    terminal.say(`${rule.meta.title}: ${summaryOf(baseline)}; written to ${folder}`);
  }
  return EXIT.clean;
}

/** `baseline verify`: 1 where what is learnt now is not what the files say. */
export async function runVerify(terminal: Terminal, settings: BaselineSettings): Promise<ExitCode> {
  const recording = await openRecording(terminal, settings);
  if (typeof recording === 'number') return recording;
  let code: ExitCode = EXIT.clean;
  for (const rule of await meant(terminal, recording.rules, settings)) {
    const folder = folderOf(settings.learned, rule);
    const read = await openLearned(folder, rule);
    if (read.value === undefined) return refuse(terminal, read.diagnostics);
    const { manifest } = read.value;
    const files = renderLearned(learn(rule, recording), {
      input: '',
      pseudonyms: recording.pseudonym !== undefined,
    });
    const now = String((JSON.parse(files[0]?.text ?? '{}') as { digest?: unknown }).digest);
    const same = now === manifest.digest;
    if (!same) code = EXIT.findings;
    terminal.say(
      `${rule.meta.title}: ${same ? 'the same' : `learnt ${manifest.digest.slice(0, 12)}, now ${now.slice(0, 12)}`} (${folder})`,
    );
  }
  return code;
}

/** The rules that have learnt something, where no one of them is named; all where none has, so that it is said what is missing. */
async function meant(
  terminal: Terminal,
  rules: readonly BaselineRule[],
  { rule, learned }: BaselineSettings,
): Promise<readonly BaselineRule[]> {
  const there = rule === undefined ? await learnedRules(learned, rules) : [];
  if (there.length === 0) return rules;
  const without = rules.length - there.length;
  if (without > 0) terminal.say(`${plural(without, 'rule')} besides: nothing learnt under ${learned}`);
  return there;
}

/** `baseline show`. */
export async function runShow(terminal: Terminal, settings: BaselineSettings): Promise<ExitCode> {
  const opened = await openBaselines(terminal, settings);
  if (typeof opened === 'number') return opened;
  let text = '';
  for (const rule of await meant(terminal, opened.rules, settings)) {
    const read = await openLearned(folderOf(settings.learned, rule), rule);
    if (read.value === undefined) return refuse(terminal, read.diagnostics);
    const { manifest } = read.value;
    const baseline = restored(rule, read.value);
    const { alarms } = manifest;
    text += `${manifest.rule.title}: ${plural(manifest.events, 'event')} of ${manifest.entities} entities, ${manifest.window.from} to ${manifest.window.until}\n`;
    text += `  alarms while learning: ${alarms.perDay} a day (95 %: ${alarms.low}–${alarms.high}) on ${alarms.days} days; budget ${rateText(manifest.budget.perDay)}, threshold ${manifest.budget.threshold} decades\n`;
    for (const [entity, features] of baseline.describe()) {
      if (settings.entity !== undefined && entity !== settings.entity.toLowerCase()) continue;
      text += `  ${entity}\n`;
      for (const [feature, of] of Object.entries(features)) {
        const words = Object.entries(of).map(
          ([key, value]) =>
            `${key.replaceAll('_', ' ')} ${Array.isArray(value) ? value.join(', ') : String(value)}`,
        );
        text += `    ${feature}: ${words.join('; ')}\n`;
      }
    }
  }
  return print(terminal, text);
}

/** `baseline diff BEFORE AFTER`: folders with a folder a rule, or of one rule. */
export async function runDiff(terminal: Terminal, settings: BaselineSettings): Promise<ExitCode> {
  const [before = '', after = ''] = settings.inputs;
  const opened = await openBaselines(terminal, settings);
  if (typeof opened === 'number') return opened;
  const [old, now] = [await learnedRules(before, opened.rules), await learnedRules(after, opened.rules)];
  let text = '';
  for (const rule of opened.rules) {
    const [was, is] = [old.includes(rule), now.includes(rule)];
    // A rule that neither has learnt is no difference, unless it is the one that was asked for, or there is none at all.
    if (!was && !is && old.length + now.length > 0 && settings.rule === undefined) continue;
    if (was !== is && settings.rule === undefined) {
      text += `${rule.meta.title}: ${is ? 'new' : 'gone'}\n`;
      continue;
    }
    const [a, b] = [await openEither(before, rule), await openEither(after, rule)];
    if (a.value === undefined || b.value === undefined)
      return refuse(terminal, [...a.diagnostics, ...b.diagnostics]);
    const changes = learnedDifferences(restored(rule, a.value), restored(rule, b.value));
    text += `${rule.meta.title}: ${entitiesText(changes.length)} changed, threshold ${a.value.manifest.budget.threshold} → ${b.value.manifest.budget.threshold} decades\n`;
    for (const change of changes) text += `  ${change.entity}: ${change.text}\n`;
  }
  return print(terminal, text);
}

/** `baseline explain`: every signal in full, and what another version would have said. */
export async function runExplainBaseline(terminal: Terminal, settings: BaselineSettings): Promise<ExitCode> {
  const recording = await openRecording(terminal, settings);
  if (typeof recording === 'number') return recording;
  let text = '';
  for (const rule of recording.rules) {
    const folder = folderOf(settings.learned, rule);
    const read = await openLearned(folder, rule);
    const other = settings.against === undefined ? undefined : await openEither(settings.against, rule);
    if (other !== undefined && other.value === undefined) return refuse(terminal, other.diagnostics);
    const { signals: found, passed } = judged(rule, recording, read.value);
    if (passed !== undefined)
      terminal.say(`${passed}; an empty folder as --learned judges from the beginning`);
    const others =
      other?.value === undefined
        ? undefined
        : new Map(
            judged(rule, recording, other.value).signals.map((signal) => [
              `${signal.evidence[0]?.id} ${signal.start}`,
              signal,
            ]),
          );
    for (const signal of found) {
      const whose = signal.entities[0]?.value ?? 'all';
      if (
        signal.baseline === undefined ||
        (settings.entity !== undefined && whose !== settings.entity.toLowerCase())
      )
        continue;
      text += explained(signal, whose);
      if (others === undefined) continue;
      const then = others.get(`${signal.evidence[0]?.id} ${signal.start}`)?.baseline;
      text += `  the other version: ${then === undefined ? 'silent' : `${then.surprise} decades (needed ${then.threshold})`}\n`;
    }
  }
  return print(terminal, text === '' ? 'nothing was odd\n' : text);
}

/** `baseline propose`. */
export async function runPropose(terminal: Terminal, settings: BaselineSettings): Promise<ExitCode> {
  const recording = await openRecording(terminal, settings);
  if (typeof recording === 'number') return recording;
  const { proposeRules } = await import('./baseline-propose.ts');
  return proposeRules(terminal, { recording, out: settings.out });
}

/** `baseline promote FILE…`: one step on, in the files themselves. */
export async function runPromote(terminal: Terminal, files: readonly string[]): Promise<ExitCode> {
  for (const file of files) {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (thrown) {
      return refuse(terminal, [unreadable(file, thrown)]);
    }
    const promoted = promotedText(text);
    if (promoted === undefined) {
      terminal.say(`${file}: nothing to promote; it is live and stable`);
      continue;
    }
    try {
      await writeFile(file, promoted.text);
    } catch (thrown) {
      return refuse(terminal, [unwritable(file, thrown)]);
    }
    terminal.say(`${file}: ${promoted.steps.join(', ')}`);
  }
  return EXIT.clean;
}

/** `baseline forget ENTITY…`. */
export async function runForget(terminal: Terminal, settings: BaselineSettings): Promise<ExitCode> {
  const opened = await openBaselines(terminal, settings);
  if (typeof opened === 'number') return opened;
  let forgotten = 0;
  for (const rule of opened.rules) {
    const folder = folderOf(settings.learned, rule);
    const read = await openLearned(folder, rule);
    if (read.value === undefined) continue;
    const baseline = restored(rule, read.value);
    const gone = settings.inputs.filter((name) => baseline.forget(name.toLowerCase().split(' / ')));
    if (gone.length === 0) continue;
    forgotten += gone.length;
    const { input, pseudonyms } = read.value.manifest;
    const trouble = await writeLearnedFiles(folder, renderLearned(baseline, { input, pseudonyms }));
    if (trouble.length > 0) return refuse(terminal, trouble);
    terminal.say(`${rule.meta.title}: forgot ${gone.join(', ')}`);
  }
  if (forgotten > 0) return EXIT.clean;
  terminal.say('nobody of that name is known');
  return EXIT.findings;
}

/** A baseline that has learnt a rule's observations; what is open stays open. */
export function learn(rule: BaselineRule, { observations, pseudonym }: Recording): Baseline {
  const { baselines, baseline } = fresh(rule, pseudonym);
  const own = observations.get(rule.meta.id) ?? [];
  baselines.take(own);
  const last = own.at(-1)?.end;
  if (last !== undefined) baselines.advanceTo(eventTime(last + 1));
  return baseline;
}

function judged(
  rule: BaselineRule,
  { observations, pseudonym }: Recording,
  learned: Learned | undefined,
): { readonly signals: readonly Signal[]; readonly passed: string | undefined } {
  // A rule in shadow is explained like a live one.
  const { baselines } = fresh({ ...rule, mode: 'live' }, pseudonym);
  if (learned !== undefined) baselines.begin({ [rule.meta.id]: learned.state });
  const observed = observations.get(rule.meta.id) ?? [];
  baselines.take(observed);
  const learnt = baselines.learnt.get(rule.meta.id);
  const passed = learnt === undefined || learnt.passedOver === 0 ? undefined : passedOver(rule, learnt);
  return { signals: baselines.finish(), passed };
}

function fresh(
  rule: BaselineRule,
  pseudonym?: (part: string) => string,
): { readonly baselines: Baselines; readonly baseline: Baseline } {
  const baselines = new Baselines([rule], pseudonym === undefined ? {} : { pseudonym });
  const baseline = baselines.get(rule.meta.id);
  if (baseline === undefined) throw new Error('a baseline was made and is not there');
  return { baselines, baseline };
}

function restored(rule: BaselineRule, learned: Learned): Baseline {
  const { baseline } = fresh(rule);
  baseline.absorb(learned.state);
  return baseline;
}

async function readBefore(
  folder: string,
  rule: BaselineRule,
): Promise<{ readonly learned: Learned; readonly baseline: Baseline } | undefined> {
  const { value } = await openLearned(folder, rule);
  return value === undefined ? undefined : { learned: value, baseline: restored(rule, value) };
}

async function openBaselines(
  terminal: Terminal,
  { rules: paths, rule: wanted, placeholders }: BaselineSettings,
): Promise<{ readonly ruleset: Ruleset; readonly rules: readonly BaselineRule[] } | ExitCode> {
  const source = await openRules({ paths: paths.length > 0 ? paths : [shippedBaselines()], placeholders });
  const broken = [...source.refused, ...source.findings.filter(({ severity }) => severity === 'error')];
  if (hasErrors(broken)) return refuse(terminal, broken, source.sourceOf);
  const { ruleset } = source.compiled;
  const rules = ruleset.baselines.filter(
    ({ meta }) => wanted === undefined || meta.id === wanted || meta.name === wanted,
  );
  if (rules.length > 0) return { ruleset, rules };
  return refuse(terminal, [
    refusal(
      'TT8041',
      wanted === undefined ? 'there is no baseline among the rules' : `there is no baseline '${wanted}'`,
      'a baseline is a rule with a `baseline:` block',
    ),
  ]);
}

async function openRecording(terminal: Terminal, settings: BaselineSettings): Promise<Recording | ExitCode> {
  const opened = await openBaselines(terminal, settings);
  if (typeof opened === 'number') return opened;
  const mappings = await openMappings(settings.mappings, settings.logsource);
  if (mappings.schemas === undefined || hasErrors(mappings.diagnostics))
    return refuse(terminal, mappings.diagnostics);
  const { enrichment, diagnostics: wrong } = await openEnrichFile(settings.enrich);
  if (wrong.length > 0) return refuse(terminal, wrong);
  const until = settings.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(settings.until) * 1000;
  if (Number.isNaN(until))
    return refuse(terminal, [
      refusal('TT8003', `--until is ${settings.until}`, 'write a time such as 2026-02-01T00:00:00Z'),
    ]);
  const key = settings.pseudonyms === undefined ? undefined : process.env[settings.pseudonyms];
  if (settings.pseudonyms !== undefined && (key === undefined || key === '')) {
    return refuse(terminal, [
      refusal(
        'TT8003',
        `--pseudonyms is ${settings.pseudonyms}, which is not set`,
        'put a secret into that environment variable',
      ),
    ]);
  }
  const { schemas } = mappings;
  const replay = async (
    ruleset: Ruleset,
  ): Promise<{ readonly signals: Signal[]; readonly found: readonly Diagnostic[] }> => {
    const signals: Signal[] = [];
    const { snapshot, diagnostics } = await openIntel(ruleset);
    if (diagnostics.length > 0) refuse(terminal, diagnostics);
    const report = await scan(
      new Engine(ruleset, {
        schemas,
        digest: nativeDigest,
        ...(snapshot === undefined ? {} : { intel: snapshot }),
        ...(enrichment === undefined ? {} : { enrichment: enrichment.parts }),
      }),
      { inputs: settings.inputs, threads: 1 },
      {
        files: { listEventFiles, readChunks },
        signals: () => undefined,
        stages: {
          take: (taken) => void signals.push(...taken),
          finish: () => ({ signals: [], alerts: [], incidents: [] }),
        },
      },
    );
    return { signals: signals.filter(({ end }) => end < until), found: report.diagnostics };
  };
  const { signals, found } = await replay(opened.ruleset);
  if (exitCodeFor(found.filter(({ code }) => code.startsWith('TT9'))) !== EXIT.clean)
    return refuse(terminal, found);
  const observations = new Map(
    opened.rules.map((rule) => {
      const own = signals.filter((signal) => isObservation(signal) && signal.rule.id === rule.meta.id);
      own.sort((a, b) => a.end - b.end || a.endNs - b.endNs || (a.id < b.id ? -1 : 1));
      const last = own.at(-1)?.end ?? 0;
      return [rule.meta.id, own.filter(({ end }) => end > last - rule.learn.from)] as const;
    }),
  );
  if ([...observations.values()].every((own) => own.length === 0)) {
    return refuse(terminal, [
      refusal(
        'TT8002',
        `no event in ${settings.inputs.join(', ')} that a baseline looks at`,
        'see `select` of the rules, and --logsource',
      ),
    ]);
  }
  return {
    ...opened,
    observations,
    replay: async (ruleset) => (await replay(ruleset)).signals,
    ...(key === undefined
      ? {}
      : {
          pseudonym: (part: string) =>
            `p-${createHmac('sha256', key).update(part).digest('hex').slice(0, 16)}`,
        }),
  };
}

function summaryOf(baseline: Baseline): string {
  const { events, entities, alarms, daysLive, cold, budget } = baseline.stats();
  const spoken =
    daysLive > 0
      ? `${alarms} alarms on ${daysLive.toFixed(1)} days (budget ${rateText(budget.perDay)})`
      : `not enough yet to speak (${cold} judgements left out)`;
  return `${plural(events, 'event')} of ${entitiesText(entities)}, ${spoken}`;
}

function explained(signal: Signal, whose: string): string {
  const { baseline } = signal;
  if (baseline === undefined) return '';
  const time = formatTime(signal.end);
  if (baseline.spent === true)
    return `${time} the budget of ${rateText(baseline.budget.perDay)} is spent; ${baseline.budget.heldBack} held back today\n`;
  const lines = [
    `${time} ${signal.rule.title}: ${whose}`,
    `  surprise ${baseline.surprise} decades, needed ${baseline.threshold}${baseline.ceiling ? ' (above the ceiling: it speaks whatever the budget)' : ''}; known: ${plural(baseline.known.events, 'event')} on ${plural(baseline.known.days, 'day')}`,
    `  budget ${rateText(baseline.budget.perDay)}: ${baseline.budget.spent} spent, ${baseline.budget.heldBack} held back today`,
  ];
  for (const one of baseline.features) {
    lines.push(
      `  ${one.name} (${one.kind}, against ${one.scope}): ${one.surprise} decades`,
      `    actual:  ${one.actual}`,
      `    typical: ${one.typical}`,
      ...(one.nearest.length === 0 ? [] : [`    nearest: ${one.nearest.join(', ')}`]),
      `    ${one.counterfactual}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A rule's text one step on; undefined where there is none. */
export function promotedText(
  text: string,
): { readonly text: string; readonly steps: readonly string[] } | undefined {
  const shadow = /^(\s*mode:\s*)shadow\b/m;
  if (shadow.test(text)) return { text: text.replace(shadow, '$1live'), steps: ['mode shadow → live'] };
  const status = /^(status:\s*)(experimental|test)\b/m.exec(text);
  if (status === null) return undefined;
  const next = status[2] === 'experimental' ? 'test' : 'stable';
  return { text: text.replace(status[0], `${status[1]}${next}`), steps: [`status ${status[2]} → ${next}`] };
}

/** A rate as one would say it: `2 a day`, `1 a week`. */
function rateText(perDay: number): string {
  if (perDay >= 1 || Number.isInteger(perDay)) return `${rounded(perDay)} a day`;
  const perWeek = 7 * perDay;
  return perWeek >= 0.99 ? `${rounded(perWeek)} a week` : `${rounded(30 * perDay)} in 30 days`;
}

function entitiesText(count: number): string {
  return count === 1 ? '1 entity' : `${count} entities`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
