import { ASSERTION, BESIDE, OP, type Program } from './program.ts';

const UNKNOWN = -1;

/**
 * The set of instructions that a program is at, moved along a text one character at a time: each step costs at most the size
 * of the program, whatever the expression (Thompson 1968). Between characters it holds the *leaves*: instructions that consume a
 * character, and conditions that depend on the character to come.
 */
export class Simulation {
  readonly program: Program;
  readonly leaves: Int32Array;
  count = 0;
  /** Whether success was reached by the last move. */
  matched = false;
  /** `BESIDE` bits of the character before the position. */
  before: number = BESIDE.edge;
  /** Instructions visited since the beginning: the measure of work that tests look at. */
  work = 0;
  /** Where look-arounds hold: one array a look-around, one byte a position. */
  looks: readonly Uint8Array[] = [];
  position = 0;

  readonly #marks: Int32Array;
  #generation = 0;
  readonly #stack: Int32Array;
  readonly #active: Int32Array;
  readonly #lastCopy: Int32Array;

  constructor(program: Program) {
    const size = program.ops.length;
    this.program = program;
    this.leaves = new Int32Array(size);
    this.#marks = new Int32Array(size);
    this.#stack = new Int32Array(size + 2);
    this.#active = new Int32Array(size);
    this.#lastCopy = new Int32Array(program.placeCount);
  }

  /** Goes to the beginning of a text. */
  begin(): void {
    this.before = BESIDE.edge;
    this.position = 0;
    this.count = 0;
    this.matched = false;
    this.#generation++;
    this.#enter(this.program.start, UNKNOWN);
    this.#prune();
  }

  /** Takes up leaves that were kept, with what stood before them. */
  resume(leaves: Int32Array, before: number): void {
    this.leaves.set(leaves);
    this.count = leaves.length;
    this.before = before;
    this.matched = false;
  }

  /** Moves over one character, unless a match is found before it. */
  step(characterClass: number): void {
    this.settle(this.program.beside[characterClass] ?? 0);
    if (!this.matched) this.consume(characterClass);
  }

  /** Moves over one character once the position is settled; the search begins anew behind it as well. */
  consume(characterClass: number): void {
    const { program, leaves, count } = this;
    const active = this.#active;
    const { alphabet, args, members, next } = program;
    for (let i = 0; i < count; i++) active[i] = leaves[i] ?? 0;
    this.#generation++;
    this.count = 0;
    this.matched = false;
    this.before = program.beside[characterClass] ?? 0;
    this.position++;
    this.work += count + 1;
    for (let i = 0; i < count; i++) {
      const pc = active[i] ?? 0;
      if (members[(args[pc] ?? 0) * alphabet.count + characterClass] === 1)
        this.#enter(next[pc] ?? 0, UNKNOWN);
    }
    this.#enter(program.start, UNKNOWN);
    this.#prune();
  }

  /** Tells at the end of the text whether a match ends there. */
  finish(): boolean {
    this.settle(BESIDE.edge);
    return this.matched;
  }

  /** Decides the conditions that waited for the next character; the leaves are then consuming instructions only. */
  settle(after: number): void {
    const { ops, args, next } = this.program;
    const { leaves } = this;
    const active = this.#active;
    let waiting = 0;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const pc = leaves[i] ?? 0;
      if (ops[pc] === OP.set) leaves[kept++] = pc;
      else active[waiting++] = pc;
    }
    this.count = kept;
    if (waiting === 0) return;
    this.#generation++;
    for (let i = 0; i < kept; i++) this.#marks[leaves[i] ?? 0] = this.#generation;
    for (let i = 0; i < waiting; i++) {
      const pc = active[i] ?? 0;
      if (conditionHolds(args[pc] ?? 0, this.before, after)) this.#enter(next[pc] ?? 0, after);
    }
  }

  /** Follows everything that consumes nothing from an instruction, and adds the leaves it comes to. */
  #enter(from: number, after: number): void {
    const { ops, args, next, other } = this.program;
    const { leaves } = this;
    const stack = this.#stack;
    const marks = this.#marks;
    const generation = this.#generation;
    let depth = 0;
    stack[depth++] = from;
    while (depth > 0) {
      const pc = stack[--depth] ?? 0;
      if (marks[pc] === generation) continue;
      marks[pc] = generation;
      this.work++;
      switch (ops[pc]) {
        case OP.set:
          leaves[this.count++] = pc;
          break;
        case OP.split:
          stack[depth++] = other[pc] ?? 0;
          stack[depth++] = next[pc] ?? 0;
          break;
        case OP.assert: {
          const condition = args[pc] ?? 0;
          if (after === UNKNOWN && condition > ASSERTION.line_start) leaves[this.count++] = pc;
          else if (conditionHolds(condition, this.before, after)) stack[depth++] = next[pc] ?? 0;
          break;
        }
        case OP.look:
          if (this.looks[args[pc] ?? 0]?.[this.position] === 1 - (other[pc] ?? 0))
            stack[depth++] = next[pc] ?? 0;
          break;
        case OP.match:
          this.matched = true;
          break;
        default:
          break;
      }
    }
  }

  /** Drops the leaves that a later copy of the same repetition makes redundant. */
  #prune(): void {
    const { place, copy, placeCount } = this.program;
    if (placeCount === 0) return;
    const { leaves } = this;
    const lastCopy = this.#lastCopy;
    for (let i = 0; i < this.count; i++) {
      const at = place[leaves[i] ?? 0] ?? -1;
      if (at >= 0) lastCopy[at] = -1;
    }
    for (let i = 0; i < this.count; i++) {
      const pc = leaves[i] ?? 0;
      const at = place[pc] ?? -1;
      if (at >= 0 && (copy[pc] ?? 0) > (lastCopy[at] ?? 0)) lastCopy[at] = copy[pc] ?? 0;
    }
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const pc = leaves[i] ?? 0;
      const at = place[pc] ?? -1;
      if (at < 0 || copy[pc] === lastCopy[at]) leaves[kept++] = pc;
    }
    this.count = kept;
  }
}

function conditionHolds(condition: number, before: number, after: number): boolean {
  switch (condition) {
    case ASSERTION.text_start:
      return (before & BESIDE.edge) !== 0;
    case ASSERTION.line_start:
      return (before & (BESIDE.edge | BESIDE.newline)) !== 0;
    case ASSERTION.text_end:
      return (after & BESIDE.edge) !== 0;
    case ASSERTION.line_end:
      return (after & (BESIDE.edge | BESIDE.newline)) !== 0;
    case ASSERTION.word:
      return ((before ^ after) & BESIDE.word) !== 0;
    default:
      return ((before ^ after) & BESIDE.word) === 0;
  }
}
