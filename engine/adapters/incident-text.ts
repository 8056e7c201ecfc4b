import type { Palette } from '../diagnostic/index.ts';
import {
  type Alert,
  type Entity,
  formatTime,
  type Incident,
  type IncidentLink,
  type IncidentMember,
  tacticTitle,
} from '../model/index.ts';
import { printable } from './printable.ts';

/** What an incident is told with. */
export interface IncidentTextFrom {
  /** Alerts by id, as far as they are at hand: they carry the events and values behind a member. */
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly palette: Palette;
}

const EVENTS_SHOWN = 3;
const VALUES_SHOWN = 6;
const VALUE_WIDTH = 120;
const ENTITIES_SHOWN = 20;
const BAR_WIDTH = 20;

/**
 * An incident for people, whole: what happened, in which order, how its parts hang together and why each belongs, how the score came about, what
 * speaks against it, what was approximated, what to look for and what to do. Texts of events are made safe for a terminal.
 */
export function incidentText(incident: Incident, { alerts, palette }: IncidentTextFrom): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Story', storyOf(incident)],
    ['Timeline', timelineOf(incident)],
    ['Who and what', entitiesOf(incident.entities)],
    ['Graph', graphLines(incident)],
    ['Evidence', evidenceOf(incident, alerts)],
    ['Why each part belongs', pathsOf(incident)],
    ['How the score came about', waterfallOf(incident)],
    ['What speaks against it', againstOf(incident)],
    ['What was approximated', incident.approximations],
    ['What may come next', incident.next],
    ['What to do', incident.remediation.map((step, i) => `${i + 1}. ${step}`)],
  ];
  return `${[
    ...headOf(incident, palette),
    ...sections.flatMap(([title, lines]) => [
      '',
      palette.strong(title),
      // What is absent is said: an empty list must not look like a forgotten one.
      ...(lines.length === 0 ? ['none'] : lines).map((line) => `  ${printable(line)}`),
    ]),
  ].join('\n')}\n`;
}

function headOf(incident: Incident, palette: Palette): readonly string[] {
  const { severity, title, id, revision, state, change, score, confidence, firstSeen, lastSeen } = incident;
  const { redirectedTo, continues, linked, template, suppressed, assignee, verdict } = incident;
  const facts = [
    `${state}${verdict === undefined ? '' : `, ${verdict.replaceAll('_', ' ')}`}; score ${score} of 100, confidence ${confidence}`,
    `${formatTime(firstSeen)} to ${formatTime(lastSeen)}; ${incident.membersTotal} alerts`,
    `${id} revision ${revision}: ${change}`,
    ...(assignee === undefined ? [] : [`assigned to ${assignee}`]),
    ...(template === undefined ? [] : [`shaped by the template ${template}`]),
    ...(redirectedTo === undefined ? [] : [`merged into ${redirectedTo}: look there`]),
    ...(continues === undefined ? [] : [`continues ${continues}`]),
    ...(linked.length === 0 ? [] : [`kept apart from ${linked.join(', ')}`]),
    ...(suppressed === undefined ? [] : [`suppressed by ${suppressed.by}: ${suppressed.reason}`]),
  ];
  return [palette.strong(printable(`${severity}: ${title}`)), ...facts.map((fact) => `  ${printable(fact)}`)];
}

function storyOf({ story }: Incident): readonly string[] {
  return story.map(({ time, text }) => `${formatTime(time)}  ${text}`);
}

function timelineOf({ members, membersTotal }: Incident): readonly string[] {
  const lines = members.map((member) => {
    const { firstSeen, lastSeen, count, tactic, severity } = member;
    const until = lastSeen > firstSeen ? `, until ${formatTime(lastSeen)}` : '';
    const times = count > 1 ? ` (${count} times${until})` : '';
    const stage = tactic === undefined ? 'no tactic' : tacticTitle(tactic);
    return `${formatTime(firstSeen)}  ${severity.padEnd(13)}  ${stage}: ${member.title}${times}${member.role === 'context' ? ' [context]' : ''}`;
  });
  return membersTotal > members.length
    ? [...lines, `${membersTotal - members.length} more alerts are not listed`]
    : lines;
}

function entitiesOf(entities: readonly Entity[]): readonly string[] {
  const shown = entities
    .slice(0, ENTITIES_SHOWN)
    .map(({ type, role, value }) => `${type} ${value} (${role})`);
  return entities.length > ENTITIES_SHOWN
    ? [...shown, `${entities.length - ENTITIES_SHOWN} more are not shown`]
    : shown;
}

/** The graph as text: each entity that joins alerts with those it joins, then what is joined otherwise. */
function graphLines(incident: Incident): readonly string[] {
  const titles = titlesOf(incident);
  const hubs = new Map<string, Set<string>>();
  const others: string[] = [];
  for (const link of incident.links) {
    const { from, to, entity, kind, weight } = link;
    if (entity === undefined) {
      others.push(
        `${titleOf(titles, from)} ──${kind.replaceAll('_', ' ')} ${weight.toFixed(2)}──▶ ${titleOf(titles, to)}`,
      );
      continue;
    }
    const key = `${entity.type} ${entity.value}`;
    const joined = hubs.get(key) ?? new Set();
    hubs.set(key, joined.add(from).add(to));
  }
  const trees = [...hubs].flatMap(([hub, joined]) => {
    const ids = [...joined];
    return [
      `(${hub})`,
      ...ids.map((id, i) => `${i === ids.length - 1 ? '└─' : '├─'} ${titleOf(titles, id)}`),
    ];
  });
  return [...trees, ...others];
}

