import {
  add,
  and,
  block,
  branch,
  branchIf,
  eq8,
  geU,
  giveBack,
  highBits,
  i32,
  lane32,
  load32,
  loadV,
  loop,
  mul,
  mul32,
  ne,
  Program,
  seq,
  shl,
  shrU,
  splat32,
  store32,
  sub,
  when,
  xor,
  xorV,
} from '../vector/index.ts';

/** Words of an entry: hash, length, owner, the address of the value's bytes, result; the rest keeps entries apart by a power of two. */
export const ENTRY_WORDS = 8;
/** A value may stand in any of so many neighbouring entries. */
export const WAYS = 4;
/** Bytes of a vector; values must not be shorter. */
export const VECTOR = 16;

const ENTRY_SHIFT = 5;
const MIX = 0x9e3779b1 | 0;
const MIX_MORE = 0x85ebca6b | 0;
/**
 * Values are hashed by five vectors, spread evenly: all of a value of up to eighty bytes. By vector an odd factor of its own, so that values of the
 * same parts in another order differ.
 */
const HASHED = [MIX, MIX_MORE, 0xc2b2ae35 | 0, 0x27d4eb2f, 0x165667b1] as const;
/** A quarter of the way between them. */
const HASHED_SHIFT = 2;

/**
 * `find(from, to, owner, table, mask, hashTo)`: the result that the table has for an owner's value, the bytes at `[from, to)` of the memory, or -1. The
 * value's hash is left at the address `hashTo`, so that what is not there can be put there: its entries are the `WAYS` ones from `hash & mask` on,
 * and `mask` is the number of entries less `WAYS`. What is found has been compared in full. Cost: a nanosecond for some eight bytes.
 */
export const VALUE_PROGRAM = new Program((assembler) => {
  assembler.define('find', { parameters: 6, results: 1 }, (locals) => {
    const from = locals.parameter(0);
    const to = locals.parameter(1);
    const owner = locals.parameter(2);
    const table = locals.parameter(3);
    const mask = locals.parameter(4);
    const hashTo = locals.parameter(5);
    const length = locals.i32();
    const last = locals.i32();
    const at = locals.i32();
    const hash = locals.i32();
    const entry = locals.i32();
    const left = locals.i32();
    const own = locals.i32();
    const lanes = locals.v128();
    const folded = (lane: 1 | 2 | 3, by: number, shift: number) =>
      seq(
        hash.set(mul(xor(hash.get, lane32(lanes.get, lane)), i32(by))),
        hash.set(xor(hash.get, shrU(hash.get, i32(shift)))),
      );
    const differs = (a: typeof from.get, b: typeof from.get) =>
      ne(highBits(eq8(loadV(a), loadV(b))), i32(0xffff));
    return seq(
      length.set(sub(to.get, from.get)),
      last.set(sub(to.get, i32(VECTOR))),
      lanes.set(splat32(xor(mul(owner.get, i32(MIX_MORE)), length.get))),
      // None waits for another.
      ...HASHED.map((factor, i) =>
        lanes.set(
          xorV(
            lanes.get,
            mul32(
              loadV(add(from.get, shrU(mul(sub(last.get, from.get), i32(i)), i32(HASHED_SHIFT)))),
              splat32(i32(factor)),
            ),
          ),
        ),
      ),
      hash.set(lane32(lanes.get, 0)),
      hash.set(xor(hash.get, shrU(hash.get, i32(16)))),
      folded(1, MIX, 15),
      folded(2, MIX_MORE, 13),
      folded(3, MIX, 16),
      store32(hashTo.get, hash.get),
      entry.set(add(table.get, shl(and(hash.get, mask.get), i32(ENTRY_SHIFT)))),
      left.set(i32(WAYS)),
      loop(
        'way',
        block(
          'other',
          branchIf('other', ne(load32(entry.get), hash.get)),
          branchIf('other', ne(load32(entry.get, 4), length.get)),
          branchIf('other', ne(load32(entry.get, 8), owner.get)),
          at.set(from.get),
          own.set(load32(entry.get, 12)),
          loop(
            'compare',
            when(geU(at.get, last.get), [
              // The last vector overlaps the one before.
              branchIf('other', differs(last.get, sub(add(own.get, last.get), at.get))),
              giveBack(load32(entry.get, 16)),
            ]),
            branchIf('other', differs(at.get, own.get)),
            at.add(i32(VECTOR)),
            own.add(i32(VECTOR)),
            branch('compare'),
          ),
        ),
        entry.add(i32(ENTRY_WORDS * 4)),
        left.set(sub(left.get, i32(1))),
        branchIf('way', left.get),
      ),
      i32(-1),
    );
  });
});
