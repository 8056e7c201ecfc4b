import type { Entity, EventRef, RuleRef, Signal } from '../model/index.ts';

/**
 * Doubles of a record, which is one line of memory: the time and the score; then words: the rule with the nanoseconds in its lowest bits, holders
 * (of a free record: the next free one), line, file, and two ids of four words.
 */
const DOUBLES = 8;
const SCORE = 1;
const WORDS = DOUBLES * 2;
const RULE_NS = 4;
const HOLDERS = 5;
const LINE = 6;
const FILE = 7;
const ID = 8;
const EVENT = 12;
/** Nanoseconds are below a thousand; the bit above them says that there is something beside the numbers. */
const NS_MASK = 1023;
const HAS_REST = 1024;
const RULE_SHIFT = 11;
const NONE = -1;

const NO_ENTITIES: readonly Entity[] = [];
const NO_VALUES: Signal['values'] = new Map();

interface Current {
  signal: Signal | undefined;
  slot: number;
}

/**
 * Signals that windows hold, packed: 64 bytes of numbers and the list of entities a signal, instead of the ten objects of a live one,
 * which is what the garbage collector's time would go into. The values that a signal carried are not kept: what counts of
 * them the windows hold themselves. A signal that is not the usual firing of one event, with ids of 32 hex digits, is kept as it came.
 *
 * A signal held by several windows stands here once, and is counted.
 */
export class Ledger {
  private doubles = new Float64Array(64 * DOUBLES);
  private words = new Int32Array(this.doubles.buffer);
  /** The entities, where there are any; a whole signal where it could not be packed. */
  private readonly rests: (readonly Entity[] | Signal | undefined)[] = [];
  private readonly rules: RuleRef[] = [];
  private lastRule = NONE;
  private readonly ruleNumbers = new Map<RuleRef, number>();
  private readonly files: string[] = [];
  private readonly fileNumbers = new Map<string, number>();
  private free = NONE;
  /** The signal last held: several windows take it one after another. */
  private readonly packed: Current = { signal: undefined, slot: NONE };
  private readonly whole: Current = { signal: undefined, slot: NONE };
  /** Signals held. */
  size = 0;

  /** Holds a signal once more, packed or with all it carries; the slot to release it by. */
  hold(signal: Signal, keep: 'packed' | 'whole'): number {
    const current = keep === 'packed' ? this.packed : this.whole;
    if (signal === current.signal) {
      const at = current.slot * WORDS + HOLDERS;
      this.words[at] = (this.words[at] ?? 0) + 1;
      return current.slot;
    }
    const event = keep === 'packed' ? soleEvent(signal) : undefined;
    current.slot = this.take();
    if (event === undefined || !this.pack(current.slot, signal, event)) this.keepWhole(current.slot, signal);
    current.signal = signal;
    return current.slot;
  }

  release(slot: number): void {
    const at = slot * WORDS;
    const left = (this.words[at + HOLDERS] ?? 0) - 1;
    this.words[at + HOLDERS] = left;
    if (left > 0) return;
    if (slot === this.packed.slot) this.packed.signal = undefined;
    if (slot === this.whole.slot) this.whole.signal = undefined;
    if ((this.words[at + RULE_NS] ?? 0) & HAS_REST) this.rests[slot] = undefined;
    this.words[at + HOLDERS] = this.free;
    this.free = slot;
    this.size--;
  }

  /** The signal again, without the values it carried where it was packed. */
  read(slot: number): Signal {
    const at = slot * WORDS;
    const { words } = this;
    const rest = (words[at + RULE_NS] ?? 0) & HAS_REST ? this.rests[slot] : undefined;
    const number = (words[at + RULE_NS] ?? NONE) >> RULE_SHIFT;
    const rule = number < 0 ? undefined : this.rules[number];
    if (rule === undefined) {
      if (rest === undefined || !('evidence' in rest))
        throw new Error('a ledger was asked for a slot it does not hold');
      return rest;
    }
    // The branded number went in as it comes out.
    const time = this.doubles[slot * DOUBLES] as Signal['end'];
    const endNs = (words[at + RULE_NS] ?? 0) & NS_MASK;
    const file = this.files[words[at + FILE] ?? NONE];
    const line = words[at + LINE] ?? NONE;
    const event: EventRef = {
      id: hexOf(words, at + EVENT),
      time,
      timeNs: endNs,
      ...(file === undefined ? {} : { file }),
      ...(line < 0 ? {} : { line }),
    };
    return {
      id: hexOf(words, at + ID),
      rule,
      start: time,
      end: time,
      endNs,
      entities: rest === undefined || 'evidence' in rest ? NO_ENTITIES : rest,
      score: this.doubles[slot * DOUBLES + SCORE] ?? 0,
      evidence: [event],
      values: NO_VALUES,
    };
  }

