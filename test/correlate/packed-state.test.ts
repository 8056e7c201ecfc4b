import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DistinctValues } from '../../engine/correlate/distinct-values.ts';
import { Ledger } from '../../engine/correlate/ledger.ts';
import { DistinctMeasure } from '../../engine/correlate/measure/distinct.ts';
import { Samples } from '../../engine/correlate/samples.ts';
import { hashOf, TextIndex } from '../../engine/correlate/text-index.ts';
import { Watermarks } from '../../engine/correlate/watermark.ts';
import { type Signal, sha256 } from '../../engine/model/index.ts';
import { signal } from './build.ts';

function fired(n: number, more: Partial<Signal> = {}): Signal {
  const made = signal('a', n, { user: `u${n}` }, { ns: n % 1000, event: sha256(`event ${n}`).slice(0, 32) });
  return { ...made, id: sha256(`signal ${n}`).slice(0, 32), ...more };
}

describe('the ledger gives back what it was given', () => {
  const plain = fired(7);
  const event = plain.evidence[0];
  if (event === undefined) throw new Error('a firing has an event');
  const table: readonly { name: string; given: Signal }[] = [
    { name: 'the usual firing, nanoseconds and all', given: plain },
    { name: 'an id whose first word has its highest bit set', given: fired(7, { id: 'f0'.repeat(16) }) },
    {
      name: 'one with entities',
      given: fired(7, { entities: [{ type: 'host', value: 'h', role: 'target' }] }),
    },
    {
      name: 'one from a line of a file',
      given: fired(7, { evidence: [{ ...event, file: 'a.ndjson', line: 3 }] }),
    },
    { name: 'one of several events', given: fired(7, { evidence: [event, { ...event, id: 'other' }] }) },
    { name: 'one whose id is no hex', given: fired(7, { id: 'Z'.repeat(32) }) },
    { name: 'one whose id is not lower case', given: fired(7, { id: 'AB'.repeat(16) }) },
  ];
  for (const { name, given } of table) {
    it(name, () => {
      const ledger = new Ledger();
      const got = ledger.read(ledger.hold(given, 'packed'));
      expect({ ...got, values: given.values }).toEqual(given);
      expect(new Ledger().hold(given, 'whole')).toBe(0);
    });
  }

  it('and nothing once all who held it have let go', () => {
    const ledger = new Ledger();
    const first = ledger.hold(plain, 'packed');
    expect(ledger.hold(plain, 'packed')).toBe(first);
    ledger.release(first);
    expect(ledger.size).toBe(1);
    ledger.release(first);
    expect(ledger.size).toBe(0);
    expect(ledger.hold(fired(8), 'packed')).toBe(first);
  });
});

describe('the index of texts', () => {
  it('knows what a map knows, whatever is put in, taken out and put in again', () => {
    const text = fc.oneof(
      fc.constantFrom(
        null,
        '',
        'a',
        'a\0',
        '__proto__',
        'abcd',
        'abcdā',
        'ā',
        'āb',
        'b\u0001',
        '𝔘',
        'ÿ',
        'Ā',
      ),
      fc.constantFrom(
        'x'.repeat(27),
        'x'.repeat(28),
        'x'.repeat(29),
        `${'x'.repeat(27)}ā`,
        '\0',
        '\0\0',
        'a\0\0',
      ),
      fc.integer({ min: 0, max: 300 }).map((n) => `key ${n}`),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 100, maxLength: 600 }), fc.integer(), (texts, seed) => {
        const index = new TextIndex(seed);
        const map = new Map<string | null, number>();
        const free: number[] = [];
        let top = 0;
        for (const one of texts) {
          const known = map.get(one);
          expect(index.find(one)).toBe(known ?? -1);
          if (known === undefined) {
            const number = free.pop() ?? top++;
            index.add(one, number);
            map.set(one, number);
          } else {
            expect(index.textOf(known)).toBe(one);
            index.delete(known);
            map.delete(one);
            free.push(known);
          }
          expect(index.size).toBe(map.size);
        }
        for (const [one, number] of map) expect(index.find(one)).toBe(number);
      }),
      { numRuns: 200 },
    );
  });

  it('hashes under its seed: the same text, another seed, another hash', () => {
    const hashes = Array.from({ length: 200 }, (_, seed) => hashOf('failed_logon', seed));
    expect(new Set(hashes).size).toBe(200);
    expect(hashOf('abcd', 1)).not.toBe(hashOf('abdc', 1));
  });
});

describe('distinct counts that share one table', () => {
  it('count as many as a set would, whatever comes, goes and collides', () => {
    const step = fc.record({
      window: fc.integer({ min: 0, max: 5 }),
      value: fc.integer({ min: 0, max: 60 }),
      kind: fc.constantFrom('add', 'add', 'add', 'expire', 'clear'),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 400 }), fc.nat(), (steps, seed) => {
        const samples = new Samples(new Ledger());
        const shared = { samples, values: new DistinctValues(samples, seed), keep: 'packed' as const };
        const windows = Array.from({ length: 6 }, () => new DistinctMeasure(shared, 1000));
        const sets = windows.map(() => new Map<string, number>());
        for (const [at, { window, value, kind }] of steps.entries()) {
          const set = sets[window] ?? new Map<string, number>();
          const one = fired(at);
          if (kind === 'add') {
            windows[window]?.add(one, 0, `v${value}`);
            set.set(`v${value}`, one.end);
          } else if (kind === 'clear') {
            windows[window]?.clear();
            set.clear();
          } else {
            const bound = { time: one.end - 20_000_000, ns: 999 };
            windows[window]?.expire(bound);
            for (const [text, time] of set) if (time <= bound.time) set.delete(text);
          }
          for (const [i, held] of windows.entries()) {
            expect(held.value()).toBe(sets[i]?.size);
            for (const text of sets[i]?.keys() ?? []) expect(held.has(text)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('watermarks that go on from what was saved', () => {
  it('say what they would have said', () => {
    const timing = { latenessMicros: 5, idleMicros: 100, maxSkewMicros: 50 };
    const before = new Watermarks(timing);
    before.observe('a', 100, 100);
    before.observe('b', 90, 100);
    before.observe('b', 1000, 100);
    const after = new Watermarks(timing);
    expect(after.load(JSON.parse(JSON.stringify(before.save())))).toBe(true);
    expect([after.at(101), after.at(150), after.at(900), after.clamped]).toEqual([
      before.at(101),
      before.at(150),
      before.at(900),
      1,
    ]);
  });

  it('refuse what is no saved state', () => {
    expect(new Watermarks({ latenessMicros: 0, idleMicros: 1, maxSkewMicros: 1 }).load('nothing')).toBe(
      false,
    );
  });
});
