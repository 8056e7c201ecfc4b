import Table from 'cli-table3';
import type { Palette } from '../diagnostic/index.ts';
import { type EventTime, formatTime, LEVELS, type Level, type RuleRef, type Signal } from '../model/index.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';

const ENTITIES_SHOWN = 4;
const TITLE_WIDTH = 60;

interface Tally {
  readonly rule: RuleRef;
  count: number;
  first: EventTime;
  last: EventTime;
}

/** For people: a line a signal as it comes, and a table of the rules that fired, worst level first. */
export function prettyFormat(palette: Palette): SignalFormat {
  const tallies = new Map<string, Tally>();
  return {
    name: 'pretty',
    begin: () => '',
    signal: (signal) => {
      count(tallies, signal);
      return `${line(signal, palette)}\n`;
    },
    end: () => (tallies.size === 0 ? '' : `\n${summary([...tallies.values()], palette)}\n`),
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

function line(signal: Signal, palette: Palette): string {
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
    palette.faint(printable(place) + more),
  ]
    .filter((part) => part !== '')
    .join('  ');
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
