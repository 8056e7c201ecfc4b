import { type Entity, eventTime, type Level, type Signal } from '../../engine/model/index.ts';

/** A signal for tests of outputs; what is not given has a plain value. */
export function signal(given: {
  readonly title?: string;
  readonly level?: Level;
  readonly entities?: readonly Entity[];
  readonly file?: string;
  readonly line?: number;
  readonly micros?: number;
  readonly values?: ReadonlyMap<string, string>;
  readonly lastsMicros?: number;
}): Signal {
  const end = eventTime(given.micros ?? 1_767_225_600_000_000);
  return {
    id: '00112233445566778899aabbccddeeff',
    rule: {
      kind: 'detection',
      id: '11111111-2222-4333-8444-555555555555',
      title: given.title ?? 'Something odd',
      version: 2,
      level: given.level ?? 'high',
      confidence: 0.5,
      tags: ['attack.execution', 'attack.t1059.001'],
      hash: 'ab'.repeat(32),
    },
    start: eventTime(end - (given.lastsMicros ?? 0)),
    end,
    endNs: 0,
    entities: given.entities ?? [{ type: 'user', value: 'ada', role: 'actor' }],
    score: 40,
    evidence: [{ id: 'e1', time: end, timeNs: 0, file: given.file ?? 'a.ndjson', line: given.line ?? 7 }],
    values: given.values ?? new Map(),
  };
}
