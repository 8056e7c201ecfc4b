import type { Scalar } from '../model/index.ts';
import { BoundedMap, plainCodec } from './bounded-map.ts';
import { encodeKey, type GroupKey } from './key.ts';
import type { CorrelationNode, NodeShell } from './node.ts';
import { compareSignals, earlierBy, type Instant, instantIsAfter } from './order.ts';
import type { NodePlan, PlannedSequence, StageField } from './plan.ts';
import { absenceKey, type Barriers } from './sequence-barriers.ts';
import { type Run, signalsOf } from './sequence-runs.ts';
import { readRun, type SavedRun, writeRun } from './sequence-state.ts';
import { loggedValue, remembered } from './sequence-values.ts';
import type { StateTable } from './state-table.ts';

/** A run that has done its last step, and what it remembers. */
export interface Completed {
  readonly run: Run;
  readonly values: readonly (string | null)[];
  /** One for each set of joined values and group; see `keyOf`. */
  readonly key: string | null;
  readonly group: GroupKey;
  readonly at: Instant;
}

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

/** What becomes of a sequence's completed runs: they wait for what must not happen, are held back while the rule has spoken, or fire. */
export class Matches {
  readonly tables: readonly StateTable[];
  private readonly plan: NodePlan;
  private readonly body: PlannedSequence;
  private readonly shell: NodeShell;
  private readonly node: CorrelationNode;
  private readonly barriers: Barriers;
  private readonly gates: BoundedMap<GateState>;
  /** By a number each, in the order they began to wait. */
  private readonly waiting: BoundedMap<Waiting>;
  private lastWaiting = 0;

  constructor(
    node: CorrelationNode,
    body: PlannedSequence,
    parts: { readonly shell: NodeShell; readonly barriers: Barriers },
  ) {
    this.node = node;
    this.plan = node.plan;
    this.body = body;
    this.shell = parts.shell;
    this.barriers = parts.barriers;
    this.gates = new BoundedMap('gates', this.plan.limits.groups, plainCodec<GateState>());
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
    this.tables = [this.gates, this.waiting];
  }

  /** Matches that wait, for the memory bound. */
  get size(): number {
    return this.waiting.size;
  }

  /** What tells a match from others: its group and the joined values. */
  keyOf(values: readonly (string | null)[], group: GroupKey): string | null {
    const carry = this.body.stages.at(-1)?.carry ?? [];
    return encodeKey([group.key, ...this.body.keys.map((of) => remembered(of, { values, carry }))]);
  }

  /** All steps are done: fires now, or waits to see that what must not happen does not. */
  complete(match: Completed): void {
    const { afterwards } = this.body;
    const { run, values, key, group, at } = match;
    const common = { run, values, key, group: group.values, groupKey: group.key };
    if (afterwards === undefined) {
      this.fire(run, { ...common, at });
      return;
    }
    const carry = this.body.stages.at(-1)?.carry ?? [];
    this.wait({
      ...common,
      barrierKey: absenceKey(afterwards, { values, carry, group: group.key }),
      due: { time: at.time + afterwards.withinMicros, ns: at.ns },
    });
  }

  /** The joined fields with their values as logged, under the label of the first step that has them. */
  keysOf(
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
        const happened = this.barriers.newest(afterwards?.step ?? -1, waiting.barrierKey);
        if (happened !== undefined && instantIsAfter(happened, run.last)) return;
        // What ends at the very instant ends nothing that is due at it: matches of one instant all fire.
        const ended = this.barriers.endedBefore(waiting.groupKey, due);
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
    if (gate !== undefined && !instantIsAfter(gate.fired, earlierBy(at, timespanMicros))) gate = undefined;
    if (gate !== undefined && emit === 'once') return;
    const parts = signalsOf(run).flat().sort(compareSignals);
    const again = emit === 'update' ? gate : undefined;
    const revision = (again?.revision ?? 0) + 1;
    const signal = this.shell.emit(this.node, to.groupKey, {
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
      ...(this.plan.ties === 'allow' ? { by: run.signals.at(-1)?.id ?? '' } : {}),
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
    this.barriers.end(groupKey, { time: at.time, ns: at.ns + 0.5 });
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
}
