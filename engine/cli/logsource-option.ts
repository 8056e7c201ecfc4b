import { Option } from 'commander';
import { type Diagnostic, nearest } from '../diagnostic/index.ts';
import type { Logsource } from '../model/index.ts';
import { refusal } from './refusal.ts';

const KEYS = ['product', 'category', 'service'] as const;
const HINT =
  'write any, or product=windows,category=process_creation (one, two or all of product, category, service)';

/** The option of every command that reads events. */
export function logsourceOption(): Option {
  return new Option(
    '--logsource <logsource>',
    'what events of no known schema are: any, or product=…,category=…,service=…',
  ).default('any');
}

/** What `--logsource` says of events that no mapping recognises: `any`, or a logsource; else TT8003. */
export function parseLogsource(text: string): 'any' | Logsource | Diagnostic {
  if (text === 'any') return 'any';
  const found: { -readonly [K in keyof Logsource]: Logsource[K] } = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(0, at)).trim();
    const value = part
      .slice(at + 1)
      .trim()
      .toLowerCase();
    const key = KEYS.find((known) => known === name);
    if (key === undefined || value === '') {
      const near = at < 1 ? undefined : nearest(name, KEYS);
      const meant = near === undefined || near === name ? '' : `did you mean ${near}? `;
      return refusal('TT8003', `--logsource is ${text}`, meant + HINT);
    }
    if (found[key] !== undefined) return refusal('TT8003', `--logsource names ${key} twice: ${text}`, HINT);
    found[key] = value;
  }
  return found;
}
