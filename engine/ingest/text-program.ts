import {
  type Assembler,
  add,
  and,
  andV,
  anyTrue,
  block,
  branch,
  branchIf,
  type Code,
  eq,
  eq8,
  eq16,
  eqz,
  geU,
  giveBack,
  gtU,
  highBits,
  highBits16,
  highWide,
  i32,
  type Local,
  leU,
  load8,
  load16,
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
  shrU,
  splat8,
  splat16,
  store16,
  store32,
  storeV,
  sub,
  sub8,
  trailingZeros,
  when,
  xor,
} from '../vector/index.ts';

const NEWLINE = 10;
const QUOTE = 34;
const SLASH = 47;
const BACKSLASH = 92;
const LETTER_A = 65;
const LETTER_U = 117;
const DIGIT_0 = 48;
const DIGIT_2 = 50;
/** The first two bytes of U+017F and U+212A. */
const LONG_S = [0xc5, 0xbf] as const;
const KELVIN = [0xe2, 0x84] as const;
const LETTERS = 26;
/** The bit by which the cases of a letter differ. */
const CASE_BIT = 32;
const VECTOR = 16;
/** Letters of escapes for control characters, and these. */
const CONTROLS: readonly (readonly [number, number])[] = [
  [110, 10],
  [116, 9],
  [114, 13],
];
/** By letter, counted from `b`: the bits of b, f, n, r and t. */
const CONTROL_LETTERS = 1 | (1 << 4) | (1 << 12) | (1 << 16) | (1 << 18);
const LETTER_B = 98;
const BLANK = 32;
const UNICODE_DIGITS = 4;

/**
 * What is done with the bytes of a whole line or of the body of a string, sixteen at a time. Addresses are the arena's; up to sixteen bytes behind a
 * range are read, and as many units behind those asked for are written.
 */
export const TEXT_PROGRAM = new Program((assembler) => {
  defineLineEnd(assembler);
  defineLineStop(assembler);
  defineFold(assembler);
  defineSpelt(assembler);
  defineSound(assembler);
  defineOccurs(assembler);
  defineSame(assembler);
});

/** Moves on by four vectors at a time, while they lie before the end and hold nothing that is looked for. */
function passOver(at: Local, to: Local, isHit: (offset: number) => Code): Code {
  return block(
    'near',
    loop(
      'far',
      branchIf('near', gtU(add(at.get, i32(4 * VECTOR)), to.get)),
      branchIf('near', anyTrue(orV(orV(isHit(0), isHit(VECTOR)), orV(isHit(2 * VECTOR), isHit(3 * VECTOR))))),
      at.add(i32(4 * VECTOR)),
      branch('far'),
    ),
  );
}

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
      passOver(at, to, isEnd),
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
 * `lineStop(from, to)`: the address of the next line end or NUL byte, or `to`. Both are found by one comparison, with what else is less than a line end and
 * of which only tabs are met, seldom.
 */
function defineLineStop(assembler: Assembler): void {
  assembler.define('lineStop', { parameters: 2, results: 1 }, (locals) => {
    const at = locals.parameter(0);
    const to = locals.parameter(1);
    const above = locals.v128();
    const found = locals.i32();
    const isLow = (offset: number) => ltU8(loadV(at.get, offset), above.get);
    return seq(
      above.set(splat8(i32(NEWLINE + 1))),
      passOver(at, to, isLow),
      loop(
        'look',
        when(geU(at.get, to.get), [giveBack(to.get)]),
        found.set(highBits(isLow(0))),
        when(eqz(found.get), [at.add(i32(VECTOR)), branch('look')]),
        at.add(trailingZeros(found.get)),
        when(geU(at.get, to.get), [giveBack(to.get)]),
        found.set(load8(at.get)),
        when(eqz(found.get), [giveBack(at.get)]),
        when(ne(found.get, i32(NEWLINE)), [at.add(i32(1)), branch('look')]),
      ),
      at.get,
    );
  });
}

