// Long because it is one straight composition: the way of a signal through the stages of a sequence.
import type { Scalar, Signal } from '../model/index.ts';
import { BoundedMap, plainCodec } from './bounded-map.ts';
import { GroupTable } from './groups.ts';
import { encodeKey, type GroupKey } from './key.ts';
import { type CorrelationNode, NodeShell, type NodeStats, type OpenGroup, type Outlet } from './node.ts';
import { compareSignals, type Instant, instantIsAfter } from './order.ts';
import type {
  InputPlan,
  NodePlan,
  PlannedAbsence,
  PlannedSequence,
  PlannedStage,
  StageField,
} from './plan.ts';
import { type Admission, Barrier, Bucket, type Run, RunClass, signalsOf, Tally } from './sequence-runs.ts';
import { BARRIERS, BUCKETS, readRun, type SavedRun, TALLIES, writeRun } from './sequence-state.ts';
import {
  carriedBy,
  loggedValue,
  type Memory,
  passes,
  pinnedBy,
  remembered,
  type Variant,
  variantsOf,
} from './sequence-values.ts';
import type { StateTable } from './state-table.ts';

/** Sets of values one bucket tells apart (only where a step compares with an earlier one); the oldest goes first. */
const CLASSES_MAX = 256;
/** A match that waits to see that something does not happen. */
interface Waiting {
  readonly number: string;
  readonly run: Run;
  readonly values: readonly (string | null)[];
  readonly key: string | null;
  readonly group: readonly Scalar[];
  readonly groupKey: string | null;
  readonly barrierKey: string | null;
  readonly due: Instant;
}

interface GateState {
  readonly fired: Instant;
  readonly firstId: string;
  readonly revision: number;
}

/**
 * `sequence`: steps one strictly after another, each perhaps several times, with join keys that may change along the chain, tests
 * against earlier steps, things that must not happen before, between or after, and an `until` that ends a group's runs.
 *
 * Runs at a stage are found by the join key of the next stage, and within it by the values still to be asked for; of those that
 * agree in all, only ones that could still become the best are kept (see RunClass). So a hit costs O(1) amortised per set of
 * values it could continue, whatever the number of earlier hits, and a newer start never hides an older match.
 *
 * At the memory bound the earliest stage gives up its least recently touched state first.
 */
export class SequenceNode implements CorrelationNode {
  readonly plan: NodePlan;
  readonly stats: NodeStats;
  readonly shell: NodeShell;
  readonly tables: readonly StateTable[];
  private readonly body: PlannedSequence;
  /** Runs that have done stage i wait in `buckets[i]`, keyed for stage i + 1. */
  private readonly buckets: GroupTable<Bucket>[];
  private readonly tallies: GroupTable<Tally>[];
  /** By step as written; empty tables for steps that must happen. The last is `until`'s. */
  private readonly barriers: GroupTable<Barrier>[];
  private readonly gates: BoundedMap<GateState>;
  /** By a number each, in the order they began to wait. */
  private readonly waiting: BoundedMap<Waiting>;
  private lastWaiting = 0;
  private readonly stageOfStep: readonly (number | undefined)[];

  constructor(plan: NodePlan, outlet: Outlet) {
    if (plan.body.kind !== 'sequence') throw new Error(`a ${plan.body.kind} is not a sequence`);
    this.plan = plan;
    this.body = plan.body;
    this.shell = new NodeShell(plan, outlet);
    this.stats = this.shell.stats;
    const { stages, stepRules } = this.body;
    this.buckets = stages.map((_, i) => new GroupTable(`runs${i}`, BUCKETS, outlet.hashSeed));
    this.tallies = stages.map((_, i) => new GroupTable(`tally${i}`, TALLIES, outlet.hashSeed));
    this.barriers = [...stepRules, -1].map(
      (_, i) => new GroupTable(`barrier${i}`, BARRIERS, outlet.hashSeed),
    );
    this.gates = new BoundedMap('gates', plan.limits.groups, plainCodec<GateState>());
    this.waiting = new BoundedMap<Waiting>('waiting', Number.POSITIVE_INFINITY, {
      write: (waiting, writer) => ({ ...waiting, run: writeRun(waiting.run, writer) }),
      read: (state, reader) => {
        // What `write` gave; the version of the bytes says so.
        const saved = state as Omit<Waiting, 'run'> & { readonly run: SavedRun };
        const waiting = { ...saved, run: readRun(saved.run, reader) };
        this.lastWaiting = Math.max(this.lastWaiting, Number(waiting.number));
        this.scheduleDue(waiting);
        return waiting;
      },
    });
    this.tables = [...this.buckets, ...this.tallies, ...this.barriers, this.gates, this.waiting];
    this.stageOfStep = stepRules.map((_, step) => {
      const stage = stages.findIndex((one) => one.step === step);
      return stage < 0 ? undefined : stage;
    });
  }

