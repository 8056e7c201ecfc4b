import { type EventTime, formatTime, parseDuration, type Verdict } from '../../model/index.ts';
import type { FactQuestion, FactSource, PolicyCaseSubject } from '../fact.ts';

/** One case of the past, as far as it is remembered. */
interface Past {
  readonly id: string;
  readonly firstSeen: EventTime;
  verdict: Verdict | undefined;
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
  readonly #byKey = new Map<string, PastCases>();
  /** Keys given up for want of room: counts since then are at least, not exactly, what is said. */
  forgotten = 0;

  /** Remembers an alert or incident, or a new verdict on it. */
  observe(subject: PolicyCaseSubject): void {
    const one = subject.kind === 'alert' ? subject.alert : subject.incident;
    const rule = ruleKey(subject);
    const entities = [...new Set(entityKeys(subject))];
    for (const key of [rule, ...entities, ...entities.map((entity) => `${rule}\n${entity}`)]) {
      const cases = this.#byKey.get(key) ?? new PastCases();
      this.#byKey.delete(key);
      this.#byKey.set(key, cases);
      cases.note(one.id, one.firstSeen, one.verdict);
    }
    while (this.#byKey.size > KEYS_MAX) {
      const [oldest] = this.#byKey.keys();
      if (oldest === undefined) break;
      this.#byKey.delete(oldest);
      this.forgotten++;
    }
  }

  /** O(log n) of the cases remembered under one key; under several, all of those in the time asked for are looked at. */
  lookup({ subject, params }: FactQuestion): unknown {
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
    const known = keys.flatMap((key) => this.#byKey.get(key) ?? []);
    const [only] = known;
    if (known.length <= 1) return summary(only?.between(since, one.firstSeen) ?? NOTHING);
    // One case is remembered under several keys.
    const distinct = new PastCases(known.length * CASES_MAX);
    for (const cases of known)
      for (const { id, firstSeen, verdict } of cases.each(since, one.firstSeen))
        distinct.note(id, firstSeen, verdict);
    return summary(distinct.between(since, one.firstSeen));
  }
}

/** What a question comes to. */
interface PastCounts {
  readonly count: number;
  readonly judged: readonly Verdict[];
  readonly first: EventTime | undefined;
  readonly last: EventTime | undefined;
}

const NOTHING: PastCounts = { count: 0, judged: [], first: undefined, last: undefined };

/** Most keys have a case or two: up to so many are looked through, more are found by a map. */
const FEW = 8;

/** The cases of one key, in the order of their first events; a bounded number, the first goes first. */
class PastCases {
  readonly #sorted: Past[] = [];
  readonly #most: number;
  #byId: Map<string, Past> | undefined;
  #judged: Set<Past> | undefined;

  constructor(most = CASES_MAX) {
    this.#most = most;
  }

  note(id: string, firstSeen: EventTime, verdict: Verdict | undefined): void {
    let past = this.#byId === undefined ? this.#sorted.find((one) => one.id === id) : this.#byId.get(id);
    if (past === undefined) {
      past = { id, firstSeen, verdict: undefined };
      const at = this.#after(firstSeen);
      if (at === this.#sorted.length) this.#sorted.push(past);
      else this.#sorted.splice(at, 0, past);
      if (this.#byId !== undefined) this.#byId.set(id, past);
      else if (this.#sorted.length > FEW) this.#byId = new Map(this.#sorted.map((one) => [one.id, one]));
      if (this.#sorted.length > this.#most) this.#forget();
    }
    if (verdict === undefined) return;
    past.verdict = verdict;
    this.#judged ??= new Set();
    this.#judged.add(past);
  }

  /** Of those from `since` on and before `until`. O(log n), and the judged ones. */
  between(since: number, until: number): PastCounts {
    const from = this.#before(since);
    const to = this.#before(until);
    const judged: Verdict[] = [];
    for (const { firstSeen, verdict } of this.#judged ?? [])
      if (verdict !== undefined && firstSeen >= since && firstSeen < until) judged.push(verdict);
    return {
      count: to - from,
      judged,
      first: to > from ? this.#sorted[from]?.firstSeen : undefined,
      last: to > from ? this.#sorted[to - 1]?.firstSeen : undefined,
    };
  }

  each(since: number, until: number): readonly Past[] {
    return this.#sorted.slice(this.#before(since), this.#before(until));
  }

  #forget(): void {
    const oldest = this.#sorted.shift();
    if (oldest === undefined) return;
    this.#byId?.delete(oldest.id);
    this.#judged?.delete(oldest);
  }

  /** How many have their first event before a time. */
  #before(time: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((this.#sorted[mid]?.firstSeen ?? 0) < time) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  /** How many have it up to a time; most come in order. */
  #after(time: number): number {
    const last = this.#sorted.at(-1);
    if (last === undefined || last.firstSeen <= time) return this.#sorted.length;
    return this.#before(time + 1);
  }
}

function summary({ count, judged, first, last }: PastCounts): Record<string, unknown> {
  const of = (verdict: Verdict): number => judged.filter((one) => one === verdict).length;
  return {
    count,
    truePositives: of('true_positive'),
    falsePositives: of('false_positive'),
    benign: of('benign'),
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
