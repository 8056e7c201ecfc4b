import type { InputPlan, NodePlan } from '../../engine/correlate/plan.ts';
import type { RolePresence } from '../../engine/correlate/presence.ts';
import type { Bound, Scalar, Signal } from '../../engine/model/index.ts';

/*
 * The second implementation of the measuring, temporal and ordered types: slow and obviously right. It sorts everything, and for
 * every signal looks at the whole window again. It shares no code with the engine but the plan it reads.
 */

/** One expected firing. */
export interface Firing {
  readonly time: number;
  readonly ns: number;
  readonly group: readonly (readonly [string, Scalar])[];
  readonly measure: number;
  readonly revision: number;
}

interface Member {
  readonly signal: Signal;
  readonly role: number;
  readonly input: InputPlan;
  readonly values: readonly Scalar[];
}

/** What a rule must say about a stream, whatever order it came in. */
export function expected(plan: NodePlan, stream: readonly Signal[]): Firing[] {
  const byId = new Map(stream.map((s) => [s.id, s]));
  const sorted = [...byId.values()].sort(
    (a, b) => a.end - b.end || a.endNs - b.endNs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
  const groups = new Map<string, Member[]>();
  for (const signal of sorted) {
    for (const input of plan.inputs) {
      if (input.ruleId !== signal.rule.id) continue;
      const tuples = tuplesOf(signal, input.groupFields, plan.onNull === 'group');
      const seen = new Set<string>();
      for (const values of tuples) {
        const key = JSON.stringify(values.map((v) => textOf(v, plan.cased)));
        if (seen.has(key)) continue;
        seen.add(key);
        const members = groups.get(key) ?? [];
        groups.set(key, members);
        for (const role of input.roles) {
          const member = { signal, role, input, values };
          if (!usable(plan, member)) continue;
          if (countsTwice(plan, members, member)) continue;
          members.push(member);
        }
      }
    }
  }
  const firings: Firing[] = [];
  for (const members of groups.values()) firings.push(...firingsOf(plan, members));
  return firings;
}

/** The group as its newest member had it. */
function groupOf(plan: NodePlan, newest: Member): Firing['group'] {
  return plan.groupBy.map((name, i) => [name, newest.values[i] ?? null] as const);
}

function firingsOf(plan: NodePlan, members: readonly Member[]): Firing[] {
  if (plan.body.kind === 'first_seen') return firstSeen(plan, members);
  if (plan.body.kind === 'risk') return risk(plan, members);
  return waits(plan) ? atClose(plan, members) : atOnce(plan, members);
}

/** A condition that a later event could undo. */
function waits(plan: NodePlan): boolean {
  if (plan.emit === 'at_close') return true;
  const { body } = plan;
  if (body.kind === 'temporal') return hasNot(body.condition);
  if (body.kind !== 'measure' || body.type === 'value_rarity') return false;
  const settling = body.type === 'value_min' ? ['lt', 'lte'] : ['gt', 'gte'];
  return body.bounds.some((b) => !settling.includes(b.op));
}

function hasNot(p: RolePresence): boolean {
  if (p.kind === 'not') return true;
  if (p.kind === 'role') return false;
  if (p.kind === 'weight') return p.weights.some((w) => w.weight < 0);
  return p.of.some(hasNot);
}

/** Every signal: the window that ends with it, from the beginning. */
function atOnce(plan: NodePlan, members: readonly Member[]): Firing[] {
  const found: Firing[] = [];
  let from = 0;
  let fired: Firing | undefined;
  let revision = 0;
  let session = 0;
  for (const [i, member] of members.entries()) {
    const now = member.signal;
    if (plan.window.kind === 'session') {
      const start = members[session]?.signal;
      const before = members[i - 1]?.signal;
      const apart = before !== undefined && gapAtLeast(before, now, plan.window.gap);
      const full = start !== undefined && gapAtLeast(start, now, plan.timespanMicros);
      if (i > session && (apart || full)) {
        session = i;
        from = i;
        fired = undefined;
      }
    }
    const inWindow = (s: { end: number; endNs: number }): boolean => isIn(plan, s, now);
    const content = members
      .slice(from, i + 1)
      .filter((m) => plan.window.kind === 'session' || inWindow(m.signal));
    if (
      fired !== undefined &&
      plan.window.kind !== 'session' &&
      !inWindow({ end: fired.time, endNs: fired.ns })
    ) {
      fired = undefined;
    }
    if (fired !== undefined && plan.emit === 'once') continue;
    const measure = plan.body.kind === 'ordered' ? chain(plan, content, member) : figure(plan, content);
    if (measure === undefined) continue;
    const again = plan.emit === 'update' && fired !== undefined;
    revision = again ? revision + 1 : 0;
    const firing = { time: now.end, ns: now.endNs, group: groupOf(plan, member), measure, revision };
    found.push(firing);
    if (plan.afterMatch === 'reset') {
      from = i + 1;
      session = i + 1;
      fired = undefined;
    } else if (!again) {
      fired = firing;
    }
  }
  return found;
}

function gapAtLeast(a: Signal, b: Signal, micros: number): boolean {
  return b.end - a.end > micros || (b.end - a.end === micros && b.endNs >= a.endNs);
}

function isIn(plan: NodePlan, s: { end: number; endNs: number }, now: Signal): boolean {
  const T = plan.timespanMicros;
  const { window } = plan;
  if (window.kind === 'sliding') return s.end > now.end - T || (s.end === now.end - T && s.endNs > now.endNs);
  if (window.kind === 'tumbling') return Math.floor(s.end / T) === Math.floor(now.end / T);
  if (window.kind === 'hop') {
    // The earliest aligned window that still holds the present.
    let start = Math.floor(now.end / window.every) * window.every;
    while (start - window.every + T > now.end) start -= window.every;
    return s.end >= start;
  }
  return true;
}

/** For every signal: whether any signal of the timespan before it had its value. */
function firstSeen(plan: NodePlan, members: readonly Member[]): Firing[] {
  if (plan.body.kind !== 'first_seen') throw new Error('not here');
  const { warmupMicros } = plan.body;
  const found: Firing[] = [];
  let begin = 0;
  for (const [i, member] of members.entries()) {
    const now = member.signal;
    const before = members[i - 1]?.signal;
    if (before !== undefined && !isIn(plan, before, now)) begin = i;
    const first = members[begin]?.signal ?? now;
    const earlier = members.slice(begin, i).filter((m) => isIn(plan, m.signal, now));
    const known = new Set(earlier.flatMap((m) => textsOf(plan, m)));
    const fresh = textsOf(plan, member).some((text) => !known.has(text));
    if (!fresh || (warmupMicros > 0 && !gapAtLeast(first, now, warmupMicros))) continue;
    found.push({
      time: now.end,
      ns: now.endNs,
      group: groupOf(plan, member),
      measure: known.size,
      revision: 0,
    });
  }
  return found;
}

/** For every signal: the risk of everything in the timespan before it, a rule once a day. */
function risk(plan: NodePlan, members: readonly Member[]): Firing[] {
  if (plan.body.kind !== 'risk') throw new Error('not here');
  const { body } = plan;
  const found: Firing[] = [];
  let fired: Signal | undefined;
  for (const [i, member] of members.entries()) {
    const now = member.signal;
    const seen = members.slice(0, i + 1);
    const factors = new Map<string, Member[]>();
    for (const m of seen) {
      const key = `${m.signal.rule.id} ${Math.floor(m.signal.end / 86_400_000_000)}`;
      factors.set(key, [...(factors.get(key) ?? []), m]);
    }
    const counted = [...factors.values()].filter((ms) => ms.some((m) => isIn(plan, m.signal, now)));
    let calm = 1;
    for (const ms of counted) {
      const newest = ms.at(-1);
      if (newest === undefined) continue;
      const share = Math.min(1, (newest.signal.score / 100) * newest.input.weight);
      calm *= 1 - share * 0.5 ** ((now.end - newest.signal.end) / body.halfLifeMicros);
    }
    const value = 100 * (1 - calm);
    const newestOf = counted.map((ms) => ms.at(-1)?.signal);
    const tactics = new Set(newestOf.flatMap((s) => s?.rule.tags.filter((t) => !/\d/.test(t)) ?? []));
    const sources = new Set(
      newestOf.flatMap((s) => (s === undefined ? [] : listOf(s, '@source').map(String))),
    );
    if (fired !== undefined && !isIn(plan, fired, now)) fired = undefined;
    if (fired !== undefined && plan.emit === 'once') continue;
    if (!body.bounds.every((b) => compare(value, b))) continue;
    if (tactics.size < body.minTactics || sources.size < body.minSources) continue;
    fired = now;
    found.push({
      time: now.end,
      ns: now.endNs,
      group: groupOf(plan, member),
      measure: Math.round(value * 1000) / 1000,
      revision: 0,
    });
  }
  return found;
}

/** Every window that there is, decided at its end. */
function atClose(plan: NodePlan, members: readonly Member[]): Firing[] {
  const found: Firing[] = [];
  const T = plan.timespanMicros;
  const { window } = plan;
  const decide = (content: readonly Member[], time: number, ns: number): void => {
    const newest = content.at(-1);
    if (newest === undefined) return;
    const measure = figure(plan, content);
    if (measure !== undefined) found.push({ time, ns, group: groupOf(plan, newest), measure, revision: 0 });
  };
  if (window.kind === 'tumbling' || window.kind === 'hop') {
    const every = window.kind === 'hop' ? window.every : T;
    const starts = new Set<number>();
    for (const { signal } of members) {
      for (let start = Math.floor(signal.end / every) * every; start + T > signal.end; start -= every)
        starts.add(start);
    }
    for (const start of starts) {
      decide(
        members.filter((m) => m.signal.end >= start && m.signal.end < start + T),
        start + T,
        0,
      );
    }
    return found;
  }
  let i = 0;
  while (i < members.length) {
    const first = members[i]?.signal;
    if (first === undefined) break;
    let j = i;
    let last = first;
    for (;;) {
      const next = members[j]?.signal;
      if (next === undefined || gapAtLeast(first, next, T)) break;
      if (window.kind === 'session' && gapAtLeast(last, next, window.gap)) break;
      last = next;
      j++;
    }
    const silence = window.kind === 'session' ? { time: last.end + window.gap, ns: last.endNs } : undefined;
    const full = { time: first.end + T, ns: first.endNs };
    const end =
      silence !== undefined &&
      (silence.time < full.time || (silence.time === full.time && silence.ns < full.ns))
        ? silence
        : full;
    decide(members.slice(i, j), end.time, end.ns);
    i = j;
  }
  return found;
}

/** The figure of a window where it satisfies the condition, else undefined. */
function figure(plan: NodePlan, content: readonly Member[]): number | undefined {
  const { body } = plan;
  if (body.kind === 'temporal') return temporal(plan, body.condition, content);
  if (body.kind !== 'measure') throw new Error('not here');
  if (content.length < body.minEvents) return undefined;
  const numbers = content.flatMap((m) => numbersOf(m));
  const texts = content.map((m) => textsOf(plan, m));
  let value: number;
  switch (body.type) {
    case 'event_count':
      value = content.length;
      break;
    case 'value_count':
      value = new Set(texts.flat()).size;
      break;
    case 'value_sum':
      value = numbers.reduce((a, b) => a + b, 0);
      break;
    case 'value_avg':
      value = numbers.reduce((a, b) => a + b, 0) / numbers.length;
      break;
    case 'value_min':
      value = Math.min(...numbers);
      break;
    case 'value_max':
      value = Math.max(...numbers);
      break;
    case 'value_median': {
      const sorted = [...numbers].sort((a, b) => a - b);
      const n = sorted.length;
      const at = (k: number): number => sorted[k] ?? Number.NaN;
      value = n % 2 === 1 ? at((n - 1) / 2) : (at(n / 2 - 1) + at(n / 2)) / 2;
      break;
    }
    case 'value_percentile': {
      const sorted = [...numbers].sort((a, b) => a - b);
      const enough = (v: number): boolean =>
        (100 * sorted.filter((x) => x <= v).length) / sorted.length >= body.percentile;
      value = sorted.find(enough) ?? Number.NaN;
      break;
    }
    case 'value_rarity': {
      const all = texts.flat();
      const mine = all.at(-1);
      value = (100 * all.filter((t) => t === mine).length) / all.length;
      break;
    }
    default:
      throw new Error('unknown');
  }
  return body.bounds.every((b) => compare(value, b)) ? value : undefined;
}

function compare(x: number, { op, value }: Bound): boolean {
  return {
    gt: x > value,
    gte: x >= value,
    lt: x < value,
    lte: x <= value,
    eq: x === value,
    neq: x !== value,
  }[op];
}

/** Whether there is any choice of signals, none of one event, by which the condition holds; gives the number of rules there. */
function temporal(plan: NodePlan, condition: RolePresence, content: readonly Member[]): number | undefined {
  const roles = plan.rules.map((_, role) => content.filter((m) => m.role === role));
  const against = negated(condition, false);
  const search = (role: number, present: readonly boolean[], events: ReadonlySet<string>): boolean => {
    if (role === roles.length) return truth(condition, present);
    const here = roles[role] ?? [];
    if (against.has(role)) return search(role + 1, [...present, here.length > 0], events);
    const usable = here.filter(({ signal }) => plan.sameEvent === 'allow' || !events.has(eventId(signal)));
    return (
      search(role + 1, [...present, false], events) ||
      usable.some(({ signal }) => search(role + 1, [...present, true], new Set([...events, eventId(signal)])))
    );
  };
  if (!search(0, [], new Set())) return undefined;
  return roles.filter((members, role) => members.length > 0 && !against.has(role)).length;
}

function negated(p: RolePresence, under: boolean): Set<number> {
  if (p.kind === 'role') return new Set(under ? [p.role] : []);
  if (p.kind === 'not') return negated(p.of, !under);
  if (p.kind === 'weight') return new Set(p.weights.filter((w) => w.weight < 0 !== under).map((w) => w.role));
  return new Set(p.of.flatMap((q) => [...negated(q, under)]));
}

function truth(p: RolePresence, present: readonly boolean[]): boolean {
  switch (p.kind) {
    case 'role':
      return present[p.role] === true;
    case 'not':
      return !truth(p.of, present);
    case 'and':
      return p.of.every((q) => truth(q, present));
    case 'or':
      return p.of.some((q) => truth(q, present));
    case 'at_least':
      return p.of.filter((q) => truth(q, present)).length >= p.count;
    default:
      return p.weights.reduce((sum, w) => sum + (present[w.role] ? w.weight : 0), 0) >= p.atLeast;
  }
}

/** Every ordered choice of signals, one a step, that uses `member` and ends in its instant; the number of steps, if there is one. */
function chain(plan: NodePlan, content: readonly Member[], member: Member): number | undefined {
  const now = member.signal;
  const follows = (a: Signal, b: Signal): boolean =>
    a.end < b.end ||
    (a.end === b.end && (a.endNs < b.endNs || (a.endNs === b.endNs && plan.ties === 'allow')));
  const search = (step: number, chosen: readonly Member[]): boolean => {
    const last = chosen.at(-1)?.signal;
    if (step === plan.rules.length) {
      return (
        chosen.includes(member) && last !== undefined && last.end === now.end && last.endNs === now.endNs
      );
    }
    return content.some((m) => {
      if (m.role !== step || (last !== undefined && !follows(last, m.signal))) return false;
      if (plan.sameEvent === 'forbid' && chosen.some((c) => eventId(c.signal) === eventId(m.signal)))
        return false;
      return search(step + 1, [...chosen, m]);
    });
  };
  return search(0, []) ? plan.rules.length : undefined;
}

function eventId(signal: Signal): string {
  return signal.evidence.length === 1 ? (signal.evidence[0]?.id ?? '') : signal.id;
}

function textOf(value: Scalar, cased: boolean): string | null {
  if (value === null) return null;
  return cased || typeof value !== 'string' ? String(value) : value.toLowerCase();
}

function listOf(signal: Signal, field: string): Scalar[] {
  const value = signal.values.get(field);
  if (value === undefined || value === null) return [];
  return typeof value === 'object' ? value.filter((v) => v !== null) : [value];
}

function tuplesOf(signal: Signal, fields: readonly string[], nulls: boolean): Scalar[][] {
  const [field, ...rest] = fields;
  if (field === undefined) return [[]];
  const list = listOf(signal, field);
  const choices = list.length === 0 && nulls ? [null] : list;
  return choices.flatMap((choice) => tuplesOf(signal, rest, nulls).map((tuple) => [choice, ...tuple]));
}

function textsOf(plan: NodePlan, member: Member): string[] {
  return tuplesOf(member.signal, member.input.valueFields, false).map((tuple) =>
    JSON.stringify(tuple.map((value) => textOf(value, plan.cased))),
  );
}

function numbersOf(member: Member): number[] {
  const field = member.input.valueFields[0];
  if (field === undefined) return [];
  return listOf(member.signal, field).flatMap((value) => {
    const number =
      typeof value === 'number'
        ? value
        : typeof value === 'string' && value.trim() !== ''
          ? Number(value)
          : Number.NaN;
    return Number.isFinite(number) ? [number] : [];
  });
}

/** Signals without the value that is measured do not count. */
function usable(plan: NodePlan, member: Member): boolean {
  const { body } = plan;
  if (body.kind === 'first_seen') return textsOf(plan, member).length > 0;
  if (body.kind !== 'measure' || body.type === 'event_count') return true;
  if (body.type === 'value_count' || body.type === 'value_rarity') return textsOf(plan, member).length > 0;
  return numbersOf(member).length > 0;
}

/** One event counts once, though several of the listed rules fired on it. */
function countsTwice(plan: NodePlan, members: readonly Member[], member: Member): boolean {
  if (plan.body.kind !== 'measure' || plan.rules.length < 2 || plan.sameEvent === 'allow') return false;
  const { end, endNs } = member.signal;
  return members.some(
    (m) => m.signal.end === end && m.signal.endNs === endNs && eventId(m.signal) === eventId(member.signal),
  );
}
