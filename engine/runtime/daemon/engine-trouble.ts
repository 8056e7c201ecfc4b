import { ENGINE_TAG, eventTime, type Level, type RuleRef, type Signal, sha256 } from '../../model/index.ts';

/** What can be wrong with the engine itself: each is an alert of its own, by the ordinary way. */
export const ENGINE_TROUBLES = {
  source_silent: { title: 'A source is silent', level: 'medium' },
  source_down: { title: 'A source does not work', level: 'high' },
  output_down: { title: 'An output does not work', level: 'high' },
  output_dead_letter: { title: 'An output did not take something', level: 'high' },
  records_dropped: { title: 'Records were dropped', level: 'high' },
  records_rejected: { title: 'Records could not be read', level: 'medium' },
  future_events: { title: 'Events are dated in the future', level: 'medium' },
  limit_reached: { title: 'A limit was reached, and something was given up', level: 'high' },
  rule_too_dear: { title: 'A rule takes too much time', level: 'medium' },
  disk_low: { title: 'There is little room on the disk', level: 'high' },
  disk_full: { title: 'The disk was full, and nothing was taken in', level: 'high' },
  database_set_aside: { title: 'The database was not whole and was set aside', level: 'high' },
  state_lost: { title: 'The state could not be read and begins anew', level: 'high' },
  worker_replaced: { title: 'A detecting thread ended and was replaced', level: 'medium' },
  poison_record: { title: 'A record ended detecting threads and was set aside', level: 'high' },
  rules_broken: { title: 'Rules do not load', level: 'medium' },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly level: Level }>>;
export type EngineTroubleKind = keyof typeof ENGINE_TROUBLES;

/** Something that is wrong. */
export interface EngineTrouble {
  readonly kind: EngineTroubleKind;
  /** What it is about: a source, an output, a folder … One alert for each while it lasts. */
  readonly subject: string;
  /** In words, without secrets. */
  readonly reason: string;
}

/** The rule behind a trouble; no file holds it. */
export function engineRule(kind: EngineTroubleKind): RuleRef {
  const { title, level } = ENGINE_TROUBLES[kind];
  const id = `engine.${kind}`;
  return {
    kind: 'detection',
    id,
    title,
    version: 1,
    level,
    confidence: 0.9,
    tags: [ENGINE_TAG],
    hash: sha256(`${id} 1`),
  };
}

/** The score of a trouble by its level, 0–100. */
const SCORES: Readonly<Record<Level, number>> = {
  informational: 1,
  low: 20,
  medium: 45,
  high: 70,
  critical: 90,
};

/** The signal that a trouble makes at a time (microseconds). */
export function engineSignal({ kind, subject, reason }: EngineTrouble, atMicros: number): Signal {
  const at = eventTime(atMicros);
  const rule = engineRule(kind);
  return {
    id: sha256(JSON.stringify([rule.id, subject, atMicros, reason])).slice(0, 32),
    rule,
    start: at,
    end: at,
    endNs: 0,
    entities: [{ type: 'application', role: 'target', value: `telltale: ${subject}` }],
    score: SCORES[rule.level],
    evidence: [],
    values: new Map([
      ['subject', subject],
      ['reason', reason],
    ]),
    group: [['subject', subject]],
  };
}
