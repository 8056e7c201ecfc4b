import { type Alert, canonicalJson, type Incident, type Signal } from '../model/index.ts';

/** What a ruleset made of a recording: all signals, and the last revision of each alert and incident. */
export interface Outcome {
  readonly signals: readonly Signal[];
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
}

/** One thing that is not the same under two rulesets. */
export interface Difference<T> {
  /** By what the two are told to be the same thing: a rule and what it rests on, never its hash. */
  readonly key: string;
  readonly before?: T;
  readonly after?: T;
  /** Where both are there: what differs, in a few words. */
  readonly changes: readonly string[];
}

/** What changes between two rulesets over the same recording. */
export interface OutcomeDifference {
  readonly signals: readonly Difference<Signal>[];
  readonly alerts: readonly Difference<Alert>[];
  readonly incidents: readonly Difference<Incident>[];
}

/**
 * Compares what two rulesets made of one recording, in the order of time. A signal is the same where rule id, time, group and events are; an alert where
 * its key and its first time are; an incident where it begins with the same alert. O(n log n).
 */
export function outcomeDifference(before: Outcome, after: Outcome): OutcomeDifference {
  return {
    signals: differences(before.signals, after.signals, {
      keyOf: signalKey,
      facts: signalFacts,
      timeOf: ({ end }) => end,
    }),
    alerts: differences(before.alerts, after.alerts, {
      keyOf: ({ key, firstSeen }) => `${key} ${firstSeen}`,
      facts: alertFacts,
      timeOf: ({ firstSeen }) => firstSeen,
    }),
    incidents: differences(before.incidents, after.incidents, {
      keyOf: ({ members, firstSeen }) => `${members[0]?.rule ?? ''} ${firstSeen}`,
      facts: ({ title, severity, score, members }) => ({ title, severity, score, alerts: members.length }),
      timeOf: ({ firstSeen }) => firstSeen,
    }),
  };
}

function signalKey({ rule, end, endNs, evidence, correlation }: Signal): string {
  return canonicalJson([
    rule.id,
    end,
    endNs,
    correlation?.group ?? [],
    correlation === undefined ? evidence.map(({ id }) => id) : [],
  ]);
}

function signalFacts({ rule, score, correlation }: Signal): Readonly<Record<string, unknown>> {
  const { title, level, confidence } = rule;
  return {
    title,
    level,
    confidence,
    score,
    ...(correlation === undefined ? {} : { evidence: correlation.partsTotal }),
  };
}

function alertFacts({
  title,
  level,
  severity,
  confidence,
  score,
  count,
}: Alert): Readonly<Record<string, unknown>> {
  return { title, level, severity, confidence, score, signals: count };
}

function differences<T>(
  before: readonly T[],
  after: readonly T[],
  of: {
    readonly keyOf: (one: T) => string;
    readonly facts: (one: T) => Readonly<Record<string, unknown>>;
    readonly timeOf: (one: T) => number;
  },
): readonly Difference<T>[] {
  const old = new Map(before.map((one) => [of.keyOf(one), one]));
  const found: { readonly time: number; readonly difference: Difference<T> }[] = [];
  for (const [key, one] of new Map(after.map((each) => [of.keyOf(each), each]))) {
    const was = old.get(key);
    old.delete(key);
    const time = of.timeOf(one);
    if (was === undefined) found.push({ time, difference: { key, after: one, changes: [] } });
    else {
      const changes = changedFacts(of.facts(was), of.facts(one));
      if (changes.length > 0) found.push({ time, difference: { key, before: was, after: one, changes } });
    }
  }
  for (const [key, one] of old)
    found.push({ time: of.timeOf(one), difference: { key, before: one, changes: [] } });
  found.sort((a, b) => a.time - b.time || (a.difference.key < b.difference.key ? -1 : 1));
  return found.map(({ difference }) => difference);
}

function changedFacts(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    return was === is ? [] : [`${name} ${shown(was)} → ${shown(is)}`];
  });
}

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : String(value);
}
