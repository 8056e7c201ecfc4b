import type { Palette } from '../diagnostic/index.ts';
import { isPlain } from './plain.ts';
import { visible } from './render-finding.ts';

type Plain = Readonly<Record<string, unknown>>;

/** How a daemon fares, for people. */
export function statusText(health: Plain, palette: Palette): string {
  const ruleset = isPlain(health['ruleset']) ? health['ruleset'] : {};
  const ready = health['ready'] === true;
  const lines = [
    `${ready ? palette.strong('ready') : palette.error('not ready')} · telltale ${said(health, 'version')} · since ${said(health, 'startedAt')}`,
    `${said(ruleset, 'rules')} rules (${said(ruleset, 'findings')} findings) · ${said(health, 'commits')} commits · ${said(health, 'stateBytes')} bytes of state · ${said(health, 'silences')} silences`,
    `event time ${said(health, 'watermark') || 'not begun'}`,
  ];
  for (const one of plains(health['checks'])) {
    if (one['holds'] !== true) lines.push(palette.error(`${said(one, 'name')}: ${said(one, 'detail')}`));
  }
  for (const source of plains(health['sources'])) {
    const account = isPlain(source['ledger']) ? source['ledger'] : {};
    const counts = ['received', 'matched', 'unmatched', 'rejected', 'dropped'].map(
      (name) => `${name} ${said(account, name) || '0'}`,
    );
    const lost = plains(source['losses']).map(
      (one) => `${said(one, 'kind')} ${said(one, 'reason')}: ${said(one, 'count')}`,
    );
    const last = said(source, 'lastAt') === '' ? 'nothing yet' : `last ${said(source, 'lastAt')}`;
    lines.push(
      `source ${said(source, 'name')} (${said(source, 'delivery')}): ${[...counts, last, ...lost].join(', ')}`,
    );
  }
  for (const output of plains(health['outputs'])) {
    const counts = `delivered ${said(output, 'delivered')}, waiting ${said(output, 'waiting')}, dead letters ${said(output, 'deadLetters')}`;
    const problem = said(output, 'problem');
    lines.push(
      `output ${said(output, 'name')}: ${counts}${problem === '' ? '' : `, ${palette.warning(problem)}`}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function plains(value: unknown): readonly Plain[] {
  return Array.isArray(value) ? value.filter(isPlain) : [];
}

/** A value without what could steer a terminal. */
function said(of: Plain, key: string): string {
  const value = of[key];
  return typeof value === 'string' || typeof value === 'number'
    ? visible(String(value)).replaceAll(/[\n\t]/g, ' ')
    : '';
}
