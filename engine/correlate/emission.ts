import {
  type CorrelationDetail,
  canonicalJson,
  type Entity,
  type EventRef,
  eventTime,
  type RuleRef,
  type Scalar,
  type Signal,
  type SignalPart,
  sha256,
} from '../model/index.ts';
import type { Instant } from './order.ts';

/** Entities listed on one signal. */
const ENTITIES_MAX = 64;

/** A match, before it is made a signal. */
export interface Match {
  readonly at: Instant;
  readonly window: { readonly start: number; readonly end: number };
  readonly group: readonly (readonly [string, Scalar])[];
  /** Values the signal carries beside its group. */
  readonly values?: readonly (readonly [string, Scalar])[];
  /** In time order, bounded. */
  readonly parts: readonly Signal[];
  readonly partsTotal: number;
  /** Of a risk: what each part adds, 0–100, in their order. */
  readonly shares?: readonly number[];
  readonly measure: number;
  readonly exact: boolean;
  /** Relative standard error, where the figure is an estimate. */
  readonly error?: number | undefined;
  readonly losses: number;
  /** The signal it came about with, where others of the same instant can come about from the same parts. */
  readonly by?: string;
  readonly revises?: string;
  readonly revision?: number;
  /** Multiplies the score (lowering counter-evidence), 0–1. */
  readonly factor?: number;
  readonly counter?: readonly Signal[];
}

/** The signal of a match. Its id depends on the rule's semantics, the group, the time and the parts: never on arrival. */
export function signalOf(
  {
    rule,
    score,
    limits,
  }: { readonly rule: RuleRef; readonly score: number; readonly limits: { readonly evidence: number } },
  match: Match,
): Signal {
  const id = sha256(
    canonicalJson([
      rule.hash,
      match.group,
      match.at.time,
      match.at.ns,
      match.parts.map((part) => part.id),
      match.revision ?? 0,
      ...(match.by === undefined ? [] : [match.by]),
    ]),
  ).slice(0, 32);
  const { revises, revision, counter } = match;
  const detail: CorrelationDetail = {
    group: match.group,
    window: { start: eventTime(match.window.start), end: eventTime(match.window.end) },
    measure: match.measure,
    exact: match.exact,
    ...(match.error === undefined ? {} : { error: Math.round(match.error * 1e4) / 1e4 }),
    parts: match.parts.map((part, i) => {
      const share = match.shares?.[i];
      return share === undefined ? partOf(part) : { ...partOf(part), share: Math.round(share * 100) / 100 };
    }),
    partsTotal: match.partsTotal,
    losses: match.losses,
    ...(revises === undefined ? {} : { revises }),
    ...(revision === undefined ? {} : { revision }),
    ...(counter === undefined || counter.length === 0 ? {} : { counter: counter.map(partOf) }),
  };
  let start = match.at.time;
  for (const part of match.parts) if (part.start < start) start = part.start;
  return {
    id,
    rule,
    start: eventTime(start),
    end: eventTime(match.at.time),
    endNs: match.at.ns,
    entities: entitiesOf(match.parts),
    score: Math.round(score * (match.factor ?? 1) * 10) / 10,
    evidence: eventsOf(match.parts, limits.evidence),
    values: new Map<string, Scalar | readonly Scalar[]>([...match.group, ...(match.values ?? [])]),
    correlation: detail,
  };
}

function partOf(signal: Signal): SignalPart {
  return { id: signal.id, ruleId: signal.rule.id, time: signal.end, timeNs: signal.endNs };
}

/** The events behind the parts, in time order, each once, the newest where there are more than the limit. */
function eventsOf(parts: readonly Signal[], limit: number): EventRef[] {
  const byId = new Map<string, EventRef>();
  for (const part of parts)
    for (const event of part.evidence) if (!byId.has(event.id)) byId.set(event.id, event);
  const events = [...byId.values()].sort(
    (a, b) => a.time - b.time || a.timeNs - b.timeNs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
  return events.slice(-limit);
}

/** The parts' entities, those that most parts share first. */
function entitiesOf(parts: readonly Signal[]): Entity[] {
  const counted = new Map<string, { readonly entity: Entity; count: number }>();
  for (const part of parts) {
    for (const entity of part.entities) {
      const key = `${entity.type}\0${entity.role}\0${entity.value}`;
      const held = counted.get(key);
      if (held === undefined) counted.set(key, { entity, count: 1 });
      else held.count++;
    }
  }
  return [...counted.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, ENTITIES_MAX)
    .map((held) => held.entity);
}
