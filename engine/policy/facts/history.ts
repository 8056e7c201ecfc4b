import { type EventTime, formatTime, parseDuration, type Verdict } from '../../model/index.ts';
import type { FactQuestion, FactSource, PolicyCaseSubject } from '../fact.ts';

/** One case of the past, as far as it is remembered. */
interface Past {
  readonly id: string;
  readonly firstSeen: EventTime;
  verdict?: Verdict;
}

/** Keys (rules, entities, pairs) and cases of a key that are remembered; the ones untouched for longest are forgotten first. */
const KEYS_MAX = 100_000;
const CASES_MAX = 1000;

/**
 * What happened before, held in memory, as the source of the fact `history`. A case is told by its id: revisions of it change its
 * verdict and are not counted again. A question looks at the past only: cases first seen before the one that is decided about.
 */
export class CaseHistory implements FactSource {
  readonly name = 'history';
  readonly #byKey = new Map<string, Map<string, Past>>();
  /** Keys given up for want of room: counts since then are at least, not exactly, what is said. */
  forgotten = 0;

  /** Remembers an alert or incident, or a new verdict on it. */
  observe(subject: PolicyCaseSubject): void {
    const one = subject.kind === 'alert' ? subject.alert : subject.incident;
    for (const key of new Set([ruleKey(subject), ...entityKeys(subject), ...pairKeys(subject)])) {
      const cases = this.#byKey.get(key) ?? new Map<string, Past>();
      this.#byKey.delete(key);
      this.#byKey.set(key, cases);
      const known = cases.get(one.id) ?? { id: one.id, firstSeen: one.firstSeen };
      if (one.verdict !== undefined) known.verdict = one.verdict;
      cases.set(one.id, known);
      const [oldest] = cases.keys();
      if (cases.size > CASES_MAX && oldest !== undefined) cases.delete(oldest);
    }
    while (this.#byKey.size > KEYS_MAX) {
      const [oldest] = this.#byKey.keys();
      if (oldest === undefined) break;
      this.#byKey.delete(oldest);
      this.forgotten++;
    }
  }

  lookup({ subject, params }: FactQuestion): Promise<unknown> {
    const one = subject.kind === 'alert' ? subject.alert : subject.incident;
    const type = typeof params['entity'] === 'string' ? params['entity'] : undefined;
    const keys =
      params['of'] === 'entity'
        ? entityKeys(subject, type)
        : params['of'] === 'pair'
          ? pairKeys(subject, type)
          : [ruleKey(subject)];
    const span = typeof params['within'] === 'string' ? parseDuration(params['within']) : undefined;
    const since = span === undefined ? Number.NEGATIVE_INFINITY : one.firstSeen - span;
    const past = new Map<string, Past>();
    for (const key of keys) {
      for (const found of this.#byKey.get(key)?.values() ?? []) {
        if (found.id !== one.id && found.firstSeen < one.firstSeen && found.firstSeen >= since) {
          past.set(found.id, found);
        }
      }
    }
    return Promise.resolve(summary([...past.values()]));
  }
}

function summary(past: readonly Past[]): Record<string, unknown> {
  const judged = (verdict: Verdict): number => past.filter((one) => one.verdict === verdict).length;
  const times = past.map(({ firstSeen }) => firstSeen).sort((a, b) => a - b);
  const [first] = times;
  const last = times.at(-1);
  return {
    count: past.length,
    truePositives: judged('true_positive'),
    falsePositives: judged('false_positive'),
    benign: judged('benign'),
    ...(first === undefined || last === undefined
      ? {}
      : { firstSeen: formatTime(first), lastSeen: formatTime(last) }),
  };
}

function ruleKey(subject: PolicyCaseSubject): string {
  return subject.kind === 'alert' ? `r\n${subject.alert.rule.id}` : `t\n${subject.incident.template ?? ''}`;
}

function entityKeys(subject: PolicyCaseSubject, type?: string): string[] {
  const { entities } = subject.kind === 'alert' ? subject.alert : subject.incident;
  return entities
    .filter((entity) => type === undefined || entity.type === type)
    .map((entity) => `${subject.kind}\n${entity.type}\n${entity.value.toLowerCase()}`);
}

function pairKeys(subject: PolicyCaseSubject, type?: string): string[] {
  return entityKeys(subject, type).map((key) => `${ruleKey(subject)}\n${key}`);
}
