import Table from 'cli-table3';
import type { Palette } from '../diagnostic/index.ts';
import {
  type Alert,
  type EventTime,
  formatTime,
  type Incident,
  LEVELS,
  type Level,
  type RuleRef,
  SEVERITIES,
  type Signal,
  tacticTitle,
} from '../model/index.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';

const ENTITIES_SHOWN = 4;
const TITLE_WIDTH = 60;
const SHARES_SHOWN = 4;

interface Tally {
  readonly rule: RuleRef;
  count: number;
  first: EventTime;
  last: EventTime;
}

const ALERTS_SHOWN = 100;

/**
 * For people: a line a signal as it comes and a table of the rules that fired, worst level first; then a table of the alerts, most severe
 * first, and the incidents with their stories.
 */
export function prettyFormat(palette: Palette): SignalFormat {
  const tallies = new Map<string, Tally>();
  /** By rule id: what a risk is made of was said before it. */
  const titles = new Map<string, string>();
  const alerts = new Map<string, Alert>();
  const incidents = new Map<string, Incident>();
  return {
    name: 'pretty',
    begin: () => '',
    signal: (signal) => {
      count(tallies, signal);
      titles.set(signal.rule.id, signal.rule.title);
      return `${line(signal, palette, titles)}\n`;
    },
    // The last revision of each is what people want to see in the end.
    alert: (alert) => {
      alerts.set(alert.id, alert);
      return '';
    },
    incident: (incident) => {
      incidents.set(incident.id, incident);
      return '';
    },
    end: () =>
      [
        tallies.size === 0 ? '' : `\n${summary([...tallies.values()], palette)}\n`,
        alertTable([...alerts.values()], palette),
        ...[...incidents.values()].map((incident) => incidentText(incident, palette)),
      ].join(''),
  };
}

function count(tallies: Map<string, Tally>, signal: Signal): void {
  const known = tallies.get(signal.rule.hash + signal.rule.id);
  if (known === undefined) {
    const { rule, start, end } = signal;
    tallies.set(rule.hash + rule.id, { rule, count: 1, first: start, last: end });
    return;
  }
  known.count++;
  if (signal.start < known.first) known.first = signal.start;
  if (signal.end > known.last) known.last = signal.end;
}

function line(signal: Signal, palette: Palette, titles: ReadonlyMap<string, string>): string {
  const first = signal.evidence[0];
  const place =
    first?.file === undefined ? '' : `${first.file}${first.line === undefined ? '' : `:${first.line}`}`;
  const entities = signal.entities.slice(0, ENTITIES_SHOWN).map((e) => `${e.type}=${printable(e.value)}`);
  if (signal.entities.length > ENTITIES_SHOWN) entities.push('…');
  const more = signal.evidence.length > 1 ? ` (+${signal.evidence.length - 1} events)` : '';
  return [
    formatTime(signal.end, signal.endNs),
    paint(palette, signal.rule.level)(signal.rule.level.padEnd(13)),
    palette.strong(printable(signal.rule.title)),
    entities.join(' '),
    odd(signal),
    risk(signal, titles),
    listed(signal),
    palette.faint(printable(place) + more),
  ]
    .filter((part) => part !== '')
    .join('  ');
}

/** What was odd, of a baseline's signal: the greatest surprise in words. */
function odd({ baseline }: Signal): string {
  if (baseline === undefined) return '';
  if (baseline.spent === true) return `the budget of ${baseline.budget.perDay} a day is spent`;
  const [first] = baseline.features;
  return first === undefined ? '' : printable(`${first.name}: ${first.actual} (usual: ${first.typical})`);
}

/** What a risk is made of: what each rule adds, the most first. */
function risk({ correlation }: Signal, titles: ReadonlyMap<string, string>): string {
  const shares = (correlation?.parts ?? []).filter(({ share }) => share !== undefined);
  if (shares.length === 0) return '';
  const said = [...shares]
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))
    .slice(0, SHARES_SHOWN)
    .map(({ ruleId, share }) => `${titles.get(ruleId) ?? ruleId} ${(share ?? 0).toFixed(1)}`);
  const more = shares.length > SHARES_SHOWN ? ', …' : '';
  return printable(`risk ${correlation?.measure.toFixed(1)}: ${said.join(', ')}${more}`);
}

