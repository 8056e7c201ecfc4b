import { tacticRank } from '../model/index.ts';
import type { Notable } from './case.ts';
import type { IncidentSettings } from './settings.ts';

/** How likely an incident is, by what its sightings say, and which of them say it. */
export interface Evidence {
  /** Bits of surprise over independent sightings. */
  readonly bits: number;
  /** Those that count in full: no two of one rule, no two on one subject. */
  readonly matched: readonly { readonly notable: Notable; readonly bits: number }[];
  /** What further rules on a subject that already speaks add, in bits. */
  readonly depth: number;
  /** 0–1, of surprise alone. */
  readonly unusual: number;
  /** 0–1, of what rules declare alone: noisy-or over `spoken`. */
  readonly declared: number;
  /** What declares by itself, most first: no two of one stage, and on one subject within a moment the strongest and what is high. */
  readonly spoken: readonly Notable[];
  /** By what declares nothing beside it: the stronger one on its subject within the moment. */
  readonly overlaid: ReadonlyMap<Notable, Notable>;
  /** The best sighting of each stage. */
  readonly stages: readonly { readonly tactic: string; readonly notable: Notable }[];
  /** 0–1, of both. */
  readonly confidence: number;
}

/** Which share of a rule's episodes begin beside another rule's, 0–1. */
export type Together = (rule: string, other: string) => number;

/**
 * Weighs a set of notable sightings.
 *
 * Surprise: sightings that share a rule, or a subject, may have one harmless cause: a software update shows on every machine by the same
 * rule, a new administrator by a dozen rules on one machine. What counts in full is therefore a matching — no rule twice, no subject twice,
 * the most surprising first (greedy, at least half of the best matching) — less what the past shows to come together anyway. What is left
 * on a subject adds a share, halved each time. The bits become a probability by a logistic curve around `openBits`.
 *
 * Declaration: the best alert of each ATT&CK stage counts, never the sum of alerts. One script does in seconds what four rules speak of, and may be
 * harmless: of what is declared on one subject within a moment only the strongest counts, and what is high. What is left combines by noisy-or.
 */
export function evidenceOf(
  notables: readonly Notable[],
  { settings, together }: { readonly settings: IncidentSettings; readonly together: Together },
): Evidence {
  const sorted = bestOfEach(notables);
  const rules = new Set<string>();
  const subjects = new Set<string>();
  const matched: { readonly notable: Notable; readonly bits: number }[] = [];
  const rest: Notable[] = [];
  let bits = 0;
  for (const notable of sorted) {
    const { id } = notable.sighting.rule;
    if (notable.bits <= 0) break;
    if (rules.has(id) || subjects.has(notable.subject)) {
      rest.push(notable);
      continue;
    }
    let shared = 0;
    for (const { notable: other } of matched) shared = Math.max(shared, together(id, other.sighting.rule.id));
    const own = notable.bits * (1 - Math.min(1, shared));
    rules.add(id);
    subjects.add(notable.subject);
    matched.push({ notable, bits: own });
    bits += own;
  }
  const depth = depthOf(rest, { sorted, rules, settings, together });
  bits += depth;
  const unusual = bits <= 0 ? 0 : 1 / (1 + 2 ** (-(bits - settings.openBits) / settings.scaleBits));
  const { spoken, overlaid } = spokenOf(notables, settings);
  const declared = 1 - spoken.reduce((doubt, notable) => doubt * (1 - notable.declared), 1);
  const confidence = 1 - (1 - unusual) * (1 - declared);
  const stages = stagesOf(notables);
  return { bits, matched, depth, unusual, declared, spoken, overlaid, stages, confidence };
}

/** What declares by itself: greedily, the strongest first. O(n log n), and for each notable sighting the few that speak on its subject. */
function spokenOf(
  notables: readonly Notable[],
  { moment }: IncidentSettings,
): Pick<Evidence, 'spoken' | 'overlaid'> {
  const sorted = notables
    .filter(({ declared }) => declared > 0)
    .sort(
      (a, b) =>
        b.declared - a.declared ||
        a.sighting.time - b.sighting.time ||
        (a.sighting.id < b.sighting.id ? -1 : a.sighting.id > b.sighting.id ? 1 : 0),
    );
  const taken = new Set<string>();
  const bySubject = new Map<string, Notable[]>();
  const spoken: Notable[] = [];
  const overlaid = new Map<Notable, Notable>();
  for (const notable of sorted) {
    const { subject, sighting } = notable;
    // What its rule calls high is doubted for no neighbour's sake.
    const near =
      sighting.severity === 'high'
        ? undefined
        : bySubject.get(subject)?.find((other) => Math.abs(other.sighting.time - sighting.time) <= moment);
    if (near !== undefined) {
      if (near.sighting.alert !== sighting.alert) overlaid.set(notable, near);
      continue;
    }
    const tactic = (sighting.tactics.length === 0 ? [''] : sighting.tactics).find((one) => !taken.has(one));
    if (tactic === undefined) continue;
    taken.add(tactic);
    spoken.push(notable);
    const own = bySubject.get(subject);
    if (own === undefined) bySubject.set(subject, [notable]);
    else own.push(notable);
  }
  return { spoken, overlaid };
}

/** The most surprising sighting of each rule and subject, the most surprising first. */
function bestOfEach(notables: readonly Notable[]): readonly Notable[] {
  const best = new Map<string, Notable>();
  for (const notable of notables) {
    const key = `${notable.sighting.rule.id}\u0000${notable.subject}`;
    const known = best.get(key);
    if (known === undefined || known.bits < notable.bits) best.set(key, notable);
  }
  return [...best.values()].sort(
    (a, b) =>
      b.bits - a.bits || a.sighting.time - b.sighting.time || (a.sighting.id < b.sighting.id ? -1 : 1),
  );
}

function depthOf(
  rest: readonly Notable[],
  from: {
    readonly sorted: readonly Notable[];
    readonly rules: Set<string>;
    readonly settings: IncidentSettings;
    readonly together: Together;
  },
): number {
  let depth = 0;
  const shares = new Map<string, number>();
  for (const notable of rest) {
    const { id } = notable.sighting.rule;
    if (from.rules.has(id)) continue;
    from.rules.add(id);
    let shared = 0;
    for (const other of from.sorted) {
      if (other === notable) break;
      if (other.subject !== notable.subject) continue;
      shared = Math.max(shared, from.together(id, other.sighting.rule.id));
    }
    const share = shares.get(notable.subject) ?? from.settings.depthShare;
    depth += share * notable.bits * (1 - Math.min(1, shared));
    shares.set(notable.subject, share / 2);
  }
  return depth;
}

/** By stage the sighting that declares most, in the order of the kill chain; what has no tactic is one stage of its own, at the end. */
function stagesOf(notables: readonly Notable[]): Evidence['stages'] {
  const best = new Map<string, Notable>();
  for (const notable of notables) {
    const tactics = notable.sighting.tactics.length === 0 ? [''] : notable.sighting.tactics;
    // An alert with several tactics stands for the first that nothing better stands for: it must not count twice.
    const tactic =
      tactics.find((one) => (best.get(one)?.declared ?? -1) < notable.declared) ?? tactics[0] ?? '';
    const known = best.get(tactic);
    if (known === undefined || known.declared < notable.declared) best.set(tactic, notable);
  }
  return [...best]
    .map(([tactic, notable]) => ({ tactic, notable }))
    .sort((a, b) => tacticRank(a.tactic) - tacticRank(b.tactic));
}
