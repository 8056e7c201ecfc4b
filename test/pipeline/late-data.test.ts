import { expect, test } from 'vitest';
import type { Signal } from '../../engine/model/index.ts';
import { eventTime } from '../../engine/model/index.ts';
import { CaseStages, compileRuleset } from '../../engine/pipeline/index.ts';
import { SECOND } from '../alert/build.ts';
import { signal } from '../correlate/build.ts';

const RULES = `
title: Beat
id: 00000000-0000-4000-8000-00000000000a
name: beat
level: low
logsource: {product: x}
detection: {selection: {a: 1}, condition: selection}
---
title: Too few beats
id: 00000000-0000-4000-8000-00000000000b
level: high
correlation:
  type: event_count
  rules: [beat]
  group-by: [Host]
  timespan: 10s
  late: revise
  revise_for: 1m
  condition: {lt: 3}
  generate: true
`;

const { ruleset, diagnostics } = compileRuleset([{ path: 'rules.yml', text: RULES }]);

function beat(seconds: number): Signal {
  return signal('00000000-0000-4000-8000-00000000000a', seconds, { Host: 'h1' });
}

test('late data that takes a signal back takes it out of its alert, which is dismissed when nothing is left', () => {
  expect(diagnostics).toEqual([]);
  const stages = new CaseStages(ruleset);
  const alerts = (came: readonly Signal[], watermark: number): unknown[] => {
    stages.take(came);
    const changes = stages.advanceTo(eventTime(watermark * SECOND));
    return changes.alerts
      .filter(({ rule }) => rule.title === 'Too few beats')
      .map(({ count, state }) => [count, state]);
  };
  expect(alerts([beat(0)], 12)).toEqual([[1, 'open']]);
  // Both come after the window was closed by the watermark, and within the minute.
  expect(alerts([beat(4), beat(8)], 13)).toEqual([[0, 'dismissed']]);
});

test('revise_for without late: revise has no effect, and is refused', () => {
  const without = compileRuleset([{ path: 'rules.yml', text: RULES.replace('  late: revise\n', '') }]);
  expect(without.diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ['TT1706', 'without late: revise, nothing that comes late is revised'],
  ]);
});
