import type { Palette } from '../diagnostic/index.ts';
import {
  type Alert,
  type Entity,
  formatTime,
  type Incident,
  type IncidentMember,
  tacticRank,
  tacticTitle,
} from '../model/index.ts';
import {
  contextOf,
  joinsOf,
  marksOf,
  numberedOf,
  rangesText,
  refusedOf,
  shareText,
  strongestOf,
  wayText,
} from './case-view.ts';
import { printable } from './printable.ts';

/** What an incident is told with. */
export interface IncidentTextFrom {
  /** Alerts by id, as far as they are at hand: they carry the events and values behind a member. */
  readonly alerts: ReadonlyMap<string, Alert>;
  /** Incidents by id, as far as they are at hand: they give others a name. */
  readonly incidents?: ReadonlyMap<string, Incident>;
  readonly palette: Palette;
}

const EVENTS_SHOWN = 3;
const VALUES_SHOWN = 6;
const VALUE_WIDTH = 120;
const ENTITIES_SHOWN = 20;
const REFUSED_SHOWN = 8;
const BAR_WIDTH = 20;

/**
 * An incident for people, whole: what happened, in which order, how its parts hang together and why each belongs, how the score came about, what
 * speaks against it, what was approximated, what to look for and what to do. Its alerts are numbered in the timeline, and spoken of by number. Of an
 * incident that was merged into another only that is told. Texts of events are made safe for a terminal.
 */
export function incidentText(incident: Incident, from: IncidentTextFrom): string {
  const { palette } = from;
  const head = headOf(incident, from);
  if (incident.redirectedTo !== undefined) return `${head.join('\n')}\n`;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Story', storyOf(incident)],
    ['Timeline', timelineOf(incident)],
    ['Around it, not part of the score', contextLines(incident)],
    ['Who and what', entitiesOf(incident.entities)],
    ['Graph', graphLines(incident)],
    ['Evidence', evidenceOf(incident, from.alerts)],
    ['Why each part belongs', pathsOf(incident)],
    ['How the score came about', waterfallOf(incident)],
    ['What speaks against it', againstOf(incident, from)],
    ['What was approximated', incident.approximations],
    ['What may come next', incident.next],
    ['What to do', incident.remediation.map((step, i) => `${i + 1}. ${step}`)],
  ];
  return `${[
    ...head,
    ...sections.flatMap(([title, lines]) => [
      '',
      palette.strong(title),
      // What is absent is said: an empty list must not look like a forgotten one.
      ...(lines.length === 0 ? ['none'] : lines).map((line) => `  ${printable(line)}`),
    ]),
  ].join('\n')}\n`;
}

function headOf(incident: Incident, { palette, incidents }: IncidentTextFrom): readonly string[] {
  const { severity, title, id, revision, state, change, score, confidence, firstSeen, lastSeen } = incident;
  const { redirectedTo, continues, linked, template, suppressed, assignee, verdict, membersTotal } = incident;
  const name = (other: string): string => incidentName(other, incidents);
  const facts = [
    `${state}${verdict === undefined ? '' : `, ${verdict.replaceAll('_', ' ')}`}; score ${Math.round(score)} of 100, confidence ${shareText(confidence)}`,
    `${formatTime(firstSeen)} to ${formatTime(lastSeen)}; ${membersTotal} alert${membersTotal === 1 ? '' : 's'}`,
    `${id} revision ${revision}: ${change}`,
    ...(assignee === undefined ? [] : [`assigned to ${assignee}`]),
    ...(template === undefined ? [] : [`shaped by the template ${template}`]),
    ...(redirectedTo === undefined ? [] : [`merged into ${name(redirectedTo)}: look there`]),
    ...(continues === undefined ? [] : [`continues ${name(continues)}`]),
    ...(linked.length === 0 ? [] : [`kept apart from ${linked.map(name).join(', ')}`]),
    ...(suppressed === undefined ? [] : [`suppressed by ${suppressed.by}: ${suppressed.reason}`]),
  ];
  return [palette.strong(printable(`${severity}: ${title}`)), ...facts.map((fact) => `  ${printable(fact)}`)];
}

