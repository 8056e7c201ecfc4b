import { describe, expect, it } from 'vitest';
import { Correlator } from '../../engine/correlate/index.ts';
import type { CorrelationRule, Signal } from '../../engine/model/index.ts';
import { duration } from '../../engine/model/index.ts';
import { rule, S, signal } from './build.ts';
import { planOf } from './harness.ts';

const at = (ruleId: string, seconds: number, user = 'u'): Signal => signal(ruleId, seconds, { user });

function revising(made: Partial<CorrelationRule> & Pick<CorrelationRule, 'body'>): CorrelationRule {
  return { ...rule('r', { rules: ['a', 'b'], body: made.body }), late: 'revise', ...made };
}

/** What is said after each step: of each signal its time, what it revises (by place in what was said) and whether that is taken back. */
function said(
  rules: readonly CorrelationRule[],
  steps: readonly { readonly came: readonly Signal[]; readonly watermark: number }[],
): unknown[] {
  const correlator = new Correlator(planOf(rules, ['a', 'b', 'c']));
  const all: Signal[] = [];
  return steps.map(({ came, watermark }) => {
    for (const one of came) correlator.accept(one);
    const out = correlator.advance(watermark * S);
    all.push(...out);
    return out.map((one) => {
      const { revises, retracted, revision } = one.correlation ?? {};
      const place = all.findIndex(({ id }) => id === revises);
      return [
        one.rule.id,
        one.end / S,
        ...(revises === undefined
          ? []
          : [retracted === true ? 'takes back' : `revision ${revision} of`, place]),
      ];
    });
  });
}

const COUNT_2 = { type: 'event_count', fields: [], bounds: [{ op: 'gte', value: 2 }], minEvents: 1 } as const;
const COUNT_BELOW_3 = {
  type: 'event_count',
  fields: [],
  bounds: [{ op: 'lt', value: 3 }],
  minEvents: 1,
} as const;

describe('late: revise', () => {
  it('says what a late signal makes true', () => {
    expect(
      said(
        [revising({ body: COUNT_2 })],
        [
          { came: [at('a', 0)], watermark: 5 },
          { came: [at('a', 3)], watermark: 6 },
        ],
      ),
    ).toEqual([[], [['r', 3]]]);
  });

  it('revises a match that would have been earlier', () => {
    expect(
      said(
        [revising({ body: COUNT_2 })],
        [
          { came: [at('a', 0), at('a', 4)], watermark: 5 },
          { came: [at('a', 3)], watermark: 6 },
          { came: [at('a', 2)], watermark: 7 },
        ],
      ),
    ).toEqual([[['r', 4]], [['r', 3, 'revision 1 of', 0]], [['r', 2, 'revision 2 of', 0]]]);
  });

  it('takes back what a late signal makes untrue, every version of it', () => {
    expect(
      said(
        [revising({ body: COUNT_BELOW_3 })],
        [
          { came: [at('a', 0)], watermark: 11 },
          { came: [at('a', 5)], watermark: 11 },
          { came: [at('a', 6)], watermark: 11 },
        ],
      ),
    ).toEqual([
      [['r', 10]],
      [['r', 10, 'revision 1 of', 0]],
      [
        ['r', 10, 'takes back', 0],
        ['r', 10, 'takes back', 1],
      ],
    ]);
  });

  it('goes up a chain: the parent has not what its child took back', () => {
    const child = revising({ body: COUNT_BELOW_3 });
    const parent: CorrelationRule = {
      ...rule('parent', {
        rules: ['r'],
        seconds: 100,
        body: { ...COUNT_2, bounds: [{ op: 'gte', value: 1 }] },
      }),
      late: 'revise',
    };
    expect(
      said(
        [parent, child],
        [
          { came: [at('a', 0)], watermark: 12 },
          { came: [at('a', 5), at('a', 6)], watermark: 12 },
        ],
      ),
    ).toEqual([
      [
        ['r', 10],
        ['parent', 10],
      ],
      [
        ['r', 10, 'takes back', 0],
        ['parent', 10, 'takes back', 1],
      ],
    ]);
  });

  it('has an end: what comes later than that is counted', () => {
    const correlator = new Correlator(
      planOf([revising({ body: COUNT_2, reviseFor: duration(5 * S) })], ['a', 'b']),
    );
    correlator.accept(at('a', 10));
    correlator.advance(20 * S);
    correlator.accept(at('a', 14.999999));
    expect(correlator.advance(20 * S)).toEqual([]);
    expect(correlator.stats().rules.get('r')?.late).toBe(1);
    correlator.accept(at('a', 15));
    expect(correlator.advance(20 * S).map((one) => one.end / S)).toEqual([15]);
    expect(correlator.stats().rules.get('r')?.late).toBe(1);
  });

  it('goes on over a restart that comes between the late signal and what it changes', () => {
    const plan = planOf([revising({ body: COUNT_2 })], ['a', 'b']);
    const correlator = new Correlator(plan);
    for (const one of [at('a', 0), at('a', 4)]) correlator.accept(one);
    const [first] = correlator.advance(5 * S);
    correlator.accept(at('a', 3));
    const after = Correlator.restore(plan, correlator.snapshot())?.correlator;
    const [revised] = after?.advance(5 * S) ?? [];
    expect([revised?.end, revised?.correlation?.revises, revised?.correlation?.revision]).toEqual([
      3 * S,
      first?.id,
      1,
    ]);
  });

  it.each([
    { edit: 'keep', says: [4] },
    { edit: 'reset', says: [] },
    { edit: 'replay', says: [] },
  ] as const)('edited, with state_on_edit: $edit', ({ edit, says }) => {
    const before = planOf([revising({ body: COUNT_2, stateOnEdit: edit })], ['a', 'b']);
    const correlator = new Correlator(before);
    for (const one of [at('a', 0), at('a', 4)]) correlator.accept(one);
    expect(correlator.advance(5 * S)).toHaveLength(1);
    const bounds = [{ op: 'gte', value: 3 }] as const;
    const edited = revising({ body: { ...COUNT_2, bounds }, stateOnEdit: edit });
    const after = planOf([{ ...edited, meta: { ...edited.meta, hash: 'edited' } }], ['a', 'b']);
    const restored = Correlator.restore(after, correlator.snapshot());
    const report = { kept: edit === 'keep' ? ['r'] : [], reset: edit === 'reset' ? ['r'] : [] };
    expect(restored?.report).toMatchObject(report);
    expect(restored?.report.replay).toEqual(
      edit === 'replay' ? [{ ruleId: 'r', micros: before.nodes[0]?.timespanMicros }] : [],
    );
    // What the old rule said is not taken back: by the rule of now it is not what was said.
    expect(restored?.correlator.advance(5 * S)).toEqual([]);
    restored?.correlator.accept(at('a', 3));
    expect(restored?.correlator.advance(5 * S).map((one) => one.end / S)).toEqual(says);
  });
});
