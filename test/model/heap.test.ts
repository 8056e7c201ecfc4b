import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heap } from '../../engine/model/index.ts';

describe('a heap', () => {
  test('gives back what a sorted list would, however pushes and pops take turns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant('pop' as const))),
        (steps) => {
          const heap = new Heap<number>((a, b) => a - b);
          let list: number[] = [];
          for (const step of steps) {
            if (step === 'pop') {
              expect(heap.peek()).toBe(list[0]);
              expect(heap.pop()).toBe(list[0]);
              list = list.slice(1);
            } else {
              heap.push(step);
              list = [...list, step].sort((a, b) => a - b);
            }
            expect(heap.size).toBe(list.length);
            expect(heap.contents().sort((a, b) => a - b)).toEqual(list);
          }
        },
      ),
    );
  });
});
