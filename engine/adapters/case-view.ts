import type { Incident, IncidentLink, IncidentMember, RefusedLink } from '../model/index.ts';

/** A piece of evidence with the number under which a report speaks of it. */
export interface NumberedMember {
  /** `#1` for the earliest. */
  readonly mark: string;
  readonly member: IncidentMember;
}

/** How a piece of evidence is joined to the strongest one: by which link to which other, and over which others. */
export interface Join {
  readonly to: string;
  readonly link: IncidentLink;
  /** Alert ids, from the piece itself to the strongest. */
  readonly way: readonly string[];
}

/** Alerts that happened around an incident and that one line tells of. */
export interface ContextGroup {
  readonly title: string;
  readonly reason: string;
  readonly members: readonly IncidentMember[];
}

/** What was not joined, once for each other case or alert. */
export interface RefusedGroup {
  readonly other: string;
  readonly reason: string;
  readonly count: number;
}

/** The evidence of an incident, numbered in the order of its members. */
export function numberedOf({ members }: Incident): readonly NumberedMember[] {
  return members
    .filter(({ role }) => role === 'evidence')
    .map((member, i) => ({ mark: `#${i + 1}`, member }));
}

/** The mark of each piece of evidence by its alert; of an alert that is not listed the beginning of its id. */
export function marksOf(incident: Incident): (alert: string) => string {
  const marks = new Map(numberedOf(incident).map(({ mark, member }) => [member.alert, mark] as const));
  return (alert) => marks.get(alert) ?? `alert ${alert.slice(0, 8)}`;
}

/** The piece of evidence that adds most; among equals the earliest. */
export function strongestOf({ members }: Incident): IncidentMember | undefined {
  return members
    .filter(({ role }) => role === 'evidence')
    .reduce<IncidentMember | undefined>(
      (most, one) => (most === undefined || one.contribution > most.contribution ? one : most),
      undefined,
    );
}

/**
 * For every alert that links reach from the strongest evidence, its link towards it on the way whose weakest link is heaviest (a maximum spanning
 * tree, Prim 1957). A weak coincidence is named only where nothing better joins. Cost: alerts times links.
 */
export function joinsOf(incident: Incident): ReadonlyMap<string, Join> {
  const root = strongestOf(incident);
  const joins = new Map<string, Join>();
  if (root === undefined) return joins;
  const ways = new Map<string, readonly string[]>([[root.alert, [root.alert]]]);
  const rest = [...incident.links].sort((a, b) => b.weight - a.weight);
  for (;;) {
    const at = rest.findIndex(({ from, to }) => ways.has(from) !== ways.has(to));
    const [link] = at < 0 ? [] : rest.splice(at, 1);
    if (link === undefined) return joins;
    const [alert, to] = ways.has(link.from) ? [link.to, link.from] : [link.from, link.to];
    const way = [alert, ...(ways.get(to) ?? [])];
    ways.set(alert, way);
    joins.set(alert, { to, link, way });
  }
}

/** What happened around an incident, alerts of one title and reason together, in the order of the first. */
export function contextOf({ members }: Incident): readonly ContextGroup[] {
  const groups = new Map<string, { title: string; reason: string; members: IncidentMember[] }>();
  for (const member of members) {
    if (member.role !== 'context') continue;
    const key = `${member.title}\n${member.reason}`;
    const known = groups.get(key);
    if (known === undefined)
      groups.set(key, { title: member.title, reason: member.reason, members: [member] });
    else known.members.push(member);
  }
  return [...groups.values()];
}

/**
 * What was not joined, by the other case or alert, in the order in which it came up. Left out is what is in the incident after all: by a stronger
 * link, or because the other was merged into it.
 */
export function refusedOf(
  incident: Incident,
  incidents: ReadonlyMap<string, Incident> = new Map(),
): readonly RefusedGroup[] {
  const inside = new Set(incident.members.map(({ alert }) => alert));
  const groups = new Map<string, { other: string; reason: string; count: number }>();
  for (const refused of incident.refused) {
    const other = otherOf(refused, incident);
    if (inside.has(other) || incidents.get(other)?.redirectedTo === incident.id) continue;
    const known = groups.get(other);
    if (known === undefined) groups.set(other, { other, reason: refused.reason, count: 1 });
    else known.count++;
  }
  return [...groups.values()];
}

function otherOf({ from, to }: RefusedLink, { id }: Incident): string {
  return to === id ? from : to;
}

/** Marks in a row as ranges: `#1–#4, #6`. Others stand as they are. */
export function rangesText(marks: readonly string[]): string {
  const numbers = marks
    .filter((mark) => mark.startsWith('#'))
    .map((mark) => Number(mark.slice(1)))
    .sort((a, b) => a - b);
  const ranges: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && number <= last.to + 1) last.to = number;
    else ranges.push({ from: number, to: number });
  }
  return [
    ...ranges.map(({ from, to }) =>
      to === from ? `#${from}` : to === from + 1 ? `#${from}, #${to}` : `#${from}–#${to}`,
    ),
    ...marks.filter((mark) => !mark.startsWith('#')),
  ].join(', ');
}

/** A way as text; the middle of a long one is counted. */
export function wayText(marks: readonly string[]): string {
  const shown =
    marks.length <= WAY_MAX
      ? marks
      : [...marks.slice(0, 3), `${marks.length - 5} more`, ...marks.slice(marks.length - 2)];
  return shown.join(' → ');
}

const WAY_MAX = 8;

/** A confidence as people read it: never a certainty. */
export function shareText(share: number): string {
  if (share > 0.99) return 'over 99 %';
  return share > 0 && share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`;
}
