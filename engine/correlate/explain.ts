import { duration, formatDuration, type Signal } from '../model/index.ts';
import { missOfFigure } from './explain-figure.ts';
import { missOfFirstSeen } from './explain-first-seen.ts';
import { missOfRisk } from './explain-risk.ts';
import { missOfRules } from './explain-rules.ts';
import { type Member, plural } from './explain-text.ts';
import { signalFilter } from './filter.ts';
import { comparableText, type GroupKey, groupKeys, membersOf } from './key.ts';
import { compareSignals } from './order.ts';
import type { NodePlan, PlannedSequence, PlannedStage, StageTest } from './plan.ts';

/** How near one group came to a match. */
export interface NearMiss {
  /** Group-by values as `User=u1`; `all` where the rule has no group-by. */
  readonly group: string;
  /** 0–1: the share of what is needed that was there. */
  readonly progress: number;
  /** What was there and what was missing, in one sentence. */
  readonly text: string;
}

/**
 * Why a rule did not fire on these signals: for each group how near it came, the nearest first. For people and tests, not for the
 * hot path: O(n log n) for figures, O(n·steps) for sequences.
 */
export function explainMiss(plan: NodePlan, signals: readonly Signal[], limit = 3): readonly NearMiss[] {
  const groups = new Map<string | null, { readonly key: GroupKey; readonly members: Member[] }>();
  const ungrouped = new Set<string>();
  let filtered = 0;
  for (const signal of [...signals].sort(compareSignals)) {
    for (const input of plan.inputs) {
      if (input.ruleId !== signal.rule.id || input.roles.length === 0) continue;
      if (input.filter !== undefined && !signalFilter(input.filter)(signal)) {
        filtered++;
        continue;
      }
      const keys = groupKeys(signal, input.groupFields, plan);
      if (keys.length === 0)
        ungrouped.add(input.groupFields.filter((f) => membersOf(signal, f).length === 0).join(', '));
      for (const key of keys) {
        const group = groups.get(key.key) ?? { key, members: [] };
        groups.set(key.key, group);
        group.members.push({ signal, input });
      }
    }
  }
  const misses = [...groups.values()].map(({ key, members }) => ({
    group: plan.groupBy.map((name, i) => `${name}=${String(key.values[i] ?? null)}`).join(', ') || 'all',
    ...missOf(plan, members),
  }));
  misses.sort((a, b) => b.progress - a.progress || (a.group < b.group ? -1 : 1));
  const lost = [...ungrouped].map((fields) => ({
    group: 'none',
    progress: 0,
    text: `firings without ${fields} belong to no group (on_null: skip)`,
  }));
  if (filtered > 0) {
    const text = `${plural(filtered, 'firing')} left out by filters that name this correlation`;
    lost.push({ group: 'none', progress: 0, text });
  }
  return [...misses, ...lost].slice(0, limit);
}

function missOf(plan: NodePlan, members: readonly Member[]): Omit<NearMiss, 'group'> {
  const { body } = plan;
  switch (body.kind) {
    case 'measure':
      return missOfFigure(plan, body, members);
    case 'temporal':
      return missOfRules(plan, body.condition, members);
    case 'ordered':
      return missOfSequence(plan, members, orderedAsSequence(plan));
    case 'sequence':
      return missOfSequence(plan, members, body);
    case 'first_seen':
      return missOfFirstSeen(plan, body, members);
    case 'risk':
      return missOfRisk(plan, body, members);
    default:
      return body satisfies never;
  }
}

/** An ordered rule seen as a sequence of plain steps. */
function orderedAsSequence(plan: NodePlan): PlannedSequence {
  const stages = plan.rules.map(
    (ruleId, step): PlannedStage => ({
      step,
      label: plan.names[step] ?? ruleId,
      times: 1,
      where: [],
      join: [],
      fields: [],
      carry: [],
      absences: [],
    }),
  );
  return { kind: 'sequence', stages, stepRules: plan.rules.map((_, i) => i), keys: [], projected: [] };
}

