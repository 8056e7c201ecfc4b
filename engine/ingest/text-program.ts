import {
  type Assembler,
  add,
  andV,
  anyTrue,
  block,
  branch,
  branchIf,
  eq,
  eq8,
  eqz,
  geU,
  giveBack,
  gtU,
  highBits,
  highWide,
  i32,
  load8,
  loadV,
  loop,
  lowWide,
  ltU,
  ltU8,
  ne,
  or,
  orV,
  Program,
  seq,
  shl,
  splat8,
  store16,
  store32,
  storeV,
  sub,
  sub8,
  trailingZeros,
  when,
} from '../vector/index.ts';

const NEWLINE = 10;
const QUOTE = 34;
const SLASH = 47;
const BACKSLASH = 92;
const LETTER_A = 65;
const LETTER_U = 117;
const LETTERS = 26;
/** The bit by which the cases of a letter differ. */
const CASE_BIT = 32;
const VECTOR = 16;

/**
 * What is done with the bytes of a whole line or of the body of a string, sixteen at a time. Addresses are the arena's; up to sixteen bytes behind a
 * range are read, and as many units behind those asked for are written.
 */
export const TEXT_PROGRAM = new Program((assembler) => {
  defineLineEnd(assembler);
  defineFold(assembler);
  defineSpelt(assembler);
});

/** `lineEnd(from, to)`: the address of the next line end, or `to`. */
function defineLineEnd(assembler: Assembler): void {
  assembler.define('lineEnd', { parameters: 2, results: 1 }, (locals) => {
    const at = locals.parameter(0);
    const to = locals.parameter(1);
    const ends = locals.v128();
    const found = locals.i32();
    const isEnd = (offset: number) => eq8(loadV(at.get, offset), ends.get);
    return seq(
      ends.set(splat8(i32(NEWLINE))),
      // Four vectors at a time, while they lie before the end.
      block(
        'near',
        loop(
          'far',
          branchIf('near', gtU(add(at.get, i32(4 * VECTOR)), to.get)),
          branchIf(
            'near',
            anyTrue(orV(orV(isEnd(0), isEnd(VECTOR)), orV(isEnd(2 * VECTOR), isEnd(3 * VECTOR)))),
          ),
          at.add(i32(4 * VECTOR)),
          branch('far'),
        ),
      ),
      loop(
        'look',
        when(geU(at.get, to.get), [giveBack(to.get)]),
        found.set(highBits(isEnd(0))),
        when(eqz(found.get), [at.add(i32(VECTOR)), branch('look')]),
      ),
      at.add(trailingZeros(found.get)),
      when(gtU(at.get, to.get), [giveBack(to.get)]),
      at.get,
    );
  });
}

/**
 * `fold(from, to, out, result)`: writes the units of the body of a JSON string, folded, as long as they are ASCII or one of the three escapes that
 * paths and command lines are full of. Gives the address of the first byte it leaves to others, or `to`; where the units end is left at `result`.
 */
function defineFold(assembler: Assembler): void {
  assembler.define('fold', { parameters: 4, results: 1 }, (locals) => {
    const p = locals.parameter(0);
    const to = locals.parameter(1);
    const out = locals.parameter(2);
    const result = locals.parameter(3);
    const units = locals.v128();
    const slash = locals.v128();
    const first = locals.v128();
    const letters = locals.v128();
    const bit = locals.v128();
    const stops = locals.i32();
    const rest = locals.i32();
    const escaped = locals.i32();
    const leave = seq(store32(result.get, out.get), giveBack(p.get));
    return seq(
      slash.set(splat8(i32(BACKSLASH))),
      first.set(splat8(i32(LETTER_A))),
      letters.set(splat8(i32(LETTERS))),
      bit.set(splat8(i32(CASE_BIT))),
      loop(
        'next',
        when(geU(p.get, to.get), [leave]),
        units.set(loadV(p.get)),
        // The highest bit of a byte beyond ASCII is set already.
        stops.set(highBits(orV(units.get, eq8(units.get, slash.get)))),
        rest.set(sub(to.get, p.get)),
        when(ltU(rest.get, i32(VECTOR)), [stops.set(or(stops.get, shl(i32(0xffff), rest.get)))]),
        units.set(orV(units.get, andV(ltU8(sub8(units.get, first.get), letters.get), bit.get))),
        storeV(out.get, lowWide(units.get)),
        storeV(out.get, highWide(units.get), VECTOR),
        when(eqz(stops.get), [p.add(i32(VECTOR)), out.add(i32(2 * VECTOR)), branch('next')]),
        stops.set(trailingZeros(stops.get)),
        p.add(stops.get),
        out.add(shl(stops.get, i32(1))),
        when(geU(p.get, to.get), [leave]),
        when(ne(load8(p.get), i32(BACKSLASH)), [leave]),
        escaped.set(load8(p.get, 1)),
        when(
          eqz(
            or(eq(escaped.get, i32(BACKSLASH)), or(eq(escaped.get, i32(QUOTE)), eq(escaped.get, i32(SLASH)))),
          ),
          [leave],
        ),
        store16(out.get, escaped.get),
        out.add(i32(2)),
        p.add(i32(2)),
        branch('next'),
      ),
      p.get,
    );
  });
}

/** `spelt(from, to)`: whether some byte is beyond ASCII, or an escape `\u` stands there (one behind a backslash of its own counts, too). */
function defineSpelt(assembler: Assembler): void {
  assembler.define('spelt', { parameters: 2, results: 1 }, (locals) => {
    const at = locals.parameter(0);
    const to = locals.parameter(1);
    const slash = locals.v128();
    const letter = locals.v128();
    const found = locals.i32();
    const marks = orV(loadV(at.get), andV(eq8(loadV(at.get), slash.get), eq8(loadV(at.get, 1), letter.get)));
    return seq(
      slash.set(splat8(i32(BACKSLASH))),
      letter.set(splat8(i32(LETTER_U))),
      loop(
        'look',
        when(geU(at.get, to.get), [giveBack(i32(0))]),
        found.set(highBits(marks)),
        when(eqz(found.get), [at.add(i32(VECTOR)), branch('look')]),
      ),
      ltU(add(at.get, trailingZeros(found.get)), to.get),
    );
  });
}
