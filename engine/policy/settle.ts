import {
  type Alert,
  type Changes,
  canonicalJson,
  type Decided,
  type Decision,
  type EventTime,
  type Incident,
  sha256,
} from '../model/index.ts';
import type { Decider, PolicyVerdict } from './decide.ts';
import type { PolicyCaseSubject } from './fact.ts';
import type { CaseHistory } from './facts/history.ts';
import type { PolicyPlan } from './plan.ts';

/** Times that policies decide again about what their decisions changed. */
const ROUNDS_MAX = 4;
/** Decisions remembered so that none is given twice; the ones given longest ago are forgotten first. */
const GIVEN_MAX = 500_000;

/** How decisions come back to the core. */
export interface SettleOptions {
  /** Takes a decision as a command, and gives what it changed. */
  readonly apply: (decision: Decision) => Changes;
  /** Learns every case; it gives each the past of before its own first event only. */
  readonly history?: CaseHistory;
  /** Every verdict as it is given, for explanations and counts. */
  readonly onVerdict?: (verdict: PolicyVerdict, subject: PolicyCaseSubject) => void;
}

/** What is left after policies have decided. */
export interface Settled {
  /** Of each case the last revision, in the order in which cases came; outputs see these and none before. */
  readonly changes: Changes;
  /** The decisions in the order in which they were applied; replayed, they give the same. */
  readonly decisions: readonly Decision[];
  /** Policies did not come to rest and were cut off. */
  readonly cut: boolean;
}

/**
 * The way of changes through policies: decide about each changed alert and incident, apply, and decide again about what that changed,
 * until nothing new is decided. A decision is given once: a policy that says the same of a later revision says nothing new.
 */
export class PolicyStage {
  readonly #decider: Decider;
  readonly #given = new Map<string, string>();
  /** Decisions forgotten for want of room; such a decision may be given again. */
  forgotten = 0;
  /** Decisions withheld by policy id, because a fact could not be had. */
  readonly withheld = new Map<string, { count: number; readonly fact: string; readonly reason: string }>();

  constructor(decider: Decider) {
    this.#decider = decider;
  }

  /** The policies that decide. */
  get plan(): PolicyPlan {
    return this.#decider.plan;
  }

  /** Settles changes; see the class. */
  async settle(changes: Changes, options: SettleOptions): Promise<Settled> {
    const alerts = new Map(changes.alerts.map((alert) => [alert.id, alert] as const));
    const incidents = new Map(changes.incidents.map((incident) => [incident.id, incident] as const));
    const decisions: Decision[] = [];
    let pending: readonly PolicyCaseSubject[] = subjectsOf({
      signals: [],
      alerts: [...alerts.values()],
      incidents: [...incidents.values()],
    });
    let cut = false;
    for (let round = 0; pending.length > 0; round++) {
      if (round === ROUNDS_MAX) {
        cut = true;
        break;
      }
      const changed: { alerts: Alert[]; incidents: Incident[] } = { alerts: [], incidents: [] };
      // History looks at the past of a case only, so that all may be remembered before the first is decided about.
      for (const subject of pending) options.history?.observe(subject);
      for (const subject of pending) {
        const { verdicts } = await this.#decider.decide(subject, timeOf(subject));
        for (const verdict of verdicts) this.#note(verdict, subject, options);
        for (const decision of verdicts.flatMap((verdict) => verdict.decision ?? [])) {
          if (this.#knows(decision)) continue;
          decisions.push(decision);
          const after = options.apply(decision);
          changed.alerts.push(...after.alerts);
          changed.incidents.push(...after.incidents);
        }
      }
      for (const alert of changed.alerts) alerts.set(alert.id, alert);
      for (const incident of changed.incidents) incidents.set(incident.id, incident);
      pending = subjectsOf({
        signals: [],
        alerts: [...new Map(changed.alerts.map((alert) => [alert.id, alert])).values()],
        incidents: [...new Map(changed.incidents.map((incident) => [incident.id, incident])).values()],
      });
    }
    const settled = {
      signals: changes.signals,
      alerts: [...alerts.values()],
      incidents: [...incidents.values()],
    };
    return { changes: settled, decisions, cut };
  }

  /** What it remembers, as plain data; `restore` takes it up again. */
  snapshot(): readonly (readonly [string, string])[] {
    return [...this.#given];
  }

  /** Takes up what `snapshot` gave. */
  restore(given: readonly (readonly [string, string])[]): void {
    this.#given.clear();
    for (const [key, digest] of given) this.#given.set(key, digest);
  }

  #note(verdict: PolicyVerdict, subject: PolicyCaseSubject, options: SettleOptions): void {
    options.onVerdict?.(verdict, subject);
    const [first] = verdict.withheld;
    if (first === undefined) return;
    const known = this.withheld.get(verdict.policy.meta.id) ?? { count: 0, ...first };
    known.count++;
    this.withheld.set(verdict.policy.meta.id, known);
  }

  /** Whether the policy has said the same of this case before; what it says and when a mute of so long ends is not part of it. */
  #knows({ at: _, reason: __, grounds: ___, ...decision }: Decided): boolean {
    const { by, target, suppress } = decision;
    const key = `${by}\n${target.kind}\n${target.id}`;
    const said = { ...decision, ...(suppress === undefined ? {} : { suppress: suppress.owner }) };
    const digest = sha256(canonicalJson(said)).slice(0, 16);
    if (this.#given.get(key) === digest) return true;
    this.#given.delete(key);
    this.#given.set(key, digest);
    if (this.#given.size > GIVEN_MAX) {
      const [oldest] = this.#given.keys();
      if (oldest !== undefined) this.#given.delete(oldest);
      this.forgotten++;
    }
    return false;
  }
}

/** Event time decides, so that a replay decides the same. */
function timeOf(subject: PolicyCaseSubject): EventTime {
  return subject.kind === 'alert' ? subject.alert.lastSeen : subject.incident.lastSeen;
}

function subjectsOf({ alerts, incidents }: Changes): PolicyCaseSubject[] {
  return [
    ...alerts.map((alert) => ({ kind: 'alert', alert }) as const),
    ...incidents.map((incident) => ({ kind: 'incident', incident }) as const),
  ];
}
