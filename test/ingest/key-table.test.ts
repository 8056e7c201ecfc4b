import { describe, expect, test } from 'vitest';
import { SlotScanner } from '../../engine/ingest/index.ts';
import { hashStep, KeyTable } from '../../engine/ingest/key-table.ts';

const encoder = new TextEncoder();

function hashOf(bytes: Uint8Array): number {
  let hash = KeyTable.seed;
  for (const byte of bytes) hash = hashStep(hash, byte);
  return hash;
}

/** Keys of which each has one of two blocks at every place, blocks that leave the hash alike: 2 to the power of `places` keys of one hash. */
function collidingKeys(places: number): string[] {
  let keys = [''];
  for (let place = 0; place < places; place++) {
    const prefix = keys[0] ?? '';
    const [one, other] = collision(prefix);
    keys = keys.flatMap((key) => [key + one, key + other]);
  }
  return keys;
}

/** Two blocks that lead from the hash after `prefix` to one hash. */
function collision(prefix: string): readonly [string, string] {
  const start = hashOf(encoder.encode(prefix));
  const seen = new Map<number, string>();
  for (let i = 0; ; i++) {
    const block = i.toString(36).padStart(5, '0');
    let hash = start;
    for (const byte of encoder.encode(block)) hash = hashStep(hash, byte);
    const before = seen.get(hash);
    if (before !== undefined) return [before, block];
    seen.set(hash, block);
  }
}

describe('keys that an attacker chose for their hash', () => {
  const keys = collidingKeys(9);
  const lines = (names: readonly string[]): Uint8Array =>
    encoder.encode(JSON.stringify(Object.fromEntries(names.map((name, i) => [name, i]))));
  const text = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

  test('are many, and have one hash', () => {
    expect(new Set(keys).size).toBe(512);
    expect(new Set(keys.map((key) => hashOf(encoder.encode(key)))).size).toBe(1);
  });

  test('are remembered only as far as a look-up may reach', () => {
    const table = new KeyTable();
    const kept = keys.filter((key) => {
      const bytes = encoder.encode(key);
      return table.addUnasked(bytes, 0, hashOf(bytes), 0, bytes.length) >= 0;
    });
    expect(kept.length).toBe(8);
    for (const key of kept) {
      const bytes = encoder.encode(key);
      expect(table.find(bytes, 0, hashOf(bytes), 0, bytes.length)).toBeGreaterThanOrEqual(0);
    }
  });

  test('hide none that is asked for, before or after', () => {
    const scanner = new SlotScanner();
    const [first = '', second = '', last = ''] = [keys[3], keys[200], keys[511]];
    const slots = new Map([[first, scanner.addPath(first)]]);
    const bytes = lines(keys);
    const values = (): unknown[] =>
      [...slots].map(([name, slot]) => [
        name,
        Number(text(bytes.subarray(scanner.from[slot] ?? 0, scanner.to[slot] ?? 0))),
      ]);
    const scan = (): string => scanner.scanRange({ bytes, text: text(bytes) }, 0, bytes.length);
    expect(scan()).toBe('ok');
    expect(values()).toEqual([[first, 3]]);
    // Now they are remembered, also as the ones that follow each other.
    slots.set(second, scanner.addPath(second));
    slots.set(last, scanner.addPath(last));
    for (const name of keys.slice(0, 40)) if (!slots.has(name)) slots.set(name, scanner.addPath(name));
    for (let round = 0; round < 3; round++) {
      expect(scan()).toBe('ok');
      expect(values()).toEqual([...slots.keys()].map((name) => [name, keys.indexOf(name)]));
    }
  });
});
