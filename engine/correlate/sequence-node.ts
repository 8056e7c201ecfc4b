// Long because it is one straight composition: a signal's way through the stages of a sequence, and the same state saved and loaded.
import type { Scalar, Signal } from '../model/index.ts';
import { BoundedMap } from './bounded-map.ts';
import { compare } from './bounds.ts';
import { GroupTable } from './groups.ts';
import { comparableText, encodeKey, type GroupKey, membersOf, numberOf } from './key.ts';
import { type CorrelationNode, NodeShell, type NodeStats, type OpenGroup, type Outlet } from './node.ts';
import { compareSignals, type Instant, instantIsAfter } from './order.ts';
import type {
  InputPlan,
  NodePlan,
  PlannedAbsence,
  PlannedSequence,
  PlannedStage,
  StageField,
  StageTest,
} from './plan.ts';
import { type Admission, Barrier, Bucket, type Run, RunClass, signalsOf, Tally } from './sequence-runs.ts';
import type { SignalReader, SignalWriter } from './snapshot.ts';

/** Sets of values one bucket tells apart (only where a step compares with an earlier one); the oldest goes first. */
const CLASSES_MAX = 256;
/** Combinations of one signal's list values. */
const VARIANTS_MAX = 64;

/** One reading of a signal for a stage: a text for every field the stage refers to. */
type Variant = ReadonlyMap<string, string>;

/** A match that waits to see that something does not happen. */
interface Waiting {
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

interface SavedRun {
  readonly start: Instant;
  readonly last: Instant;
  readonly signals: readonly number[];
  readonly before: number | null;
}

interface SavedSequence {
  readonly shell: unknown;
  readonly runs: readonly SavedRun[];
  readonly buckets: readonly (readonly {
    readonly key: string | null;
    readonly lastTime: number;
    readonly items: number;
    readonly classes: readonly {
      readonly key: string | null;
      readonly values: readonly (string | null)[];
      readonly young: readonly number[];
      readonly ready: readonly number[];
    }[];
  }[])[];
  readonly tallies: readonly (readonly {
    readonly key: string | null;
    readonly lastTime: number;
    readonly entries: readonly (readonly [string | null, number])[];
  }[])[];
  readonly barriers: readonly (readonly {
    readonly key: string | null;
    readonly lastTime: number;
    readonly newest: Instant | null;
    readonly earlier: Instant | null;
  }[])[];
  readonly gates: readonly (readonly [string | null, GateState])[];
  readonly waiting: readonly (Omit<Waiting, 'run'> & { readonly run: number })[];
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
  private readonly shell: NodeShell;
  private readonly body: PlannedSequence;
  /** Runs that have done stage i wait in `buckets[i]`, keyed for stage i + 1. */
  private readonly buckets: GroupTable<Bucket>[];
  private readonly tallies: GroupTable<Tally>[];
  /** By step as written; empty tables for steps that must happen. The last is `until`'s. */
  private readonly barriers: GroupTable<Barrier>[];
  private readonly gates: BoundedMap<GateState>;
  private readonly waiting = new Set<Waiting>();
  private readonly stageOfStep: readonly (number | undefined)[];