function incidentName(id: string, incidents: ReadonlyMap<string, Incident> | undefined): string {
  const known = incidents?.get(id);
  return known === undefined ? id : `“${known.title}” ${id}`;
}

function storyOf({ story }: Incident): readonly string[] {
  return story.map(({ time, text }) => `${formatTime(time)}  ${text}`);
}

function timelineOf(incident: Incident): readonly string[] {
  const { members, membersTotal } = incident;
  const numbered = numberedOf(incident);
  const width = `#${numbered.length}`.length;
  const lines = numbered.map(({ mark, member }) => {
    const { firstSeen, lastSeen, count, tactic, severity, title } = member;
    const until = lastSeen > firstSeen ? `, until ${formatTime(lastSeen)}` : '';
    const times = count > 1 ? ` (${count} times${until})` : '';
    const stage = tactic === undefined ? '' : `${tacticTitle(tactic)}: `;
    return `${mark.padStart(width)}  ${formatTime(firstSeen)}  ${severity.padEnd(13)}  ${stage}${title}${times}`;
  });
  return membersTotal > members.length
    ? [...lines, `${membersTotal - members.length} more alerts are not listed`]
    : lines;
}

function contextLines(incident: Incident): readonly string[] {
  return contextOf(incident).map(({ title, reason, members }) => {
    const [first, last] = [members[0], members.at(-1)];
    if (first === undefined || last === undefined) return '';
    const times = members.length > 1 ? ` (${members.length} alerts, until ${formatTime(last.lastSeen)})` : '';
    return `${formatTime(first.firstSeen)}  “${title}”${times}: ${reason}`;
  });
}

function entitiesOf(entities: readonly Entity[]): readonly string[] {
  const shown = entities
    .slice(0, ENTITIES_SHOWN)
    .map(({ type, role, value }) => `${typeName(type)} ${value} (${role})`);
  return entities.length > ENTITIES_SHOWN
    ? [...shown, `${entities.length - ENTITIES_SHOWN} more are not shown`]
    : shown;
}

function typeName(type: string): string {
  return type.replaceAll('_', ' ');
}

/** The graph as text: what joins the same alerts in one line, with the numbers that it joins; then links that rest on no entity, as chains. */
function graphLines(incident: Incident): readonly string[] {
  const mark = marksOf(incident);
  const hubs = new Map<string, Set<string>>();
  const chains = new Map<string, string[][]>();
  for (const { from, to, entity, kind, weight } of incident.links) {
    if (entity !== undefined) {
      const key = `${typeName(entity.type)} ${entity.value}`;
      hubs.set(key, (hubs.get(key) ?? new Set()).add(mark(from)).add(mark(to)));
      continue;
    }
    const key = `${kind.replaceAll('_', ' ')} ${weight.toFixed(2)}`;
    const known = chains.get(key) ?? [];
    const open = known.find((chain) => chain.at(-1) === mark(from));
    if (open === undefined) known.push([mark(from), mark(to)]);
    else open.push(mark(to));
    chains.set(key, known);
  }
  const joined = new Map<string, string[]>();
  for (const [hub, marks] of hubs) {
    const key = rangesText([...marks]);
    joined.set(key, [...(joined.get(key) ?? []), hub]);
  }
  return [
    ...[...joined].map(([marks, entities]) => `${entities.join(' and ')} ── ${marks}`),
    ...[...chains].map(([key, list]) => `${key}: ${list.map((chain) => chain.join(' → ')).join('; ')}`),
  ];
}

