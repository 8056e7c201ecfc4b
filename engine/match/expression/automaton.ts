import type { Alphabet } from './alphabet.ts';
import { OP, type Program } from './program.ts';
import { Simulation } from './simulation.ts';

/** Entries of the transition table. A state is the offset of its row, which is never 0. */
const UNKNOWN = 0;
const MATCHED = -1;
/** No text can match from here. */
const DEAD = -2;
/** The cache was filled too fast to be worth having; go on without it. */
const ABANDONED = -3;

/** What the cache of one automaton may hold: states, entries of the table, and leaves of all states together. */
export interface CacheLimits {
  readonly states: number;
  readonly entries: number;
  readonly leaves: number;
}

const CACHE_LIMITS: CacheLimits = { states: 4096, entries: 1 << 16, leaves: 1 << 16 };
/** States made between two looks at whether making them pays. */
const STATES_A_LOOK = 256;
/** Each new state should serve so many characters; else the text is read by simulation, which is cheaper than making a state a character. */
const SERVED_MIN = 16;

/**
 * A deterministic automaton whose states are made when they are first met (the "lazy DFA" of RE2; Cox 2010). One table read a
 * character once warm. The cache is bounded (512 KiB an expression); when it is full it is emptied. Where a text has hundreds of
 * states made that serve few characters each, the rest of it is read by simulation. So a search costs O(text × program) at the very worst and
 * O(text) in practice.
 */
export class Automaton {
  private readonly simulation: Simulation;
  private readonly alphabet: Alphabet;
  /** Whether an empty set of instructions can never grow again. */
  private readonly emptyIsDead: boolean;
  /** Columns of the table: the classes, and one for the end of the text. */
  private readonly stride: number;
  private readonly stateMax: number;
  private readonly leavesMax: number;
  private table: Int32Array;
  /** The leaves and what stood before them, by row. */
  private states: { readonly leaves: Int32Array; readonly before: number }[] = [];
  private rows = new Map<string, number>();
  private leavesKept = 0;
  private startRow = 0;
  private made = 0;
  private lookedAt = 0;

  constructor(program: Program, limits: CacheLimits = CACHE_LIMITS) {
    this.simulation = new Simulation(program);
    this.alphabet = program.alphabet;
    this.emptyIsDead = !program.hasLineStart;
    this.stride = program.alphabet.count + 1;
    this.stateMax = Math.max(2, Math.min(limits.states, Math.floor(limits.entries / this.stride)));
    this.leavesMax = limits.leaves;
    this.table = new Int32Array(this.stride * 8);
  }

  /** Steps a character: one read of the table, unless the states are so many that they may have to be made as the text goes on. */
  get weight(): number {
    const places = placesOf(this.simulation.program);
    return places <= SMALL_PROGRAM ? 1 : Math.ceil(places / PLACES_A_STEP);
  }

  /** Instructions visited by all searches so far. */
  get work(): number {
    return this.simulation.work;
  }