  accept(signal: Signal, input: InputPlan): void {
    this.shell.note(signal, input);
    if (input.roles.length === 0 && !input.until) return;
    this.expire(signal);
    for (const group of this.shell.groupsOf(signal, input)) {
      if (input.until) this.noteBarrier(this.barriers.length - 1, group.key, instantOf(signal));
      // Later steps first: one signal of a rule that stands in two steps is not both.
      for (let i = input.roles.length - 1; i >= 0; i--) {
        const step = input.roles[i] ?? -1;
        const stage = this.stageOfStep[step];
        const pinned = pinnedBy(group, input, this.plan.cased);
        if (stage === undefined) this.acceptAbsence(signal, step, { group, pinned });
        else this.acceptStage(signal, stage, { group, pinned });
      }
    }
  }

  items(): number {
    let items = this.waiting.size;
    for (const table of this.buckets) items += table.items;
    for (const table of this.tallies) items += table.items;
    for (const table of this.barriers) items += table.items;
    return items;
  }

  evict(): boolean {
    for (let stage = 0; stage < this.buckets.length; stage++) {
      if (this.giveUp(this.tallies[stage]) || this.giveUp(this.buckets[stage])) return true;
    }
    return this.barriers.some((table) => this.giveUp(table));
  }

  open(limit: number): readonly OpenGroup[] {
    const found: OpenGroup[] = [];
    for (let stage = this.buckets.length - 1; stage >= 0; stage--) {
      for (const bucket of [...(this.buckets[stage]?.ordered() ?? [])].reverse()) {
        for (const runClass of bucket.classes) {
          const { young, ready } = runClass.runs();
          const run = ready[0] ?? young.at(-1);
          if (run === undefined) continue;
          if (found.length >= limit) return found;
          found.push({
            group: this.keysOf(run, runClass.values, stage),
            measure: stage + 1,
            needed: this.body.stages.length,
            since: run.start.time,
            parts: signalsOf(run).flat(),
          });
        }
      }
    }
    return found;
  }

  private acceptAbsence(
    signal: Signal,
    step: number,
    { group, pinned }: { readonly group: GroupKey; readonly pinned: Variant },
  ): void {
    const absence = this.absenceOf(step);
    if (absence === undefined) return;
    const fields = absence.join.map((join) => join.field);
    for (const variant of variantsOf(signal, fields, { pinned, cased: this.plan.cased })) {
      const key = encodeKey([group.key, ...fields.map((field) => variant.get(field) ?? null)]);
      this.noteBarrier(step, key, instantOf(signal));
    }
  }

  private acceptStage(
    signal: Signal,
    index: number,
    { group, pinned }: { readonly group: GroupKey; readonly pinned: Variant },
  ): void {
    const stage = this.body.stages[index];
    if (stage === undefined) return;
    const variants = variantsOf(signal, stage.fields, { pinned, cased: this.plan.cased });
    if (variants.length === 0) this.stats.unusableValue++;
    /** The best run of each match, so that a signal with list values gives a match once. */
    const matches = new Map<string | null, { run: Run; values: readonly (string | null)[] }>();
    for (const variant of variants) {
      if (!this.admits(stage, 'constants', { variant, memory: NO_MEMORY })) continue;
      for (const continued of this.continuations(signal, { index, stage, variant, group })) {
        if (index < this.body.stages.length - 1) {
          this.store(continued, index, group);
          continue;
        }
        const key = this.gateKey(continued.values, group);
        const held = matches.get(key);
        if (held === undefined || instantIsAfter(continued.run.start, held.run.start))
          matches.set(key, continued);
      }
    }
    for (const [key, { run, values }] of matches)
      this.complete({ run, values, key, group, at: instantOf(signal) });
  }

