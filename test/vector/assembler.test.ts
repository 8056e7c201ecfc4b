import { describe, expect, test } from 'vitest';
import {
  Arena,
  Assembler,
  add,
  block,
  branch,
  branchIf,
  type Code,
  eq,
  eq8,
  giveBack,
  highBits,
  i32,
  type Locals,
  lane32,
  load8,
  load32,
  loadV,
  loop,
  ltS,
  ltU,
  mul,
  mul32,
  Program,
  seq,
  shrU,
  splat8,
  splat32,
  store32,
  when,
} from '../../engine/vector/index.ts';

/** A function of two numbers, run. */
function run(write: (locals: Locals) => Code, ...numbers: readonly number[]): number | undefined {
  const program = new Program((assembler: Assembler) => {
    assembler.define('f', { parameters: 2, results: 1 }, write);
  });
  const arena = Arena.create();
  return arena?.link(program)?.['f']?.(...numbers);
}

describe('the assembler', () => {
  test.each([
    0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 0x7fffffff, -0x80000000, 0x65757274,
  ])('encodes the constant %i', (value) => {
    expect(run(() => i32(value))).toBe(value);
  });

  const cases: readonly {
    name: string;
    write: (locals: Locals) => Code;
    given: readonly number[];
    expect: number;
  }[] = [
    {
      name: 'parameters in their order',
      write: (l) => add(mul(l.parameter(0).get, i32(10)), l.parameter(1).get),
      given: [4, 2],
      expect: 42,
    },
    {
      name: 'comparisons with a sign',
      write: (l) => ltS(l.parameter(0).get, l.parameter(1).get),
      given: [-1, 1],
      expect: 1,
    },
    {
      name: 'comparisons without',
      write: (l) => ltU(l.parameter(0).get, l.parameter(1).get),
      given: [-1, 1],
      expect: 0,
    },
    {
      name: 'shifts without a sign',
      write: (l) => shrU(l.parameter(0).get, l.parameter(1).get),
      given: [-1, 28],
      expect: 15,
    },
    {
      name: 'both branches of a condition',
      write: (l) => {
        const [a] = [l.parameter(0)];
        return seq(when(eq(a.get, i32(1)), [a.set(i32(7))], [a.set(i32(8))]), a.get);
      },
      given: [2, 0],
      expect: 8,
    },
    {
      name: 'loops, and blocks that are left by name from within others',
      write: (l) => {
        const [left, sum] = [l.parameter(0), l.i32()];
        return seq(
          block(
            'done',
            loop(
              'again',
              branchIf('done', eq(left.get, i32(0))),
              sum.add(left.get),
              left.add(i32(-1)),
              when(i32(1), [branch('again')]),
            ),
          ),
          sum.get,
        );
      },
      given: [100, 0],
      expect: 5050,
    },
    {
      name: 'an early return',
      write: (l) => seq(giveBack(l.parameter(1).get), i32(0)),
      given: [1, 5],
      expect: 5,
    },
    {
      name: 'memory, word by word and byte by byte',
      write: (l) =>
        seq(store32(i32(8000), l.parameter(0).get), add(load8(i32(8000), 1), load32(i32(7996), 4))),
      given: [0x0201, 0],
      expect: 0x0203,
    },
    {
      name: 'vectors of bytes',
      write: (l) =>
        seq(
          store32(i32(8000), l.parameter(0).get),
          highBits(eq8(loadV(i32(8000)), splat8(l.parameter(1).get))),
        ),
      given: [0x22002200, 0x22],
      expect: 0b1010,
    },
    {
      name: 'vectors of words',
      write: (l) => lane32(mul32(splat32(l.parameter(0).get), splat32(l.parameter(1).get)), 3),
      given: [0x9e3779b1 | 0, 3],
      expect: Math.imul(0x9e3779b1, 3),
    },
  ];
  test.each(cases)('writes $name', ({ write, given, expect: wanted }) => {
    expect(run(write, ...given)).toBe(wanted);
  });

  test('does not take a label that no block has', () => {
    const assembler = new Assembler();
    assembler.define('f', { parameters: 0, results: 0 }, () => block('here', branch('there')));
    expect(() => assembler.assemble()).toThrow('no block is called there');
  });

  test('links nothing that the runtime refuses', () => {
    // A function that should give a number and gives none.
    const broken = new Program((a) => void a.define('f', { parameters: 0, results: 1 }, () => seq()));
    expect(Arena.create()?.link(broken)).toBeUndefined();
  });
});
