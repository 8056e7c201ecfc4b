import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRules, readCorrelation } from '../../../engine/language/index.ts';
import type { Scalar, Signal } from '../../../engine/model/index.ts';
import { signal } from '../../correlate/build.ts';
import { planOf, runAll } from '../../correlate/harness.ts';
import { dataDir } from '../../support/data.ts';

const data = dataDir();
const folder = data === undefined ? undefined : join(data, 'sigma-spec/tests/schema/correlation');

describe("the specification's own examples of correlations", () => {
  it.skipIf(folder === undefined)('load unchanged (skipped without the data)', () => {
    const types = new Set<string>();
    for (const name of readdirSync(folder ?? '')) {
      const text = readFileSync(join(folder ?? '', name), 'utf8');
      const { rules, diagnostics } = loadRules([{ path: name, text }]);
      const read = rules.others.map(readCorrelation);
      const errors = [...diagnostics, ...read.flatMap((r) => r.diagnostics)].filter(
        (d) => d.severity === 'error',
      );
      expect([name, errors]).toEqual([name, []]);
      for (const { value } of read) if (value !== undefined) types.add(value.body.type);
    }
    expect(types.size).toBeGreaterThanOrEqual(6);
  });
});

/** Firings of a rule `every` seconds apart, the n-th (from 0) with these values. */
function firings(
  of: { readonly rule: string; readonly count: number; readonly every: number; readonly from?: number },
  values: (n: number) => Record<string, Scalar>,
): Signal[] {
  return Array.from({ length: of.count }, (_, n) =>
    signal(of.rule, (of.from ?? 0) + n * of.every, values(n), { event: `${of.rule} ${of.from ?? 0} ${n}` }),
  );
}

const LOGIN = '5638f7c0-ac70-491d-8465-2a65075e0d86';
const HOST = { ComputerName: 'pc1' };
const SOMEBODY = { ComputerName: 'pc1', User: 'ann' };
const CLIENT = { SourceIP: '10.0.0.1', User: 'ann' };
const recon = (times: readonly (readonly [rule: string, seconds: number])[], last = SOMEBODY): Signal[] =>
  times.map(([rule, seconds], n) => signal(rule, seconds, n === times.length - 1 ? last : SOMEBODY));

/** Each of the examples at work: what makes it fire once, and how when; and what comes near and does not. */
const EXAMPLES: Readonly<
  Record<
    string,
    {
      readonly fires: readonly Signal[];
      readonly at: number;
      readonly measure: number;
      readonly near: Readonly<Record<string, readonly Signal[]>>;
    }
  >