  /** What this signal makes of the runs it can continue: for each new set of values the run that began last. */
  private continuations(
    signal: Signal,
    to: {
      readonly index: number;
      readonly stage: PlannedStage;
      readonly variant: Variant;
      readonly group: GroupKey;
    },
  ): Iterable<{ run: Run; values: readonly (string | null)[] }> {
    const { index, stage, variant, group } = to;
    const joinKey = encodeKey([group.key, ...stage.join.map((join) => variant.get(join.field) ?? null)]);
    const bucket = index === 0 ? undefined : this.buckets[index - 1]?.get(joinKey);
    if (index > 0 && bucket === undefined) return [];
    const signals = this.tally(signal, { index, stage, variant, joinKey });
    const first = signals?.[0];
    if (signals === undefined || first === undefined) return [];
    const now = instantOf(signal);
    const since = instantOf(first);
    if (index === 0) {
      if (!this.mayBegin(since, { now, stage, variant, group })) return [];
      return [
        {
          run: { start: since, last: now, signals, before: undefined },
          values: carriedBy(stage, index, { variant, memory: NO_MEMORY }),
        },
      ];
    }
    const found = new Map<string | null, { run: Run; values: readonly (string | null)[] }>();
    const previous = this.body.stages[index - 1];
    for (const runClass of bucket?.classes.slice() ?? []) {
      const memory = { values: runClass.values, carry: previous?.carry ?? [] };
      if (!this.admits(stage, 'steps', { variant, memory })) continue;
      const held = runClass.size;
      const best = runClass.best(
        this.admission(now, { since, stage, values: runClass.values, previous, group }),
      );
      if (bucket !== undefined) {
        const table = this.buckets[index - 1];
        table?.account(bucket, table.itemsOf(bucket) + runClass.size - held);
        if (runClass.size === 0) bucket.classes.splice(bucket.classes.indexOf(runClass), 1);
      }
      if (best === undefined) continue;
      const values = carriedBy(stage, index, { variant, memory });
      const newKey = encodeKey(['', ...values]);
      const rival = found.get(newKey);
      if (rival !== undefined && !instantIsAfter(best.start, rival.run.start)) continue;
      found.set(newKey, { run: { start: best.start, last: now, signals, before: best }, values });
    }
    return found.values();
  }

  /** The signals that complete the stage with this one; undefined while there are too few. */
  private tally(
    signal: Signal,
    to: {
      readonly index: number;
      readonly stage: PlannedStage;
      readonly variant: Variant;
      readonly joinKey: string | null;
    },
  ): readonly Signal[] | undefined {
    const { index, stage, variant, joinKey } = to;
    if (stage.times <= 1) return [signal];
    const table = this.tallies[index];
    if (table === undefined) return undefined;
    const own = stage.carry
      .filter((field) => field.stage === index)
      .map((field) => variant.get(field.field) ?? null);
    const key = encodeKey([joinKey, ...own]);
    let tally = table.get(key);
    if (tally === undefined) {
      this.makeRoom();
      tally = new Tally(key);
      tally.lastTime = signal.end;
      table.add(tally);
    }
    const complete = tally.add(signal, {
      times: stage.times,
      value: stage.distinct === undefined ? null : (variant.get(stage.distinct) ?? null),
    });
    const { items } = tally;
    tally.lastTime = signal.end;
    table.touch(tally, Math.min(7, Math.floor((7 * (items - 1)) / stage.times)), items);
    return complete;
  }

