// Longer than 400 lines: one state machine, beside its counterpart in slot-scanner.ts, which is one as well.
import {
  type Assembler,
  add,
  and,
  block,
  branch,
  branchIf,
  type Code,
  eq,
  eq8,
  eqz,
  fill,
  geS,
  geU,
  giveBack,
  gtU,
  highBits,
  i32,
  type Local,
  leU,
  load8,
  load32,
  loadV,
  loop,
  ltS,
  ltU,
  mul,
  ne,
  or,
  Program,
  seq,
  shl,
  shrU,
  splat8,
  store8,
  store32,
  sub,
  trailingZeros,
  when,
} from '../vector/index.ts';
import { RECORD_LIMITS } from './framed.ts';
import {
  SLOT_ABSENT,
  SLOT_ARRAY,
  SLOT_FALSE,
  SLOT_NULL,
  SLOT_NUMBER,
  SLOT_OBJECT,
  SLOT_RESOLVE,
  SLOT_STRING,
  SLOT_TRUE,
} from './slot-kind.ts';

/** Records that are nested deeper are left to `JSON.parse`. */
export const SCAN_DEPTH_MAX = 200;

/** What a scan gives: `ok`, `malformed` and `fallback` of `SlotScanStatus`. */
export const SCAN_OK = 0;
export const SCAN_MALFORMED = 1;
export const SCAN_FALLBACK = 2;

/** The words of the arena's header that a scanner leaves the addresses of its tables in, in this order; last, the key that was found. */
export const SCAN_TABLES = [
  'keyNext',
  'keyLength',
  'keyTarget',
  'keyWordFrom',
  'keyWordLast',
  'keyWords',
  'firstKey',
  'nodeHasChildren',
  'nodeStamp',
  'nodeSlot',
  'nodePriority',
  'slotPriority',
  'kind',
  'from',
  'to',
  'stackNode',
  'stackSlot',
  'stackKey',
  'foundKey',
] as const;

type Table = (typeof SCAN_TABLES)[number];

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;

/** The first four letters of words, as memory holds them. */
const TRUE = 0x65757274;
const NULL = 0x6c6c756e;
const ALSE = 0x65736c61;

/**
 * `SlotScanner.scanRange` as a vector program, line for line: `scan(start, end, base, generation, slotCount, header)` over the tables whose addresses
 * stand in the arena's header from `header` on. Addresses are the arena's; slots are relative to `base`. The host gives `findKey(node, lastKey, at, end)`, which
 * finds the key that begins at an address, leaves its number in `foundKey` and gives the address of its closing quote, or the complement of a
 * status; and `markResolve(node)`. A quote is looked for sixteen bytes at a time, from where the last one was, and a key that is the expected one is
 * recognised without a call: five nanoseconds a member.
 */
export const SCAN_PROGRAM = new Program((assembler) => {
  const findKey = assembler.import('findKey', { parameters: 4, results: 1 });
  const markResolve = assembler.import('markResolve', { parameters: 1, results: 1 });
  const closingQuote = defineClosingQuote(assembler);
  const numberEnd = defineNumberEnd(assembler);
  defineScan(assembler, { findKey, markResolve, closingQuote, numberEnd });
});

type Call = (...args: readonly Code[]) => Code;

