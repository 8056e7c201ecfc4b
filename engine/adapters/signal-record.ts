import {
  type CorrelationDetail,
  formatTime,
  type IndicatorMatch,
  ruleRecord,
  type Signal,
} from '../model/index.ts';

/**
 * A signal as plain data for JSON outputs, keys in a fixed order: kind, id, rule, time (of its end, ISO 8601 in UTC), start where it
 * speaks of an interval, score, tags, entities, events, and the values it carries, where it carries any.
 */
export function signalRecord(signal: Signal): Record<string, unknown> {
  const { rule } = signal;
  return {
    kind: 'signal',
    id: signal.id,
    rule: ruleRecord(rule),
    time: formatTime(signal.end, signal.endNs),
    ...(signal.start === signal.end ? {} : { start: formatTime(signal.start) }),
    score: signal.score,
    tags: rule.tags,
    entities: signal.entities,
    events: signal.evidence.map((event) => ({
      ...(event.file === undefined ? {} : { file: event.file }),
      ...(event.line === undefined ? {} : { line: event.line }),
      id: event.id,
      time: formatTime(event.time, event.timeNs),
    })),
    ...(signal.values.size === 0 ? {} : { values: Object.fromEntries(signal.values) }),
    ...(signal.correlation === undefined ? {} : correlationRecord(signal.correlation)),
    ...(signal.intel?.matches === undefined ? {} : { intel: signal.intel.matches.map(indicatorRecord) }),
    ...(signal.baseline === undefined ? {} : { baseline: signal.baseline }),
  };
}

/** An indicator that a signal rests on: what it is, who says so, how sure that was at the time of the event, and where it stood. */
function indicatorRecord(match: IndicatorMatch): Record<string, unknown> {
  const { id, type, value, by, source, confidence, score, lastSeen, validUntil, digest } = match;
  return {
    indicator: id,
    type,
    value,
    by,
    feed: source,
    confidence,
    score: Math.round(score * 10) / 10,
    ...(lastSeen === undefined ? {} : { lastSeen: formatTime(lastSeen) }),
    ...(validUntil === undefined ? {} : { validUntil: formatTime(validUntil) }),
    feeds: digest,
    field: match.field,
    observed: match.observed,
  };
}

/** What a correlation says besides: group, window, the figure that was compared, and the signals it rests on. */
function correlationRecord(detail: CorrelationDetail): Record<string, unknown> {
  return {
    group: Object.fromEntries(detail.group),
    window: { start: formatTime(detail.window.start), end: formatTime(detail.window.end) },
    measure: detail.measure,
    ...(detail.exact ? {} : { exact: false }),
    ...(detail.error === undefined ? {} : { error: detail.error }),
    evidence: detail.parts.map(({ id, ruleId, time, timeNs, share }) => ({
      id,
      rule: ruleId,
      time: formatTime(time, timeNs),
      ...(share === undefined ? {} : { share }),
    })),
    evidenceTotal: detail.partsTotal,
    ...(detail.losses === 0 ? {} : { losses: detail.losses }),
    ...(detail.revises === undefined ? {} : { revises: detail.revises, revision: detail.revision }),
    ...(detail.retracted === undefined ? {} : { retracted: true }),
    ...(detail.counter === undefined
      ? {}
      : {
          counter: detail.counter.map(({ id, ruleId, time }) => ({
            id,
            rule: ruleId,
            time: formatTime(time),
          })),
        }),
  };
}