  /** Whether a first stage whose signals began at `since` may begin a run. */
  private mayBegin(
    since: Instant,
    to: {
      readonly now: Instant;
      readonly stage: PlannedStage;
      readonly variant: Variant;
      readonly group: GroupKey;
    },
  ): boolean {
    const { now, stage, variant, group } = to;
    if (!instantIsAfter(since, minus(now, this.plan.timespanMicros))) return false;
    if (stage.withinMicros !== undefined && !instantIsAfter(since, minus(now, stage.withinMicros)))
      return false;
    const until = this.barriers.at(-1)?.get(group.key)?.lastBefore(now);
    if (until !== undefined && instantIsAfter(until, since)) return false;
    const { before } = this.body;
    if (before === undefined) return true;
    const key = encodeKey([group.key, ...before.join.map((join) => variant.get(join.other.field) ?? null)]);
    const seen = this.barriers[before.step]?.get(key)?.lastBefore(since);
    return seen === undefined || !instantIsAfter(seen, minus(since, before.withinMicros));
  }

  private admission(
    now: Instant,
    to: {
      readonly since: Instant;
      readonly stage: PlannedStage;
      readonly values: readonly (string | null)[];
      readonly previous: PlannedStage | undefined;
      readonly group: GroupKey;
    },
  ): Admission {
    const { since, stage, values, previous, group } = to;
    let notBefore: Instant | undefined;
    for (const absence of stage.absences) {
      const key = this.absenceKey(absence, { values, carry: previous?.carry ?? [], group: group.key });
      const seen = this.barriers[absence.step]?.get(key)?.lastBefore(now);
      if (seen !== undefined && (notBefore === undefined || instantIsAfter(seen, notBefore)))
        notBefore = seen;
    }
    return {
      before: since,
      atMost: stage.afterMicros === undefined ? undefined : minus(now, stage.afterMicros),
      after: stage.withinMicros === undefined ? undefined : minus(now, stage.withinMicros),
      notBefore,
      startAfter: minus(now, this.plan.timespanMicros),
      startNotBefore: this.barriers.at(-1)?.get(group.key)?.lastBefore(now),
    };
  }

  /** Keeps a run for the next stage. */
  private store(
    continued: { readonly run: Run; readonly values: readonly (string | null)[] },
    index: number,
    group: GroupKey,
  ): void {
    const table = this.buckets[index];
    const stage = this.body.stages[index];
    const next = this.body.stages[index + 1];
    if (table === undefined || stage === undefined || next === undefined) return;
    const key = encodeKey([
      group.key,
      ...next.join.map((join) => remembered(join.other, { ...continued, carry: stage.carry })),
    ]);
    let bucket = table.get(key);
    if (bucket === undefined) {
      this.makeRoom();
      bucket = new Bucket(key);
      bucket.lastTime = continued.run.last.time;
      table.add(bucket);
    }
    const classKey = encodeKey(['', ...continued.values]);
    let runClass = bucket.classes.find((one) => one.key === classKey);
    let items = table.itemsOf(bucket);
    if (runClass === undefined) {
      if (bucket.classes.length >= CLASSES_MAX) items -= this.dropClass(bucket);
      runClass = new RunClass(classKey, continued.values);
      bucket.classes.push(runClass);
    }
    const before = runClass.size;
    const simple = next.times <= 1 && next.afterMicros === undefined;
    runClass.add(continued.run, { settles: simple ? 'at_once' : 'later', limit: this.plan.limits.samples });
    if (runClass.dropped > 0) {
      runClass.dropped = 0;
      this.shell.lose(continued.run.last.time);
    }
    bucket.lastTime = continued.run.last.time;
    table.touch(bucket, 0, items + runClass.size - before);
  }

