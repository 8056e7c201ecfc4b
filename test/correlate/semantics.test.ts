import { describe, expect, it } from 'vitest';
import { Correlator, planCorrelations, Watermarks } from '../../engine/correlate/index.ts';
import {
  type Bound,
  type CorrelationBody,
  type CorrelationRule,
  duration,
  type Signal,
} from '../../engine/model/index.ts';
import { rule, S, signal } from './build.ts';
import { planOf, runAll } from './harness.ts';

type Bounds = readonly Bound[];

function count(bounds: Bounds, more: Partial<Parameters<typeof rule>[1]> = {}): CorrelationRule {
  return rule('r', {
    rules: ['a'],
    body: { type: 'event_count', fields: [], bounds, minEvents: 1 },
    ...more,
  });
}

const at = (
  ruleId: string,
  seconds: number,
  user: string | null = 'u',
  more: Parameters<typeof signal>[3] = {},
): Signal => signal(ruleId, seconds, user === null ? {} : { user }, more);

const fired = (made: CorrelationRule, stream: readonly Signal[], known = ['a', 'b', 'c']): number[] =>
  runAll(planOf([made], known), stream).map((s) => s.end / S);

/** A sequence of these rules; each step once, but for those that are said to happen several times. */
function chainOf(
  rules: readonly string[],
  more: Partial<Parameters<typeof rule>[1]> = {},
  times: Readonly<Record<string, number>> = {},
): CorrelationRule {
  const steps = rules.map((text) => ({
    label: text,
    rule: { text },
    absent: false,
    times: times[text] ?? 1,
    where: [],
  }));
  return rule('r', { rules, body: { type: 'sequence', steps, join: [], until: [] }, ...more });
}

const NOT_B: CorrelationBody = {
  type: 'temporal',
  condition: {
    kind: 'and',
    of: [
      { kind: 'rule', rule: { text: 'a' } },
      { kind: 'not', of: { kind: 'rule', rule: { text: 'b' } } },
    ],
  },
};

