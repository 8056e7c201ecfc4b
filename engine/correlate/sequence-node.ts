import type { Scalar, Signal } from '../model/index.ts';
import { GroupTable } from './groups.ts';
import { encodeKey, type GroupKey, groupKeys } from './key.ts';
import { type CorrelationNode, NodeShell, type NodeStats, type OpenGroup, type Outlet } from './node.ts';
import { earlierBy, eventOf, type Instant, instantIsAfter, instantOf } from './order.ts';
import type { InputPlan, NodePlan, PlannedSequence, PlannedStage } from './plan.ts';
import { Barriers } from './sequence-barriers.ts';
import { type Member, PresentInstant } from './sequence-instant.ts';
import { Matches } from './sequence-matches.ts';
import { type Admission, type Bucket, type Run, signalsOf, Tally } from './sequence-runs.ts';
import { TALLIES } from './sequence-state.ts';
import { RunStore } from './sequence-store.ts';
import { type Continued, maySharePrevious, type TiedRuns } from './sequence-ties.ts';
import { carriedBy, type Memory, passes, pinnedBy, type Variant, variantsOf } from './sequence-values.ts';
import type { StateTable } from './state-table.ts';

/**
 * `sequence`: steps one strictly after another, each perhaps several times, with join keys that may change along the chain, tests
 * against earlier steps, things that must not happen before, between or after, and an `until` that ends a group's runs.
 *
 * Runs at a stage are found by the join key of the next stage, and within it by the values still to be asked for; of those that
 * agree in all, only ones that could still become the best are kept (see RunClass). So a hit costs O(1) amortised per set of
 * values it could continue, whatever the number of earlier hits, and a newer start never hides an older match.
 *
 * Under `ties: allow` a step that is needed once may share the instant of the step before it, by another event (`same_event: allow`: by any). The
 * signals of one instant are then worked on together when it is over, first step first. What a step counts, and what must not happen, stays strict.
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
  private readonly runs: RunStore;
  private readonly buckets: readonly GroupTable<Bucket>[];
  private readonly tallies: GroupTable<Tally>[];
  private readonly barriers: Barriers;
  private readonly matches: Matches;
  private readonly present: PresentInstant;
  private readonly stageOfStep: readonly (number | undefined)[];

  constructor(plan: NodePlan, outlet: Outlet) {
    if (plan.body.kind !== 'sequence') throw new Error(`a ${plan.body.kind} is not a sequence`);
    this.plan = plan;
    this.body = plan.body;
    this.shell = new NodeShell(plan, outlet);
    this.stats = this.shell.stats;
    const { stages, stepRules } = this.body;
    const host = { shell: this.shell, hashSeed: outlet.hashSeed, makeRoom: () => this.makeRoom() };
    this.runs = new RunStore(plan, this.body, host);
    this.buckets = this.runs.tables;
    this.tallies = stages.map((_, i) => new GroupTable(`tally${i}`, TALLIES, outlet.hashSeed));
    this.barriers = new Barriers(plan, this.body, host);
    this.matches = new Matches(this, this.body, { shell: this.shell, barriers: this.barriers });
    this.stageOfStep = stepRules.map((_, step) => {
      const stage = stages.findIndex((one) => one.step === step);
      return stage < 0 ? undefined : stage;
    });
    this.present = new PresentInstant(plan, {
      shell: this.shell,
      stageOfStep: this.stageOfStep,
      accept: (members, tied) => this.acceptTied(members, tied),
    });
    this.tables = [
      ...this.buckets,
      ...this.tallies,
      ...this.barriers.tables,
      ...this.matches.tables,
      this.present.table,
    ];
  }

  accept(signal: Signal, input: InputPlan): void {
    this.shell.note(signal, input);
    if (input.roles.length === 0 && !input.until) return;
    this.expire(signal);
    const waits = this.plan.ties === 'allow';
    let isStep = false;
    for (const group of this.shell.groupsOf(signal, input)) {
      if (input.until) this.barriers.end(group.key, instantOf(signal));
      const pinned = pinnedBy(group, input, this.plan.cased);
      // Later steps first: one signal of a rule that stands in two steps is not both.
      for (let i = input.roles.length - 1; i >= 0; i--) {
        const step = input.roles[i] ?? -1;
        const stage = this.stageOfStep[step];
        if (stage === undefined) this.barriers.note(signal, step, { group, pinned });
        else if (waits) isStep = true;
        else this.acceptStage(signal, stage, { group, pinned });
      }
    }
    if (isStep) this.present.note(signal);
  }

  items(): number {
    let items = this.matches.size + this.present.table.size;
    for (const table of this.buckets) items += table.items;
    for (const table of this.tallies) items += table.items;
    for (const table of this.barriers.tables) items += table.items;
    return items;
  }

  evict(): boolean {
    for (let stage = 0; stage < this.buckets.length; stage++) {
      if (this.giveUp(this.tallies[stage]) || this.giveUp(this.buckets[stage])) return true;
    }
    return this.barriers.tables.some((table) => this.giveUp(table));
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
            group: [...this.groupOf(run), ...this.matches.keysOf(run, runClass.values, stage)],
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

  /** The group of a run, as its first signal has it. */
  private groupOf(run: Run): readonly (readonly [string, Scalar])[] {
    if (this.plan.groupBy.length === 0) return [];
    const [first] = signalsOf(run).flat();
    const input = this.plan.inputs.find(({ ruleId }) => ruleId === first?.rule.id);
    const [key] =
      first === undefined || input === undefined ? [] : groupKeys(first, input.groupFields, this.plan);
    return key === undefined ? [] : this.shell.pairs(key.values);
  }

  /** The signals of one group and instant, first step first. */
  private acceptTied(members: readonly Member[], tied: TiedRuns): void {
    for (const [index, { step }] of this.body.stages.entries()) {
      for (const { signal, input, group } of members) {
        if (!input.roles.includes(step)) continue;
        const pinned = pinnedBy(group, input, this.plan.cased);
        this.acceptStage(signal, index, { group, pinned, tied });
      }
    }
  }

  private acceptStage(
    signal: Signal,
    index: number,
    to: { readonly group: GroupKey; readonly pinned: Variant; readonly tied?: TiedRuns },
  ): void {
    const { group, pinned, tied } = to;
    const stage = this.body.stages[index];
    if (stage === undefined) return;
    const variants = variantsOf(signal, stage.fields, {
      pinned,
      cased: this.plan.cased,
      optional: stage.optional,
    });
    if (variants.length === 0) this.stats.unusableValue++;
    /** The best run of each match, so that a signal with list values gives a match once. */
    const matches = new Map<string | null, { run: Run; values: readonly (string | null)[] }>();
    for (const variant of variants) {
      if (!this.admits(stage, 'constants', { variant, memory: NO_MEMORY })) continue;
      const instant = { index, stage, variant, group };
      const ofInstant = tied === undefined ? [] : this.tiedContinuations(signal, tied, instant);
      for (const continued of [...this.continuations(signal, instant), ...ofInstant]) {
        if (index < this.body.stages.length - 1) {
          this.runs.keep(continued, index, { group, tied });
          continue;
        }
        const key = this.matches.keyOf(continued.values, group);
        const held = matches.get(key);
        if (held === undefined || instantIsAfter(continued.run.start, held.run.start))
          matches.set(key, continued);
      }
    }
    for (const [key, { run, values }] of matches)
      this.matches.complete({ run, values, key, group, at: instantOf(signal) });
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

  /** What this signal makes of runs that have moved at its own instant. Their windows hold, for they held at that instant. */
  private tiedContinuations(
    signal: Signal,
    tied: TiedRuns,
    to: {
      readonly index: number;
      readonly stage: PlannedStage;
      readonly variant: Variant;
      readonly group: GroupKey;
    },
  ): Continued[] {
    const { index, stage, variant, group } = to;
    if (index === 0 || !maySharePrevious(stage)) return [];
    const joinKey = encodeKey([group.key, ...stage.join.map((join) => variant.get(join.field) ?? null)]);
    const carry = this.body.stages[index - 1]?.carry ?? [];
    const now = instantOf(signal);
    return tied.runs(index - 1, joinKey, eventOf(signal)).flatMap(({ run, values }) => {
      const memory = { values, carry };
      if (!this.admits(stage, 'steps', { variant, memory })) return [];
      return [
        {
          run: { start: run.start, last: now, signals: [signal], before: run },
          values: carriedBy(stage, index, { variant, memory }),
        },
      ];
    });
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
    if (!instantIsAfter(since, earlierBy(now, this.plan.timespanMicros))) return false;
    if (stage.withinMicros !== undefined && !instantIsAfter(since, earlierBy(now, stage.withinMicros)))
      return false;
    const until = this.barriers.endedBefore(group.key, now);
    if (until !== undefined && instantIsAfter(until, since)) return false;
    const { before } = this.body;
    if (before === undefined) return true;
    const seen = this.barriers.lastLead(since, { group: group.key, variant });
    return seen === undefined || !instantIsAfter(seen, earlierBy(since, before.withinMicros));
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
      const run = { values, carry: previous?.carry ?? [], group: group.key };
      const seen = this.barriers.lastBefore(absence, now, run);
      if (seen !== undefined && (notBefore === undefined || instantIsAfter(seen, notBefore)))
        notBefore = seen;
    }
    return {
      before: since,
      atMost: stage.afterMicros === undefined ? undefined : earlierBy(now, stage.afterMicros),
      after: stage.withinMicros === undefined ? undefined : earlierBy(now, stage.withinMicros),
      notBefore,
      startAfter: earlierBy(now, this.plan.timespanMicros),
      startNotBefore: this.barriers.endedBefore(group.key, now),
    };
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
    const { anyOf } = stage;
    if (anyOf === undefined || anyOf.against !== tests) return true;
    const against = { memory: to.memory, cased: this.plan.cased };
    return anyOf.sets.some((set) => set.every((test) => passes(to.variant, test, against)));
  }

  private expire(signal: Signal): void {
    const span = this.plan.timespanMicros;
    for (const table of this.buckets) table.expire(signal.end - span);
    for (const table of this.tallies) table.expire(signal.end - span);
    const { before, afterwards } = this.body;
    const longest = span + Math.max(before?.withinMicros ?? 0, afterwards?.withinMicros ?? 0);
    for (const table of this.barriers.tables) table.expire(signal.end - longest);
  }

  private makeRoom(): void {
    let size = 0;
    for (const table of this.buckets) size += table.size;
    for (const table of this.tallies) size += table.size;
    for (const table of this.barriers.tables) size += table.size;
    if (size >= this.plan.limits.groups) this.evict();
  }

  private giveUp(table: { giveUp(): number | undefined } | undefined): boolean {
    const time = table?.giveUp();
    if (time === undefined) return false;
    this.shell.lose(time);
    return true;
  }
}

const NO_MEMORY: Memory = { values: [], carry: [] };