  /** All steps are done: fires now, or waits to see that what must not happen does not. */
  private complete(match: {
    readonly run: Run;
    readonly values: readonly (string | null)[];
    readonly key: string | null;
    readonly group: GroupKey;
    readonly at: Instant;
  }): void {
    const { afterwards } = this.body;
    if (afterwards === undefined) {
      this.fire(match.run, {
        key: match.key,
        group: match.group.values,
        groupKey: match.group.key,
        values: match.values,
        at: match.at,
      });
      return;
    }
    const carry = this.body.stages.at(-1)?.carry ?? [];
    this.wait({
      run: match.run,
      values: match.values,
      key: match.key,
      group: match.group.values,
      groupKey: match.group.key,
      barrierKey: this.absenceKey(afterwards, { values: match.values, carry, group: match.group.key }),
      due: { time: match.at.time + afterwards.withinMicros, ns: match.at.ns },
    });
  }

  private wait(match: Omit<Waiting, 'number'>): void {
    if (this.waiting.size >= this.plan.limits.groups) {
      for (const oldest of this.waiting.keys()) {
        this.shell.lose(this.waiting.get(oldest)?.run.last.time ?? match.due.time);
        this.waiting.delete(oldest);
        break;
      }
    }
    const waiting = { ...match, number: String(++this.lastWaiting) };
    this.waiting.set(waiting.number, waiting);
    this.scheduleDue(waiting);
  }

  private scheduleDue(waiting: Waiting): void {
    this.shell.schedule({
      time: waiting.due.time,
      ns: waiting.due.ns,
      rank: this.plan.rank,
      key: waiting.key ?? '',
      run: () => {
        if (!this.waiting.delete(waiting.number)) return;
        const { afterwards } = this.body;
        const { run, due } = waiting;
        const happened = this.barriers[afterwards?.step ?? -1]?.get(waiting.barrierKey)?.newest;
        if (happened !== undefined && instantIsAfter(happened, run.last)) return;
        // What ends at the very instant ends nothing that is due at it: matches of one instant all fire.
        const ended = this.barriers.at(-1)?.get(waiting.groupKey)?.lastBefore(due);
        if (ended !== undefined && instantIsAfter(ended, run.start)) return;
        this.fire(run, { ...waiting, at: due });
      },
    });
  }

  private fire(
    run: Run,
    to: {
      readonly key: string | null;
      readonly group: readonly Scalar[];
      readonly groupKey: string | null;
      readonly values: readonly (string | null)[];
      readonly at: Instant;
    },
  ): void {
    const { emit, timespanMicros, limits } = this.plan;
    const { key, at } = to;
    const last = this.body.stages.length - 1;
    let gate = this.gates.get(key);
    if (gate !== undefined && !instantIsAfter(gate.fired, minus(at, timespanMicros))) gate = undefined;
    if (gate !== undefined && emit === 'once') return;
    const parts = signalsOf(run).flat().sort(compareSignals);
    const again = emit === 'update' ? gate : undefined;
    const revision = (again?.revision ?? 0) + 1;
    const signal = this.shell.emit(this, to.groupKey, {
      at,
      window: { start: run.start.time, end: at.time },
      group: [...this.shell.pairs(to.group), ...this.keysOf(run, to.values, last)],
      values: this.body.projected.map(
        ({ name, of }) => [name, this.logged(run, of, { values: to.values, stage: last })] as const,
      ),
      parts: parts.slice(-limits.evidence),
      partsTotal: parts.length,
      measure: this.body.stages.length,
      exact: true,
      losses: this.shell.lossesSince(run.start.time),
      ...(again === undefined ? {} : { revises: again.firstId, revision }),
    });
    if (signal === undefined) return;
    if (this.plan.afterMatch === 'reset') {
      this.reset(to.groupKey, key, at);
      return;
    }
    if (again !== undefined) this.gates.set(key, { ...again, revision });
    else this.gates.set(key, { fired: at, firstId: signal.id, revision: 0 });
  }

  /** `after_match: reset`: the group begins anew, as after an `until` that stands just behind the match, so that what matched begins nothing. */
  private reset(groupKey: string | null, key: string | null, at: Instant): void {
    this.gates.delete(key);
    this.noteBarrier(this.barriers.length - 1, groupKey, { time: at.time, ns: at.ns + 0.5 });
  }