function evidenceOf(incident: Incident, alerts: ReadonlyMap<string, Alert>): readonly string[] {
  return numberedOf(incident).flatMap(({ mark, member }) => {
    const adds =
      member.contribution === 0
        ? 'adds nothing beside the best of its stage'
        : `adds ${Number(member.contribution.toFixed(1))}`;
    const needed = member.minimal ? '; without it the incident would not stand' : '';
    const head = `${mark} “${member.title}” ${member.alert.slice(0, 8)}: ${adds}${needed}`;
    const alert = alerts.get(member.alert);
    if (alert === undefined) return [head, '  its alert is not in this file'];
    const events = alert.evidence.slice(0, EVENTS_SHOWN).map((event) => {
      const place = event.file === undefined ? event.id : `${event.file}:${event.line ?? ''}`;
      return `  event ${formatTime(event.time, event.timeNs)}  ${place}`;
    });
    const more = alert.evidenceTotal - events.length;
    const values = alert.values
      .slice(0, VALUES_SHOWN)
      .map(([field, value]) => `  ${field} = ${clipped(JSON.stringify(value))}`);
    const fields = alert.values.length - values.length;
    return [
      head,
      ...events,
      ...(more > 0 ? [`  ${more} more event${more === 1 ? '' : 's'}`] : []),
      ...values,
      ...(fields > 0 ? [`  ${fields} more field${fields === 1 ? '' : 's'}`] : []),
    ];
  });
}

/** Why each piece of evidence is in: its own reason, its link towards the strongest piece, and the way of links that leads there. */
function pathsOf(incident: Incident): readonly string[] {
  const root = strongestOf(incident);
  const joins = joinsOf(incident);
  const mark = marksOf(incident);
  return numberedOf(incident).flatMap(({ mark: own, member }) => {
    const head = `${own} “${member.title}”: ${member.reason}`;
    if (member === root) return [head, '  the strongest evidence: the others are joined to it'];
    const join = joins.get(member.alert);
    if (join === undefined) return [head, `  ${apartText(member)}`];
    const { to, link, way } = join;
    const over = way.length > 2 ? [`  way: ${wayText(way.map(mark))}`] : [];
    return [
      head,
      `  → ${mark(to)}: ${link.kind.replaceAll('_', ' ')} ${link.weight.toFixed(2)}, ${link.reason}`,
      ...over,
    ];
  });
}

function apartText({ part }: IncidentMember): string {
  return part === undefined
    ? 'no kept link leads from it to the strongest evidence'
    : `the part ${part} of the template`;
}

function waterfallOf({ terms, score }: Incident): readonly string[] {
  const lines = terms.map(({ name, operation, value, after, reason }) => {
    const change =
      operation === 'multiply' ? `× ${value}` : operation === 'add' ? `+ ${value}` : `${operation} ${value}`;
    const filled = Math.max(0, Math.min(BAR_WIDTH, Math.round((after / 100) * BAR_WIDTH)));
    const bar = '█'.repeat(filled).padEnd(BAR_WIDTH, '·');
    return `${bar} ${after.toFixed(1).padStart(5)}  ${termName(name)} ${change}: ${reason}`;
  });
  const note = 'each addition fills its share of what is left to 100';
  return lines.length === 0 ? [] : [...lines, `score ${Math.round(score)}; ${note}`];
}

/** Terms that stand for a stage bear the tactic's short name. */
function termName(name: string): string {
  return tacticRank(name) < tacticRank('') ? tacticTitle(name) : name;
}

function againstOf(
  incident: Incident,
  { alerts, incidents }: Pick<IncidentTextFrom, 'alerts' | 'incidents'>,
): readonly string[] {
  const counter = incident.counter.map(({ reason, factor, signal }) => {
    const by = signal === undefined ? '' : ` (signal ${signal})`;
    return `${factor === 0 ? 'veto' : `confidence × ${factor}`}: ${reason}${by}`;
  });
  const groups = refusedOf(incident, incidents);
  const refused = groups.slice(0, REFUSED_SHOWN).map(({ other, reason, count }) => {
    const title = incidents?.get(other)?.title ?? alerts.get(other)?.title;
    const name = title === undefined ? `what never became an incident (${other.slice(0, 8)})` : `“${title}”`;
    return `not joined with ${name}: ${reason}${count > 1 ? `; ${count - 1} more such link${count === 2 ? '' : 's'}` : ''}`;
  });
  const more = groups.length - refused.length;
  return [...counter, ...refused, ...(more > 0 ? [`${more} more were not joined`] : [])];
}

function clipped(text: string): string {
  return text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH - 1)}…` : text;
}