  /** False where an id is not 32 hex digits. */
  private pack(slot: number, signal: Signal, event: EventRef): boolean {
    const at = slot * WORDS;
    const { words } = this;
    if (!packHex(signal.id, words, at + ID) || !packHex(event.id, words, at + EVENT)) return false;
    this.doubles[slot * DOUBLES] = signal.end;
    this.doubles[slot * DOUBLES + SCORE] = signal.score;
    const more = signal.entities.length > 0 ? HAS_REST : 0;
    words[at + RULE_NS] = (this.ruleNumber(signal.rule) << RULE_SHIFT) | more | signal.endNs;
    words[at + LINE] = event.line ?? NONE;
    words[at + FILE] = event.file === undefined ? NONE : this.fileNumber(event.file);
    if (more !== 0) this.rests[slot] = signal.entities;
    return true;
  }

  private keepWhole(slot: number, signal: Signal): void {
    this.words[slot * WORDS + RULE_NS] = NONE;
    this.rests[slot] = signal;
  }

  private take(): number {
    let slot = this.free;
    if (slot >= 0) this.free = this.words[slot * WORDS + HOLDERS] ?? NONE;
    else {
      slot = this.rests.length;
      this.rests.push(undefined);
      if ((slot + 1) * WORDS > this.words.length) {
        const doubles = new Float64Array(this.doubles.length * 2);
        doubles.set(this.doubles);
        this.doubles = doubles;
        this.words = new Int32Array(doubles.buffer);
      }
    }
    this.words[slot * WORDS + HOLDERS] = 1;
    this.size++;
    return slot;
  }

  private ruleNumber(rule: RuleRef): number {
    if (this.rules[this.lastRule] === rule) return this.lastRule;
    let number = this.ruleNumbers.get(rule);
    if (number === undefined) {
      number = this.rules.push(rule) - 1;
      this.ruleNumbers.set(rule, number);
    }
    this.lastRule = number;
    return number;
  }

  private fileNumber(file: string): number {
    const known = this.fileNumbers.get(file);
    if (known !== undefined) return known;
    this.files.push(file);
    this.fileNumbers.set(file, this.files.length - 1);
    return this.files.length - 1;
  }
}

const HEX = '0123456789abcdef';
/** The worth of each character as a lower-case hex digit; 16 for all others. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const worth = HEX.indexOf(String.fromCharCode(code));
  return worth < 0 ? 16 : worth;
});
/** The two digits of each byte. */
const BYTES = Array.from({ length: 256 }, (_, byte) => `${HEX[byte >> 4]}${HEX[byte & 15]}`);

/** Writes 32 hex digits as four words; false (and anything written) where the text is something else. */
function packHex(text: string, words: Int32Array, at: number): boolean {
  if (text.length !== 32) return false;
  // One test for all of them: a digit tells itself by its worth, and what is none leaves a mark.
  let seen = 0;
  for (let word = 0; word < 4; word++) {
    const i = word * 8;
    const a = NIBBLES[text.charCodeAt(i)] ?? 16;
    const b = NIBBLES[text.charCodeAt(i + 1)] ?? 16;
    const c = NIBBLES[text.charCodeAt(i + 2)] ?? 16;
    const d = NIBBLES[text.charCodeAt(i + 3)] ?? 16;
    const e = NIBBLES[text.charCodeAt(i + 4)] ?? 16;
    const f = NIBBLES[text.charCodeAt(i + 5)] ?? 16;
    const g = NIBBLES[text.charCodeAt(i + 6)] ?? 16;
    const h = NIBBLES[text.charCodeAt(i + 7)] ?? 16;
    seen |= a | b | c | d | e | f | g | h;
    words[at + word] = (a << 28) | (b << 24) | (c << 20) | (d << 16) | (e << 12) | (f << 8) | (g << 4) | h;
  }
  return seen < 16;
}

function hexOf(words: Int32Array, at: number): string {
  let text = '';
  for (let word = 0; word < 4; word++) {
    const value = words[at + word] ?? 0;
    text += (BYTES[value >>> 24] ?? '') + (BYTES[(value >>> 16) & 255] ?? '');
    text += (BYTES[(value >>> 8) & 255] ?? '') + (BYTES[value & 255] ?? '');
  }
  return text;
}

/** The event of a signal that says nothing but that this event fired a rule. */
function soleEvent(signal: Signal): EventRef | undefined {
  // A fraction of a nanosecond is no word.
  if ((signal.endNs & NS_MASK) !== signal.endNs) return undefined;
  if (signal.correlation !== undefined || signal.start !== signal.end || signal.evidence.length !== 1)
    return undefined;
  const event = signal.evidence[0];
  return event?.time === signal.end && event.timeNs === signal.endNs ? event : undefined;
}
