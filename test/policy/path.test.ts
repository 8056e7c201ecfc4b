import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventTime } from '../../engine/model/index.ts';
import { Decider } from '../../engine/policy/index.ts';
import { valueAt } from '../../engine/policy/path.ts';
import { alert, compiled, constant, policies, policy } from './build.ts';

describe('a path', () => {
  const value = {
    a: { b: 1, 'c.d': 2, list: [{ x: 1 }, { x: [2, 3] }, { y: 4 }] },
    'a.b': 'flat',
    nothing: null,
  };
  test.each([
    ['leads through maps', 'a.list.x', [1, 2, 3]],
    ['takes a flat key first', 'a.b', 'flat'],
    ['takes a flat key further in', 'a.c.d', 2],
    ['finds null', 'nothing', null],
    ['finds nothing behind null', 'nothing.more', undefined],
    ['finds nothing where there is nothing', 'a.z', undefined],
  ])('%s', (_, path, found) => {
    expect(valueAt(value, path.split('.'))).toEqual(found);
  });

  test.each([
    '__proto__',
    '__proto__.polluted',
    'constructor',
    'constructor.constructor',
    'constructor.prototype',
    'toString',
    'a.list.length',
    'a.hasOwnProperty',
    '$..*',
    '$[?(@.constructor.constructor("return process")().exit())]',
    '$.[?(process.exit(1))]',
    'a[(()=>globalThis.pwned=1)()]',
    '`parent`',
    '@',
    '*',
    '..',
    '',
  ])('%s reaches nothing and runs nothing', (path) => {
    expect(valueAt(value, path.split('.'))).toBeUndefined();
    expect(valueAt([value], path.split('.'))).toBeUndefined();
    expect(Object.hasOwn(globalThis, 'pwned')).toBe(false);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('a key that data itself has may be called anything', () => {
    const hostile: unknown = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "length": 3}');
    expect(valueAt(hostile, ['__proto__', 'x'])).toBe(1);
    expect(valueAt(hostile, ['constructor'])).toBe(2);
    expect(valueAt(hostile, ['length'])).toBe(3);
  });

  test('a getter is not called', () => {
    let called = 0;
    const trap = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        called++;
        return 1;
      },
    });
    expect(valueAt(trap, ['a'])).toBeUndefined();
    expect(called).toBe(0);
  });

  test('of any text finds own values only, and never throws', () => {
    const keys = fc.constantFrom(
      'a',
      'b',
      '__proto__',
      'constructor',
      'length',
      'prototype',
      '$',
      '*',
      '[0]',
    );
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 20 }), fc.jsonValue(), (steps, data) => {
        const found = valueAt(data, steps);
        expect(typeof found).not.toBe('function');
        expect(found).not.toBe(Object.prototype);
        expect(found).not.toBe(Array.prototype);
      }),
    );
  });
});

describe('hostile paths in a policy', () => {
  test.each([
    '$..[?(@.constructor.constructor("return process")())]',
    '__proto__.x',
    'constructor.constructor',
    'entities.length',
    'entities[0].value',
    'group.__proto__',
  ])('alert.%s is refused, or finds nothing', async (path) => {
    const when = `{fact: alert, path: ${JSON.stringify(path)}, operator: exists, value: true}`;
    const { diagnostics, plan } = compiled(policy({ when }));
    if (path.startsWith('group.')) {
      const { verdicts } = await new Decider(plan).decide(alert({ group: { User: 'a' } }), eventTime(0));
      expect(verdicts[0]?.held).toBe(false);
    } else expect(diagnostics.map((d) => d.code)).toEqual(['TT6502']);
  });

  test('attributes of an asset can be called anything, and stay data', async () => {
    const hostile: unknown = JSON.parse(
      '[{"attributes": {"__proto__": {"admin": true}, "constructor": "x"}}]',
    );
    const when = (path: string): string => `{fact: asset, path: ${path}, operator: exists, value: true}`;
    const held = async (path: string, value: unknown): Promise<boolean | undefined> => {
      const decider = new Decider(policies(policy({ when: when(path) })), {
        sources: [constant('asset', value)],
      });
      return (await decider.decide(alert(), eventTime(0))).verdicts[0]?.held;
    };
    expect(await held('attributes.constructor', hostile)).toBe(true);
    expect(await held('attributes.constructor', [{ attributes: {} }])).toBe(false);
    expect(await held('attributes.toString', [{ attributes: {} }])).toBe(false);
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });
});