  /** Whether a match lies anywhere in the text. */
  test(text: string): boolean {
    const end = text.length;
    const { latin, pages, pageStart, pairs } = this.alphabet;
    let state = this.start();
    let i = 0;
    while (state > 0) {
      // The inner loop makes no call and sees one table, so that the compiler keeps its address in a register.
      const table = this.table;
      let column = -1;
      let following = UNKNOWN;
      for (; i < end; i++) {
        const unit = text.charCodeAt(i);
        if (unit < 0x100) column = latin[unit] ?? 0;
        else if ((unit & 0xfc00) !== 0xd800 || i + 1 >= end || (text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00)
          column = pages[(pageStart[unit >> 8] ?? 0) + (unit & 0xff)] ?? 0;
        else {
          column = pairs[unit & 0x3ff] ?? 0;
          if (column < 0) break;
          i++;
        }
        following = table[state + column] ?? 0;
        if (following <= 0) break;
        state = following;
      }
      if (i >= end) return this.conclude(state);
      if (column < 0) {
        const code = text.codePointAt(i) ?? 0;
        if (code > 0xffff) i++;
        column = this.alphabet.classOf(code);
        following = table[state + column] ?? 0;
      }
      i++;
      state = following === UNKNOWN ? this.make(state, column, i) : following;
      if (state === ABANDONED) return this.simulateText(text, i);
    }
    return state === MATCHED;
  }

  /**
   * The same over UTF-16 code units from `start` to `end`; written twice, so that neither form makes a copy or a call a character.
   */
  testUnits(units: Uint16Array, start: number, end: number): boolean {
    const { latin, pages, pageStart, pairs } = this.alphabet;
    let state = this.start();
    let i = start;
    while (state > 0) {
      // The inner loop makes no call and sees one table, so that the compiler keeps its address in a register.
      const table = this.table;
      let column = -1;
      let following = UNKNOWN;
      for (; i < end; i++) {
        const unit = units[i] ?? 0;
        if (unit < 0x100) column = latin[unit] ?? 0;
        else if ((unit & 0xfc00) !== 0xd800 || i + 1 >= end || ((units[i + 1] ?? 0) & 0xfc00) !== 0xdc00)
          column = pages[(pageStart[unit >> 8] ?? 0) + (unit & 0xff)] ?? 0;
        else {
          column = pairs[unit & 0x3ff] ?? 0;
          if (column < 0) break;
          i++;
        }
        following = table[state + column] ?? 0;
        if (following <= 0) break;
        state = following;
      }
      if (i >= end) return this.conclude(state);
      if (column < 0) {
        const code = codePointAt(units, i, end);
        if (code > 0xffff) i++;
        column = this.alphabet.classOf(code);
        following = table[state + column] ?? 0;
      }
      i++;
      state = following === UNKNOWN ? this.make(state, column, i - start) : following;
      if (state === ABANDONED) return this.simulateUnits(units, i, end);
    }
    return state === MATCHED;
  }

  private start(): number {
    this.made = 0;
    this.lookedAt = 0;
    if (this.startRow !== 0) return this.startRow;
    this.simulation.begin();
    this.startRow = this.intern();
    return this.startRow;
  }

  /** Whether a match ends with the text. */
  private conclude(state: number): boolean {
    const column = state + this.stride - 1;
    const known = this.table[column] ?? 0;
    if (known !== UNKNOWN) return known === MATCHED;
    this.load(state);
    const matched = this.simulation.finish();
    this.table[column] = matched ? MATCHED : DEAD;
    return matched;
  }

  private load(state: number): void {
    const kept = this.states[state / this.stride - 1];
    if (kept !== undefined) this.simulation.resume(kept.leaves, kept.before);
  }

  /** Makes the state that follows `state` on a class, `offset` characters into the text. */
  private make(state: number, column: number, offset: number): number {
    this.load(state);
    this.simulation.step(column);
    if (this.isFull()) {
      this.empty();
      return this.intern();
    }
    const before = this.states.length;
    const following = this.intern();
    this.table[state + column] = following;
    if (this.states.length > before && ++this.made % STATES_A_LOOK === 0) {
      if (offset - this.lookedAt < SERVED_MIN * STATES_A_LOOK) return ABANDONED;
      this.lookedAt = offset;
    }
    return following;
  }

  private isFull(): boolean {
    return this.states.length >= this.stateMax || this.leavesKept > this.leavesMax;
  }

  private empty(): void {
    this.states = [];
    this.rows = new Map();
    this.leavesKept = 0;
    this.startRow = 0;
    this.table = new Int32Array(this.stride * 8);
  }

  /** The row of the simulation's current set, made if it is new; or a verdict. */
  private intern(): number {
    const { simulation } = this;
    if (simulation.matched) return MATCHED;
    if (simulation.count === 0 && this.emptyIsDead) return DEAD;
    const leaves = simulation.leaves.slice(0, simulation.count).sort();
    const { ops } = simulation.program;
    const waits = leaves.some((pc) => ops[pc] !== OP.set);
    const before = waits ? simulation.before : 0;
    const key = keyOf(leaves, before);
    const known = this.rows.get(key);
    if (known !== undefined) return known;
    this.states.push({ leaves, before });
    this.leavesKept += leaves.length + 8;
    const row = this.states.length * this.stride;
    this.rows.set(key, row);
    if (row + this.stride > this.table.length) {
      const larger = new Int32Array(this.table.length * 2);
      larger.set(this.table);
      this.table = larger;
    }
    return row;
  }

  private simulateText(text: string, from: number): boolean {
    const { simulation, alphabet } = this;
    for (let i = from; i < text.length && !simulation.matched; i++) {
      const code = text.codePointAt(i) ?? 0;
      simulation.step(alphabet.classOf(code));
      if (code > 0xffff) i++;
    }
    return simulation.matched || simulation.finish();
  }

  private simulateUnits(units: Uint16Array, from: number, end: number): boolean {
    const { simulation, alphabet } = this;
    for (let i = from; i < end && !simulation.matched; i++) {
      const code = codePointAt(units, i, end);
      simulation.step(alphabet.classOf(code));
      if (code > 0xffff) i++;
    }
    return simulation.matched || simulation.finish();
  }
}

/** A program of so many instructions has few states in practice: of the public expressions all have fewer than a thousand. */
const SMALL_PROGRAM = 128;
/** Instructions that a step of simulation visits in about the time of a table read, few of them being reached at once. */
const PLACES_A_STEP = 4;

/** The instructions of a program, copies that make each other redundant counted once. */
function placesOf({ place, copy }: Program): number {
  let count = 0;
  for (let pc = 0; pc < place.length; pc++) if ((place[pc] ?? -1) < 0 || (copy[pc] ?? 0) === 0) count++;
  return count;
}

/** The code point whose first unit stands at `i`; a lone surrogate is itself. */
function codePointAt(units: Uint16Array, i: number, end: number): number {
  const unit = units[i] ?? 0;
  if ((unit & 0xfc00) !== 0xd800 || i + 1 >= end) return unit;
  const low = units[i + 1] ?? 0;
  return (low & 0xfc00) === 0xdc00 ? 0x1_0000 + ((unit & 0x3ff) << 10) + (low & 0x3ff) : unit;
}

/** Instruction numbers stay below 65,536, so that each is one unit of the key. */
function keyOf(leaves: Int32Array, before: number): string {
  let key = String.fromCharCode(before);
  for (let from = 0; from < leaves.length; from += 4096) {
    key += Reflect.apply(String.fromCharCode, String, leaves.subarray(from, from + 4096));
  }
  return key;
}