/** Follows the steps as far as they go, and says what the next one lacked. */
function missOfSequence(
  plan: NodePlan,
  members: readonly Member[],
  body: PlannedSequence,
): Omit<NearMiss, 'group'> {
  let best: { readonly done: number; readonly text: string } = { done: 0, text: '' };
  const total = body.stages.length;
  const follow = (chosen: readonly Signal[], budget: { left: number }): void => {
    const stage = body.stages[chosen.length];
    const last = chosen.at(-1);
    if (stage === undefined) {
      if (chosen.length > best.done)
        best = {
          done: chosen.length,
          text: 'all steps came; what must not happen did, or an `until` came between',
        };
      return;
    }
    const ruleId = plan.rules[body.stepRules[stage.step] ?? -1];
    const candidates = members.filter(({ signal }) => signal.rule.id === ruleId);
    const reasons: string[] = [];
    let enough = 0;
    for (const { signal } of candidates) {
      const reason = reasonAgainst(plan, { signal, stage, chosen });
      if (reason !== undefined) {
        reasons.push(reason);
        continue;
      }
      enough++;
      if (enough < stage.times || budget.left-- <= 0) continue;
      follow([...chosen, signal], budget);
    }
    if (chosen.length < best.done || (chosen.length === best.done && best.text !== '' && last === undefined))
      return;
    const label = `step ${chosen.length + 1} of ${total} (${stage.label})`;
    const why =
      enough > 0 && enough < stage.times
        ? `came ${enough} of ${stage.times} times`
        : (reasons.at(-1) ?? 'never came');
    if (chosen.length > best.done || best.text === '')
      best = { done: chosen.length, text: `${label} ${why}` };
  };
  follow([], { left: 10_000 });
  return { progress: best.done / Math.max(1, total), text: best.text };
}

function reasonAgainst(
  plan: NodePlan,
  to: { readonly signal: Signal; readonly stage: PlannedStage; readonly chosen: readonly Signal[] },
): string | undefined {
  const { signal, stage, chosen } = to;
  const first = chosen[0];
  const last = chosen.at(-1);
  const value = (of: Signal, field: string): string | undefined => {
    const member = membersOf(of, field)[0];
    return member === undefined ? undefined : (comparableText(member, plan.cased) ?? undefined);
  };
  for (const { field, other } of stage.join) {
    const earlier = chosen[other.stage];
    const wanted = earlier === undefined ? undefined : value(earlier, other.field);
    const own = value(signal, field);
    if (own === undefined) return `had no ${field}`;
    if (own !== wanted) return `had ${field}=${own}, not ${String(wanted)}`;
  }
  for (const test of stage.where) {
    const failed = failedTest(test, { signal, chosen, value });
    if (failed !== undefined) return failed;
  }
  if (stage.anyOf !== undefined) {
    const against = stage.anyOf.sets.map((set) => {
      for (const test of set) {
        const failed = failedTest(test, { signal, chosen, value });
        if (failed !== undefined) return failed;
      }
      return undefined;
    });
    if (!against.includes(undefined)) return against.join(', and ');
  }
  if (first === undefined || last === undefined) return undefined;
  const gap = signal.end - last.end;
  if (gap < 0 || (gap === 0 && signal.endNs <= last.endNs)) return 'came before the step it must follow';
  if (stage.withinMicros !== undefined && gap >= stage.withinMicros) {
    return `came ${formatDuration(duration(gap - stage.withinMicros))} late (within ${formatDuration(duration(stage.withinMicros))})`;
  }
  if (stage.afterMicros !== undefined && gap < stage.afterMicros) {
    return `came ${formatDuration(duration(stage.afterMicros - gap))} early (after ${formatDuration(duration(stage.afterMicros))})`;
  }
  const over = signal.end - first.end - plan.timespanMicros;
  return over >= 0
    ? `came ${formatDuration(duration(over))} late (timespan ${formatDuration(duration(plan.timespanMicros))})`
    : undefined;
}

function failedTest(
  test: StageTest,
  at: {
    readonly signal: Signal;
    readonly chosen: readonly Signal[];
    readonly value: (of: Signal, field: string) => string | undefined;
  },
): string | undefined {
  const own = at.value(at.signal, test.field);
  const { other } = test;
  const earlier = 'stage' in other ? at.chosen[other.stage] : undefined;
  const wanted =
    'stage' in other
      ? earlier === undefined
        ? undefined
        : at.value(earlier, other.field)
      : String(other.value).toLowerCase();
  if (own === undefined || wanted === undefined) return `had no ${test.field} to compare`;
  const holds = {
    eq: own === wanted,
    neq: own !== wanted,
    gt: Number(own) > Number(wanted),
    gte: Number(own) >= Number(wanted),
    lt: Number(own) < Number(wanted),
    lte: Number(own) <= Number(wanted),
  }[test.op];
  return holds ? undefined : `had ${test.field}=${own}, which is not ${test.op} ${wanted}`;
}
