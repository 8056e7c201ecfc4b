import {
  add,
  and,
  block,
  branch,
  branchIf,
  type Code,
  geU,
  i32,
  type Local,
  load32,
  loop,
  mul,
  or,
  Program,
  seq,
  shrU,
} from '../vector/index.ts';

/** How words are hashed into a bitmap. */
export interface WordHash {
  /** Bits that are set in every word first. */
  readonly lower: number;
  readonly mix: number;
  readonly shift: number;
}

/** Words that are asked for before one branch decides for all. */
const TOGETHER = 4;

/**
 * `LineFilter`'s look for the next word whose bit is set, as a program: `nextWord(at, last, step, bits)` gives the address of the first such word at `at`,
 * `at + step` and so on (steps in bytes), or one from `last` on; `bits` is the address of the bitmap. There is nothing to vectorise, since each word
 * asks for a place of its own, but no index is checked.
 */
export function lineProgram({ lower, mix, shift }: WordHash): Program {
  return new Program((assembler) => {
    assembler.define('nextWord', { parameters: 4, results: 1 }, (locals) => {
      const at = locals.parameter(0);
      const last = locals.parameter(1);
      const step = locals.parameter(2);
      const bits = locals.parameter(3);
      const hash = locals.i32();
      const place = locals.i32();
      const seen = locals.i32();
      /** The bit of the word at an address, above others that do not count. */
      const bitOf = (address: Code, into: Local): Code =>
        seq(
          into.set(shrU(mul(or(load32(address), i32(lower)), i32(mix)), i32(shift))),
          // Four bytes of the bitmap that hold the bit; a shift goes by its lower five bits alone.
          into.set(shrU(load32(add(bits.get, and(shrU(into.get, i32(3)), i32(-4)))), into.get)),
        );
      const following = Array.from({ length: TOGETHER - 1 }, () =>
        seq(place.add(step.get), bitOf(place.get, hash), seen.set(or(seen.get, hash.get))),
      );
      return seq(
        block(
          'near',
          loop(
            'far',
            branchIf('near', geU(add(at.get, mul(step.get, i32(TOGETHER - 1))), last.get)),
            place.set(at.get),
            bitOf(place.get, seen),
            ...following,
            branchIf('near', and(seen.get, i32(1))),
            at.add(mul(step.get, i32(TOGETHER))),
            branch('far'),
          ),
        ),
        block(
          'found',
          loop(
            'look',
            branchIf('found', geU(at.get, last.get)),
            bitOf(at.get, hash),
            branchIf('found', and(hash.get, i32(1))),
            at.add(step.get),
            branch('look'),
          ),
        ),
        at.get,
      );
    });
  });
}
