import { typeOf } from './indicator.ts';
import type { ObservableType } from './snapshot.ts';

/** A value of an event that a feed may list. */
export interface Observable {
  readonly type: ObservableType;
  readonly value: string;
}

const NOTHING: readonly Observable[] = [];
/** Longer texts are no observables; a command line that holds one is for a rule to take apart. */
const LENGTH_MAX = 4096;

/**
 * What a field's text holds that a feed may list: by its shape an address (also with a port), a domain, a URL, a digest or an e-mail
 * address; of `SHA256=…,MD5=…` each digest; of what is joined by semicolons, as the answers of a name server are, each part.
 */
export function observablesOf(text: string): readonly Observable[] {
  const { length } = text;
  if (length < 2 || length > LENGTH_MAX) return NOTHING;
  if (isDigests(text)) return listed(text.split(','), digestOf);
  if (text.includes(';') && !text.includes('/')) return listed(text.split(';'), answerOf);
  const one = observableOf(text);
  return one === undefined ? NOTHING : [one];
}

/** Whether the text begins like `SHA256=`. */
function isDigests(text: string): boolean {
  for (let i = 0; i < 12; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x3d) return i > 1;
    const letter = (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
    if (!letter && !(unit >= 0x30 && unit <= 0x39)) return false;
  }
  return false;
}

/** Sysmon writes the answers of a name server as `type:  5 name;::ffff:10.0.0.1;`. */
function answerOf(part: string): string {
  return part.replace(/^type:\s*\d+\s*/, '');
}

function digestOf(part: string): string | undefined {
  const equals = part.indexOf('=');
  // The hash over imports is no digest of a file: many harmless ones share it.
  return equals < 0 || /^\s*imp/i.test(part) ? undefined : part.slice(equals + 1);
}

function listed(
  parts: readonly string[],
  valueIn: (part: string) => string | undefined,
): readonly Observable[] {
  const found: Observable[] = [];
  for (const part of parts.slice(0, 16)) {
    const value = valueIn(part)?.trim();
    const one = value === undefined ? undefined : observableOf(value);
    if (one !== undefined) found.push(one);
  }
  return found;
}

function observableOf(text: string): Observable | undefined {
  const type = typeOf(text);
  if (type === undefined || type === 'cidr') return undefined;
  if (type !== 'url' || text.includes('/')) return { type, value: text };
  // An address with a port is not a page.
  const address = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):\d{1,5}$/i.exec(text);
  const value = address?.[1] ?? address?.[2];
  return value === undefined ? { type, value: text } : { type: 'ip', value };
}