describe('where the specification is silent', () => {
  const cases: readonly { name: string; given: () => unknown; expect: unknown }[] = [
    {
      name: 'group values are compared by simple folding, and exactly where cased',
      given: () => {
        const stream = [at('a', 0, 'Bob'), at('a', 1, 'BOB')];
        return [
          fired(count([{ op: 'gte', value: 2 }]), stream),
          fired(count([{ op: 'gte', value: 2 }], { cased: true }), stream),
        ];
      },
      expect: [[1], []],
    },
    {
      name: 'a number equals its decimal text',
      given: () =>
        fired(count([{ op: 'gte', value: 2 }]), [signal('a', 0, { user: 7 }), signal('a', 1, { user: '7' })]),
      expect: [1],
    },
    {
      name: 'temporal without a condition asks for all listed rules',
      given: () => {
        const made = rule('r', { rules: ['a', 'b', 'c'], body: { type: 'temporal' } });
        return [fired(made, [at('a', 0), at('b', 1)]), fired(made, [at('c', 0), at('a', 1), at('b', 2)])];
      },
      expect: [[], [2]],
    },
    {
      name: 'of a range both bounds must hold, which only the close of the window can tell',
      given: () => {
        const made = count([
          { op: 'gt', value: 1 },
          { op: 'lte', value: 2 },
        ]);
        return [fired(made, [at('a', 0), at('a', 1)]), fired(made, [at('a', 0), at('a', 1), at('a', 2)])];
      },
      expect: [[10], []],
    },
    {
      name: 'lt, lte, eq and neq are decided when the window closes by watermark, never early',
      given: () => {
        const correlator = new Correlator(planOf([count([{ op: 'lt', value: 3 }])], ['a']));
        correlator.accept(at('a', 0));
        const early = correlator.advance(9.999 * S).length;
        return [early, correlator.advance(10 * S).map((s) => s.end / S)];
      },
      expect: [0, [10]],
    },
    {
      name: '`not b` waits until b can no longer arrive',
      given: () => {
        const made = rule('r', { rules: ['a', 'b'], body: NOT_B });
        return [fired(made, [at('a', 0), at('b', 9)]), fired(made, [at('a', 0), at('b', 10)])];
      },
      expect: [[], [10]],
    },
    {
      name: 'a missing group-by field is skipped and counted, not pooled',
      given: () => {
        const correlator = new Correlator(planOf([count([{ op: 'gte', value: 2 }])], ['a']));
        correlator.accept(at('a', 0, null));
        correlator.accept(at('a', 1, null));
        const out = correlator.finish().length;
        return [out, correlator.stats().rules.get('r')?.missingGroup];
      },
      expect: [0, 2],
    },
    {
      name: 'with on_null: group those without the field are one group of their own',
      given: () =>
        fired(count([{ op: 'gte', value: 2 }], { onNull: 'group' }), [
          at('a', 0, null),
          at('a', 1, null),
          at('a', 1.5, ''),
        ]),
      expect: [1],
    },
    {
      name: 'order is strict: one instant is not before itself, unless ties are allowed',
      given: () => {
        const made = (ties: 'strict' | 'allow'): CorrelationRule =>
          rule('r', { rules: ['a', 'b'], ties, body: { type: 'temporal_ordered' } });
        const stream = [at('b', 1), at('a', 1)];
        return [fired(made('strict'), stream), fired(made('allow'), stream)];
      },
      expect: [[], [1]],
    },
    {
      name: 'a step of a sequence shares the instant of the step before it only where ties are allowed',
      given: () => {
        const stream = [at('b', 1), at('a', 1)];
        return [
          fired(chainOf(['a', 'b']), stream),
          fired(chainOf(['a', 'b'], { ties: 'allow' }), stream),
          fired(chainOf(['a', 'b', 'c'], { ties: 'allow' }), [at('c', 1), at('b', 1), at('a', 0)]),
        ];
      },
      expect: [[], [1], [1]],
    },
    {
      name: 'steps at one instant are of different events, unless one event may serve two',
      given: () => {
        const both = [at('a', 1, 'u', { event: 'e' }), at('b', 1, 'u', { event: 'e' })];
        return [
          fired(chainOf(['a', 'b'], { ties: 'allow' }), both),
          fired(chainOf(['a', 'b'], { ties: 'allow' }), [...both, at('a', 1, 'u', { event: 'f' })]),
          fired(chainOf(['a', 'b'], { ties: 'allow', sameEvent: 'allow' }), both),
        ];
      },
      expect: [[], [1], [1]],
    },
    {
      name: 'a group that ends at the instant of a match fires all matches of that instant',
      given: () => {
        const made = chainOf(['a', 'b'], { afterMatch: 'reset' });
        const ended = { ...made, body: { ...made.body, until: [{ text: 'b' }] } };
        const stream = [at('a', 1), at('b', 2, 'u', { event: 'x' }), at('b', 2, 'u', { event: 'y' })];
        const byZ = { ...made, body: { ...made.body, until: [{ text: 'z' }] } };
        const anew = [at('a', 1), at('a', 2), at('b', 2), at('z', 2), at('b', 3)];
        return [
          fired(ended, stream),
          fired(ended, [...stream, at('b', 3)]),
          fired(byZ, anew, ['a', 'b', 'z']),
        ];
      },
      expect: [[2, 2], [2, 2], [2]],
    },
    {
      name: 'a step is within what it says: exactly that long after is too late',
      given: () => {
        const made = chainOf(['a', 'b']);
        const body = made.body.type === 'sequence' ? made.body : undefined;
        const steps =
          body?.steps.map((step, i) => (i === 1 ? { ...step, within: duration(2 * S) } : step)) ?? [];
        const timed: CorrelationRule = {
          ...made,
          body: { type: 'sequence', steps, join: [], until: [] },
        };
        return [fired(timed, [at('a', 1), at('b', 3)]), fired(timed, [at('a', 1), at('b', 2.999999)])];
      },
      expect: [[], [2.999999]],
    },
    {
      name: 'of two things that must not happen between two steps the later one counts as well as the earlier',
      given: () => {
        const step = (text: string, absent: boolean) => ({
          label: text,
          rule: { text },
          absent,
          times: 1,
          where: [],
        });
        const steps = [step('a', false), step('x', true), step('y', true), step('b', false)];
        const made = rule('r', {
          rules: ['a', 'x', 'y', 'b'],
          body: { type: 'sequence', steps, join: [], until: [] },
        });
        const known = ['a', 'b', 'x', 'y'];
        const one = [at('x', 0), at('y', 2), at('a', 1), at('b', 3)];
        const other = [at('y', 0), at('x', 2), at('a', 1), at('b', 3)];
        return [fired(made, one, known), fired(made, other, known), fired(made, one.slice(2), known)];
      },
      expect: [[], [], [3]],
    },
    {
      name: 'what a step of a sequence counts comes after the step before it, ties or not',
      given: () => {
        const made = chainOf(['a', 'b'], { ties: 'allow' }, { b: 2 });
        return [
          fired(made, [at('a', 1), at('b', 1, 'u', { event: 'x' }), at('b', 2)]),
          fired(made, [at('a', 1), at('b', 2), at('b', 3)]),
        ];
      },
      expect: [[], [3]],
    },
    {
      name: 'order below the microsecond is kept',
      given: () => {
        const made = rule('r', { rules: ['a', 'b'], body: { type: 'temporal_ordered' } });
        return [
          fired(made, [at('a', 1, 'u', { ns: 1 }), at('b', 1, 'u', { ns: 2 })]),
          fired(made, [at('a', 1, 'u', { ns: 2 }), at('b', 1, 'u', { ns: 1 })]),
        ];
      },
      expect: [[1], []],
    },
    {
      name: 'one event does not stand for two rules, unless allowed',
      given: () => {
        const made = (sameEvent: 'forbid' | 'allow'): CorrelationRule =>
          rule('r', { rules: ['a', 'b'], sameEvent, body: { type: 'temporal' } });
        const stream = [at('a', 1, 'u', { event: 'e' }), at('b', 1, 'u', { event: 'e' })];
        return [fired(made('forbid'), stream), fired(made('allow'), stream)];
      },
      expect: [[], [1]],
    },
    {
      name: 'it fires once a window by default; every and at_close as they say',
      given: () => {
        const stream = [0, 1, 2, 3].map((t) => at('a', t));
        return (['once', 'every', 'at_close'] as const).map((emit) =>
          fired(count([{ op: 'gte', value: 2 }], { emit }), stream),
        );
      },
      expect: [[1], [1, 2, 3], [10]],
    },
    {
      name: 'update revises the first signal and says so',
      given: () => {
        const out = runAll(
          planOf([count([{ op: 'gte', value: 2 }], { emit: 'update' })], ['a']),
          [0, 1, 2].map((t) => at('a', t)),
        );
        return [out.map((s) => s.correlation?.revision), out[1]?.correlation?.revises === out[0]?.id];
      },
      expect: [[undefined, 1], true],
    },
    {
      name: 'a window is half open: exactly a timespan apart is apart',
      given: () => [
        fired(count([{ op: 'gte', value: 2 }]), [at('a', 0), at('a', 10)]),
        fired(count([{ op: 'gte', value: 2 }]), [at('a', 0), at('a', 9.999999)]),
      ],
      expect: [[], [9.999999]],
    },
    {
      name: 'value_count over several fields counts distinct tuples',
      given: () =>
        fired(
          rule('r', {
            rules: ['a'],
            body: {
              type: 'value_count',
              fields: ['x', 'y'],
              bounds: [{ op: 'gte', value: 3 }],
              minEvents: 1,
            },
          }),
          [
            ['1', '23'],
            ['12', '3'],
            ['1', '23'],
            ['1', '3'],
          ].map(([x, y], i) => signal('a', i, { user: 'u', x: x ?? '', y: y ?? '' })),
        ),
      expect: [3],
    },
    {
      name: 'a value that came again is as old as its newest firing, and the others are as old as theirs',
      given: () =>
        fired(
          rule('r', {
            rules: ['a'],
            body: { type: 'value_count', fields: ['v'], bounds: [{ op: 'gte', value: 3 }], minEvents: 1 },
          }),
          (
            [
              ['x', 0],
              ['y', 1],
              ['x', 5],
              ['z', 11],
              ['y', 12],
            ] as const
          ).map(([v, t]) => signal('a', t, { user: 'u', v })),
        ),
      expect: [12],
    },
    {
      name: 'value_percentile asks for its percentile',
      given: () => {
        const made = (percentile: number): CorrelationRule =>
          rule('r', {
            rules: ['a'],
            body: {
              type: 'value_percentile',
              fields: ['n'],
              percentile,
              bounds: [{ op: 'gte', value: 9 }],
              minEvents: 4,
            },
          });
        const stream = [1, 2, 3, 10].map((n, i) => signal('a', i, { user: 'u', n }));
        return [fired(made(50), stream), fired(made(90), stream)];
      },
      expect: [[], [3]],
    },
    {
      name: 'what is not a number is skipped in a sum, and counted',
      given: () => {
        const made = rule('r', {
          rules: ['a'],
          body: { type: 'value_sum', fields: ['n'], bounds: [{ op: 'gt', value: 4 }], minEvents: 1 },
        });
        const correlator = new Correlator(planOf([made], ['a']));
        for (const [i, n] of ['2', 'many', '2.5'].entries())
          correlator.accept(signal('a', i, { user: 'u', n }));
        return [correlator.finish().map((s) => s.end / S), correlator.stats().rules.get('r')?.unusableValue];
      },
      expect: [[2], 1],
    },
    {
      name: 'tumbling, hop and session windows end where they say',
      given: () => {
        const two = (window: CorrelationRule['window'], stream: readonly number[]): number[] =>
          fired(
            count([{ op: 'gte', value: 2 }], { window, seconds: 10 }),
            stream.map((seconds) => at('a', seconds)),
          );
        const hop = { kind: 'hop' as const, every: duration(5 * S) };
        const session = { kind: 'session' as const, gap: duration(3 * S) };
        return [
          two({ kind: 'tumbling' }, [9, 10]),
          two({ kind: 'tumbling' }, [10, 19.999999]),
          two(hop, [4.999999, 10]),
          two(hop, [5, 14]),
          two(session, [0, 3]),
          two(session, [0, 2.999999]),
        ];
      },
      expect: [[], [19.999999], [], [14], [], [2.999999]],
    },
    {
      name: 'a parent may group only by what its child carries',
      given: () => {
        const child = { ...count([]), meta: { ...count([]).meta, id: 'child', name: 'child', hash: 'h' } };
        const parent = (groupBy: string[]): CorrelationRule =>
          count([{ op: 'gte', value: 1 }], { rules: ['child'], groupBy });
        const known = [{ id: 'a', kind: 'detection' as const }];
        return [['host'], ['user']].map((groupBy) =>
          planCorrelations([child, parent(groupBy)], known).diagnostics.map(({ code }) => code),
        );
      },
      expect: [['TT5004'], []],
    },
    {
      name: 'a rarity is the share of the value in its group',
      given: () =>
        fired(
          rule('r', {
            rules: ['a'],
            emit: 'every',
            body: {
              type: 'value_rarity',
              fields: ['host'],
              bounds: [{ op: 'lte', value: 25 }],
              percentile: 0,
              minEvents: 4,
            },
          }),
          // The fourth of h1 is all of four; h2 is one of five; the second h2 two of six.
          ['h1', 'h1', 'h1', 'h1', 'h2', 'h2'].map((host, i) => signal('a', i, { user: 'u', host })),
        ),
      expect: [4],
    },
    {
      name: 'a chain: the parent sees what the child fires',
      given: () => {
        const child = {
          ...count([{ op: 'gte', value: 2 }]),
          meta: { ...count([]).meta, id: 'child', name: 'child', hash: 'h-child' },
        };
        const parent = rule('parent', { rules: ['child', 'b'], body: { type: 'temporal_ordered' } });
        return runAll(planOf([parent, child], ['a', 'b']), [at('a', 0), at('a', 1), at('b', 2)]).map(
          (s) => s.rule.id,
        );
      },
      expect: ['child', 'parent'],
    },
    {
      name: 'a reference by name and by id is the same rule',
      given: () => {
        const made = (text: string): CorrelationRule =>
          rule('r', { rules: [text, 'b'], body: { type: 'temporal' } });
        const known = [
          { id: 'a', name: 'first_rule', kind: 'detection' as const },
          { id: 'b', kind: 'detection' as const },
        ];
        return ['a', 'first_rule'].map((text) => {
          const plan = planCorrelations([made(text)], known).value;
          return plan === undefined ? undefined : runAll(plan, [at('a', 0), at('b', 1)]).length;
        });
      },
      expect: [1, 1],
    },
  ];
  for (const one of cases) it(one.name, () => expect(one.given()).toEqual(one.expect));
});

