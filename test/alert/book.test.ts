import { describe, expect, test } from 'vitest';
import { ALERT_LIMITS, AlertBook } from '../../engine/alert/index.ts';
import { parseTemplate } from '../../engine/language/index.ts';
import { type Decision, duration, eventTime, type Signal } from '../../engine/model/index.ts';
import { assess, scoreSignal } from '../../engine/score/index.ts';
import { alertRule, book, HOUR, last, MINUTE, ref, run, SECOND, signalAt } from './build.ts';

function decide(id: string, given: Partial<Decision>): Decision {
  return {
    at: eventTime(0),
    by: 'analyst:ada',
    target: { kind: 'alert', id },
    reason: 'looked at it',
    ...given,
  };
}

function firstId(alerts: readonly { readonly alert: { readonly id: string } }[]): string {
  const id = alerts[0]?.alert.id;
  if (id === undefined) throw new Error('no alert');
  return id;
}

describe('deduplication', () => {
  test('one rule and group is one alert, with an exact count, first and last seen', () => {
    const alerts = last(
      run(
        book(),
        [0, 5, 10].map((s) => signalAt(s * SECOND)),
      ),
    );
    expect(alerts).toMatchObject([
      { count: 3, firstSeen: 0, lastSeen: 10 * SECOND, group: [['host', 'h1']] },
    ]);
  });

  test('other groups and other rules are other alerts', () => {
    const other = ref('other');
    const signals = [signalAt(0), signalAt(1, { host: 'h2' }), signalAt(2, { rule: other })];
    expect(last(run(book([alertRule(ref('r')), alertRule(other)]), signals))).toHaveLength(3);
  });

  test('after the idle time a new alert opens', () => {
    const idle = ALERT_LIMITS.idleMicros;
    const signals = [signalAt(0), signalAt(idle - 1), signalAt(2 * idle - 1), signalAt(3 * idle)];
    expect(last(run(book(), signals)).map(({ count }) => count)).toEqual([2, 1, 1]);
  });

  test('a value cannot be written so that it passes for two', () => {
    const rule = alertRule(ref('r'), { by: ['a', 'b'] });
    const signals = [
      signalAt(0, { values: { a: 'x b=1:y', b: 'z' } }),
      signalAt(1, { values: { a: 'x', b: 'y b=1:z' } }),
    ];
    expect(last(run(book([rule]), signals))).toHaveLength(2);
  });

  test('a value is told from its text', () => {
    const rule = alertRule(ref('r'), { by: ['a'] });
    expect(
      last(run(book([rule]), [signalAt(0, { values: { a: 1 } }), signalAt(1, { values: { a: '1' } })])),
    ).toHaveLength(2);
  });

  test('evidence, signals and entities are bounded, their numbers are not', () => {
    const signals = Array.from({ length: 100 }, (_, i) =>
      signalAt(i * SECOND, {
        entities: [
          { type: 'host', value: 'h1', role: 'target' },
          { type: 'ip', value: `10.0.0.${i}`, role: 'source' },
          { type: 'user', value: 'eve', role: 'actor' },
        ],
      }),
    );
    const [alert] = last(run(book(), signals));
    expect(alert).toMatchObject({ count: 100, entitiesTotal: 102, evidenceTotal: 100 });
    expect(alert?.entities).toHaveLength(32);
    expect(alert?.entities[0]).toMatchObject({ type: 'user', role: 'actor' });
    expect(alert?.signals).toEqual([...signals.slice(0, 4), ...signals.slice(-4)].map(({ id }) => id));
    expect(alert?.evidence).toHaveLength(16);
  });

  test('muted rules make none, and are counted', () => {
    const quiet = book([alertRule(ref('r'), { muted: true })]);
    expect(run(quiet, [signalAt(0), signalAt(1)])).toEqual([]);
    expect(quiet.stats()).toMatchObject({ signals: 2, muted: 2, taken: 0, alerts: 0 });
  });

  test('a rule in shadow mode is scored and counted, and marked as reaching nobody', () => {
    const shadow = book([alertRule(ref('r'), { shadow: true })]);
    expect(last(run(shadow, [signalAt(0), signalAt(1)]))).toMatchObject([
      { count: 2, suppressed: { by: 'rule:r' } },
    ]);
    expect(shadow.stats()).toMatchObject({ shadow: 1 });
  });

  test('a storm of one rule is one alert and a few revisions', () => {
    const storm = Array.from({ length: 20_000 }, (_, i) => signalAt(i * SECOND));
    const alerts = run(book(), storm);
    expect(last(alerts)).toMatchObject([{ count: 20_000 }]);
    expect(alerts.length).toBeLessThan(15);
  });

  test('another product that raises the level of a finding raises the alert', () => {
    const low = ref('p:x', { level: 'low', confidence: 0.15 });
    const high = ref('p:x', { level: 'critical', confidence: 0.8 });
    const alerts = run(book([]), [
      signalAt(0, { rule: low }),
      signalAt(1, { rule: high }),
      signalAt(2, { rule: low }),
    ]);
    expect(alerts.map(({ severity }) => severity)).toEqual(['low', 'high', 'high']);
    expect(last(alerts)).toMatchObject([{ count: 3, level: 'critical' }]);
  });
});