/** What a feed says, of a signal that rests on one: the surest indicator. */
function listed({ intel }: Signal): string {
  const [first] = intel?.matches ?? [];
  if (first === undefined) return '';
  return printable(`${first.field} ${first.value} (${first.source}, ${Math.round(first.score)} %)`);
}

function summary(tallies: Tally[], palette: Palette): string {
  tallies.sort(
    (a, b) =>
      LEVELS.indexOf(b.rule.level) - LEVELS.indexOf(a.rule.level) ||
      b.count - a.count ||
      (a.rule.title < b.rule.title ? -1 : a.rule.title > b.rule.title ? 1 : a.rule.id < b.rule.id ? -1 : 1),
  );
  const table = new Table({
    head: ['level', 'signals', 'rule', 'first', 'last'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'left', 'left', 'left'],
  });
  for (const { rule, count, first, last } of tallies) {
    const title = printable(rule.title);
    table.push([
      paint(palette, rule.level)(rule.level),
      String(count),
      title.length > TITLE_WIDTH ? `${title.slice(0, TITLE_WIDTH - 1)}…` : title,
      formatTime(first),
      formatTime(last),
    ]);
  }
  return table.toString();
}

/** Alerts that somebody is to see, most severe first; how many are muted is said below. */
function alertTable(all: readonly Alert[], palette: Palette): string {
  const shown = all.filter(({ suppressed }) => suppressed === undefined);
  if (all.length === 0) return '';
  const sorted = shown.sort(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      b.score - a.score ||
      a.firstSeen - b.firstSeen ||
      (a.id < b.id ? -1 : 1),
  );
  const table = new Table({
    head: ['severity', 'score', 'signals', 'alert', 'group', 'first', 'last'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'left', 'left', 'left', 'left'],
  });
  for (const alert of sorted.slice(0, ALERTS_SHOWN)) {
    table.push([
      paint(palette, alert.severity)(alert.severity),
      alert.score.toFixed(1),
      String(alert.count),
      cut(printable(alert.title)),
      cut(printable(alert.group.map(([name, value]) => `${name}=${String(value)}`).join(' '))),
      formatTime(alert.firstSeen),
      formatTime(alert.lastSeen),
    ]);
  }
  const notes: string[] = [];
  if (sorted.length > ALERTS_SHOWN) notes.push(`${sorted.length - ALERTS_SHOWN} more alerts are not shown`);
  if (shown.length < all.length) notes.push(`${all.length - shown.length} alerts are suppressed`);
  return `\n${table.toString()}\n${notes.map((note) => `${palette.faint(note)}\n`).join('')}`;
}

function incidentText(incident: Incident, palette: Palette): string {
  const head = [
    paint(palette, incident.severity)(`incident ${incident.severity}`),
    palette.strong(printable(incident.title)),
    palette.faint(
      `${incident.state}, score ${incident.score}, confidence ${incident.confidence}, ${incident.id}`,
    ),
  ].join('  ');
  const stages = incident.stages.map(({ tactic }) => tacticTitle(tactic)).join(' → ');
  const story = incident.story.map(({ time, text }) => `  ${formatTime(time)}  ${printable(text)}`);
  return `\n${[head, ...(stages === '' ? [] : [`  ${stages}`]), ...story].join('\n')}\n`;
}

function cut(text: string): string {
  return text.length > TITLE_WIDTH ? `${text.slice(0, TITLE_WIDTH - 1)}…` : text;
}

function paint(palette: Palette, level: Level): (text: string) => string {
  switch (level) {
    case 'critical':
    case 'high':
      return palette.error;
    case 'medium':
      return palette.warning;
    case 'low':
      return palette.info;
    case 'informational':
      return palette.faint;
    default:
      return level satisfies never;
  }
}