describe('what others get wrong', () => {
  it('a late event inside the lateness causes no false alarm and is not lost', () => {
    const plan = planOf([count([{ op: 'gte', value: 3 }])], ['a']);
    const correlator = new Correlator(plan);
    const out: Signal[] = [];
    for (const t of [0, 12, 5, 13]) {
      correlator.accept(at('a', t));
      out.push(...correlator.advance((t - 8) * S));
    }
    out.push(...correlator.finish());
    // 5, 12 and 13 lie in one window; 0, 12 and 13 do not.
    expect(out.map((s) => s.end / S)).toEqual([13]);
  });

  it('what is later than the lateness is counted and changes nothing', () => {
    const correlator = new Correlator(planOf([count([{ op: 'gte', value: 2 }])], ['a']));
    correlator.accept(at('a', 20));
    correlator.advance(15 * S);
    correlator.accept(at('a', 14));
    expect(correlator.finish()).toEqual([]);
    expect(correlator.stats().rules.get('r')?.late).toBe(1);
  });

  it('an event dated in the future is set back, counted, and moves no watermark', () => {
    const watermarks = new Watermarks({ latenessMicros: 5 * S, idleMicros: 60 * S, maxSkewMicros: 10 * S });
    watermarks.observe('s', 100 * S, 100 * S);
    expect(watermarks.observe('s', 9_999 * S, 101 * S)).toEqual({ time: 111 * S, clamped: true });
    expect([watermarks.at(101 * S) / S, watermarks.clamped]).toEqual([95, 1]);
  });

  it('one event dated far ahead neither empties a window nor poisons it', () => {
    const watermarks = new Watermarks({ latenessMicros: 2 * S, idleMicros: 60 * S, maxSkewMicros: 5 * S });
    const correlator = new Correlator(planOf([count([{ op: 'gte', value: 3 }])], ['a']));
    const out: Signal[] = [];
    for (const [dated, received] of [
      [0, 0],
      [9_999, 1],
      [2, 2],
      [3, 3],
      [20, 20],
    ] as const) {
      const { time } = watermarks.observe('s', dated * S, received * S);
      correlator.accept(at('a', time / S));
      out.push(...correlator.advance(watermarks.at(received * S)));
    }
    out.push(...correlator.finish());
    // 0, 2 and 3 are one window; the event from the future stands at 6 s, where it was set back to, and nowhere else.
    expect(out.map((s) => s.end / S)).toEqual([3]);
    expect(correlator.stats().rules.get('r')?.late).toBe(0);
  });

  it('a percentile heeds its condition', () => {
    const made = (bounds: Bounds): CorrelationRule =>
      rule('r', {
        rules: ['a'],
        emit: 'every',
        body: { type: 'value_percentile', fields: ['n'], percentile: 50, bounds, minEvents: 3 },
      });
    const stream = [1, 5, 9].map((n, i) => signal('a', i, { user: 'u', n }));
    expect(fired(made([{ op: 'gte', value: 5 }]), stream)).toEqual([2]);
    expect(fired(made([{ op: 'gt', value: 5 }]), stream)).toEqual([]);
  });

  it('an idle source holds nobody back, and the watermark never goes back', () => {
    const watermarks = new Watermarks({ latenessMicros: 0, idleMicros: 60 * S, maxSkewMicros: S });
    watermarks.observe('slow', 10 * S, 10 * S);
    watermarks.observe('fast', 100 * S, 100 * S);
    expect(watermarks.at(50 * S) / S).toBe(10);
    expect(watermarks.at(100 * S) / S).toBe(100);
    watermarks.observe('slow', 20 * S, 101 * S);
    expect(watermarks.at(101 * S) / S).toBe(100);
  });

  it('when every source is quiet, what was under way is past, and live time goes on without an event', () => {
    const live = new Watermarks({ latenessMicros: 5 * S, idleMicros: 60 * S, maxSkewMicros: S });
    live.observe('s', 100 * S, 101 * S);
    expect(live.at(120 * S) / S).toBe(95);
    expect(live.at(161 * S)).toBe(101 * S);
    expect(live.at(400 * S) / S).toBe(340);

    const replay = new Watermarks({ latenessMicros: 5 * S, idleMicros: 1 * S, maxSkewMicros: S });
    replay.observe('s', 100 * S, 9_000 * S);
    expect(replay.at(9_002 * S) / S).toBe(95);
    expect(replay.at(9_005 * S)).toBe(100 * S + 1);
    expect(replay.at(9_900 * S)).toBe(100 * S + 1);
  });

  it('160 hits on each of four ordered rules cost no more than a look at each', () => {
    const plan = planOf(
      [rule('r', { rules: ['a', 'b', 'c', 'd'], seconds: 10_000, body: { type: 'temporal_ordered' } })],
      ['a', 'b', 'c', 'd'],
    );
    const stream = [...'abcd'].flatMap((id, step) =>
      Array.from({ length: 160 }, (_, i) => at(id, step * 160 + i)),
    );
    const correlator = new Correlator(plan);
    for (const one of stream) correlator.accept(one);
    expect(correlator.finish().map((s) => s.end / S)).toEqual([480]);
    // One run a step is held, whatever the number of hits.
    expect(correlator.stats().items).toBeLessThan(20);
  });

  it('160 hits of one instant on each of four steps cost no more than a look at each', () => {
    const different = [...'abcd'].flatMap((id) =>
      Array.from({ length: 160 }, (_, i) => at(id, 1, 'u', { event: `${id}${i}` })),
    );
    const made = chainOf(['a', 'b', 'c', 'd'], { ties: 'allow', emit: 'every' });
    // Every last step completes one match, and not one for each choice of the 160³ before it.
    expect(fired(made, different, ['a', 'b', 'c', 'd'])).toHaveLength(160);
    const steps = ['s', 't', 'u', 'v'].map((label) => ({
      label,
      rule: { text: 'a' },
      absent: false,
      times: 1,
      where: [],
    }));
    const same = { ...made, body: { type: 'sequence' as const, steps, join: [], until: [] } };
    expect(fired(same, different, ['a', 'b', 'c', 'd'])).toHaveLength(160);
    expect(fired(same, different.slice(0, 3), ['a', 'b', 'c', 'd'])).toHaveLength(0);
    // Each of four can be the last, whichever runs of the others are kept.
    expect(fired(same, different.slice(0, 4), ['a', 'b', 'c', 'd'])).toHaveLength(4);
  });

  it('of a list of tests one must hold, and what only another asks for may be missing', () => {
    const stepOf = (label: string, more: object = {}) => ({
      label,
      rule: { text: label },
      absent: false,
      times: 1,
      where: [],
      ...more,
    });
    const elsewhere = { field: 'host', op: 'neq', other: { step: 'a', field: 'host' } } as const;
    const much = { field: 'size', op: 'gt', other: { value: 10 } } as const;
    const little = { field: 'size', op: 'lte', other: { value: 100 } } as const;
    const made = rule('r', {
      rules: ['a', 'b'],
      body: {
        type: 'sequence',
        steps: [stepOf('a'), stepOf('b', { anyOf: [[elsewhere], [much, little]] })],
        join: [],
        until: [],
      },
    });
    const fires = (a: Record<string, string>, b: Record<string, string | number>): boolean =>
      fired(made, [signal('a', 0, { user: 'u', ...a }), signal('b', 1, { user: 'u', ...b })]).length > 0;
    expect(fires({ host: 'h1' }, { host: 'h2', size: 1 })).toBe(true);
    expect(fires({ host: 'h1' }, { host: 'h1', size: 50 })).toBe(true);
    expect(fires({ host: 'h1' }, { host: 'h1', size: 500 })).toBe(false);
    expect(fires({ host: 'h1' }, { host: 'h1', size: 1 })).toBe(false);
    // Without a host on either side only the other tests are left.
    expect(fires({}, { host: 'h2', size: 50 })).toBe(true);
    expect(fires({}, { host: 'h2', size: 1 })).toBe(false);
    expect(fires({ host: 'h1' }, { size: 50 })).toBe(true);
    expect(fires({ host: 'h1' }, { host: 'h2' })).toBe(true);
    expect(fires({ host: 'h1' }, {})).toBe(false);
  });

  it('of two runs that reach a step at one instant the one that began last goes on, whichever came first', () => {
    const made = chainOf(['a', 'b', 'c', 'd'], { ties: 'allow', seconds: 3 });
    const of = (...seconds: Signal[]): number[] =>
      fired(made, [at('a', 3), ...seconds, at('c', 5), at('d', 6.5)], ['a', 'b', 'c', 'd']);
    // The run from 3 s is out of the window when the last step comes; the one from 5 s, which takes the second step after it, is not.
    expect(of(at('a', 5), at('b', 5))).toEqual([6.5]);
    // The second of these cannot follow the run from 5 s, whose event it is: it must not put the run from 3 s in its place either.
    const event = 'q';
    expect(
      of(at('a', 5, 'u', { event }), at('b', 5, 'u', { event: 'm' }), at('b', 5, 'u', { event })),
    ).toEqual([6.5]);
    expect(of(at('b', 5))).toEqual([]);
  });

  it('a newer start does not hide an older match, and a pending run is not overwritten', () => {
    const made = rule('r', {
      rules: ['a', 'b'],
      seconds: 60,
      body: {
        type: 'sequence',
        steps: [
          { label: 'a', rule: { text: 'a' }, absent: false, times: 1, where: [] },
          { label: 'b', rule: { text: 'b' }, absent: false, times: 1, where: [], after: duration(10 * S) },
        ],
        join: [],
        until: [],
      },
    });
    expect(fired(made, [at('a', 0), at('a', 5), at('b', 11)])).toEqual([11]);
  });

  it('what must not happen between two steps may happen at the instant of either', () => {
    const made = rule('r', {
      rules: ['a', 'b', 'c'],
      body: {
        type: 'sequence',
        steps: [
          { label: 'a', rule: { text: 'a' }, absent: false, times: 1, where: [] },
          { label: 'b', rule: { text: 'b' }, absent: true, times: 1, where: [] },
          { label: 'c', rule: { text: 'c' }, absent: false, times: 1, where: [] },
        ],
        join: [],
        until: [],
      },
    });
    expect(fired(made, [at('a', 0), at('b', 0), at('c', 2)])).toEqual([2]);
    expect(fired(made, [at('a', 0), at('b', 2), at('c', 2)])).toEqual([2]);
    expect(fired(made, [at('a', 0), at('b', 1), at('b', 2), at('c', 2)])).toEqual([]);
  });

  it('settings of one rule do not leak into another', () => {
    const once = count([{ op: 'gte', value: 1 }]);
    const every = {
      ...count([{ op: 'gte', value: 1 }], { emit: 'every' }),
      meta: { ...once.meta, id: 'every', hash: 'h2' },
    };
    const out = runAll(planOf([once, every], ['a']), [at('a', 0), at('a', 1), at('a', 2)]);
    expect(out.map((s) => s.rule.id)).toEqual(['r', 'every', 'every', 'every']);
  });

  it('keys like __proto__ and constructor are keys like any other', () => {
    const stream = ['__proto__', 'constructor', 'toString'].flatMap((user) => [
      at('a', 0, user),
      at('a', 1, user),
    ]);
    expect(fired(count([{ op: 'gte', value: 2 }]), stream)).toEqual([1, 1, 1]);
  });

  it('values that look joined are not: ("a", "bc") is another group than ("ab", "c")', () => {
    const made = count([{ op: 'gte', value: 2 }], { groupBy: ['x', 'y'] });
    const pair = (x: string, y: string, t: number): Signal => signal('a', t, { x, y });
    expect(
      fired(made, [pair('a', 'bc', 0), pair('ab', 'c', 1), pair('1:a', 'b', 2), pair('1', 'a1:b', 3)]),
    ).toEqual([]);
  });
});