  /** The joined fields with their values as logged, under the label of the first step that has them. */
  private keysOf(
    run: Run,
    values: readonly (string | null)[],
    stage: number,
  ): readonly (readonly [string, Scalar])[] {
    return this.body.keys.flatMap((of) => {
      if (of.stage > stage) return [];
      const label = this.body.stages[of.stage]?.label ?? '';
      return [[`${label}.${of.field}`, this.logged(run, of, { values, stage })] as const];
    });
  }

  private logged(
    run: Run,
    of: StageField,
    at: { readonly values: readonly (string | null)[]; readonly stage: number },
  ): Scalar {
    const carry = this.body.stages[at.stage]?.carry ?? [];
    const text = remembered(of, { values: at.values, carry });
    return loggedValue(signalsOf(run), of, { text, cased: this.plan.cased });
  }

  private gateKey(values: readonly (string | null)[], group: GroupKey): string | null {
    const carry = this.body.stages.at(-1)?.carry ?? [];
    return encodeKey([group.key, ...this.body.keys.map((of) => remembered(of, { values, carry }))]);
  }

  private absenceKey(
    absence: PlannedAbsence,
    from: {
      readonly values: readonly (string | null)[];
      readonly carry: readonly StageField[];
      readonly group: string | null;
    },
  ): string | null {
    return encodeKey([from.group, ...absence.join.map((join) => remembered(join.other, from))]);
  }

  private absenceOf(step: number): PlannedAbsence | undefined {
    const { before, afterwards, stages } = this.body;
    if (before?.step === step) return before;
    if (afterwards?.step === step) return afterwards;
    for (const stage of stages)
      for (const absence of stage.absences) if (absence.step === step) return absence;
    return undefined;
  }

  private noteBarrier(step: number, key: string | null, at: Instant): void {
    const table = this.barriers[step];
    if (table === undefined) return;
    let barrier = table.get(key);
    if (barrier === undefined) {
      this.makeRoom();
      barrier = new Barrier(key);
      barrier.lastTime = at.time;
      table.add(barrier);
    }
    barrier.note(at);
    barrier.lastTime = at.time;
    table.touch(barrier, 0, 1);
  }

  /** Whether a reading passes the tests of a stage: those against constants, or those against earlier steps. */
  private admits(
    stage: PlannedStage,
    tests: 'constants' | 'steps',
    to: { readonly variant: Variant; readonly memory: Memory },
  ): boolean {
    for (const test of stage.where) {
      if ('stage' in test.other !== (tests === 'steps')) continue;
      if (!passes(to.variant, test, { memory: to.memory, cased: this.plan.cased })) return false;
    }
    return true;
  }

  private expire(signal: Signal): void {
    const span = this.plan.timespanMicros;
    for (const table of this.buckets) table.expire(signal.end - span);
    for (const table of this.tallies) table.expire(signal.end - span);
    const { before, afterwards } = this.body;
    const longest = span + Math.max(before?.withinMicros ?? 0, afterwards?.withinMicros ?? 0);
    for (const table of this.barriers) table.expire(signal.end - longest);
  }

  private makeRoom(): void {
    let size = 0;
    for (const table of this.buckets) size += table.size;
    for (const table of this.tallies) size += table.size;
    for (const table of this.barriers) size += table.size;
    if (size >= this.plan.limits.groups) this.evict();
  }

  private giveUp(table: { giveUp(): number | undefined } | undefined): boolean {
    const time = table?.giveUp();
    if (time === undefined) return false;
    this.shell.lose(time);
    return true;
  }

  private dropClass(bucket: Bucket): number {
    const oldest = bucket.classes.shift();
    if (oldest === undefined) return 0;
    this.shell.lose(bucket.lastTime);
    return oldest.size;
  }
}

const NO_MEMORY: Memory = { values: [], carry: [] };

function instantOf(signal: Signal): Instant {
  return { time: signal.end, ns: signal.endNs };
}

function minus(instant: Instant, micros: number): Instant {
  return { time: instant.time - micros, ns: instant.ns };
}
