import type { Incident, IncidentMember, ScoreTerm } from '../model/index.ts';

/** An incident that is the same in both, as far as it can be: what of it differs, and what moved its score. */
export interface IncidentChange {
  readonly before: Incident;
  readonly after: Incident;
  /** In words: `severity medium → high`. */
  readonly changes: readonly string[];
  /** Why the score is another one, the greatest shift first; empty where it is not. */
  readonly causes: readonly string[];
}

/** What became of the incidents of one run in another. */
export interface IncidentsDifference {
  /** Nothing of them was in an incident before. */
  readonly opened: readonly Incident[];
  /** Nothing of them is in an incident any more, and why. */
  readonly gone: readonly { readonly incident: Incident; readonly reason: string }[];
  readonly merged: readonly { readonly from: readonly Incident[]; readonly into: Incident }[];
  readonly split: readonly { readonly from: Incident; readonly into: readonly Incident[] }[];
  readonly changed: readonly IncidentChange[];
  /** How many are the same in every figure. */
  readonly same: number;
}

/** From this share of its evidence on, an incident has gone into another. */
const MOST = 0.5;
/** Score terms that differ by less say the same. */
const SHIFT_LEAST = 0.05;

/**
 * Compares the incidents of two runs, or of two moments of one run; each incident in its last revision. Two are the same where the id is; else
 * where the evidence is, told by rule and first time, which stay what they are when a rule is edited. Those that were merged away or ruled out stand for nothing,
 * but say why something is gone. O(members).
 */
export function incidentsDifference(
  before: readonly Incident[],
  after: readonly Incident[],
): IncidentsDifference {
  const old = before.filter(isLive).sort(byTime);
  const now = after.filter(isLive).sort(byTime);
  const holders = new Map<string, Incident[]>();
  for (const incident of now) for (const key of keysOf(incident)) add(holders, key, incident);
  // Where the evidence of each went: by incident of now, how many of its parts.
  const went = new Map(old.map((incident) => [incident, sharesOf(incident, holders)]));
  const merged: { readonly from: readonly Incident[]; readonly into: Incident }[] = [];
  const split: { readonly from: Incident; readonly into: readonly Incident[] }[] = [];
  const changed: IncidentChange[] = [];
  const known = new Set<Incident>();
  let same = 0;
  for (const into of now) {
    const from = old.filter((one) => (went.get(one)?.get(into) ?? 0) > MOST * keysOf(one).size);
    if (from.length > 1) merged.push({ from, into });
  }
  for (const from of old) {
    const into = now.filter((one) => (went.get(from)?.get(one) ?? 0) > MOST * keysOf(one).size);
    if (into.length > 1) split.push({ from, into });
  }
  const pairs = pairsOf(old, now, went);
  for (const [from, into] of pairs) {
    known.add(from).add(into);
    const changes = changesOf(from, into);
    if (changes.length === 0) same++;
    else changed.push({ before: from, after: into, changes, causes: causesOf(from, into) });
  }
  for (const { from, into } of merged) for (const one of [...from, into]) known.add(one);
  for (const { from, into } of split) for (const one of [from, ...into]) known.add(one);
  const last = new Map(after.map((incident) => [incident.id, incident]));
  return {
    opened: now.filter((one) => !known.has(one)),
    gone: old
      .filter((one) => !known.has(one))
      .map((incident) => ({
        incident,
        reason: whyGone(incident, last.get(incident.id), went.get(incident)),
      })),
    merged,
    split,
    changed,
    same,
  };
}

/** Incidents that are one and the same: by id, else the one that holds most of the evidence, if that is most of both. */
function pairsOf(
  old: readonly Incident[],
  now: readonly Incident[],
  went: ReadonlyMap<Incident, ReadonlyMap<Incident, number>>,
): readonly (readonly [Incident, Incident])[] {
  const byId = new Map(now.map((incident) => [incident.id, incident]));
  const pairs: (readonly [Incident, Incident])[] = [];
  const taken = new Set<Incident>();
  const rest: Incident[] = [];
  for (const incident of old) {
    const own = byId.get(incident.id);
    if (own === undefined) rest.push(incident);
    else {
      pairs.push([incident, own]);
      taken.add(own);
    }
  }
  for (const incident of rest) {
    const best = [...(went.get(incident) ?? [])]
      .filter(
        ([into, share]) =>
          !taken.has(into) && share > MOST * keysOf(incident).size && share > MOST * keysOf(into).size,
      )
      .sort(([, a], [, b]) => b - a)[0]?.[0];
    if (best === undefined) continue;
    taken.add(best);
    pairs.push([incident, best]);
  }
  return pairs;
}

function whyGone(
  incident: Incident,
  last: Incident | undefined,
  went: ReadonlyMap<Incident, number> | undefined,
): string {
  if (last?.state === 'redirected')
    return `merged into ${last.redirectedTo ?? 'another'}, which is no incident here`;
  if (last?.state === 'retracted') return last.change;
  const left = [...(went ?? [])].sort(([, a], [, b]) => b - a)[0];
  if (left !== undefined)
    return `${left[1]} of its ${keysOf(incident).size} alerts are in ${left[0].id} ('${left[0].title}')`;
  return 'none of its alerts is in an incident';
}

