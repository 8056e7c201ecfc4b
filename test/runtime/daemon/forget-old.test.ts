import { describe, expect, test } from 'vitest';
import { forgetOld, whereThereIsRoom } from '../../../engine/runtime/index.ts';

/** A store from which so many revisions go a step, one step at a time; where `fault` stands, it throws. */
function storeOf(steps: readonly (number | { readonly fault: unknown })[]) {
  const asked: (readonly [number, number])[] = [];
  let step = 0;
  return {
    asked,
    purge: (before: number, limit: number) => {
      asked.push([before, limit]);
      const now = steps[step++] ?? 0;
      if (typeof now === 'object') throw now.fault;
      return { revisions: now, audit: 0, dead: 0 };
    },
  };
}

const FULL = Object.assign(new Error('the disk is full'), { kind: 'full' });
let slept = 0;
const clock = {
  nowMicros: () => 1_000_000,
  sleep: async () => {
    slept++;
  },
};

describe('what is old', () => {
  test('goes step by step, with a pause between two, until nothing is left', async () => {
    slept = 0;
    const store = storeOf([500, 3, 0]);
    await forgetOld(store, clock, 400_000);
    expect(store.asked).toEqual([
      [600_000, 500],
      [600_000, 500],
      [600_000, 500],
    ]);
    expect(slept).toBe(2);
  });

  test('stays where the disk is full, and nothing is thrown at whoever keeps time', async () => {
    const store = storeOf([500, { fault: FULL }, 7]);
    await forgetOld(store, clock, 0);
    expect(store.asked).toHaveLength(2);
  });

  test('is no reason to hide another fault', async () => {
    const fault = new Error('not a database');
    await expect(forgetOld(storeOf([{ fault }]), clock, 0)).rejects.toBe(fault);
    expect(() =>
      whereThereIsRoom(() => {
        throw fault;
      }),
    ).toThrow(fault);
    expect(whereThereIsRoom(() => undefined)).toBe(true);
  });
});
