import { type DecodedRecord, decodeText } from './decode.ts';

/** Deeper values are left out. */
const DEPTH_MAX = 16;
/** Of a list or object inside the record, as many members are kept. */
const MEMBERS_MAX = 64;
/** In all; what comes after is left out. */
const VALUES_MAX = 2_000;

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * What can be read of a record that is beyond a limit (TT2002, TT2003, TT2007), so that whoever made it so is named: its members as far as they
 * are whole, without those that nest deeper than 16, of each inner list and object the first 64, and 2,000 in all. Undefined where it begins like
 * no JSON object. O(length of what is given); nothing recurses.
 */
export function refusedHead(bytes: Uint8Array): DecodedRecord | undefined {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(reduced(bytes));
  if (text === '') return undefined;
  const decoded = decodeText(text);
  return decoded.kind === 'record' ? decoded.value : undefined;
}

/**
 * The text of what is kept. Members are whole at a comma and at a closing bracket; the last such place is where the text is cut and closed.
 * (Over 60 lines because it is one loop over bytes with the state that a JSON text needs.)
 */
function reduced(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + DEPTH_MAX + 1);
  let length = 0;
  /** What closes each open container, outermost first, and how many members it has had. */
  const closers: number[] = [];
  const members: number[] = [];
  let values = 0;
  let quoted = false;
  /** Brackets open inside what is left out; 0 where nothing is. `rest`: the rest of a container, up to the bracket that closes it. */
  let skipped = 0;
  let rest = false;
  let whole = 0;
  let wholeClosers: readonly number[] = [];
  const keepWhole = (): void => {
    whole = length;
    wholeClosers = [...closers];
  };
  for (let at = 0; at < bytes.length && values <= VALUES_MAX; at++) {
    const byte = bytes[at] ?? 0;
    const keeps = skipped === 0 && !rest;
    if (quoted) {
      if (keeps) out[length++] = byte;
      if (byte === BACKSLASH && at + 1 < bytes.length) {
        at++;
        if (keeps) out[length++] = bytes[at] ?? 0;
      } else if (byte === QUOTE) quoted = false;
      continue;
    }
    const opens = byte === OPEN_BRACE || byte === OPEN_BRACKET;
    const closes = byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
    if (byte === QUOTE) quoted = true;
    if (skipped > 0) {
      if (opens) skipped++;
      else if (closes) skipped--;
      continue;
    }
    if (rest && !closes) {
      if (opens) skipped = 1;
      continue;
    }
    if (opens && closers.length >= DEPTH_MAX) {
      skipped = 1;
      for (const unit of NULL) out[length++] = unit;
      continue;
    }
    if (byte === COMMA) {
      keepWhole();
      values++;
      const count = (members.pop() ?? 0) + 1;
      members.push(count);
      if (closers.length > 1 && count >= MEMBERS_MAX) {
        rest = true;
        continue;
      }
    }
    if (closes) {
      rest = false;
      if (closers.pop() !== byte) break;
      members.pop();
    }
    if (opens) {
      closers.push(byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET);
      members.push(0);
    }
    out[length++] = byte;
    if (closes) keepWhole();
    if (closes && closers.length === 0) break;
  }
  for (const closer of [...wholeClosers].reverse()) out[whole++] = closer;
  return out.subarray(0, whole);
}

const NULL = [110, 117, 108, 108] as const;
