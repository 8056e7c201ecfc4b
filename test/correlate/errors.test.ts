import { describe, expect, it } from 'vitest';
import { CODES, Correlator, planCorrelations } from '../../engine/correlate/index.ts';
import type { CorrelationRule } from '../../engine/model/index.ts';
import { meta, rule } from './build.ts';

const ONE = '00000000-0000-4000-8000-000000000001';
const TWO = '00000000-0000-4000-8000-000000000002';
const KNOWN = [
  { id: ONE, name: 'failed_logon', kind: 'detection' as const },
  { id: TWO, name: 'twice', kind: 'detection' as const },
  { id: '00000000-0000-4000-8000-000000000003', name: 'twice', kind: 'detection' as const },
  { id: '00000000-0000-4000-8000-000000000004', name: 'a_filter', kind: 'filter' as const },
];

function temporal(rules: readonly string[], more: Partial<Parameters<typeof rule>[1]> = {}): CorrelationRule {
  return rule('r', { rules, body: { type: 'temporal' }, ...more });
}

function named(id: string, rules: readonly string[], groupBy: readonly string[]): CorrelationRule {
  return { ...temporal(rules, { groupBy }), meta: meta(id, { name: id }) };
}

const step = (text: string, absent = false): Parameters<typeof sequence>[0][number] => ({ text, absent });

function sequence(steps: readonly { text: string; absent: boolean }[], to = 'third'): CorrelationRule {
  return rule('r', {
    rules: ['failed_logon'],
    body: {
      type: 'sequence',
      steps: steps.map(({ text, absent }, i) => ({
        label: i === 0 ? 'first' : 'third',
        rule: { text },
        absent,
        times: 1,
        where: [],
      })),
      join:
        steps.length < 2
          ? []
          : [{ left: { step: 'first', field: 'User' }, right: { step: to, field: 'User' } }],
      until: [],
    },
  });
}

const EXAMPLES: Readonly<
  Record<string, { failing: readonly CorrelationRule[]; fixed: readonly CorrelationRule[] }>
> = {
  TT5001: { failing: [temporal(['failed_logn'])], fixed: [temporal(['failed_logon'])] },
  TT5002: { failing: [temporal(['twice'])], fixed: [temporal([TWO])] },
  TT5003: {
    failing: [named('a', ['b'], ['user']), named('b', ['a'], ['user'])],
    fixed: [named('a', ['b'], ['user']), named('b', ['failed_logon'], ['user'])],
  },
  TT5004: {
    failing: [named('a', ['b'], ['Computer']), named('b', ['failed_logon'], ['User'])],
    fixed: [named('a', ['b'], ['Computer']), named('b', ['failed_logon'], ['User', 'Computer'])],
  },
  TT5005: { failing: [temporal(['a_filter'])], fixed: [temporal(['failed_logon'])] },
  TT5006: { failing: [temporal(['failed_logon', ONE])], fixed: [temporal(['failed_logon'])] },
  TT5007: {
    failing: [sequence([step('failed_logon'), step(TWO)], 'thrid')],
    fixed: [sequence([step('failed_logon'), step(TWO)])],
  },
  TT5008: { failing: [sequence([step('failed_logon', true)])], fixed: [sequence([step('failed_logon')])] },
  TT5009: {
    failing: [temporal(['failed_logon'], { aliases: new Map([['who', new Map([['other_rule', 'User']])]]) })],
    fixed: [temporal(['failed_logon'], { aliases: new Map([['who', new Map([['failed_logon', 'User']])]]) })],
  },
};

describe('every code of planning correlations is raised by its example and gone once that is mended', () => {
  for (const [code, row] of Object.entries(CODES)) {
    if (code === 'TT5010') continue;
    it(`${code} ${row.title}`, () => {
      const example = EXAMPLES[code];
      expect(example, 'there is an example').toBeDefined();
      const raised = planCorrelations(example?.failing ?? [], KNOWN).diagnostics;
      expect(new Set(raised.map((d) => d.code))).toEqual(new Set([code]));
      for (const { at } of raised) expect(at?.file).toBeDefined();
      expect(planCorrelations(example?.fixed ?? [], KNOWN).diagnostics).toEqual([]);
    });
  }

  it('TT5010: bytes that are no snapshot are refused, those of this engine are not', () => {
    const plan = planCorrelations([temporal(['failed_logon'])], KNOWN).value ?? { nodes: [], muted: [] };
    expect(Correlator.restore(plan, new TextEncoder().encode('no snapshot'))).toBeUndefined();
    expect(Correlator.restore(plan, new Correlator(plan).snapshot())?.report.kept).toEqual(['r']);
  });

  it('an unknown reference names the nearest', () => {
    expect(planCorrelations([temporal(['failed_logn'])], KNOWN).diagnostics[0]?.hint).toBe(
      'did you mean "failed_logon"?',
    );
  });
});
