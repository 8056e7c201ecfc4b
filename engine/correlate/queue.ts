import type { Signal } from '../model/index.ts';
import { compareSignals } from './order.ts';

/**
 * Puts signals into the order of `compareSignals` before they are worked on. What arrives in order costs O(1) (a run that is
 * only appended to), what arrives out of order O(log n) (a heap beside it). A signal delivered twice comes out once: copies
 * have the same time and id, so they are neighbours.
 */
export class ReorderQueue {
  private run: Signal[] = [];
  private head = 0;
  private readonly heap: Signal[] = [];

  get size(): number {
    return this.run.length - this.head + this.heap.length;
  }

  push(signal: Signal): void {
    const last = this.run.at(-1);
    if (last === undefined || this.head === this.run.length || compareSignals(last, signal) <= 0) {
      this.run.push(signal);
    } else {
      pushHeap(this.heap, signal);
    }
  }

  /** The earliest signal, or undefined. */
  peek(): Signal | undefined {
    const inRun = this.run[this.head];
    const inHeap = this.heap[0];
    if (inRun === undefined) return inHeap;
    if (inHeap === undefined) return inRun;
    return compareSignals(inHeap, inRun) < 0 ? inHeap : inRun;
  }

  /** Takes the earliest signal out. */
  pop(): Signal | undefined {
    const inHeap = this.heap[0];
    const inRun = this.run[this.head];
    if (inRun === undefined) return inHeap === undefined ? undefined : popHeap(this.heap);
    if (inHeap !== undefined && compareSignals(inHeap, inRun) < 0) return popHeap(this.heap);
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

  /** Everything that waits, in order. */
  contents(): Signal[] {
    return [...this.run.slice(this.head), ...this.heap].sort(compareSignals);
  }
}

function pushHeap(heap: Signal[], signal: Signal): void {
  let i = heap.length;
  heap.push(signal);
  while (i > 0) {
    const up = (i - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || compareSignals(parent, signal) <= 0) break;
    heap[i] = parent;
    i = up;
  }
  heap[i] = signal;
}

function popHeap(heap: Signal[]): Signal | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return top;
  let i = 0;
  for (;;) {
    let down = 2 * i + 1;
    let child = heap[down];
    if (child === undefined) break;
    const right = heap[down + 1];
    if (right !== undefined && compareSignals(right, child) < 0) {
      down++;
      child = right;
    }
    if (compareSignals(last, child) <= 0) break;
    heap[i] = child;
    i = down;
  }
  heap[i] = last;
  return top;
}
