import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import {
  type Arrival,
  type CorrelationPlan,
  Correlator,
  deliver,
  runCorrelationTest,
  TEST_LATENESS,
  testArrivals,
} from '../../engine/correlate/index.ts';
import { createSchemas } from '../../engine/ingest/index.ts';
import type { Signal } from '../../engine/model/index.ts';
import {
  compileRuleset,
  correlationContext,
  counterExampleTest,
  firingRules,
  fuzzDelivery,
  GivenEvents,
} from '../../engine/pipeline/index.ts';

const RULES = `title: Failed
id: failed-id
name: failed
level: low
logsource: {product: windows}
detection: {selection: {EventID: 4625}, condition: selection}
---
title: Logon
id: logon-id
name: logon
level: low
logsource: {product: windows}
detection: {selection: {EventID: 4624}, condition: selection}
---
title: Guessed
id: guessed-id
name: guessed
level: high
correlation:
  type: sequence
  timespan: 10m
  group-by: [User]
  steps: [{rule: failed, as: f, times: 3}, {rule: logon, as: l}]
tests:
  - name: three, then in
    given:
      - {signal: failed, fields: {User: ada}, repeat: 9, every: 20s}
      - {signal: failed, fields: {User: bob}, repeat: 9, every: 20s}
      - {signal: logon, fields: {User: ada}, at: 4m}
    expect: {signals: 1}
`;

type Fault = (arrivals: readonly Arrival[], plan: CorrelationPlan) => readonly Signal[];

function subject(text: string) {
  const { ruleset } = compileRuleset(
    text === RULES
      ? [{ path: 'r.yml', text }]
      : [
          { path: 'r.yml', text: RULES },
          { path: 'r.test.yml', text },
        ],
  );
  const schemas = createSchemas().value;
  const rule = ruleset.correlations[0];
  if (schemas === undefined || rule === undefined) throw new Error('nothing to test');
  const given = new GivenEvents(ruleset, { schemas });
  const context = (test: (typeof rule.tests)[number]) =>
    correlationContext({ rule, test, given }, { plan: ruleset.correlationPlan, rules: firingRules(ruleset) });
  return { rule, plan: ruleset.correlationPlan, context };
}

function fuzz(fault?: Fault) {
  const { rule, plan, context } = subject(RULES);
  const [one] = rule.tests;
  if (one === undefined) throw new Error('no test');
  const { arrivals } = testArrivals(one, context(one));
  return fuzzDelivery({
    ruleId: rule.meta.id,
    plan,
    arrivals,
    runs: 100,
    seed: 7,
    ...(fault === undefined ? {} : { deliver: fault }),
  });
}

/** An engine that forgets everything when it is restarted. */
const forgetful: Fault = (arrivals, plan) => {
  const out: Signal[] = [];
  let correlator = new Correlator(plan);
  for (const { signal, restart } of arrivals) {
    if (restart) correlator = new Correlator(plan);
    correlator.accept(signal);
    out.push(...correlator.advance(signal.end - TEST_LATENESS));
  }
  return [...out, ...correlator.finish()];
};
/** One that waits for nothing: what comes late is lost. */
const hasty: Fault = (arrivals, plan) => {
  const correlator = new Correlator(plan);
  const out = arrivals.flatMap(({ signal }) => {
    correlator.accept(signal);
    return correlator.advance(signal.end + 1);
  });
  return [...out, ...correlator.finish()];
};

describe('fuzzing deliveries', () => {
  test('finds nothing against the engine', () => {
    expect(fuzz()).toBeUndefined();
    expect(fuzz(deliver)).toBeUndefined();
  });

  const faults: { name: string; fault: Fault; holds: (arrivals: readonly Arrival[]) => boolean }[] = [
    {
      name: 'an engine that forgets over a restart',
      fault: forgetful,
      holds: (all) => all.filter(({ restart }) => restart).length === 1,
    },
    {
      name: 'an engine that does not wait',
      fault: hasty,
      holds: (all) => all.some(({ at, signal }) => at > signal.end),
    },
  ];
  for (const { name, fault, holds } of faults) {
    test(`finds ${name}, and shrinks it into a test file that fails there and passes here`, () => {
      const found = fuzz(fault);
      if (found === undefined) throw new Error('not found');
      // Of nineteen signals: three failures and a logon are the least on which this rule fires, and one more may be what came before them.
      expect(found.arrivals.length).toBeLessThanOrEqual(5);
      expect(holds(found.arrivals)).toBe(true);
      expect(found.testable).toBe(true);
      expect([found.expected.length, found.got.length]).toEqual([1, 0]);
      const file = stringify(
        counterExampleTest(found, {
          rule: 'guessed',
          test: 'three, then in',
          nameOf: (id) => id.replace('-id', ''),
        }),
      );
      const { rule, context } = subject(file);
      const [, first, second] = rule.tests;
      if (first === undefined || second === undefined) throw new Error('the test file was not read');
      for (const one of [first, second]) {
        expect(runCorrelationTest(one, context(one)).failures).toEqual([]);
        expect(runCorrelationTest(one, { ...context(one), deliver: fault }).passed).toBe(false);
      }
    });
  }
});
