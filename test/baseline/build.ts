import type { BaselineFeature, BaselineRule, FeatureBody, Scalar, Signal } from '../../engine/model/index.ts';
import { duration, eventTime, type RuleRef } from '../../engine/model/index.ts';

export const MINUTE = 60_000_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A feature by its kind, with the settings of the reader. */
export function feature(name: string, body: FeatureBody): BaselineFeature {
  return { name, weight: 1, ...body };
}

/** A baseline rule with the settings of the reader, changed as told. */
export function baselineRule(
  features: readonly BaselineFeature[],
  more: Partial<BaselineRule> = {},
): BaselineRule {
  return {
    kind: 'baseline',
    meta: {
      id: '5e0c0000-0000-4000-8000-000000000001',
      title: 'Logon behaviour of users',
      version: 1,
      level: 'medium',
      status: 'experimental',
      confidence: 0.3,
      tags: [],
      references: [],
      falsepositives: [],
      related: [],
      remediation: [],
      entities: [],
      source: { file: 'baseline.yml', line: 1, column: 1 },
      hash: 'b'.repeat(64),
    },
    logsource: {},
    select: { kind: 'constant', value: true },
    entity: { type: 'user', role: 'actor', key: ['user'], ttl: duration(90 * DAY), max: 200_000 },
    features,
    peers: { by: [], min: 8 },
    learn: { from: duration(30 * DAY), minEvents: 50, minDays: 5, exclude: [] },
    guard: {
      admitDays: 2,
      admitPeers: 2,
      admitAfter: duration(14 * DAY),
      winsorise: 0.999,
      dayCap: 0.1,
      maxDrift: 0.25,
    },
    budget: { perDay: 2, scope: 'tenant' },
    mode: 'live',
    tests: [],
    ...more,
  };
}

/** What signals of a rule say of it. */
export function refOf(rule: BaselineRule): RuleRef {
  const { id, title, version, level, confidence, tags, hash } = rule.meta;
  return { kind: 'baseline', id, title, version, level, confidence, tags, hash };
}

/** An observation: what the hidden detection of a baseline gives. */
export function observation(
  time: number,
  values: Readonly<Record<string, Scalar>>,
  id = String(time),
): Signal {
  return {
    id,
    rule: {
      kind: 'baseline',
      id: 'r',
      title: 'r',
      version: 1,
      level: 'low',
      confidence: 1,
      tags: [],
      hash: '',
    },
    start: eventTime(time),
    end: eventTime(time),
    endNs: 0,
    entities: [],
    score: 0,
    evidence: [{ id, time: eventTime(time), timeNs: 0 }],
    values: new Map(Object.entries(values)),
  };
}
