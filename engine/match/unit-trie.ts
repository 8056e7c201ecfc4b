import type { Fired } from './fired.ts';

/** Which end of a value a text stands at, and whether it must be all of it. */
export type TrieAnchor = 'start' | 'end' | 'whole';

const ROOT = 0;

/**
 * Texts that stand at one end of a value: `startswith` and `equals` in a trie read forwards, `endswith` in one read backwards.
 * The walk stops at the first unit that no text has, so most values cost a few steps. Edges are one open-addressing table.
 */
export class UnitTrie {
  readonly #backwards: boolean;
  #nodes = 1;
  #edges = 0;
  #mask = 63;
  #edgeKey = new Float64Array(64).fill(-1);
  #edgeTarget = new Int32Array(64);
  /** By node: its triggers, or undefined; those of `#whole` fire only where the value ends too. */
  readonly #open: (number[] | undefined)[] = [undefined];
  readonly #whole: (number[] | undefined)[] = [undefined];

  constructor(direction: 'forwards' | 'backwards') {
    this.#backwards = direction === 'backwards';
  }

  /** Files a text. Anchor `end` belongs in a backwards trie, the others in a forwards one. */
  add(units: Uint16Array, anchor: TrieAnchor, trigger: number): void {
    let node = ROOT;
    for (let i = 0; i < units.length; i++) {
      node = this.#childOrNew(node, units[this.#backwards ? units.length - 1 - i : i] ?? 0);
    }
    const lists = anchor === 'whole' ? this.#whole : this.#open;
    const list = lists[node];
    if (list) list.push(trigger);
    else lists[node] = [trigger];
  }

  /** Fires the trigger of every filed text that `units[from, to)` starts with, ends with or equals. */
  match(units: Uint16Array, from: number, to: number, fired: Fired): void {
    let node = ROOT;
    const length = to - from;
    for (let i = 0; ; i++) {
      const open = this.#open[node];
      if (open !== undefined) for (const trigger of open) fired.add(trigger);
      if (i === length) {
        const whole = this.#whole[node];
        if (whole !== undefined) for (const trigger of whole) fired.add(trigger);
        return;
      }
      node = this.#child(node, units[this.#backwards ? to - 1 - i : from + i] ?? 0);
      if (node < 0) return;
    }
  }

  #child(node: number, unit: number): number {
    const key = node * 65536 + unit;
    let at = slotOf(node, unit) & this.#mask;
    for (;;) {
      const found = this.#edgeKey[at] ?? -1;
      if (found === key) return this.#edgeTarget[at] ?? -1;
      if (found < 0) return -1;
      at = (at + 1) & this.#mask;
    }
  }

  #childOrNew(node: number, unit: number): number {
    const found = this.#child(node, unit);
    if (found >= 0) return found;
    if ((this.#edges + 1) * 2 > this.#mask) this.#grow();
    const target = this.#nodes++;
    this.#open.push(undefined);
    this.#whole.push(undefined);
    this.#place(node, unit, target);
    this.#edges++;
    return target;
  }

  #place(node: number, unit: number, target: number): void {
    let at = slotOf(node, unit) & this.#mask;
    while ((this.#edgeKey[at] ?? -1) >= 0) at = (at + 1) & this.#mask;
    this.#edgeKey[at] = node * 65536 + unit;
    this.#edgeTarget[at] = target;
  }

  #grow(): void {
    const keys = this.#edgeKey;
    const targets = this.#edgeTarget;
    const size = (this.#mask + 1) * 2;
    this.#mask = size - 1;
    this.#edgeKey = new Float64Array(size).fill(-1);
    this.#edgeTarget = new Int32Array(size);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? -1;
      if (key >= 0) this.#place(Math.floor(key / 65536), key % 65536, targets[i] ?? 0);
    }
  }
}

function slotOf(node: number, unit: number): number {
  const hash = Math.imul(node, 0x9e3779b1 | 0) ^ Math.imul(unit, 0x85ebca6b | 0);
  return hash ^ (hash >>> 15);
}
