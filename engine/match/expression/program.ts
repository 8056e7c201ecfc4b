import { type Alphabet, buildAlphabet, membership } from './alphabet.ts';
import type { CharSet } from './char-set.ts';
import { NEWLINE, WORD } from './named-set.ts';
import type { Assertion, Node } from './node.ts';

/** The instructions: consume a character of a set, go two ways, pass if a condition holds, succeed, fail. */
export const OP = { set: 0, split: 1, assert: 2, look: 3, match: 4, fail: 5 } as const;

/** The conditions, as numbers. */
export const ASSERTION: Readonly<Record<Assertion, number>> = {
  text_start: 0,
  line_start: 1,
  text_end: 2,
  line_end: 3,
  word: 4,
  not_word: 5,
};

/** What is beside a position: bits of the character before or behind it, or the edge of the text. */
export const BESIDE = { newline: 1, word: 2, edge: 4 } as const;

/** A look-around: where its own program, run over the text in its direction, succeeds, it holds. */
export interface Look {
  readonly program: Program;
  readonly behind: boolean;
}

/** A nondeterministic automaton (Thompson 1968) over classes of characters. */
export interface Program {
  readonly ops: Uint8Array;
  /** The set, condition or look-around of an instruction. */
  readonly args: Int32Array;
  readonly next: Int32Array;
  /** The second way of a split; 1 for a negated look-around. */
  readonly other: Int32Array;
  readonly start: number;
  readonly alphabet: Alphabet;
  /** Row a set, column a class: whether the set holds the class. */
  readonly members: Uint8Array;
  /** `BESIDE` bits of each class. */
  readonly beside: Uint8Array;
  /**
   * Copies of a repeated part that has no upper count: an instruction of a later copy makes the same instruction of all earlier
   * ones redundant, since whatever they go on to match it matches too. Its place in the copy (-1 outside), and its copy.
   */
  readonly place: Int32Array;
  readonly copy: Int32Array;
  readonly placeCount: number;
  readonly looks: readonly Look[];
  /** Whether any condition needs to know what comes before the position, beyond the edge of the text. */
  readonly hasLineStart: boolean;
}

/** How many instructions an expression may have, written out; more is TT3003. Must stay below 65,536 (see `Automaton`). */
export const PROGRAM_SIZE_MAX = 40_000;

/** How many instructions a tree takes, at most; counted without writing it out. */
export function programSize(node: Node): number {
  switch (node.kind) {
    case 'empty':
      return 0;
    case 'set':
    case 'assert':
      return 1;
    case 'look':
      return 2 + programSize(node.of);
    case 'sequence':
    case 'choice':
      return node.of.reduce((sum, member) => sum + 1 + programSize(member), 0);
    case 'repeat': {
      const copies = node.max === Infinity ? Math.max(1, node.min) : node.max;
      return 1 + copies * (1 + programSize(node.of));
    }
  }
}

/** Writes the tree as a program. */
export function buildProgram(node: Node): Program {
  const writer = new Writer();
  const match = writer.emit(OP.match, 0, 0);
  const start = writer.write(node, match);
  const sets = [...writer.sets.values()];
  const alphabet = buildAlphabet(writer.hasConditions ? [...sets, NEWLINE, WORD] : sets);
  const kinds = membership([NEWLINE, WORD], alphabet);
  const beside = Uint8Array.from(
    { length: alphabet.count },
    (_, i) => (kinds[i] ? BESIDE.newline : 0) | (kinds[alphabet.count + i] ? BESIDE.word : 0),
  );
  return {
    ops: Uint8Array.from(writer.ops),
    args: Int32Array.from(writer.args),
    next: Int32Array.from(writer.next),
    other: Int32Array.from(writer.other),
    start,
    alphabet,
    members: membership(sets, alphabet),
    beside,
    place: Int32Array.from(writer.place),
    copy: Int32Array.from(writer.copy),
    placeCount: writer.placeCount,
    looks: writer.looks,
    hasLineStart: writer.hasLineStart,
  };
}