describe('suppression', () => {
  const quiet = (unless?: 'medium' | 'high') =>
    alertRule(ref('r'), {
      by: ['User'],
      quietMicros: duration(HOUR),
      ...(unless === undefined ? {} : { unless }),
    });
  const by = (s: number, user: string): Signal => signalAt(s * SECOND, { values: { User: user } });

  test('repeats are taken in quietly for the time, and said once at its end', () => {
    const alerts = run(book([quiet()]), [by(0, 'a'), by(60, 'a'), by(1800, 'a'), by(3599, 'a')]);
    expect(alerts.map(({ revision, count }) => [revision, count])).toEqual([
      [1, 1],
      [2, 4],
    ]);
  });

  test('the time runs from the first one: then a new alert opens', () => {
    const alerts = last(run(book([quiet()]), [by(0, 'a'), by(3599, 'a'), by(3600, 'a')]));
    expect(alerts.map(({ count }) => count)).toEqual([2, 1]);
  });

  test('other values are not repeats', () => {
    expect(last(run(book([quiet()]), [by(0, 'a'), by(1, 'b')]))).toHaveLength(2);
  });

  test('at the level named by unless, changes are said as they come', () => {
    const signals = [by(0, 'a'), by(120, 'a'), by(600, 'a')];
    expect(run(book([quiet('medium')]), signals).length).toBeGreaterThan(2);
    expect(run(book([quiet('high')]), signals)).toHaveLength(2);
  });
});

describe('life', () => {
  test('a resolved alert never takes in a signal: a new life has a new id', () => {
    const into = book();
    into.accept(signalAt(0), 0);
    const id = firstId(into.take());
    expect(into.apply(decide(id, { verdict: 'false_positive' }))).toBe(true);
    into.accept(signalAt(MINUTE), MINUTE);
    const alerts = into.take().map(({ alert }) => alert);
    expect(alerts).toMatchObject([
      { id, revision: 2, state: 'resolved', verdict: 'false_positive', count: 1 },
      { revision: 1, state: 'open', count: 1 },
    ]);
    expect(alerts[1]?.id).not.toBe(id);
  });

  test('an acknowledged one goes on', () => {
    const into = book();
    into.accept(signalAt(0), 0);
    const id = firstId(into.take());
    into.apply(decide(id, { state: 'acknowledged', assignee: 'ada' }));
    into.accept(signalAt(MINUTE * 5), MINUTE * 5);
    expect(into.take().at(-1)?.alert).toMatchObject({ id, state: 'acknowledged', assignee: 'ada', count: 2 });
  });

  test('one that is opened again takes in signals again, unless another has its place', () => {
    const into = book();
    into.accept(signalAt(0), 0);
    const id = firstId(into.take());
    into.apply(decide(id, { state: 'dismissed' }));
    into.apply(decide(id, { state: 'open' }));
    into.accept(signalAt(MINUTE), MINUTE);
    into.advanceTo(HOUR);
    expect(into.take().at(-1)?.alert).toMatchObject({ id, state: 'open', count: 2 });
    into.apply(decide(id, { state: 'dismissed' }));
    into.accept(signalAt(2 * HOUR), 2 * HOUR);
    into.take();
    into.apply(decide(id, { state: 'open' }));
    into.accept(signalAt(3 * HOUR), 3 * HOUR);
    into.advanceTo(100 * HOUR);
    expect(into.take().map(({ alert }) => [alert.id === id, alert.count])).toContainEqual([false, 2]);
  });

  test('one that is over by idleness can still be decided about', () => {
    const into = book();
    into.accept(signalAt(0), 0);
    const id = firstId(into.take());
    into.advanceTo(100 * HOUR);
    expect(into.apply(decide(id, { verdict: 'true_positive' }))).toBe(true);
    expect(into.take().at(-1)?.alert).toMatchObject({ id, state: 'resolved', verdict: 'true_positive' });
  });

  test('a decision about nothing that is known is not taken', () => {
    expect(book().apply(decide('nothing', { state: 'dismissed' }))).toBe(false);
  });

  test('a suppression ends at its time', () => {
    const into = book();
    into.accept(signalAt(0), 0);
    const id = firstId(into.take());
    into.apply(decide(id, { suppress: { owner: 'ada', until: eventTime(HOUR) } }));
    expect(into.take().at(-1)?.alert.suppressed).toMatchObject({ by: 'analyst:ada', until: HOUR });
    into.advanceTo(HOUR);
    expect(into.take().at(-1)?.alert.suppressed).toBeUndefined();
  });

  test('a policy adjusts confidence and severity, and says so', () => {
    const into = book();
    into.accept(signalAt(0), 0);
    const id = firstId(into.take());
    into.apply(
      decide(id, { by: 'policy:p', confidence: { operation: 'multiply', value: 0.1 }, tags: ['lab'] }),
    );
    const alert = into.take().at(-1)?.alert;
    expect(alert).toMatchObject({ confidence: 0.03, severity: 'informational' });
    expect(alert?.tags).toContain('lab');
    expect(alert?.terms).toContainEqual(
      expect.objectContaining({ name: 'policy:p', reason: 'looked at it' }),
    );
  });

  test('late data takes a signal back; with the last one the alert goes', () => {
    const rule = ref('c', { kind: 'correlation' });
    const detail = {
      group: [],
      window: { start: eventTime(0), end: eventTime(1) },
      measure: 1,
      exact: true,
      parts: [],
      partsTotal: 0,
      losses: 0,
    };
    const into = book([alertRule(rule)]);
    into.accept({ ...signalAt(0, { rule }), correlation: detail }, 0);
    into.accept({ ...signalAt(MINUTE, { rule }), correlation: { ...detail, retracted: true } }, MINUTE);
    expect(into.take().at(-1)?.alert).toMatchObject({ count: 0, state: 'dismissed' });
  });
});