function evidenceOf({ members }: Incident, alerts: ReadonlyMap<string, Alert>): readonly string[] {
  return members
    .filter(({ role }) => role === 'evidence')
    .flatMap((member) => {
      const needed = member.minimal ? '; of the least evidence' : '';
      const head = `${nameOf(member)}: adds ${member.contribution}${needed}`;
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
      return [head, ...events, ...(more > 0 ? [`  ${more} more events`] : []), ...values];
    });
}

/** Why each member is in: its own reason, and the way of links from it to the strongest piece of evidence. */
function pathsOf(incident: Incident): readonly string[] {
  const { members, links } = incident;
  const titles = titlesOf(incident);
  const evidence = members.filter(({ role }) => role === 'evidence');
  const root = evidence.reduce<IncidentMember | undefined>(
    (most, one) => (most === undefined || one.contribution > most.contribution ? one : most),
    undefined,
  );
  if (root === undefined) return [];
  const ways = waysTo(root.alert, links);
  return members.flatMap((member) => {
    const head = `${nameOf(member)}: ${member.reason}`;
    if (member.alert === root.alert) return [head, '  the strongest evidence: the others are joined to it'];
    const way = ways.get(member.alert);
    if (way !== undefined) {
      return [
        head,
        ...way.map(
          ({ to, link }) =>
            `  → ${titleOf(titles, to)}: ${link.kind.replaceAll('_', ' ')} ${link.weight.toFixed(2)}, ${link.reason}`,
        ),
      ];
    }
    return [
      head,
      member.role === 'context'
        ? '  shown as context, joined by no link'
        : member.part === undefined
          ? '  no kept link leads from it to the strongest evidence'
          : `  the part ${member.part} of the template`,
    ];
  });
}

interface Step {
  readonly to: string;
  readonly link: IncidentLink;
}

/** From every alert that links reach, the way with the fewest links to one alert; among equals the one through the heavier link. Breadth first. */
function waysTo(root: string, links: readonly IncidentLink[]): ReadonlyMap<string, readonly Step[]> {
  const near = new Map<string, Step[]>();
  const note = (at: string, step: Step): void => {
    const known = near.get(at);
    if (known === undefined) near.set(at, [step]);
    else known.push(step);
  };
  for (const link of [...links].sort((a, b) => b.weight - a.weight)) {
    note(link.from, { to: link.to, link });
    note(link.to, { to: link.from, link });
  }
  const ways = new Map<string, readonly Step[]>([[root, []]]);
  // A map goes on over what is added while it is walked: it is its own queue.
  for (const [at, way] of ways) {
    for (const { to, link } of near.get(at) ?? []) {
      if (!ways.has(to)) ways.set(to, [{ to: at, link }, ...way]);
    }
  }
  return ways;
}

function waterfallOf({ terms, score }: Incident): readonly string[] {
  const lines = terms.map(({ name, operation, value, after, reason }) => {
    const change =
      operation === 'multiply' ? `× ${value}` : operation === 'add' ? `+ ${value}` : `${operation} ${value}`;
    const filled = Math.max(0, Math.min(BAR_WIDTH, Math.round((after / 100) * BAR_WIDTH)));
    const bar = '█'.repeat(filled).padEnd(BAR_WIDTH, '·');
    return `${bar} ${after.toFixed(1).padStart(5)}  ${name} ${change}: ${reason}`;
  });
  const note = 'additions are joined by noisy-or: each fills its share of what is left to 100';
  return lines.length === 0 ? [] : [...lines, `score ${score}; ${note}`];
}

function againstOf(incident: Incident): readonly string[] {
  const titles = titlesOf(incident);
  const counter = incident.counter.map(({ reason, factor, signal }) => {
    const by = signal === undefined ? '' : ` (signal ${signal})`;
    return `${factor === 0 ? 'veto' : `confidence × ${factor}`}: ${reason}${by}`;
  });
  const refused = incident.refused.map(({ from, to, reason }) => {
    const other = to === incident.id ? from : to;
    return `not joined with ${titleOf(titles, other)}: ${reason}`;
  });
  return [...counter, ...refused];
}

function titlesOf({ members }: Incident): ReadonlyMap<string, string> {
  return new Map(members.map((member) => [member.alert, nameOf(member)]));
}

function titleOf(titles: ReadonlyMap<string, string>, id: string): string {
  return titles.get(id) ?? id;
}

/** The title of an alert, with as much of its id as tells it from others of the same rule. */
function nameOf({ title, alert }: IncidentMember): string {
  return `“${title}” ${alert.slice(0, 8)}`;
}

function clipped(text: string): string {
  return text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH - 1)}…` : text;
}
