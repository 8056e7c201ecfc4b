import { eventOf } from '../../engine/correlate/order.ts';
import type { CorrelationRule, Scalar, SequenceStep, Signal, StepTest } from '../../engine/model/index.ts';
import type { Firing } from './reference.ts';

/*
 * The second implementation of `sequence`: tries every choice of signals for the steps and checks each against the rule as
 * written. It reads the rule, not the plan.
 */

type Body = Extract<CorrelationRule['body'], { type: 'sequence' }>;

/** One reading of a signal: a text for each of its fields. */
interface Element {
  readonly signal: Signal;
  readonly group: string;
  readonly texts: ReadonlyMap<string, string>;
}

interface Chosen {
  readonly step: number;
  readonly element: Element;
  /** All signals that the step rests on. */
  readonly counted?: readonly Signal[];
}

interface Found {
  readonly last: Element;
  readonly start: Signal;
  readonly chosen: readonly Chosen[];
}

/** What a sequence must say about a stream, whatever order it came in. Group values are folded. */
export function expectedSequence(rule: CorrelationRule, stream: readonly Signal[]): Firing[] {
  if (rule.body.type !== 'sequence') throw new Error('not a sequence');
  const { body } = rule;
  const sorted = [...new Map(stream.map((s) => [s.id, s])).values()].sort(
    (a, b) => a.end - b.end || a.endNs - b.endNs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
  const elements = sorted.flatMap((signal) => readings(rule, signal));
  const candidates: { at: { time: number; ns: number }; key: string; found: Found }[] = [];
  for (const found of matches(rule, body, elements)) {
    const { end, endNs } = found.last.signal;
    const key = JSON.stringify([found.last.group, ...keysOf(body, found.chosen).map(([, value]) => value)]);
    const tail = body.steps.at(-1);
    if (tail?.absent !== true) {
      candidates.push({ at: { time: end, ns: endNs }, key, found });
      continue;
    }
    const due = { time: end + (tail.within ?? 0), ns: endNs };
    const happened = elements.some(
      (e) =>
        isRule(tail, e) &&
        e.group === found.last.group &&
        isBefore(found.last.signal, e.signal) &&
        isBefore(e.signal, { end: due.time, endNs: due.ns }) &&
        joinsHold(body, [...found.chosen, { step: body.steps.length - 1, element: e }]),
    );
    const ended = elements.some(
      (e) =>
        body.until.some((u) => u.text === e.signal.rule.id) &&
        e.group === found.last.group &&
        isBefore(found.start, e.signal) &&
        isBefore(e.signal, { end: due.time, endNs: due.ns }),
    );
    if (!happened && !ended) candidates.push({ at: due, key, found });
  }
  candidates.sort((a, b) => a.at.time - b.at.time || a.at.ns - b.at.ns);
  const firings: Firing[] = [];
  const gates = new Map<string, { time: number; ns: number; revision: number }>();
  const done = new Set<string>();
  /** When each group last began anew (`after_match: reset`). */
  const resets = new Map<string, { time: number; ns: number }>();
  for (const { at, key, found } of candidates) {
    const reset = resets.get(found.last.group);
    if (reset !== undefined) {
      const later = at.time > reset.time || (at.time === reset.time && at.ns > reset.ns);
      const { end, endNs } = found.start;
      if (later && (end < reset.time || (end === reset.time && endNs <= reset.ns))) continue;
    }
    // One signal completes one match once, though many choices of earlier signals lead to it.
    const once = `${key} ${found.last.signal.id}`;
    if (done.has(once)) continue;
    done.add(once);
    const held = gates.get(key);
    const quiet =
      held !== undefined &&
      (held.time > at.time - rule.timespan || (held.time === at.time - rule.timespan && held.ns > at.ns));
    if (quiet && rule.emit === 'once') continue;
    let revision = 0;
    if (quiet && rule.emit === 'update' && held !== undefined) revision = ++held.revision;
    else gates.set(key, { ...at, revision: 0 });
    if (rule.afterMatch === 'reset') {
      gates.delete(key);
      resets.set(found.last.group, at);
    }
    const group = [
      ...rule.groupBy.map((name, i) => [name, JSON.parse(found.last.group)[i] as Scalar] as const),
      ...keysOf(body, found.chosen),
    ];
    firings.push({
      time: at.time,
      ns: at.ns,
      group,
      measure: body.steps.filter((s) => !s.absent).length,
      revision,
    });
  }
  return firings;
}

/** Every choice of signals that the rule allows; the absence after the last step is left to the caller. */
function* matches(rule: CorrelationRule, body: Body, elements: readonly Element[]): Generator<Found> {
  const positive = body.steps.flatMap((step, index) => (step.absent ? [] : [index]));
  function* choose(place: number, chosen: readonly Chosen[], start: Signal | undefined): Generator<Found> {
    const last = chosen.at(-1)?.element;
    const index = positive[place];
    if (index === undefined) {
      if (last !== undefined && start !== undefined && inSpan(rule, start, last.signal)) {
        const ended = elements.some(
          (e) =>
            body.until.some((u) => u.text === e.signal.rule.id) &&
            e.group === last.group &&
            isBefore(start, e.signal) &&
            isBefore(e.signal, last.signal),
        );
        if (!ended) yield { last, start, chosen };
      }
      return;
    }
    const step = body.steps[index];
    if (step === undefined) return;
    for (const element of elements) {
      if (!isRule(step, element) || !usable(body, index, element)) continue;
      const next = [...chosen, { step: index, element }];
      if (last !== undefined) {
        const mayShare = rule.ties === 'allow' && step.times <= 1;
        const follows = mayShare
          ? !isBefore(element.signal, last.signal)
          : isBefore(last.signal, element.signal);
        if (element.group !== last.group || !follows) continue;
        const used = chosen.flatMap(({ counted }) => counted ?? []).map(eventOf);
        if (rule.sameEvent === 'forbid' && used.includes(eventOf(element.signal))) continue;
      }
      if (!joinsHold(body, next)) continue;
      if (!stepHolds(body, step, { element, chosen })) continue;
      const counted = completes(body, { index, element, after: last?.signal, elements });
      const begins = counted?.at(-1);
      if (counted === undefined || begins === undefined) continue;
      const from = start ?? begins;
      if (last === undefined) {
        if (step.within !== undefined && !closer(begins, element.signal, step.within)) continue;
        if (leadBreaks(body, { first: index, element, begins, elements })) continue;
      } else {
        if (step.within !== undefined && !closer(last.signal, element.signal, step.within)) continue;
        if (step.after !== undefined && closer(last.signal, element.signal, step.after)) continue;
        if (gapBreaks(body, { from: chosen, to: next, elements })) continue;
      }
      yield* choose(place + 1, [...chosen, { step: index, element, counted }], from);
    }
  }
  yield* choose(0, [], undefined);
}

/** Whether the step is complete with this signal, counting only what came after the step before; the signals needed, newest first. */
function completes(
  body: Body,
  at: { index: number; element: Element; after: Signal | undefined; elements: readonly Element[] },
): Signal[] | undefined {
  const { index, element, after, elements } = at;
  const step = body.steps[index];
  if (step === undefined) return undefined;
  if (step.times <= 1) return [element.signal];
  const mine = mentioned(body, index);
  const position = elements.indexOf(element);
  const counted = new Map<string, Signal>();
  for (let i = position; i >= 0; i--) {
    const e = elements[i];
    if (e === undefined || !isRule(step, e) || e.group !== element.group || !usable(body, index, e)) continue;
    if (after !== undefined && !isBefore(after, e.signal)) continue;
    if (!mine.every((field) => e.texts.get(field) === element.texts.get(field))) continue;
    if (!stepHolds(body, step, { element: e, chosen: [] })) continue;
    const value = step.distinct === undefined ? e.signal.id : (e.texts.get(step.distinct) ?? '');
    if (!counted.has(value)) counted.set(value, e.signal);
    if (counted.size === step.times) return [...counted.values()];
  }
  return undefined;
}

/** Something that must not happen before the first step did. */
function leadBreaks(
  body: Body,
  at: { first: number; element: Element; begins: Signal; elements: readonly Element[] },
): boolean {
  const lead = body.steps[0];
  if (lead?.absent !== true) return false;
  return at.elements.some(
    (e) =>
      isRule(lead, e) &&
      e.group === at.element.group &&
      isBefore(e.signal, at.begins) &&
      closer(e.signal, at.begins, lead.within ?? 0) &&
      joinsHold(body, [
        { step: 0, element: e },
        { step: at.first, element: at.element },
      ]),
  );
}

/** Something that must not happen between the last two chosen steps did. */
function gapBreaks(
  body: Body,
  at: { from: readonly Chosen[]; to: readonly Chosen[]; elements: readonly Element[] },
): boolean {
  const a = at.from.at(-1);
  const b = at.to.at(-1);
  if (a === undefined || b === undefined) return false;
  for (let index = a.step + 1; index < b.step; index++) {
    const absent = body.steps[index];
    if (absent === undefined) continue;
    const broken = at.elements.some(
      (e) =>
        isRule(absent, e) &&
        e.group === a.element.group &&
        isBefore(a.element.signal, e.signal) &&
        isBefore(e.signal, b.element.signal) &&
        joinsHold(body, [...at.from, { step: index, element: e }]),
    );
    if (broken) return true;
  }
  return false;
}

/** All joins, directly or by way of others, between the steps chosen. A field that is not there equals nothing. */
function joinsHold(body: Body, chosen: readonly Chosen[]): boolean {
  for (const set of joinSets(body)) {
    const values = chosen.flatMap(({ step, element }) =>
      set.filter((end) => end.label === body.steps[step]?.label).map((end) => element.texts.get(end.field)),
    );
    if (values.some((value) => value === undefined || value !== values[0])) return false;
  }
  return true;
}

function joinSets(body: Body): { label: string; field: string }[][] {
  let sets: { label: string; field: string }[][] = [];
  for (const { left, right } of body.join) {
    const ends = [left, right].map((end) => ({ label: end.step, field: end.field }));
    const has = (set: readonly { label: string; field: string }[]): boolean =>
      set.some((one) => ends.some((end) => end.label === one.label && end.field === one.field));
    const merged = [...sets.filter(has).flat(), ...ends];
    sets = [...sets.filter((set) => !has(set)), merged];
  }
  return sets;
}

function keysOf(body: Body, chosen: readonly Chosen[]): (readonly [string, Scalar])[] {
  return joinSets(body).flatMap((set) => {
    for (const { step, element } of chosen) {
      const label = body.steps[step]?.label;
      const end = set.filter((one) => one.label === label).sort((a, b) => (a.field < b.field ? -1 : 1))[0];
      if (end !== undefined)
        return [[`${label}.${end.field}`, element.texts.get(end.field) ?? null] as const];
    }
    return [];
  });
}

/** Fields of a step that joins or other steps' tests mention; `needed` leaves out tests of which another may hold instead. */
function mentioned(body: Body, index: number, which: 'all' | 'needed' = 'all'): string[] {
  const label = body.steps[index]?.label;
  const ends = body.join.flatMap(({ left, right }) => [left, right]);
  const tests = body.steps.flatMap((s) => [...s.where, ...(which === 'all' ? (s.anyOf ?? []).flat() : [])]);
  const tested = tests.flatMap(({ other }) => ('step' in other ? [other] : []));
  return [...ends, ...tested].filter((end) => end.step === label).map((end) => end.field);
}

function usable(body: Body, index: number, element: Element): boolean {
  const step = body.steps[index];
  const fields = [
    ...mentioned(body, index, 'needed'),
    ...(step?.where.map((test) => test.field) ?? []),
    ...(step?.distinct === undefined ? [] : [step.distinct]),
  ];
  return fields.every((field) => element.texts.has(field));
}

function stepHolds(
  body: Body,
  step: SequenceStep,
  at: { element: Element; chosen: readonly Chosen[] },
): boolean {
  const all = (tests: readonly StepTest[]): boolean => tests.every((test) => testHolds(body, test, at));
  return all(step.where) && (step.anyOf === undefined || step.anyOf.some(all));
}

function testHolds(body: Body, test: StepTest, at: { element: Element; chosen: readonly Chosen[] }): boolean {
  const own = at.element.texts.get(test.field);
  const { other } = test;
  const right =
    'step' in other
      ? at.chosen.find(({ step }) => body.steps[step]?.label === other.step)?.element.texts.get(other.field)
      : String(other.value).toLowerCase();
  if (own === undefined || right === undefined) return false;
  if (test.op === 'eq') return own === right;
  if (test.op === 'neq') return own !== right;
  const [x, y] = [Number(own), Number(right)];
  return { gt: x > y, gte: x >= y, lt: x < y, lte: x <= y }[test.op];
}

function isRule(step: SequenceStep, element: Element): boolean {
  return step.rule.text === element.signal.rule.id;
}

type At = Pick<Signal, 'end' | 'endNs'> | { readonly end: number; readonly endNs: number };

function isBefore(a: At, b: At): boolean {
  return a.end < b.end || (a.end === b.end && a.endNs < b.endNs);
}

/** b − a < micros. */
function closer(a: At, b: At, micros: number): boolean {
  return b.end - a.end < micros || (b.end - a.end === micros && b.endNs < a.endNs);
}

function inSpan(rule: CorrelationRule, start: At, end: At): boolean {
  return closer(start, end, rule.timespan);
}

function readings(rule: CorrelationRule, signal: Signal): Element[] {
  let texts: Map<string, string>[] = [new Map()];
  for (const [field, value] of signal.values) {
    if (value === null) continue;
    const members = typeof value === 'object' ? value.filter((v) => v !== null) : [value];
    if (members.length === 0) continue;
    const folded = [...new Set(members.map((v) => (rule.cased ? String(v) : String(v).toLowerCase())))];
    texts = texts.flatMap((t) => folded.map((text) => new Map(t).set(field, text)));
  }
  return texts.flatMap((t) => {
    const group = rule.groupBy.map((name) => t.get(name) ?? null);
    if (group.includes(null) && rule.onNull === 'skip') return [];
    return [{ signal, group: JSON.stringify(group), texts: t }];
  });
}
