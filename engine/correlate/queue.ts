import { Heap, type Signal } from '../model/index.ts';
import { compareSignals } from './order.ts';
import type { SignalReader, SignalWriter } from './snapshot.ts';
import { ChangeLog, type StateRow, type StateTable } from './state-table.ts';

/**
 * Puts signals into the order of `compareSignals` before they are worked on. What arrives in order costs O(1) (a run that is
 * only appended to), what arrives out of order O(log n) (a heap beside it). A signal delivered twice comes out once: copies
 * have the same time and id, so they are neighbours.
 */
export class ReorderQueue implements StateTable {
  readonly name: string;
  readonly log = new ChangeLog();
  /** By key, once changes are noted. */
  private byKey: Map<string, Signal> | undefined;
  private run: Signal[] = [];
  private head = 0;
  private readonly heap = new Heap<Signal>(compareSignals);

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.run.length - this.head + this.heap.size;
  }

  push(signal: Signal): void {
    if (this.log.isOn) this.note(signal);
    this.append(signal);
  }

  /** The earliest signal, or undefined. */
  peek(): Signal | undefined {
    const inRun = this.run[this.head];
    const inHeap = this.heap.peek();
    if (inRun === undefined) return inHeap;
    if (inHeap === undefined) return inRun;
    return compareSignals(inHeap, inRun) < 0 ? inHeap : inRun;
  }

  /** Takes the earliest signal out. */
  pop(): Signal | undefined {
    const signal = this.take();
    if (signal !== undefined && this.log.isOn) this.forget(signal);
    return signal;
  }

  /** Takes out the signal of this id, if it waits here. O(n): for what is taken back, which is rare. */
  remove(id: string): boolean {
    const at = this.run.findIndex((signal, i) => i >= this.head && signal.id === id);
    const gone = at >= 0 ? this.run[at] : this.heap.contents().find((signal) => signal.id === id);
    if (gone === undefined) return false;
    const rest = this.contents().filter((signal) => signal !== gone);
    this.run = rest;
    this.head = 0;
    this.heap.clear();
    if (this.log.isOn) this.forget(gone);
    return true;
  }

  /** Everything that waits, in order. */
  contents(): Signal[] {
    return [...this.run.slice(this.head), ...this.heap.contents()].sort(compareSignals);
  }

  *keys(): IterableIterator<string> {
    this.byKey = new Map(this.contents().map((signal) => [keyOf(signal), signal]));
    yield* this.byKey.keys();
  }

  write(key: string, writer: SignalWriter): StateRow | undefined {
    const signal = this.byKey?.get(key);
    return signal === undefined ? undefined : { key, stamp: signal.end, state: writer.write(signal) };
  }

  load(row: StateRow, reader: SignalReader): void {
    const signal = reader.read(Number(row.state));
    this.byKey ??= new Map();
    this.byKey.set(keyOf(signal), signal);
    this.append(signal);
  }

  private note(signal: Signal): void {
    this.byKey ??= new Map();
    this.byKey.set(keyOf(signal), signal);
    this.log.put(keyOf(signal));
  }

  private forget(signal: Signal): void {
    this.byKey?.delete(keyOf(signal));
    this.log.gone(keyOf(signal));
  }

  private append(signal: Signal): void {
    const last = this.run.at(-1);
    if (last === undefined || this.head === this.run.length || compareSignals(last, signal) <= 0) {
      this.run.push(signal);
    } else {
      this.heap.push(signal);
    }
  }

  private take(): Signal | undefined {
    const inHeap = this.heap.peek();
    const inRun = this.run[this.head];
    if (inRun === undefined) return inHeap === undefined ? undefined : this.heap.pop();
    if (inHeap !== undefined && compareSignals(inHeap, inRun) < 0) return this.heap.pop();
    this.head++;
    if (this.head === this.run.length) {
      this.run = [];
      this.head = 0;
    } else if (this.head >= 1024 && this.head * 2 >= this.run.length) {
      this.run = this.run.slice(this.head);
      this.head = 0;
    }
    return inRun;
  }
}

/** A copy has the same key: it would be dropped as a copy. */
function keyOf(signal: Signal): string {
  return JSON.stringify([signal.end, signal.endNs, signal.id, signal.rule.id]);
}
