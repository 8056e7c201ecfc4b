import {
  type Alert,
  type Changes,
  type Decision,
  type EventTime,
  eventTime,
  type Incident,
  type Signal,
  type Verdict,
  type VerdictCounts,
} from '../model/index.ts';
import type { RecordingOptions, RecordingStages } from './stages.ts';

/** What somebody found an alert or incident to be. */
export interface StatedVerdict {
  /** Of an alert or incident; empty where only a rule is named. */
  readonly id: string;
  readonly verdict: Verdict;
  /** Id of the rule, where the alert is not of this recording. */
  readonly rule?: string;
  /** When it was given, in the time of events; absent: before all of them. */
  readonly at?: EventTime;
  /** Who gave it; `analyst:…` where it is a name. */
  readonly by?: string;
  readonly reason?: string;
}

/** What became of the verdicts. */
export interface VerdictTally {
  readonly alerts: number;
  readonly incidents: number;
  /** Counted for a rule, without an alert of this recording. */
  readonly rules: number;
  /** Ids that name nothing here. */
  readonly unknown: readonly string[];
}

/**
 * The stages of a recording with verdicts. Those with a time are decisions in event time. Those without one are what was known before: they count for their rule from the
 * first event on, and in the end their alert or incident is resolved. An incident's verdict stands for the alerts that are its
 * evidence and have none of their own.
 *
 * Which rule an alert is of is known only when it is there; so the signals go through the stages twice, first without verdicts. Memory: the signals,
 * until the end.
 */
export class JudgedStages {
  readonly #make: (more: Partial<RecordingOptions>) => RecordingStages;
  readonly #verdicts: readonly StatedVerdict[];
  #signals: Signal[] = [];
  #stages: RecordingStages | undefined;
  #tally: VerdictTally = { alerts: 0, incidents: 0, rules: 0, unknown: [] };

  constructor(
    make: (more: Partial<RecordingOptions>) => RecordingStages,
    verdicts: readonly StatedVerdict[],
  ) {
    this.#make = make;
    this.#verdicts = verdicts;
  }

  take(signals: readonly Signal[]): void {
    for (const signal of signals) this.#signals.push(signal);
  }

  finish(): Changes {
    const scout = this.#make({});
    scout.take(this.#signals);
    const found = scout.finish();
    const judged = new Judged(this.#verdicts, found);
    const stages = this.#make({
      verdicts: judged.counts,
      verdictOf: (alert) => judged.before.get(alert)?.verdict,
      decisions: judged.decisions,
    });
    stages.take(this.#signals);
    this.#signals = [];
    this.#stages = stages;
    this.#tally = judged.tally;
    const changes = stages.finish();
    const later = judged.closing.map((decision) => stages.apply(decision));
    return {
      signals: changes.signals,
      alerts: [...changes.alerts, ...later.flatMap(({ alerts }) => alerts)],
      incidents: [...changes.incidents, ...later.flatMap(({ incidents }) => incidents)],
    };
  }

  /** After the end: the stages that the verdicts went into. */
  get stages(): RecordingStages {
    if (this.#stages === undefined) throw new Error('the recording has not ended');
    return this.#stages;
  }

  get tally(): VerdictTally {
    return this.#tally;
  }
}

/** Verdicts sorted out by what there is. */
class Judged {
  /** By rule id: what was known before. */
  readonly counts = new Map<string, VerdictCounts>();
  /** By alert id: verdicts that were given before. */
  readonly before = new Map<string, StatedVerdict>();
  readonly decisions: Decision[] = [];
  /** What is decided at the end: alerts and incidents that were judged before. */
  readonly closing: Decision[] = [];
  readonly tally: VerdictTally;

  constructor(verdicts: readonly StatedVerdict[], { alerts, incidents }: Changes) {
    const alertOf = new Map(alerts.map((alert) => [alert.id, alert]));
    const incidentOf = new Map(incidents.map((incident) => [incident.id, incident]));
    const own = new Set(verdicts.map(({ id }) => id));
    const tally = { alerts: 0, incidents: 0, rules: 0 };
    const unknown: string[] = [];
    for (const stated of verdicts) {
      const alert = alertOf.get(stated.id);
      const incident = incidentOf.get(stated.id);
      if (alert !== undefined) {
        tally.alerts++;
        this.#judgeAlert(alert, stated);
        if (stated.at === undefined) this.closing.push(decisionOf('alert', stated, alert.lastSeen));
      } else if (incident !== undefined) {
        tally.incidents++;
        for (const member of incident.members) {
          const part = alertOf.get(member.alert);
          if (member.role !== 'evidence' || part === undefined || own.has(part.id)) continue;
          // An alert in two judged incidents counts once, by the first.
          own.add(part.id);
          this.#judgeAlert(part, { ...stated, id: part.id });
        }
        const decision = decisionOf('incident', stated, incident.lastSeen);
        if (stated.at === undefined) this.closing.push(decision);
        else this.decisions.push(decision);
      } else if (stated.rule !== undefined) {
        tally.rules++;
        this.#count(stated.rule, stated.verdict);
      } else unknown.push(stated.id);
    }
    this.tally = { ...tally, unknown };
  }

  #judgeAlert(alert: Alert, stated: StatedVerdict): void {
    if (stated.at !== undefined) {
      this.decisions.push(decisionOf('alert', stated, stated.at));
      return;
    }
    this.#count(alert.rule.id, stated.verdict);
    this.before.set(alert.id, stated);
  }

  #count(rule: string, verdict: Verdict): void {
    const known = this.counts.get(rule) ?? { truePositive: 0, benign: 0, falsePositive: 0 };
    this.counts.set(rule, {
      truePositive: known.truePositive + (verdict === 'true_positive' ? 1 : 0),
      benign: known.benign + (verdict === 'benign' ? 1 : 0),
      falsePositive: known.falsePositive + (verdict === 'false_positive' ? 1 : 0),
    });
  }
}

function decisionOf(
  kind: 'alert' | 'incident',
  stated: StatedVerdict,
  otherwise: Alert['lastSeen'] | Incident['lastSeen'],
): Decision {
  const by = stated.by ?? 'verdicts';
  return {
    at: stated.at ?? eventTime(otherwise),
    by: by.includes(':') ? by : `analyst:${by}`,
    target: { kind, id: stated.id },
    reason: stated.reason ?? `found to be ${stated.verdict.replace('_', ' ')}`,
    verdict: stated.verdict,
  };
}
