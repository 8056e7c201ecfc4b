import { describe, expect, test } from 'vitest';
import { DETECT_CODES } from '../../engine/detect/index.ts';
import type { RecordBuffer } from '../../engine/ingest/index.ts';
import { COSTLY_EVENT, compileRuleset, Engine } from '../../engine/pipeline/index.ts';
import { newTally, scanLines } from '../../engine/runtime/index.ts';

const RULES = `title: Plain
logsource: {category: anything}
detection:
  selection: {CommandLine|contains: aaaaa}
  condition: selection
---
title: Searching
logsource: {category: anything}
detection:
  selection: {CommandLine|re: a+b}
  other: {CommandLine|contains: a}
  condition: not selection and other
---
title: Searching too
logsource: {category: anything}
detection:
  selection: {CommandLine|re: a+b}
  condition: not selection
`;

/** What the example is checked with, as its explanation says. */
const LIMITS = { unlimitedBytes: 32, stepsMax: 32, passStepsMax: 1000 };

function scanned(lines: string): { codes: string[]; titles: string[]; messages: string[] } {
  const { ruleset } = compileRuleset([{ path: 'rules.yml', text: RULES }]);
  const engine = new Engine(ruleset, { limits: LIMITS });
  const tally = newTally();
  scanLines(engine, { bytes: new TextEncoder().encode(lines), file: 'events.ndjson', line: 7 }, tally);
  return {
    codes: tally.problems.map(({ declaration }) => declaration.code),
    messages: tally.problems.map(({ message, line }) => `${line}: ${message}`),
    titles: tally.signals.map(({ rule }) => rule.title),
  };
}

describe('TT4002', () => {
  test('is raised by its failing example and gone in the fixed one', () => {
    const { failing, fixed } = DETECT_CODES.TT4002;
    expect(scanned(failing).codes).toEqual(['TT4002']);
    expect(scanned(fixed).codes).toEqual([]);
  });

  test('leaves the other rules their signals, and fires engine.costly_event last', () => {
    const { titles, messages } = scanned(DETECT_CODES.TT4002.failing);
    expect(titles).toEqual(['Plain', COSTLY_EVENT.title]);
    expect(messages).toEqual([
      '7: the record is too costly to search in full: 2 rules are undecided ("Searching" and 1 more)',
    ]);
  });

  test('gives the same from a parsed record', () => {
    const { ruleset } = compileRuleset([{ path: 'rules.yml', text: RULES }]);
    const engine = new Engine(ruleset, { limits: LIMITS });
    const line = DETECT_CODES.TT4002.failing.trim();
    const bytes = new TextEncoder().encode(line);
    const buffer: RecordBuffer = { bytes, text: line };
    const place = { file: 'x', line: 1 };
    const fromBytes = engine.processBytes(buffer, 0, bytes.length, place);
    expect(engine.processRecord(JSON.parse(line), place, line)).toEqual(fromBytes);
    expect(engine.lastUndecided.map(({ title }) => title)).toEqual(['Searching', 'Searching too']);
    engine.processRecord({ CommandLine: 'aaa' });
    expect(engine.lastUndecided).toEqual([]);
  });
});