/** `closingQuote(from, end)`: the address of the closing quote of a string whose body begins at `from`, or -1. */
function defineClosingQuote(assembler: Assembler): Call {
  return assembler.define('closingQuote', { parameters: 2, results: 1 }, (locals) => {
    const from = locals.parameter(0);
    const end = locals.parameter(1);
    const at = locals.i32();
    const found = locals.i32();
    const before = locals.i32();
    const quotes = locals.v128();
    return seq(
      at.set(from.get),
      quotes.set(splat8(i32(QUOTE))),
      loop(
        'look',
        found.set(highBits(eq8(loadV(at.get), quotes.get))),
        when(eqz(found.get), [at.add(i32(16)), branchIf('look', ltU(at.get, end.get)), giveBack(i32(-1))]),
        at.add(trailingZeros(found.get)),
        when(geU(at.get, end.get), [giveBack(i32(-1))]),
        // Quoted itself where an odd number of backslashes stands before it.
        before.set(sub(at.get, i32(1))),
        when(ne(load8(before.get), i32(BACKSLASH)), [giveBack(at.get)]),
        block(
          'counted',
          loop(
            'count',
            branchIf('counted', ltU(before.get, from.get)),
            branchIf('counted', ne(load8(before.get), i32(BACKSLASH))),
            before.add(i32(-1)),
            branch('count'),
          ),
        ),
        when(and(sub(at.get, before.get), i32(1)), [giveBack(at.get)]),
        from.set(add(at.get, i32(1))),
        at.set(from.get),
        branch('look'),
      ),
      i32(-1),
    );
  });
}

/** `numberEnd(from)`: the address behind a number of JSON that begins at `from`, or -1 (RFC 8259, section 6). */
function defineNumberEnd(assembler: Assembler): Call {
  return assembler.define('numberEnd', { parameters: 1, results: 1 }, (locals) => {
    const p = locals.parameter(0);
    const c = locals.i32();
    const next = seq(p.add(i32(1)), c.set(load8(p.get)));
    const isDigit = leU(sub(c.get, i32(48)), i32(9));
    const digits = (label: string) => loop(label, when(isDigit, [next, branch(label)]));
    const refused = giveBack(i32(-1));
    return seq(
      c.set(load8(p.get)),
      when(eq(c.get, i32(45)), [next]),
      when(eq(c.get, i32(48)), [next], [when(eqz(isDigit), [refused]), digits('whole')]),
      when(eq(c.get, i32(46)), [next, when(eqz(isDigit), [refused]), digits('fraction')]),
      when(eq(or(c.get, i32(32)), i32(101)), [
        next,
        when(or(eq(c.get, i32(43)), eq(c.get, i32(45))), [next]),
        when(eqz(isDigit), [refused]),
        digits('exponent'),
      ]),
      p.get,
    );
  });
}