function changesOf(before: Incident, after: Incident): readonly string[] {
  const changes: string[] = [];
  const differ = (name: string, was: unknown, is: unknown): void => {
    // What is the same to three digits is no change to tell.
    if (shown(was) !== shown(is)) changes.push(`${name} ${shown(was)} → ${shown(is)}`);
  };
  differ('id', before.id, after.id);
  differ('title', before.title, after.title);
  differ('state', before.state, after.state);
  differ('severity', before.severity, after.severity);
  differ('score', before.score, after.score);
  differ('confidence', before.confidence, after.confidence);
  differ('verdict', before.verdict, after.verdict);
  differ('assignee', before.assignee, after.assignee);
  differ('template', before.template, after.template);
  differ(
    'stages',
    before.stages.map(({ tactic }) => tactic).join(', '),
    after.stages.map(({ tactic }) => tactic).join(', '),
  );
  differ('alerts', before.membersTotal, after.membersTotal);
  const [joined, left] = [membersOnlyIn(after, before), membersOnlyIn(before, after)];
  if (joined.length > 0) changes.push(`joined: ${titlesOf(joined)}`);
  if (left.length > 0) changes.push(`left: ${titlesOf(left)}`);
  changes.push(...restatedOf(before, after));
  return changes;
}

/** Members of both that are weighed or explained otherwise: a rule was edited, or what is known of it has changed. */
function restatedOf(before: Incident, after: Incident): readonly string[] {
  const old = new Map(before.members.map((member) => [keyOf(member), member] as const));
  const lines = after.members.flatMap((member) => {
    const was = old.get(keyOf(member));
    if (was === undefined) return [];
    if (was.severity !== member.severity)
      return [`“${member.title}” is ${member.severity}, was ${was.severity}: ${member.reason}`];
    return was.reason === member.reason ? [] : [`“${member.title}”: ${member.reason}, before: ${was.reason}`];
  });
  const more = lines.length - RESTATED_SHOWN;
  return more > 0 ? [...lines.slice(0, RESTATED_SHOWN), `${more} more are weighed otherwise`] : lines;
}

const RESTATED_SHOWN = 5;

/** Terms that are there in one only, or weigh differently, and what joined or left with them. */
function causesOf(before: Incident, after: Incident): readonly string[] {
  if (before.score === after.score) return [];
  const [old, now] = [termsOf(before), termsOf(after)];
  const causes: { readonly shift: number; readonly text: string }[] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(name), now.get(name)];
    if (
      was !== undefined &&
      is !== undefined &&
      Math.abs(was.value - is.value) < SHIFT_LEAST &&
      was.reason === is.reason
    )
      continue;
    const shift = effectOf(is) - effectOf(was);
    const change =
      was === undefined
        ? `${name} is new (${signed(is)})`
        : is === undefined
          ? `${name} is gone (${signed(was)})`
          : `${name} ${signed(was)} → ${signed(is)}`;
    causes.push({ shift: Math.abs(shift), text: `${change}: ${(is ?? was)?.reason ?? ''}` });
  }
  return causes.sort((a, b) => b.shift - a.shift || (a.text < b.text ? -1 : 1)).map(({ text }) => text);
}

/** Terms by name, each with what it did to the score. */
function termsOf({ terms }: Incident): ReadonlyMap<string, ScoreTerm & { readonly effect: number }> {
  const by = new Map<string, ScoreTerm & { readonly effect: number }>();
  let before = 0;
  for (const term of terms) {
    const name = by.has(term.name) ? `${term.name} (${by.size})` : term.name;
    by.set(name, { ...term, effect: term.after - before });
    before = term.after;
  }
  return by;
}

function effectOf(term: { readonly effect: number } | undefined): number {
  return term?.effect ?? 0;
}

function signed(term: (ScoreTerm & { readonly effect: number }) | undefined): string {
  if (term === undefined) return 'nothing';
  if (term.operation === 'multiply') return `×${round(term.value)}`;
  return `${term.effect < 0 ? '' : '+'}${round(term.effect)}`;
}

function membersOnlyIn(one: Incident, other: Incident): readonly IncidentMember[] {
  const keys = new Set(other.members.map(keyOf));
  return one.members.filter((member) => !keys.has(keyOf(member)));
}

function titlesOf(members: readonly IncidentMember[]): string {
  const counts = new Map<string, number>();
  for (const { title } of members) counts.set(title, (counts.get(title) ?? 0) + 1);
  const shownTitles = [...counts].slice(0, 5).map(([title, n]) => (n === 1 ? title : `${title} (${n})`));
  return counts.size > 5 ? `${shownTitles.join(', ')} and ${counts.size - 5} more` : shownTitles.join(', ');
}

/** What an incident is told by: its evidence, else all of its members. */
function keysOf({ members }: Incident): ReadonlySet<string> {
  const evidence = members.filter(({ role }) => role === 'evidence');
  return new Set((evidence.length > 0 ? evidence : members).map(keyOf));
}

function keyOf({ rule, firstSeen }: IncidentMember): string {
  return `${rule}\n${firstSeen}`;
}

function sharesOf(
  incident: Incident,
  holders: ReadonlyMap<string, readonly Incident[]>,
): ReadonlyMap<Incident, number> {
  const shares = new Map<Incident, number>();
  for (const key of keysOf(incident))
    for (const holder of holders.get(key) ?? []) shares.set(holder, (shares.get(holder) ?? 0) + 1);
  return shares;
}

function isLive({ state }: Incident): boolean {
  return state !== 'redirected' && state !== 'retracted' && state !== 'candidate';
}

function byTime(a: Incident, b: Incident): number {
  return a.firstSeen - b.firstSeen || (a.id < b.id ? -1 : 1);
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

function shown(value: unknown): string {
  if (value === undefined || value === '') return 'none';
  return typeof value === 'number' ? String(round(value)) : String(value);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