/**
 * `fold(from, to, out, result)`: writes the units of the body of a JSON string, folded, as long as they are ASCII or one of the escapes that paths,
 * command lines and scripts are full of. Gives the address of the first byte it leaves to others, or `to`; where the units end is left at `result`.
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
        when(eqz(standsForItself(escaped)), [
          block(
            'control',
            ...CONTROLS.map(([letter, code]) =>
              when(eq(escaped.get, i32(letter)), [escaped.set(i32(code)), branch('control')]),
            ),
            leave,
          ),
        ]),
        store16(out.get, escaped.get),
        out.add(i32(2)),
        p.add(i32(2)),
        branch('next'),
      ),
      p.get,
    );
  });
}

/**
 * `spelt(from, to)`: whether an escape `\u0…` or `\u2…` stands there (one behind a backslash of its own counts, too), or what may be one of the two
 * letters beyond ASCII that fold into it (U+017F, U+212A).
 */
function defineSpelt(assembler: Assembler): void {
  assembler.define('spelt', { parameters: 2, results: 1 }, (locals) => {
    const at = locals.parameter(0);
    const to = locals.parameter(1);
    const slash = locals.v128();
    const letter = locals.v128();
    const longS = locals.v128();
    const kelvin = locals.v128();
    const found = locals.i32();
    const marks = orV(
      orV(eq8(loadV(at.get), longS.get), eq8(loadV(at.get), kelvin.get)),
      andV(eq8(loadV(at.get), slash.get), eq8(loadV(at.get, 1), letter.get)),
    );
    const yes = giveBack(i32(1));
    const isByte = (offset: number, value: number) => eq(load8(at.get, offset), i32(value));
    return seq(
      slash.set(splat8(i32(BACKSLASH))),
      letter.set(splat8(i32(LETTER_U))),
      longS.set(splat8(i32(LONG_S[0]))),
      kelvin.set(splat8(i32(KELVIN[0]))),
      loop(
        'look',
        when(geU(at.get, to.get), [giveBack(i32(0))]),
        found.set(highBits(marks)),
        when(eqz(found.get), [at.add(i32(VECTOR)), branch('look')]),
        at.add(trailingZeros(found.get)),
        when(geU(at.get, to.get), [giveBack(i32(0))]),
        when(isByte(0, BACKSLASH), [when(or(isByte(2, DIGIT_0), isByte(2, DIGIT_2)), [yes])]),
        when(and(isByte(0, LONG_S[0]), isByte(1, LONG_S[1])), [yes]),
        when(and(isByte(0, KELVIN[0]), isByte(1, KELVIN[1])), [yes]),
        at.add(i32(1)),
        branch('look'),
      ),
      i32(0),
    );
  });
}

/** Whether an escaped byte is a backslash, a quote or a slash. */
function standsForItself(escaped: Local): Code {
  return or(eq(escaped.get, i32(BACKSLASH)), or(eq(escaped.get, i32(QUOTE)), eq(escaped.get, i32(SLASH))));
}

