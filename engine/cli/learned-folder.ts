import { join } from 'node:path';
import { readLearnedFiles } from '../adapters/index.ts';
import { type BaselineState, readLearned } from '../baseline/index.ts';
import { type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import { type BaselineRule, eventTime, formatTime } from '../model/index.ts';
import type { Baselines } from '../pipeline/index.ts';
import { refusal } from './refusal.ts';

/** What a rule has learnt, from a folder of its own. */
export async function openLearned(
  folder: string,
  rule: BaselineRule,
): Promise<ReturnType<typeof readLearned>> {
  const { files, diagnostics } = await readLearnedFiles(folder);
  const read = readLearned(files, folder, rule);
  return { value: read.value, diagnostics: [...diagnostics, ...read.diagnostics] };
}

/** A folder of one rule, or with a folder a rule. */
export async function openEither(
  folder: string,
  rule: BaselineRule,
): Promise<ReturnType<typeof readLearned>> {
  const inside = await openLearned(join(folder, nameOf(rule)), rule);
  if (inside.value !== undefined) return inside;
  const own = await openLearned(folder, rule);
  // What another rule has learnt says nothing of this one.
  return own.value === undefined || own.value.manifest.rule.id === rule.meta.id ? own : inside;
}

/** Those of the rules of which a folder, with a folder a rule or of one rule, holds what they have learnt. */
export async function learnedRules(
  folder: string,
  rules: readonly BaselineRule[],
): Promise<readonly BaselineRule[]> {
  const there: BaselineRule[] = [];
  for (const rule of rules) {
    const { files } = await readLearnedFiles(folderOf(folder, rule));
    if (files.length > 0 || (await openEither(folder, rule)).value !== undefined) there.push(rule);
  }
  return there;
}

/** Where what a rule has learnt stands. */
export function folderOf(learned: string, rule: BaselineRule): string {
  return join(learned, nameOf(rule));
}

/** The name of a rule's folder. */
function nameOf({ meta }: BaselineRule): string {
  return (meta.name ?? meta.id).replaceAll(/[^\w.-]/g, '_');
}

/** That observations were passed over, in words. */
export function passedOver(
  rule: BaselineRule,
  { until, passedOver: many }: { readonly until: number; readonly passedOver: number },
): string {
  const what = many === 1 ? '1 event is' : `${many} events are`;
  return `${rule.meta.title}: ${what} from before ${formatTime(eventTime(until))}, where what was learnt ends, and passed over`;
}

/** By rule: what the folder, with a folder a rule in it, says was learnt. Rules of which it says nothing begin empty. */
export async function openLearnedStates(
  folder: string,
  rules: readonly BaselineRule[],
): Promise<{
  readonly states: Readonly<Record<string, BaselineState>>;
  readonly diagnostics: readonly Diagnostic[];
}> {
  const states: Record<string, BaselineState> = {};
  const diagnostics: Diagnostic[] = [];
  for (const rule of rules) {
    const { files } = await readLearnedFiles(folderOf(folder, rule));
    if (files.length === 0) continue;
    const read = await openLearned(folderOf(folder, rule), rule);
    diagnostics.push(...read.diagnostics);
    if (read.value !== undefined) states[rule.meta.id] = read.value.state;
  }
  return { states, diagnostics };
}

/** `openLearnedStates` where a folder was named; it must then hold something (TT8002). */
export async function openLearnedAtStart(
  folder: string | undefined,
  rules: readonly BaselineRule[],
): ReturnType<typeof openLearnedStates> {
  if (folder === undefined) return { states: {}, diagnostics: [] };
  const opened = await openLearnedStates(folder, rules);
  if (Object.keys(opened.states).length > 0 || hasErrors(opened.diagnostics)) return opened;
  const hint = 'write it with `telltale baseline learn EVENTS --learned FOLDER`';
  return { states: {}, diagnostics: [refusal('TT8002', `${folder} holds nothing that was learnt`, hint)] };
}

/** That a recording goes back to before the end of what was learnt, rule by rule. */
export function passedOverLines(rules: readonly BaselineRule[], { learnt }: Baselines): readonly string[] {
  return rules.flatMap((rule) => {
    const of = learnt.get(rule.meta.id);
    return of === undefined || of.passedOver === 0 ? [] : [passedOver(rule, of)];
  });
}