  constructor(plan: NodePlan, outlet: Outlet) {
    if (plan.body.kind !== 'sequence') throw new Error(`a ${plan.body.kind} is not a sequence`);
    this.plan = plan;
    this.body = plan.body;
    this.shell = new NodeShell(plan, outlet);
    this.stats = this.shell.stats;
    const { stages, stepRules } = this.body;
    this.buckets = stages.map(() => new GroupTable<Bucket>());
    this.tallies = stages.map(() => new GroupTable<Tally>());
    this.barriers = [...stepRules, -1].map(() => new GroupTable<Barrier>());
    this.gates = new BoundedMap(plan.limits.groups);
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
      if (input.until) this.noteBarrier(this.barriers.length - 1, group.key, signal);
      // Later steps first: one signal of a rule that stands in two steps is not both.
      for (let i = input.roles.length - 1; i >= 0; i--) {
        const step = input.roles[i] ?? -1;
        const stage = this.stageOfStep[step];
        const pinned = this.pinnedBy(group, input);
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
    for (const variant of this.variantsOf(signal, fields, pinned)) {
      const key = encodeKey([group.key, ...fields.map((field) => variant.get(field) ?? null)]);
      this.noteBarrier(step, key, signal);
    }
  }

  private acceptStage(
    signal: Signal,
    index: number,
    { group, pinned }: { readonly group: GroupKey; readonly pinned: Variant },
  ): void {
    const stage = this.body.stages[index];
    if (stage === undefined) return;
    const variants = this.variantsOf(signal, stage.fields, pinned);
    if (variants.length === 0) this.stats.unusableValue++;
    /** The best run of each match, so that a signal with list values gives a match once. */
    const matches = new Map<string | null, { run: Run; values: readonly (string | null)[] }>();
    for (const variant of variants) {
      if (!stage.where.every((test) => 'stage' in test.other || this.passes(variant, test, []))) continue;
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
          values: this.carry(stage, variant, []),
        },
      ];
    }
    const found = new Map<string | null, { run: Run; values: readonly (string | null)[] }>();
    const previous = this.body.stages[index - 1];
    for (const runClass of bucket?.classes.slice() ?? []) {
      if (
        !stage.where.every(
          (test) => !('stage' in test.other) || this.passes(variant, test, runClass.values, previous),
        )
      ) {
        continue;
      }
      const held = runClass.size;
      const best = runClass.best(
        this.admission(now, { since, stage, values: runClass.values, previous, group }),
      );
      if (bucket !== undefined) {
        this.buckets[index - 1]?.account(bucket, bucket.items + runClass.size - held);
        if (runClass.size === 0) bucket.classes.splice(bucket.classes.indexOf(runClass), 1);
      }
      if (best === undefined) continue;
      const values = this.carry(stage, variant, runClass.values, previous);
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
    const before = tally.items;
    const complete = tally.add(signal, {
      times: stage.times,
      value: stage.distinct === undefined ? null : (variant.get(stage.distinct) ?? null),
    });
    const items = tally.items;
    tally.items = before;
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
    let items = bucket.items;
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

  private wait(waiting: Waiting): void {
    if (this.waiting.size >= this.plan.limits.groups) {
      for (const oldest of this.waiting) {
        this.waiting.delete(oldest);
        this.shell.lose(oldest.run.last.time);
        break;
      }
    }
    this.waiting.add(waiting);
    this.shell.schedule({
      time: waiting.due.time,
      ns: waiting.due.ns,
      rank: this.plan.rank,
      key: waiting.key ?? '',
      run: () => {
        if (!this.waiting.delete(waiting)) return;
        const { afterwards } = this.body;
        const { run, due } = waiting;
        const happened = this.barriers[afterwards?.step ?? -1]?.get(waiting.barrierKey)?.newest;
        if (happened !== undefined && instantIsAfter(happened, run.last)) return;
        const ended = this.barriers.at(-1)?.get(waiting.groupKey)?.newest;
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
    if (again !== undefined) this.gates.set(key, { ...again, revision });
    else this.gates.set(key, { fired: at, firstId: signal.id, revision: 0 });
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

  private noteBarrier(step: number, key: string | null, signal: Signal): void {
    const table = this.barriers[step];
    if (table === undefined) return;
    let barrier = table.get(key);
    if (barrier === undefined) {
      this.makeRoom();
      barrier = new Barrier(key);
      barrier.lastTime = signal.end;
      table.add(barrier);
    }
    barrier.note(instantOf(signal));
    barrier.lastTime = signal.end;
    table.touch(barrier, 0, 1);
  }

  /** Fields whose reading the group has settled already. */
  private pinnedBy(group: GroupKey, input: InputPlan): Variant {
    if (input.groupFields.length === 0) return NOTHING_PINNED;
    const pinned = new Map<string, string>();
    for (const [i, field] of input.groupFields.entries()) {
      const text = comparableText(group.values[i] ?? null, this.plan.cased);
      if (text !== null) pinned.set(field, text);
    }
    return pinned;
  }

  /** Every reading of the fields: one, or several where fields have lists; none where one is missing. */
  private variantsOf(signal: Signal, fields: readonly string[], pinned: Variant): readonly Variant[] {
    let variants: Map<string, string>[] = [new Map()];
    for (const field of fields) {
      const pin = pinned.get(field);
      if (pin !== undefined) {
        for (const variant of variants) variant.set(field, pin);
        continue;
      }
      const texts = new Set(
        membersOf(signal, field).map((member) => comparableText(member, this.plan.cased) ?? ''),
      );
      const [only] = texts;
      if (only === undefined) return [];
      if (texts.size === 1) {
        for (const variant of variants) variant.set(field, only);
      } else {
        variants = variants
          .flatMap((variant) => [...texts].map((text) => new Map(variant).set(field, text)))
          .slice(0, VARIANTS_MAX);
      }
    }
    return variants;
  }

  private passes(
    variant: Variant,
    test: StageTest,
    values: readonly (string | null)[],
    previous?: PlannedStage,
  ): boolean {
    const own = variant.get(test.field) ?? null;
    const other =
      'stage' in test.other
        ? remembered(test.other, { values, carry: previous?.carry ?? [] })
        : comparableText(test.other.value, this.plan.cased);
    if (own === null || other === null) return false;
    if (test.op === 'eq') return own === other;
    if (test.op === 'neq') return own !== other;
    const left = numberOf(own);
    const right = numberOf(other);
    return left !== undefined && right !== undefined && compare(left, test.op, right);
  }

  private carry(
    stage: PlannedStage,
    variant: Variant,
    values: readonly (string | null)[],
    previous?: PlannedStage,
  ): (string | null)[] {
    const index = this.body.stages.indexOf(stage);
    return stage.carry.map((of) =>
      of.stage === index
        ? (variant.get(of.field) ?? null)
        : remembered(of, { values, carry: previous?.carry ?? [] }),
    );
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

  save(writer: SignalWriter): unknown {
    const numbers = new Map<Run, number>();
    const runs: SavedRun[] = [];
    const write = (run: Run): number => {
      const known = numbers.get(run);
      if (known !== undefined) return known;
      const before = run.before === undefined ? null : write(run.before);
      runs.push({
        start: run.start,
        last: run.last,
        signals: run.signals.map((s) => writer.write(s)),
        before,
      });
      numbers.set(run, runs.length - 1);
      return runs.length - 1;
    };
    const saved: SavedSequence = {
      shell: this.shell.save(writer),
      buckets: this.buckets.map((table) =>
        [...table.ordered()].map((bucket) => ({
          key: bucket.key,
          lastTime: bucket.lastTime,
          items: bucket.items,
          classes: bucket.classes.map((runClass) => {
            const held = runClass.runs();
            return {
              key: runClass.key,
              values: runClass.values,
              young: held.young.map(write),
              ready: held.ready.map(write),
            };
          }),
        })),
      ),
      tallies: this.tallies.map((table) =>
        [...table.ordered()].map((tally) => ({
          key: tally.key,
          lastTime: tally.lastTime,
          entries: tally.entries().map(({ value, signal }) => [value, writer.write(signal)] as const),
        })),
      ),
      barriers: this.barriers.map((table) =>
        [...table.ordered()].map(({ key, lastTime, newest, earlier }) => ({
          key,
          lastTime,
          newest: newest ?? null,
          earlier: earlier ?? null,
        })),
      ),
      gates: this.gates.entries(),
      waiting: [...this.waiting].map((waiting) => ({ ...waiting, run: write(waiting.run) })),
      runs,
    };
    return saved;
  }

  load(state: unknown, reader: SignalReader): void {
    const saved = state as SavedSequence;
    this.shell.load(saved.shell, reader);
    const runs: Run[] = [];
    for (const { start, last, signals, before } of saved.runs) {
      runs.push({
        start,
        last,
        signals: signals.map((n) => reader.read(n)),
        before: before === null ? undefined : runs[before],
      });
    }
    const read = (numbers: readonly number[]): Run[] => numbers.flatMap((n) => runs[n] ?? []);
    for (const [stage, list] of saved.buckets.entries()) {
      for (const { key, lastTime, items, classes } of list) {
        const bucket = new Bucket(key);
        bucket.lastTime = lastTime;
        bucket.items = items;
        for (const one of classes) {
          const runClass = new RunClass(one.key, one.values);
          runClass.load({ young: read(one.young), ready: read(one.ready) });
          bucket.classes.push(runClass);
        }
        this.buckets[stage]?.add(bucket);
      }
    }
    for (const [stage, list] of saved.tallies.entries()) {
      const times = this.body.stages[stage]?.times ?? 1;
      for (const { key, lastTime, entries } of list) {
        const tally = new Tally(key);
        tally.lastTime = lastTime;
        tally.load(entries.map(([value, n]) => ({ value, signal: reader.read(n) })));
        tally.level = Math.min(7, Math.floor((7 * entries.length) / times));
        this.tallies[stage]?.add(tally);
      }
    }
    for (const [step, list] of saved.barriers.entries()) {
      for (const { key, lastTime, newest, earlier } of list) {
        const barrier = new Barrier(key);
        barrier.lastTime = lastTime;
        barrier.newest = newest ?? undefined;
        barrier.earlier = earlier ?? undefined;
        this.barriers[step]?.add(barrier);
      }
    }
    for (const [key, gate] of saved.gates) this.gates.set(key, gate);
    for (const waiting of saved.waiting) {
      const run = runs[waiting.run];
      if (run !== undefined) this.wait({ ...waiting, run });
    }
  }
}

const NOTHING_PINNED: Variant = new Map();

function instantOf(signal: Signal): Instant {
  return { time: signal.end, ns: signal.endNs };
}

function minus(instant: Instant, micros: number): Instant {
  return { time: instant.time - micros, ns: instant.ns };
}

/** A value that a run remembers, by the list that says what it remembers. */
function remembered(
  of: StageField,
  from: { readonly values: readonly (string | null)[]; readonly carry: readonly StageField[] },
): string | null {
  const index = from.carry.findIndex((one) => one.stage === of.stage && one.field === of.field);
  return from.values[index] ?? null;
}

/** The value as logged: of a list, the member that was matched. */
function loggedValue(
  stages: readonly (readonly Signal[])[],
  of: StageField,
  matched: { readonly text: string | null; readonly cased: boolean },
): Scalar {
  const signal = stages[of.stage]?.at(-1);
  const members = signal === undefined ? [] : membersOf(signal, of.field);
  return (
    members.find((member) => comparableText(member, matched.cased) === matched.text) ?? members[0] ?? null
  );
}
