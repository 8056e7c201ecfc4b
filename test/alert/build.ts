import {
  ALERT_LIMITS,
  AlertBook,
  type AlertLimits,
  type AlertPlan,
  type AlertRule,
} from '../../engine/alert/index.ts';
import {
  type Alert,
  type Entity,
  eventTime,
  type RuleRef,
  type Scalar,
  type Signal,
  sha256,
} from '../../engine/model/index.ts';
import { assess, scoreSignal } from '../../engine/score/index.ts';

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export function ref(id: string, given: Partial<RuleRef> = {}): RuleRef {
  return {
    kind: 'detection',
    id,
    title: `Rule ${id}`,
    version: 1,
    level: 'medium',
    confidence: 0.3,
    tags: ['attack.execution'],
    hash: sha256(id),
    ...given,
  };
}

/** A rule as a plan has it; what is not given is plain. */
export function alertRule(rule: RuleRef, given: Partial<AlertRule> = {}): AlertRule {
  return {
    rule,
    remediation: [],
    by: [],
    muted: false,
    shadow: false,
    anomaly: false,
    tactics: ['execution'],
    techniques: [],
    ...given,
  };
}

export function signalAt(
  at: number,
  given: {
    readonly rule?: RuleRef;
    readonly host?: string;
    readonly values?: Readonly<Record<string, Scalar>>;
    readonly entities?: readonly Entity[];
    readonly n?: number;
  } = {},
): Signal {
  const rule = given.rule ?? ref('r');
  const host = given.host ?? 'h1';
  const id = sha256(`${rule.id} ${at} ${host} ${given.n ?? 0} ${JSON.stringify(given.values ?? {})}`).slice(
    0,
    32,
  );
  return {
    id,
    rule,
    start: eventTime(at),
    end: eventTime(at),
    endNs: 0,
    entities: given.entities ?? [{ type: 'host', value: host, role: 'target' }],
    score: scoreSignal(rule.level, rule.confidence),
    evidence: [{ id: `e-${id}`, time: eventTime(at), timeNs: 0 }],
    values: new Map(Object.entries(given.values ?? {})),
  };
}

export function book(
  rules: readonly AlertRule[] = [alertRule(ref('r'))],
  limits: Partial<AlertLimits> = {},
): AlertBook {
  const plan: AlertPlan = { rules };
  return new AlertBook(plan, { assess, score: scoreSignal }, { ...ALERT_LIMITS, ...limits });
}

/** Gives signals to a book at their own times, and all revisions to the end. */
export function run(into: AlertBook, signals: readonly Signal[]): readonly Alert[] {
  for (const signal of signals) into.accept(signal, signal.end);
  into.advanceTo(Number.POSITIVE_INFINITY);
  return into.take().map(({ alert }) => alert);
}

/** The last revision of each alert. */
export function last(alerts: readonly Alert[]): readonly Alert[] {
  return [...new Map(alerts.map((alert) => [alert.id, alert])).values()];
}
