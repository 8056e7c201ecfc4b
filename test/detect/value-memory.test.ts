import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEPT_BYTES_MIN, ValueMemory } from '../../engine/detect/value-memory.ts';
import { Arena } from '../../engine/vector/index.ts';
import '../support/seed.ts';

const ROOM = 4096;

function memory(entries: number, poolBytes: number) {
  const arena = Arena.create();
  const values = arena === undefined ? undefined : ValueMemory.create(arena, entries, poolBytes);
  if (arena === undefined || values === undefined) throw new Error('this runtime has no vector programs');
  return { arena, values };
}

/** Where `value` lies, `offset` bytes into the input, between bytes that belong to others. */
function put(arena: Arena, value: Uint8Array, offset: number): { from: number; to: number } {
  const bytes = new Uint8Array(ROOM).fill(0xaa);
  bytes.set(value, offset);
  const held = arena.hold(bytes);
  if (held === undefined) throw new Error('the input is too long');
  const from = held.byteOffset + offset;
  return { from, to: from + value.length };
}

/** Values of few letters, so that many are alike, of the same length, or differ in one byte. */
const VALUE = fc
  .tuple(fc.integer({ min: KEPT_BYTES_MIN, max: 300 }), fc.nat(3), fc.array(fc.nat(400), { maxLength: 3 }))
  .map(([length, letter, changes]) => {
    const bytes = new Uint8Array(length).fill(97 + letter);
    for (const at of changes) bytes[at % length] = 120;
    return bytes;
  });
const ASKED = fc.record({ which: fc.nat(5), owner: fc.integer({ min: 1, max: 2 }), offset: fc.nat(40) });

describe('the memory of values', () => {
  test('gives for a value only what was kept for the same bytes of the same owner', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(VALUE, { minLength: 6, maxLength: 6 }),
        fc.array(ASKED, { minLength: 1, maxLength: 40 }),
        fc.constantFrom([256, 1 << 16], [8, 4096], [256, 600]),
        (pool, all, [entries, poolBytes]) => {
          const { arena, values } = memory(entries ?? 8, poolBytes ?? 4096);
          const meant = new Map<string, Int32Array>();
          for (const { which, owner, offset } of all) {
            const value = pool[which] ?? new Uint8Array(KEPT_BYTES_MIN);
            const { from, to } = put(arena, value, offset);
            const key = `${owner} ${value.join()}`;
            const known = values.get(owner, from, to);
            if (known !== undefined) {
              found++;
              expect(known).toBe(meant.get(key));
              continue;
            }
            const triggers = Int32Array.of(meant.size);
            meant.set(key, triggers);
            values.set(owner, from, to, triggers);
            // What has just been kept is there, wherever its bytes lie.
            const again = put(arena, value, offset + 3);
            expect(values.get(owner, again.from, again.to)).toBe(triggers);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(20);
  });

  test('tells values apart that differ in any one byte, in their length, or only behind what is hashed', () => {
    const { arena, values } = memory(4096, 1 << 20);
    for (const length of [16, 17, 31, 32, 33, 48, 80, 81, 200, 1000]) {
      const value = Uint8Array.from({ length }, (_, i) => 97 + (i % 20));
      const whole = put(arena, value, 1);
      expect(values.get(9, whole.from, whole.to)).toBeUndefined();
      values.set(9, whole.from, whole.to, Int32Array.of(length));
      for (let at = 0; at < length; at++) {
        const other = value.slice();
        other[at] = 1;
        const { from, to } = put(arena, other, at % 16);
        expect(values.get(9, from, to), `byte ${at} of ${length}`).toBeUndefined();
      }
      const again = put(arena, value, 5);
      expect(values.get(9, again.from, again.to)).toEqual(Int32Array.of(length));
      expect(values.get(8, again.from, again.to)).toBeUndefined();
      expect(values.get(9, again.from, again.to + 1)).toBeUndefined();
      if (length > 16) expect(values.get(9, again.from + 1, again.to)).toBeUndefined();
    }
  });
});