/** Writes instructions from the end backwards, so that every one knows what follows it. */
class Writer {
  readonly ops: number[] = [];
  readonly args: number[] = [];
  readonly next: number[] = [];
  readonly other: number[] = [];
  readonly place: number[] = [];
  readonly copy: number[] = [];
  readonly sets = new Map<string, CharSet>();
  private readonly setNumbers = new Map<string, number>();
  readonly looks: Look[] = [];
  placeCount = 0;
  hasConditions = false;
  hasLineStart = false;

  emit(op: number, arg: number, next: number, other = 0): number {
    this.args.push(arg);
    this.next.push(next);
    this.other.push(other);
    this.place.push(-1);
    this.copy.push(0);
    return this.ops.push(op) - 1;
  }

  /** Writes the node in front of the instruction `next`; gives where it begins. */
  write(node: Node, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'set':
        return node.set.length === 0
          ? this.emit(OP.fail, 0, 0)
          : this.emit(OP.set, this.setNumber(node.set), next);
      case 'assert':
        this.hasConditions = true;
        if (node.assertion === 'line_start') this.hasLineStart = true;
        return this.emit(OP.assert, ASSERTION[node.assertion], next);
      case 'look':
        this.looks.push({
          program: buildProgram(node.behind ? node.of : reversed(node.of)),
          behind: node.behind,
        });
        return this.emit(OP.look, this.looks.length - 1, next, node.negated ? 1 : 0);
      case 'sequence':
        return node.of.reduceRight((after, member) => this.write(member, after), next);
      case 'choice':
        return node.of
          .map((member) => this.write(member, next))
          .reduceRight((rest, member) => this.emit(OP.split, 0, member, rest));
      case 'repeat':
        return node.max === Infinity
          ? this.writeLoop(node.of, node.min, next)
          : this.writeCounted(node, next);
    }
  }

  private writeLoop(of: Node, min: number, next: number): number {
    const loop = this.emit(OP.split, 0, 0, next);
    const places: number[] = [];
    let from = this.ops.length;
    let entry = this.write(of, loop);
    this.next[loop] = entry;
    if (min === 0) return loop;
    this.markCopy(from, min - 1, places);
    for (let copy = min - 2; copy >= 0; copy--) {
      from = this.ops.length;
      entry = this.write(of, entry);
      this.markCopy(from, copy, places);
    }
    return entry;
  }

  /** Every copy is written alike, so the n-th instruction of one corresponds to the n-th of another. Inner loops keep theirs. */
  private markCopy(from: number, copy: number, places: number[]): void {
    for (let pc = from; pc < this.ops.length; pc++) {
      if ((this.place[pc] ?? -1) >= 0) continue;
      const offset = pc - from;
      places[offset] ??= this.placeCount++;
      this.place[pc] = places[offset] ?? -1;
      this.copy[pc] = copy;
    }
  }

  private writeCounted(
    node: { readonly of: Node; readonly min: number; readonly max: number },
    next: number,
  ): number {
    let entry = next;
    for (let copy = node.max; copy > node.min; copy--) {
      entry = this.emit(OP.split, 0, this.write(node.of, entry), next);
    }
    for (let copy = 0; copy < node.min; copy++) entry = this.write(node.of, entry);
    return entry;
  }

  private setNumber(set: CharSet): number {
    const key = set.join();
    const known = this.setNumbers.get(key);
    if (known !== undefined) return known;
    this.setNumbers.set(key, this.sets.size);
    this.sets.set(key, set);
    return this.sets.size - 1;
  }
}

const MIRRORED: Readonly<Record<Assertion, Assertion>> = {
  text_start: 'text_end',
  text_end: 'text_start',
  line_start: 'line_end',
  line_end: 'line_start',
  word: 'word',
  not_word: 'not_word',
};

/** The tree that matches the mirrored texts. A look-around speaks of a position, not of a direction, and stays as it is. */
export function reversed(node: Node): Node {
  switch (node.kind) {
    case 'empty':
    case 'set':
    case 'look':
      return node;
    case 'assert':
      return { kind: 'assert', assertion: MIRRORED[node.assertion] };
    case 'sequence':
    case 'choice': {
      const of = node.of.map(reversed);
      return { kind: node.kind, of: node.kind === 'sequence' ? of.reverse() : of };
    }
    case 'repeat':
      return { ...node, of: reversed(node.of) };
  }
}