describe('an edited rule over a restart', () => {
  const edited = (stateOnEdit: 'keep' | 'reset' | 'replay', value: number, hash: string): CorrelationRule => {
    const made = count([{ op: 'gte', value }], { stateOnEdit });
    return { ...made, meta: { ...made.meta, hash } };
  };
  for (const [how, expected] of [
    ['keep', [2]],
    ['reset', []],
    ['replay', []],
  ] as const) {
    it(`with state_on_edit: ${how}`, () => {
      const before = new Correlator(planOf([edited(how, 9, 'old')], ['a']));
      for (const t of [0, 1]) before.accept(at('a', t));
      before.advance(2 * S);
      const after = Correlator.restore(planOf([edited(how, 3, 'new')], ['a']), before.snapshot());
      after?.correlator.accept(at('a', 2));
      expect(after?.correlator.finish().map((s) => s.end / S)).toEqual(expected);
      expect(after?.report.replay.length).toBe(how === 'replay' ? 1 : 0);
    });
  }
});

describe('an edited rule over a restart from rows', () => {
  const edited = (stateOnEdit: 'keep' | 'reset' | 'replay', value: number, hash: string): CorrelationRule => {
    const made = count([{ op: 'gte', value }], { stateOnEdit });
    return { ...made, meta: { ...made.meta, hash } };
  };
  for (const [how, expected, left] of [
    ['keep', [2], 1],
    ['reset', [], 0],
    ['replay', [], 0],
  ] as const) {
    it(`with state_on_edit: ${how}, and what is given up leaves the store`, () => {
      const store = new Map<string, Uint8Array>();
      const write = (correlator: Correlator): void => {
        for (const { key, bytes } of correlator.changes()) {
          if (bytes === undefined) store.delete(key);
          else store.set(key, bytes);
        }
      };
      const groups = (): number => [...store.keys()].filter((key) => key.includes('"groups"')).length;
      const before = new Correlator(planOf([edited(how, 9, 'old')], ['a']));
      for (const t of [0, 1]) before.accept(at('a', t));
      before.advance(2 * S);
      write(before);
      expect(groups()).toBe(1);
      const rows = [...store].map(([key, bytes]) => ({ key, bytes }));
      const after = Correlator.restoreRows(planOf([edited(how, 3, 'new')], ['a']), rows);
      if (after === undefined) throw new Error('the rows were refused');
      write(after.correlator);
      expect(groups()).toBe(left);
      after.correlator.accept(at('a', 2));
      expect(after.correlator.advance(3 * S).map((s) => s.end / S)).toEqual(expected);
      write(after.correlator);
      expect(groups()).toBe(1);
    });
  }
});

