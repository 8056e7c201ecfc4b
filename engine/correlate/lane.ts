import type { Signal } from '../model/index.ts';
import type { CorrelationNode } from './node.ts';
import { isCopy } from './order.ts';
import type { InputPlan } from './plan.ts';
import { ReorderQueue } from './queue.ts';
import { Timers } from './timers.ts';

/** A node that listens to a rule, and what it does with its signals. */
export interface Listener {
  readonly node: CorrelationNode;
  readonly input: InputPlan;
  /** Of the filters that name the correlation; undefined where there are none. */
  readonly passes: ((signal: Signal) => boolean) | undefined;
}

/** What a lane does with what comes out of it in order. */
export interface LaneSink {
  dispatch(lane: Lane, signal: Signal): void;
  duplicate(): void;
}

/** Nodes that wait equally long. Signals wait here until no earlier one can come. */
export class Lane {
  readonly latenessMicros: number;
  readonly queue: ReorderQueue;
  /** Signals that correlations gave. At one instant they come after the others. */
  readonly derived: ReorderQueue;
  readonly timers = new Timers();
  readonly listeners = new Map<string, Listener[]>();
  readonly nodes: CorrelationNode[] = [];
  /** Everything before it is decided. */
  frontier = Number.NEGATIVE_INFINITY;
  last: Signal | undefined;

  constructor(latenessMicros: number) {
    this.latenessMicros = latenessMicros;
    this.queue = new ReorderQueue(`queue ${latenessMicros}`);
    this.derived = new ReorderQueue(`derived ${latenessMicros}`);
  }

  /** Works through timers and signals before the frontier, in time order; a timer comes before the signals of its instant. */
  drain(frontier: number, sink: LaneSink): void {
    for (;;) {
      const plain = this.queue.peek();
      const derived = this.derived.peek();
      const useDerived =
        derived !== undefined &&
        (plain === undefined ||
          derived.end < plain.end ||
          (derived.end === plain.end && derived.endNs < plain.endNs));
      const signal = useDerived ? derived : plain;
      if (this.timers.runNext(signal, frontier)) continue;
      if (signal === undefined || signal.end >= frontier) break;
      if (useDerived) {
        this.derived.pop();
        sink.dispatch(this, signal);
        continue;
      }
      this.queue.pop();
      const { last } = this;
      if (last !== undefined && isCopy(last, signal)) {
        sink.duplicate();
        continue;
      }
      this.last = signal;
      sink.dispatch(this, signal);
    }
    this.frontier = frontier;
  }
}
