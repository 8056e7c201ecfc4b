import {
  boundsText,
  Correlator,
  explainMiss,
  figureName,
  figureText,
  type NearMiss,
  type NodePlan,
} from '../correlate/index.ts';
import { duration, type EventTime, formatDuration, type Scalar, type Signal } from '../model/index.ts';
import type { Ruleset } from './ruleset.ts';

/** Signals listed of one open window. */
const PARTS_MAX = 100;
/** Groups and signals held; the recording is explained, not followed. */
const ITEMS_MAX = 2_000_000;

/** What to say of a correlation. */
export interface CorrelationQuestion {
  readonly ruleId: string;
  /** Also the windows that are open at this time; what comes later is not looked at. */
  readonly at?: EventTime;
  /** Near misses and open windows at most. */
  readonly limit: number;
}

/** A group that is on its way at a time. */
export interface OpenWindow {
  readonly group: readonly (readonly [string, Scalar])[];
  /** What it has so far: a count, rules, steps or a risk; and what it needs, where that is one number. */
  readonly measure: number;
  readonly needed: number | undefined;
  readonly since: EventTime;
  /** How far it is, in a sentence. */
  readonly text: string;
  readonly parts: readonly Signal[];
}

/** Why a correlation fired on a recording, or how near it came. */
export interface CorrelationExplanation {
  readonly plan: NodePlan;
  /** Its signals, in event time. */
  readonly fired: readonly Signal[];
  /** The signals of the rules it reads, by their ids as its plan lists them: evidence is looked up in them. */
  readonly read: ReadonlyMap<string, Signal>;
  /** How many firings of each rule it reads there were, by rule id, in the order of the plan. */
  readonly seen: ReadonlyMap<string, number>;
  /** Of groups that did not fire, the nearest first. */
  readonly misses: readonly NearMiss[];
  /** With `at`. */
  readonly open?: readonly OpenWindow[];
}

/**
 * Explains a correlation over the signals of detections, given in any order: correlations that it reads are run too. Undefined where the ruleset
 * plans no such rule. Cost: that of correlating, plus O(n log n) for the signals that it reads.
 */
export function explainCorrelation(
  ruleset: Ruleset,
  signals: readonly Signal[],
  question: CorrelationQuestion,
): CorrelationExplanation | undefined {
  const { ruleId, at, limit } = question;
  const plan = ruleset.correlationPlan.nodes.find((node) => node.rule.id === ruleId);
  if (plan === undefined) return undefined;
  const given = at === undefined ? signals : signals.filter((signal) => signal.end <= at);
  const correlator = new Correlator(ruleset.correlationPlan, { items: ITEMS_MAX });
  for (const signal of given) correlator.accept(signal);
  // A microsecond more than the time asked for: what happens at that instant has happened.
  const correlated = at === undefined ? [] : correlator.advance(at + 1 + lateness(plan));
  const open = at === undefined ? undefined : openWindows(correlator, { plan, at, limit });
  const all = [...given, ...correlated, ...(at === undefined ? correlator.finish() : [])];
  const wanted = new Map(plan.inputs.map((input) => [input.ruleId, 0]));
  const read = new Map<string, Signal>();
  for (const signal of all) {
    const count = wanted.get(signal.rule.id);
    if (count === undefined) continue;
    if (!read.has(signal.id)) wanted.set(signal.rule.id, count + 1);
    read.set(signal.id, signal);
  }
  const fired = all.filter((signal) => signal.rule.id === ruleId);
  const groups = new Set(fired.map((signal) => groupText(plan, signal)));
  const misses = explainMiss(plan, [...read.values()], limit + groups.size);
  return {
    plan,
    fired,
    read,
    seen: wanted,
    misses: misses.filter(({ group }) => !groups.has(group)).slice(0, limit),
    ...(open === undefined ? {} : { open }),
  };
}

function lateness(plan: NodePlan): number {
  return plan.latenessMicros;
}

/** A signal's group as `explainMiss` writes it. */
function groupText({ groupBy }: NodePlan, signal: Signal): string {
  const values = new Map(signal.correlation?.group);
  return groupBy.map((name) => `${name}=${String(values.get(name) ?? null)}`).join(', ') || 'all';
}

/** The groups that still hold something inside the window that ends at this time. */
function openWindows(
  correlator: Correlator,
  { plan, at, limit }: { readonly plan: NodePlan; readonly at: EventTime; readonly limit: number },
): readonly OpenWindow[] {
  const node = correlator.nodes().get(plan.rule.id);
  const span = plan.window.kind === 'session' ? plan.window.gap : plan.timespanMicros;
  const windows: OpenWindow[] = [];
  for (const group of node?.open(Number.POSITIVE_INFINITY) ?? []) {
    const live = plan.body.kind === 'measure' || plan.body.kind === 'temporal';
    const parts = live ? group.parts.filter((part) => part.end > at - span) : group.parts;
    // State is given up lazily: what the window has left behind is no progress any more.
    if (group.parts.length > 0 && (parts.length === 0 || (!live && group.since + span <= at))) continue;
    windows.push({
      group: group.group,
      measure: group.measure,
      needed: group.needed,
      since: (parts[0]?.end ?? group.since) as EventTime,
      text: progressText(plan, parts, group),
      parts: parts.slice(-PARTS_MAX),
    });
    if (windows.length >= limit) break;
  }
  return windows;
}

function progressText(
  plan: NodePlan,
  parts: readonly Signal[],
  { measure, needed }: { readonly measure: number; readonly needed: number | undefined },
): string {
  const span = formatDuration(duration(plan.timespanMicros));
  if (plan.body.kind === 'sequence' || plan.body.kind === 'ordered') {
    return `${measure} of ${needed ?? '?'} steps in ${span}`;
  }
  // Signals in a window no longer carry their values: which group they are of is known, and figures over values are the node's.
  const { body } = plan;
  const counted = body.kind === 'temporal' || (body.kind === 'measure' && body.type === 'event_count');
  const together = {
    ...plan,
    groupBy: [],
    inputs: plan.inputs.map((input) => ({ ...input, groupFields: [] })),
  };
  const [miss] = parts.length === 0 || !counted ? [] : explainMiss(together, parts, 1);
  if (miss !== undefined) return miss.text;
  if (body.kind === 'first_seen') return `${measure} known`;
  const whole = body.kind === 'measure' && (body.type === 'event_count' || body.type === 'value_count');
  if (needed !== undefined && whole) return `${measure} of ${needed} in ${span}`;
  const wanted = 'bounds' in body ? `, ${boundsText(body.bounds)} wanted` : '';
  return `${figureName(plan)} ${figureText(measure)} so far${wanted}`;
}