describe('at the memory bound', () => {
  it('a flood of fresh keys pushes out fresh keys, never a chain two steps in, and every loss is counted', () => {
    const steps = ['a', 'b', 'c'].map((text) => ({
      label: text,
      rule: { text },
      absent: false,
      times: 1,
      where: [],
    }));
    const made = rule('r', {
      rules: ['a', 'b', 'c'],
      seconds: 1e6,
      limits: { groups: 100, samples: 100, evidence: 100 },
      body: { type: 'sequence', steps, join: [], until: [] },
    });
    const flood = Array.from({ length: 5000 }, (_, i) => at('a', 10 + i, `key${i}`));
    const correlator = new Correlator(planOf([made], ['a', 'b', 'c']));
    for (const one of [at('a', 0), at('b', 1), ...flood, at('c', 9000)]) correlator.accept(one);
    const out = correlator.finish();
    expect(out.map((s) => [s.end / S, s.correlation?.losses])).toEqual([[9000, 4902]]);
    expect(correlator.stats().rules.get('r')?.evicted).toBe(4902);
  });

  it('a flood in one rule takes nothing from another', () => {
    const quiet = count([{ op: 'gte', value: 3 }], { seconds: 1e6 });
    const loud = rule('loud', {
      rules: ['b'],
      seconds: 1e6,
      body: { type: 'event_count', fields: [], bounds: [{ op: 'gte', value: 9 }], minEvents: 1 },
    });
    const correlator = new Correlator(planOf([quiet, loud], ['a', 'b']), { items: 200 });
    const flood = Array.from({ length: 3000 }, (_, i) => at('b', 10 + i, `key${i}`));
    for (const one of [at('a', 0), at('a', 1), ...flood, at('a', 9000)]) correlator.accept(one);
    expect(correlator.finish().map((s) => s.rule.id)).toEqual(['r']);
    expect(correlator.stats().items).toBeLessThanOrEqual(200);
    expect(correlator.stats().rules.get('r')?.evicted).toBe(0);
  });

  it('counter-evidence vetoes while its source is alive, and not when that is dead', () => {
    const made = count([{ op: 'gte', value: 2 }], {
      counter: [
        {
          rule: { text: 'b' },
          within: duration(60 * S),
          effect: 'veto',
          factor: 0.5,
          alive: { rule: { text: 'c' }, within: duration(5 * S) },
        },
      ],
    });
    expect(fired(made, [at('b', 0), at('c', 3), at('a', 4), at('a', 5)])).toEqual([]);
    expect(fired(made, [at('b', 0), at('c', 0), at('a', 4), at('a', 5)])).toEqual([5]);
  });

  it('suppression keeps a group quiet, and a rule that was not there before lifts it', () => {
    const made = rule('r', {
      rules: ['a', 'b'],
      seconds: 1,
      suppress: { for: duration(100 * S), by: [] },
      body: {
        type: 'temporal',
        condition: { kind: 'or', of: ['a', 'b'].map((text) => ({ kind: 'rule', rule: { text } }) as const) },
      },
    });
    expect(fired(made, [at('a', 0), at('a', 10), at('b', 20), at('a', 30), at('a', 200)])).toEqual([
      0, 20, 30, 200,
    ]);
  });
});