/** `sound(from, to)`: 1 where no control character and no bad escape stands there, which is all that JSON asks of the insides of strings. */
function defineSound(assembler: Assembler): void {
  assembler.define('sound', { parameters: 2, results: 1 }, (locals) => {
    const at = locals.parameter(0);
    const to = locals.parameter(1);
    const bytes = locals.v128();
    const stops = locals.i32();
    const escaped = locals.i32();
    const digits = locals.i32();
    const refused = giveBack(i32(0));
    const isHex = or(
      leU(sub(escaped.get, i32(48)), i32(9)),
      leU(sub(or(escaped.get, i32(CASE_BIT)), i32(97)), i32(5)),
    );
    return seq(
      loop(
        'next',
        when(geU(at.get, to.get), [giveBack(eq(at.get, to.get))]),
        bytes.set(loadV(at.get)),
        stops.set(highBits(orV(eq8(bytes.get, splat8(i32(BACKSLASH))), ltU8(bytes.get, splat8(i32(BLANK)))))),
        when(eqz(stops.get), [at.add(i32(VECTOR)), branch('next')]),
        at.add(trailingZeros(stops.get)),
        when(geU(at.get, to.get), [giveBack(i32(1))]),
        when(ne(load8(at.get), i32(BACKSLASH)), [refused]),
        escaped.set(load8(at.get, 1)),
        at.add(i32(2)),
        branchIf('next', standsForItself(escaped)),
        when(eq(escaped.get, i32(LETTER_U)), [
          digits.set(i32(UNICODE_DIGITS)),
          loop(
            'digit',
            escaped.set(load8(at.get)),
            when(eqz(isHex), [refused]),
            at.add(i32(1)),
            digits.add(i32(-1)),
            branchIf('digit', digits.get),
          ),
          branch('next'),
        ]),
        escaped.set(sub(escaped.get, i32(LETTER_B))),
        when(gtU(escaped.get, i32(31)), [refused]),
        branchIf('next', and(shrU(i32(CONTROL_LETTERS), escaped.get), i32(1))),
      ),
      i32(0),
    );
  });
}

/**
 * `occurs(at, last, wanted, span)`: whether the units that begin at `wanted` stand at an address from `at` to `last`. `span` is how many bytes lie
 * between their first and their last unit, which are looked for together, eight places at a time.
 */
function defineOccurs(assembler: Assembler): void {
  assembler.define('occurs', { parameters: 4, results: 1 }, (locals) => {
    const at = locals.parameter(0);
    const last = locals.parameter(1);
    const wanted = locals.parameter(2);
    const span = locals.parameter(3);
    const first = locals.v128();
    const final = locals.v128();
    const found = locals.i32();
    const behind = locals.i32();
    return seq(
      first.set(splat16(load16(wanted.get))),
      final.set(splat16(load16(add(wanted.get, span.get)))),
      loop(
        'next',
        when(gtU(at.get, last.get), [giveBack(i32(0))]),
        found.set(
          highBits16(andV(eq16(loadV(at.get), first.get), eq16(loadV(add(at.get, span.get)), final.get))),
        ),
        when(eqz(found.get), [at.add(i32(VECTOR)), branch('next')]),
        at.add(shl(trailingZeros(found.get), i32(1))),
        when(gtU(at.get, last.get), [giveBack(i32(0))]),
        behind.set(i32(2)),
        loop(
          'same',
          when(geU(behind.get, span.get), [giveBack(i32(1))]),
          when(eq(load16(add(at.get, behind.get)), load16(add(wanted.get, behind.get))), [
            behind.add(i32(2)),
            branch('same'),
          ]),
        ),
        at.add(i32(2)),
        branch('next'),
      ),
      i32(0),
    );
  });
}

/** `same(a, b, length)`: whether as many bytes at both addresses are the same. */
function defineSame(assembler: Assembler): void {
  assembler.define('same', { parameters: 3, results: 1 }, (locals) => {
    const a = locals.parameter(0);
    const b = locals.parameter(1);
    const left = locals.parameter(2);
    const differ = locals.i32();
    return seq(
      loop(
        'next',
        when(eqz(left.get), [giveBack(i32(1))]),
        differ.set(xor(highBits(eq8(loadV(a.get), loadV(b.get))), i32(0xffff))),
        when(ltU(left.get, i32(VECTOR)), [
          giveBack(eqz(and(differ.get, sub(shl(i32(1), left.get), i32(1))))),
        ]),
        when(differ.get, [giveBack(i32(0))]),
        a.add(i32(VECTOR)),
        b.add(i32(VECTOR)),
        left.add(i32(-VECTOR)),
        branch('next'),
      ),
      i32(0),
    );
  });
}