/** One straight way through a record, like its counterpart: the state lives in locals, so it is one function. */
function defineScan(
  assembler: Assembler,
  given: {
    readonly findKey: Call;
    readonly markResolve: Call;
    readonly closingQuote: Call;
    readonly numberEnd: Call;
  },
): void {
  const { findKey, markResolve, closingQuote, numberEnd } = given;
  assembler.define('scan', { parameters: 6, results: 1 }, (locals) => {
    const p = locals.parameter(0);
    const end = locals.parameter(1);
    const base = locals.parameter(2);
    const generation = locals.parameter(3);
    const slotCount = locals.parameter(4);
    const header = locals.parameter(5);
    const tables = new Map<string, Local>(SCAN_TABLES.map((name) => [name, locals.i32()]));
    const table = (name: Table): Code => tables.get(name)?.get ?? i32(0);
    const byteOf = (name: Table, index: Code): Code => load8(add(table(name), index));
    const wordPlace = (name: Table, index: Code): Code => add(table(name), shl(index, i32(2)));
    const wordOf = (name: Table, index: Code): Code => load32(wordPlace(name, index));
    const loadTables = seq(
      ...SCAN_TABLES.map((name, i) => tables.get(name)?.set(load32(header.get, 4 * i)) ?? seq()),
    );
    const c = locals.i32();
    const depth = locals.i32();
    // The trie node of the innermost container; -1: an object nobody asks about; -2: an array.
    const node = locals.i32();
    const afterOpen = locals.i32();
    const values = locals.i32();
    const lastKey = locals.i32();
    const target = locals.i32();
    const key = locals.i32();
    const last = locals.i32();
    const word = locals.i32();
    const at = locals.i32();
    const after = locals.i32();
    const colonSeen = locals.i32();
    const closes = locals.i32();
    const kind = locals.i32();
    const from = locals.i32();
    const to = locals.i32();
    const slot = locals.i32();
    const known = locals.i32();
    const same16 = locals.i32();
    const quotes = locals.v128();

    /** The bits of the quotes among sixteen bytes. */
    const quotesAt = (place: Local, offset: number): Code =>
      highBits(eq8(loadV(place.get, offset), quotes.get));
    const malformed = giveBack(i32(SCAN_MALFORMED));
    const fallback = giveBack(i32(SCAN_FALLBACK));
    const next = seq(p.add(i32(1)), c.set(load8(p.get)));
    const isBlank = or(eq(c.get, i32(32)), and(shrU(i32(0x2600), c.get), i32(1)));
    const skipBlanks = block(
      'solid',
      loop(
        'blank',
        branchIf('solid', gtU(c.get, i32(32))),
        branchIf('solid', eqz(isBlank)),
        next,
        branch('blank'),
      ),
    );
    const pastEnd = geU(p.get, end.get);
    const closer = sub(i32(CLOSE_BRACE), shl(eq(node.get, i32(-2)), i32(5)));

    const expectedKey = block(
      'unexpected',
      when(
        geS(lastKey.get, i32(0)),
        [known.set(wordOf('keyNext', lastKey.get))],
        [known.set(wordOf('firstKey', node.get))],
      ),
      branchIf('unexpected', ltS(known.get, i32(0))),
      last.set(wordOf('keyWordLast', known.get)),
      branchIf('unexpected', ltS(last.get, i32(0))),
      // With its quote and colon, if they follow at once.
      after.set(add(add(p.get, wordOf('keyLength', known.get)), i32(2))),
      branchIf('unexpected', gtU(after.get, end.get)),
      word.set(wordPlace('keyWords', wordOf('keyWordFrom', known.get))),
      last.set(wordPlace('keyWords', last.get)),
      at.set(p.get),
      // Whole vectors, then of one more what lies before the last word.
      loop(
        'same',
        same16.set(highBits(eq8(loadV(word.get), loadV(at.get)))),
        when(leU(add(word.get, i32(16)), last.get), [
          branchIf('unexpected', ne(same16.get, i32(0xffff))),
          word.add(i32(16)),
          at.add(i32(16)),
          branch('same'),
        ]),
      ),
      branchIf(
        'unexpected',
        and(sub(i32(0xffff), same16.get), sub(shl(i32(1), sub(last.get, word.get)), i32(1))),
      ),
      branchIf('unexpected', ne(load32(last.get), load32(sub(after.get, i32(4))))),
      key.set(known.get),
      p.set(after.get),
      colonSeen.set(i32(1)),
    );

    const readKey = when(
      geS(node.get, i32(0)),
      [
        key.set(i32(-1)),
        expectedKey,
        when(eqz(colonSeen.get), [
          p.set(findKey(node.get, lastKey.get, p.get, end.get)),
          when(ltS(p.get, i32(0)), [giveBack(sub(i32(-1), p.get))]),
          // It may have made room for more keys elsewhere.
          loadTables,
          key.set(table('foundKey')),
        ]),
        when(pastEnd, [malformed]),
        lastKey.set(key.get),
        when(geS(key.get, i32(0)), [target.set(wordOf('keyTarget', key.get))]),
        when(geS(target.get, i32(0)), [
          when(byteOf('nodeHasChildren', target.get), [
            when(eq(wordOf('nodeStamp', target.get), generation.get), [fallback]),
            store32(wordPlace('nodeStamp', target.get), generation.get),
          ]),
        ]),
        when(eqz(colonSeen.get), [p.add(i32(1))]),
      ],
      [p.set(closingQuote(p.get, end.get)), when(ltS(p.get, i32(0)), [malformed]), p.add(i32(1))],
    );

    const readName = when(ne(node.get, i32(-2)), [
      when(ne(c.get, i32(QUOTE)), [malformed]),
      p.add(i32(1)),
      colonSeen.set(i32(0)),
      readKey,
      c.set(load8(p.get)),
      when(eqz(colonSeen.get), [skipBlanks, when(ne(c.get, i32(COLON)), [malformed]), next]),
      skipBlanks,
    ]);

    /** Puts kind, from and to into the slot of the target, if it has one and nothing of a better route stands there. */
    const put = when(geS(target.get, i32(0)), [
      slot.set(wordOf('nodeSlot', target.get)),
      block(
        'kept',
        branchIf('kept', ltS(slot.get, i32(0))),
        known.set(byteOf('kind', slot.get)),
        when(ne(known.get, i32(SLOT_ABSENT)), [
          branchIf('kept', eq(known.get, i32(SLOT_RESOLVE))),
          branchIf('kept', ltU(byteOf('slotPriority', slot.get), byteOf('nodePriority', target.get))),
        ]),
        store8(add(table('slotPriority'), slot.get), byteOf('nodePriority', target.get)),
        store8(add(table('kind'), slot.get), kind.get),
        store32(wordPlace('from', slot.get), sub(from.get, base.get)),
        store32(wordPlace('to', slot.get), sub(to.get, base.get)),
      ),
    ]);

    const openContainer = seq(
      depth.add(i32(1)),
      values.add(i32(1)),
      when(gtU(depth.get, i32(SCAN_DEPTH_MAX)), [fallback]),
      when(gtU(values.get, i32(RECORD_LIMITS.recordValuesMax)), [fallback]),
      store32(wordPlace('stackNode', depth.get), node.get),
      store32(wordPlace('stackSlot', depth.get), target.get),
      store32(wordPlace('stackKey', depth.get), lastKey.get),
      lastKey.set(i32(-1)),
      known.set(i32(0)),
      kind.set(i32(SLOT_OBJECT)),
      when(eq(c.get, i32(OPEN_BRACKET)), [kind.set(i32(SLOT_ARRAY))]),
      from.set(p.get),
      to.set(p.get),
      put,
      node.set(i32(-1)),
      when(geS(target.get, i32(0)), [
        when(byteOf('nodeHasChildren', target.get), [
          when(eq(c.get, i32(OPEN_BRACKET)), [known.set(markResolve(target.get))], [node.set(target.get)]),
        ]),
      ]),
      when(eq(c.get, i32(OPEN_BRACKET)), [node.set(i32(-2))]),
      p.add(i32(1)),
      afterOpen.set(i32(1)),
    );

    const literal = (text: number, as: number, length: number): Code =>
      seq(
        when(ne(load32(add(p.get, i32(length - 4))), i32(text)), [malformed]),
        kind.set(i32(as)),
        from.set(p.get),
        p.add(i32(length)),
        to.set(p.get),
      );

    const readScalar = when(
      eq(c.get, i32(QUOTE)),
      [
        kind.set(i32(SLOT_STRING)),
        from.set(add(p.get, i32(1))),
        to.set(from.get),
        // As `closingQuote` looks for it, which is called only where a backslash stands before the quote that was found.
        block(
          'closed',
          loop(
            'body',
            known.set(or(quotesAt(to, 0), shl(quotesAt(to, 16), i32(16)))),
            when(eqz(known.get), [to.add(i32(32)), branchIf('body', ltU(to.get, end.get)), malformed]),
          ),
          to.add(trailingZeros(known.get)),
          when(geU(to.get, end.get), [malformed]),
          branchIf('closed', ne(load8(sub(to.get, i32(1))), i32(BACKSLASH))),
          to.set(closingQuote(from.get, end.get)),
          when(ltS(to.get, i32(0)), [malformed]),
        ),
        p.set(add(to.get, i32(1))),
      ],
      [
        when(
          eq(c.get, i32(116)),
          [literal(TRUE, SLOT_TRUE, 4)],
          [
            when(
              eq(c.get, i32(102)),
              [literal(ALSE, SLOT_FALSE, 5)],
              [
                when(
                  eq(c.get, i32(110)),
                  [literal(NULL, SLOT_NULL, 4)],
                  [
                    kind.set(i32(SLOT_NUMBER)),
                    from.set(p.get),
                    p.set(numberEnd(p.get)),
                    when(ltS(p.get, i32(0)), [malformed]),
                    to.set(p.get),
                  ],
                ),
              ],
            ),
          ],
        ),
      ],
    );

    /** A container ends before `p`: its slot, if it has one and holds it, ends there. */
    const closeContainer = seq(
      known.set(wordOf('stackSlot', depth.get)),
      when(geS(known.get, i32(0)), [
        slot.set(wordOf('nodeSlot', known.get)),
        when(geS(slot.get, i32(0)), [
          when(eq(byteOf('slotPriority', slot.get), byteOf('nodePriority', known.get)), [
            when(
              or(
                eq(byteOf('kind', slot.get), i32(SLOT_OBJECT)),
                eq(byteOf('kind', slot.get), i32(SLOT_ARRAY)),
              ),
              [store32(wordPlace('to', slot.get), sub(p.get, base.get))],
            ),
          ]),
        ]),
      ]),
    );

    const finish = seq(
      when(gtU(p.get, end.get), [malformed]),
      loop(
        'rest',
        when(ltU(p.get, end.get), [
          c.set(load8(p.get)),
          when(gtU(c.get, i32(32)), [malformed]),
          when(eqz(isBlank), [malformed]),
          p.add(i32(1)),
          branch('rest'),
        ]),
      ),
      giveBack(i32(SCAN_OK)),
    );

    return seq(
      loadTables,
      // Set once: compilers of WebAssembly do not take it out of the loop.
      quotes.set(splat8(i32(QUOTE))),
      fill(table('kind'), i32(SLOT_ABSENT), slotCount.get),
      c.set(load8(p.get)),
      skipBlanks,
      when(pastEnd, [malformed]),
      when(ne(c.get, i32(OPEN_BRACE)), [fallback]),
      p.add(i32(1)),
      afterOpen.set(i32(1)),
      // Containers count, as they do where records are decoded.
      values.set(i32(1)),
      lastKey.set(i32(-1)),
      loop(
        'member',
        // Before a member or an element, or the end of a container just opened.
        c.set(load8(p.get)),
        skipBlanks,
        when(pastEnd, [malformed]),
        closes.set(mul(afterOpen.get, eq(c.get, closer))),
        afterOpen.set(i32(0)),
        when(eqz(closes.get), [
          target.set(i32(-1)),
          readName,
          when(pastEnd, [malformed]),
          when(or(eq(c.get, i32(OPEN_BRACE)), eq(c.get, i32(OPEN_BRACKET))), [
            openContainer,
            branch('member'),
          ]),
          readScalar,
          put,
        ]),
        // After a value: a comma, or the ends of containers.
        loop(
          'after',
          when(eqz(closes.get), [
            c.set(load8(p.get)),
            skipBlanks,
            when(pastEnd, [malformed]),
            when(eq(c.get, i32(COMMA)), [
              values.add(i32(1)),
              when(gtU(values.get, i32(RECORD_LIMITS.recordValuesMax)), [fallback]),
              p.add(i32(1)),
              branch('member'),
            ]),
            when(ne(c.get, closer), [malformed]),
          ]),
          closes.set(i32(0)),
          p.add(i32(1)),
          closeContainer,
          when(eqz(depth.get), [finish]),
          node.set(wordOf('stackNode', depth.get)),
          lastKey.set(wordOf('stackKey', depth.get)),
          depth.add(i32(-1)),
          branch('after'),
        ),
      ),
      i32(SCAN_MALFORMED),
    );
  });
}