> = {
  'event_count.yml': {
    fires: firings({ rule: LOGIN, count: 100, every: 36 }, () => HOST),
    at: 99 * 36,
    measure: 100,
    near: {
      'ninety-nine': firings({ rule: LOGIN, count: 99, every: 36 }, () => HOST),
      'a hundred, the last of them when the first is an hour old': firings(
        { rule: LOGIN, count: 100, every: 3600 / 99 },
        () => HOST,
      ),
      'a hundred on two computers': firings({ rule: LOGIN, count: 100, every: 1 }, (n) => ({
        ComputerName: `pc${n % 2}`,
      })),
    },
  },
  'event_count_ecs.yml': {
    fires: firings({ rule: LOGIN, count: 100, every: 1 }, () => ({ 'dns.question.name': 'a.example' })),
    at: 99,
    measure: 100,
    near: {
      'a hundred without the field': firings({ rule: LOGIN, count: 100, every: 1 }, () => HOST),
    },
  },
  'value_count.yml': {
    fires: firings({ rule: LOGIN, count: 100, every: 60 }, (n) => ({
      ...HOST,
      WorkstationName: 'w',
      User: `u${n}`,
    })),
    at: 99 * 60,
    measure: 100,
    near: {
      'ninety-nine users, some of them again in capitals': firings(
        { rule: LOGIN, count: 150, every: 60 },
        (n) => ({ ...HOST, WorkstationName: 'w', User: n < 99 ? `u${n}` : `U${n - 99}` }),
      ),
      'a hundred users on two workstations': firings({ rule: LOGIN, count: 100, every: 60 }, (n) => ({
        ...HOST,
        WorkstationName: `w${n % 2}`,
        User: `u${n}`,
      })),
    },
  },
  'temporal.yml': {
    fires: recon([
      ['recon_cmd_c', 0],
      ['recon_cmd_a', 10],
      ['recon_cmd_b', 299],
    ]),
    at: 299,
    measure: 3,
    near: {
      'the third when the first is five minutes old': recon([
        ['recon_cmd_c', 0],
        ['recon_cmd_a', 10],
        ['recon_cmd_b', 300],
      ]),
      'two of three': recon([
        ['recon_cmd_c', 0],
        ['recon_cmd_a', 10],
        ['recon_cmd_c', 20],
      ]),
      'the third by another user': recon(
        [
          ['recon_cmd_c', 0],
          ['recon_cmd_a', 10],
          ['recon_cmd_b', 20],
        ],
        { ...SOMEBODY, User: 'bob' },
      ),
    },
  },
  'temporal_ordered.yml': {
    fires: recon([
      ['recon_cmd_a', 0],
      ['recon_cmd_b', 10],
      ['recon_cmd_c', 299],
    ]),
    at: 299,
    measure: 3,
    near: {
      'another order': recon([
        ['recon_cmd_b', 0],
        ['recon_cmd_a', 10],
        ['recon_cmd_c', 20],
      ]),
      'two at one instant': recon([
        ['recon_cmd_a', 0],
        ['recon_cmd_b', 10],
        ['recon_cmd_c', 10],
      ]),
    },
  },
  'value_avg.yml': {
    fires: [100, 900, 502].map((BytesOut, n) => signal('rule_a_id', n * 60, { ...CLIENT, BytesOut })),
    at: 120,
    measure: (100 + 900 + 502) / 3,
    near: {
      'exactly five hundred, and what is no number': [100, 'many', 900].map((BytesOut, n) =>
        signal('rule_a_id', n * 60, { ...CLIENT, BytesOut }),
      ),
    },
  },
  'value_sum.yml': {
    fires: [400_000, 600_000, 1].map((bytes_sent, n) =>
      signal('website_access', n * 60, { ...CLIENT, bytes_sent }),
    ),
    at: 120,
    measure: 1_000_001,
    near: {
      'a million': [400_000, 600_000].map((bytes_sent, n) =>
        signal('website_access', n * 60, { ...CLIENT, bytes_sent }),
      ),
      'more than a million, of which a part is an hour old': [600_000, 600_000].map((bytes_sent, n) =>
        signal('website_access', n * 3600, { ...CLIENT, bytes_sent }),
      ),
    },
  },
  'value_percentile.yml': {
    fires: firings({ rule: 'process_creation', count: 101, every: 1 }, (n) => ({
      ...HOST,
      Image: n < 100 ? 'often.exe' : 'once.exe',
    })),
    at: 100,
    measure: 100 / 101,
    near: {
      'one of ninety-nine': firings({ rule: 'process_creation', count: 99, every: 1 }, (n) => ({
        ...HOST,
        Image: n < 98 ? 'often.exe' : 'once.exe',
      })),
    },
  },
};

describe.skipIf(folder === undefined)(
  "the specification's own examples at work (skipped without the data)",
  () => {
    it('are all here', () => {
      expect(readdirSync(folder ?? '').sort()).toEqual(Object.keys(EXAMPLES).sort());
    });

    for (const [name, { fires, at, measure, near }] of Object.entries(EXAMPLES)) {
      const firedBy = (given: readonly Signal[]): (readonly [number, number | undefined])[] => {
        const { rules } = loadRules([{ path: name, text: readFileSync(join(folder ?? '', name), 'utf8') }]);
        const [rule] = rules.others.flatMap((one) => readCorrelation(one).value ?? []);
        if (rule === undefined) throw new Error(`${name} does not load`);
        const plan = planOf(
          [rule],
          rule.rules.map(({ text }) => text),
        );
        return runAll(plan, given).map((one) => [one.end / 1e6, one.correlation?.measure]);
      };

      it(`${name} fires`, () => {
        const [first, ...more] = firedBy(fires);
        expect([first?.[0], more]).toEqual([at, []]);
        expect(first?.[1]).toBeCloseTo(measure, 9);
      });

      for (const [what, given] of Object.entries(near))
        it(`${name} does not fire on ${what}`, () => expect(firedBy(given)).toEqual([]));
    }
  },
);

describe('a Sigma correlation', () => {
  it('generate is taken at both places', () => {
    const text = (inside: string, outside: string): string => `title: Many
id: 00000000-0000-4000-8000-00000000000a
${outside}correlation:
  type: event_count
  rules: [failed_logon]
  group-by: [User]
  timespan: 5m
  condition: {gte: 5}
${inside}`;
    const generate = (inside: string, outside: string): boolean | undefined => {
      const { rules } = loadRules([{ path: 'many.yml', text: text(inside, outside) }]);
      return rules.others.map(readCorrelation)[0]?.value?.generate;
    };
    expect([generate('', ''), generate('  generate: true\n', ''), generate('', 'generate: true\n')]).toEqual([
      false,
      true,
      true,
    ]);
  });
});
