import { BESIDE, type Program } from './program.ts';
import { Simulation } from './simulation.ts';

/**
 * Searches for an expression with look-arounds in linear time: each look-around is first run over the whole text, forward for a
 * look-behind and backward for a look-ahead, and what it says at every position is noted (after Barrière and Pit-Claudel, "Linear
 * Matching of JavaScript Regular Expressions", 2024, for look-arounds without captures). Cost: O(text × program) always, and one
 * byte of memory a position and look-around: these expressions are the slow ones.
 */
export class LookSearch {
  private readonly program: Program;
  /** Instructions visited by all searches so far. */
  work = 0;

  constructor(program: Program) {
    this.program = program;
  }

  /** Steps a character: the programs of the expression and its look-arounds are simulated. */
  get weight(): number {
    return 8 + Math.ceil(sizeOf(this.program) / 4);
  }

  /** Whether a match lies anywhere in the text. */
  test(text: string): boolean {
    return this.search(Int32Array.from(text, (character) => character.codePointAt(0) ?? 0));
  }

  /** The same over UTF-16 code units from `start` to `end`; these expressions do allocate. */
  testUnits(units: Uint16Array, start: number, end: number): boolean {
    let text = '';
    for (let from = start; from < end; from += 4096) {
      text += String.fromCharCode(...units.subarray(from, Math.min(end, from + 4096)));
    }
    return this.test(text);
  }

  private search(codes: Int32Array): boolean {
    const { program } = this;
    const simulation = new Simulation(program);
    simulation.looks = program.looks.map((look) => this.record(look.program, codes, look.behind));
    simulation.begin();
    for (let i = 0; i < codes.length && !simulation.matched; i++) {
      simulation.step(program.alphabet.classOf(codes[i] ?? 0));
    }
    const matched = simulation.matched || simulation.finish();
    this.work += simulation.work;
    return matched;
  }

  /** Runs a look-around over the text in its direction; 1 at every position where it holds. */
  private record(program: Program, codes: Int32Array, forward: boolean): Uint8Array {
    const { length } = codes;
    const held = new Uint8Array(length + 1);
    const simulation = new Simulation(program);
    const inner = program.looks.map((look) => this.record(look.program, codes, look.behind));
    simulation.looks = forward ? inner : inner.map((bits) => bits.slice().reverse());
    simulation.begin();
    for (let i = 0; i < length; i++) {
      const characterClass = program.alphabet.classOf(codes[forward ? i : length - 1 - i] ?? 0);
      simulation.settle(program.beside[characterClass] ?? 0);
      if (simulation.matched) held[forward ? i : length - i] = 1;
      simulation.consume(characterClass);
    }
    simulation.settle(BESIDE.edge);
    if (simulation.matched) held[forward ? length : 0] = 1;
    this.work += simulation.work;
    return held;
  }
}

/** The instructions of a program and of its look-arounds. */
function sizeOf(program: Program): number {
  return program.looks.reduce((sum, look) => sum + sizeOf(look.program), program.ops.length);
}
