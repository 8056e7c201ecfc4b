import { AlertBook } from '../alert/index.ts';
import type { Alert, ExpectedAlert, RuleTest, Signal } from '../model/index.ts';
import { assess, scoreSignal } from '../score/index.ts';
import type { Ruleset } from './ruleset.ts';

/**
 * What of a test's expectation of alerts did not come: the signals of its rule go through a book of alerts of their own, in the order of time, and
 * the last revision of each alert is compared. Nothing where the test expects none. O(signals).
 */
export function alertFailures(
  of: { readonly ruleset: Ruleset; readonly ruleId: string },
  test: RuleTest,
  signals: readonly Signal[],
): string[] {
  const { alerts: wanted } = test.expect;
  if (wanted === undefined) return [];
  const found = alertsOf(
    of.ruleset,
    signals.filter(({ rule }) => rule.id === of.ruleId),
  );
  const seen = `found: ${found.map(described).join('; ') || 'no alert'}`;
  if (typeof wanted === 'number')
    return found.length === wanted ? [] : [`expected ${wanted} alerts, got ${found.length}\n${seen}`];
  const rest = [...found];
  return wanted.flatMap((one) => {
    const misses = rest.map((alert) => missOf(one, alert));
    const at = misses.indexOf(undefined);
    // An alert stands for one expectation only.
    if (at >= 0) rest.splice(at, 1);
    if (at >= 0) return [];
    const nearest = misses[0];
    return [
      `no alert is as expected (${JSON.stringify(one)})${nearest === undefined ? '' : `: ${nearest}`}\n${seen}`,
    ];
  });
}

function alertsOf({ alertPlan }: Ruleset, signals: readonly Signal[]): readonly Alert[] {
  const book = new AlertBook(alertPlan, { assess, score: scoreSignal });
  const sorted = [...signals].sort((a, b) => a.end - b.end || (a.id < b.id ? -1 : 1));
  for (const signal of sorted) book.accept(signal, signal.end);
  book.advanceTo(Number.POSITIVE_INFINITY);
  const last = new Map<string, Alert>();
  for (const { alert } of book.take()) last.set(alert.id, alert);
  return [...last.values()];
}

/** What of an alert is not as expected; undefined where all is. */
function missOf(wanted: ExpectedAlert, alert: Alert): string | undefined {
  const entities = alert.entities.map(({ type, value }) => `${type}:${value}`.toLowerCase());
  if (wanted.severity !== undefined && wanted.severity !== alert.severity)
    return `its severity is ${alert.severity}`;
  if (wanted.count !== undefined && wanted.count !== alert.count) return `it holds ${alert.count} signals`;
  const suppressed = alert.suppressed !== undefined;
  if (wanted.suppressed !== undefined && wanted.suppressed !== suppressed)
    return suppressed ? `it is suppressed: ${alert.suppressed?.reason ?? ''}` : 'it is not suppressed';
  const entity = wanted.entities?.find((one) => !entities.includes(one.toLowerCase()));
  if (entity !== undefined) return `it does not name ${entity}, but ${entities.join(', ') || 'nothing'}`;
  const step = wanted.remediation;
  if (step !== undefined && !alert.remediation.some((own) => own.includes(step)))
    return `its steps are: ${alert.remediation.join(' / ') || 'none'}`;
  return undefined;
}

function described({ title, severity, count, entities, suppressed }: Alert): string {
  const names = entities.map(({ type, value }) => `${type}:${value}`).join(', ');
  return `'${title}', ${severity}, ${count} signals, ${names || 'no entity'}${suppressed === undefined ? '' : ', suppressed'}`;
}