describe('figures', () => {
  test('verdicts on alerts of a rule move the confidence of its later ones', () => {
    const into = book();
    for (let i = 0; i < 12; i++) {
      into.accept(signalAt(i * SECOND, { host: `h${i}` }), i * SECOND);
      into.apply(decide(firstId(into.take()), { verdict: i === 0 ? 'false_positive' : 'true_positive' }));
      into.take();
    }
    into.accept(signalAt(HOUR, { host: 'new' }), HOUR);
    const alert = into.take().at(-1)?.alert;
    // (8 · 0.3 + 11) / (8 + 12)
    expect(alert?.confidence).toBeCloseTo(0.67, 4);
    expect(alert?.terms[1]).toMatchObject({ name: 'precision' });
    expect(into.verdicts().get('r')).toEqual({ truePositive: 11, benign: 0, falsePositive: 1 });
  });

  test('a verdict that is changed counts once', () => {
    const into = book();
    into.accept(signalAt(0), 0);
    const id = firstId(into.take());
    into.apply(decide(id, { verdict: 'false_positive' }));
    into.apply(decide(id, { verdict: 'true_positive' }));
    expect(into.verdicts().get('r')).toEqual({ truePositive: 1, benign: 0, falsePositive: 0 });
  });

  test('texts show the values of the first signal, entities and figures', () => {
    const rule = alertRule(ref('r'), {
      description: parseTemplate('{{rule.title}} by {{User}}'),
      remediation: ['Isolate {{entity.host}} ({{count}} times), ask {{Manager}}'].map(parseTemplate),
    });
    const alerts = run(book([rule]), [
      signalAt(0, { values: { User: 'eve' } }),
      signalAt(1, { values: { User: 'bob' } }),
    ]);
    expect(last(alerts)).toMatchObject([
      { description: 'Rule r by eve', remediation: ['Isolate h1 (2 times), ask (no Manager)'] },
    ]);
  });
});

describe('bounds', () => {
  test('a flood of fresh alerts pushes out its like, not what has progressed, and every loss is counted', () => {
    const severe = ref('severe', { level: 'high', confidence: 0.6 });
    const into = book([alertRule(ref('r')), alertRule(severe)], { liveMax: 100 });
    into.accept(signalAt(0, { rule: severe, host: 'victim' }), 0);
    for (let i = 0; i < 2; i++) into.accept(signalAt(1 + i, { host: 'twice' }), 1 + i);
    for (let i = 0; i < 1000; i++) into.accept(signalAt(10 + i, { host: `flood${i}` }), 10 + i);
    into.accept(signalAt(2000, { rule: severe, host: 'victim' }), 2000);
    into.accept(signalAt(2001, { host: 'twice' }), 2001);
    into.advanceTo(Number.POSITIVE_INFINITY);
    const alerts = last(into.take().map(({ alert }) => alert));
    expect(alerts.filter(({ group }) => group[0]?.[1] === 'victim')).toMatchObject([{ count: 2 }]);
    expect(alerts.filter(({ group }) => group[0]?.[1] === 'twice')).toMatchObject([{ count: 3 }]);
    expect(into.stats()).toMatchObject({ alerts: 1002, evicted: 902 });
    expect(into.stats().evictedByRule.get('r')).toBe(902);
    expect(alerts.reduce((sum, { count }) => sum + count, 0)).toBe(1005);
  });

  test('what is saved and restored is the same book', () => {
    const plan = { rules: [alertRule(ref('r'))] };
    const into = book(plan.rules);
    into.accept(signalAt(0), 0);
    into.accept(signalAt(1, { rule: ref('foreign:x') }), 1);
    into.take();
    const saved = JSON.stringify(into.save());
    const restored = AlertBook.restore(JSON.parse(saved), plan, { ports: { assess, score: scoreSignal } });
    expect(JSON.stringify(restored?.save())).toBe(saved);
    expect(
      AlertBook.restore({ ...into.save(), version: 0 }, plan, { ports: { assess, score: scoreSignal } }),
    ).toBeUndefined();
  });
});
