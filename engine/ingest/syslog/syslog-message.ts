import { parseTime } from '../time.ts';

/** What the parts of a syslog message are read by. */
export interface SyslogContext {
  /** Receipt, microseconds since 1970: it gives times without a year their year. */
  readonly receivedAt: number;
  /** What times without a zone are meant in: minutes east of UTC. */
  readonly offsetMinutes: number;
}

/** A syslog message in its parts. What the sender left out is absent. */
export interface SyslogMessage {
  /** The form that was recognised; `bare` where there is no header at all. */
  readonly form: 'rfc5424' | 'rfc3164' | 'bare';
  readonly facility?: string;
  readonly severity?: string;
  /** Microseconds since 1970. */
  readonly time?: number;
  readonly host?: string;
  readonly program?: string;
  readonly pid?: string;
  readonly messageId?: string;
  /** Structured data by its element's name, then by the parameter's. */
  readonly structured?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly text: string;
}

const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'security',
  'console',
  'solaris-cron',
  ...Array.from({ length: 8 }, (_, i) => `local${i}`),
];
const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

const PRIORITY = /^<(\d{1,3})>/;
/** RFC 5424, section 6: version, time, host, program, process and message id, each one word or `-`. */
const MODERN = /^1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) ?/;
/** `Mar  1 18:46:11`, with the year and the fraction that some devices write, and the mark of IOS for a clock that is not set. */
const TRADITIONAL_TIME =
  /^[*.]?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?: (UTC|GMT|Z))?:? /;
/** The time in ISO form, as rsyslog forwards it behind a traditional priority. */
const ISO_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?) /;
/** IOS numbers its messages before the time. */
const SEQUENCE = /^\d{1,10}: (?=[*.]?[A-Z][a-z]{2} )/;
/** The tag: program, and its process where it says so; what CEF and LEEF begin with looks like one. */
const TAG = /^(?!(?:CEF|LEEF):\d)([\w./@-]{1,128})(?:\[([^\]\s]{1,64})\])?: ?/;
const HOST = /^([\w.:%-]{1,255}) (?=\S)/;

const DAY_MICROS = 86_400_000_000;

/**
 * Reads one syslog message, RFC 5424 or RFC 3164 as devices really write it: with a year, with fractions, with an ISO time, without a
 * host, without a tag. What fits neither is `bare`, whole. Never throws; linear in the length of the text.
 */
export function readSyslog(text: string, context: SyslogContext): SyslogMessage {
  const priority = PRIORITY.exec(text);
  const about = priority === null ? {} : levels(Number(priority[1]));
  const rest = priority === null ? text : text.slice(priority[0].length);
  const modern = priority === null ? undefined : readModern(rest);
  if (modern !== undefined) return { ...about, ...modern };
  const traditional = readTraditional(rest, context);
  if (traditional !== undefined) return { ...about, ...traditional };
  const tag = priority === null ? null : TAG.exec(rest);
  if (tag === null) return { form: 'bare', ...about, text: rest };
  return { form: 'rfc3164', ...about, ...tagged(tag), text: rest.slice(tag[0].length) };
}

function levels(priority: number): { readonly facility?: string; readonly severity?: string } {
  const facility = FACILITIES[priority >> 3];
  const severity = SEVERITIES[priority & 7];
  // Beyond 191 it is no priority; the message is read all the same.
  return facility === undefined || severity === undefined ? {} : { facility, severity };
}

function readModern(rest: string): SyslogMessage | undefined {
  const head = MODERN.exec(rest);
  if (head === null) return undefined;
  const [whole, stamp, host, program, pid, messageId] = head;
  const data = readStructured(rest.slice(whole.length));
  const time = stamp === undefined ? undefined : parseTime(stamp)?.time;
  return {
    form: 'rfc5424',
    ...(time === undefined ? {} : { time }),
    ...named('host', host),
    ...named('program', program),
    ...named('pid', pid),
    ...named('messageId', messageId),
    ...(data.elements.size === 0 ? {} : { structured: data.elements }),
    text: data.rest.replace(/^\uFEFF/, ''),
  };
}

/** A word of the header, where it is not the `-` that says there is none. */
function named<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  // The key is a literal at each call, which a computed key forgets.
  return value === undefined || value === '-' ? {} : ({ [key]: value } as { readonly [key in K]?: string });
}

function readTraditional(rest: string, context: SyslogContext): SyslogMessage | undefined {
  const sequence = SEQUENCE.exec(rest);
  // IOS puts its own host, or none, before the sequence number; a number alone is no host.
  const dated = sequence === null ? rest : rest.slice(sequence[0].length);
  const iso = ISO_TIME.exec(dated);
  const stamp = iso === null ? TRADITIONAL_TIME.exec(dated) : null;
  const found = iso ?? stamp;
  if (found === null) return undefined;
  const time = iso === null ? traditionalTime(stamp, context) : isoTime(iso[1] ?? '', context);
  let after = dated.slice(found[0].length);
  // `%SYS-5-CONFIG_I: …` has neither host nor tag.
  const host = after.startsWith('%') || TAG.test(after) ? null : HOST.exec(after);
  // ASA parts its name from the message by a colon of its own.
  if (host !== null) after = after.slice(host[0].length).replace(/^: /, '');
  const tag = after.startsWith('%') ? null : TAG.exec(after);
  return {
    form: 'rfc3164',
    ...(time === undefined ? {} : { time }),
    ...(host === null ? {} : named('host', host[1]?.replace(/:$/, ''))),
    ...(tag === null ? {} : tagged(tag)),
    text: tag === null ? after : after.slice(tag[0].length),
  };
}

function tagged([, program, pid]: RegExpExecArray): { readonly program?: string; readonly pid?: string } {
  return { ...named('program', program), ...named('pid', pid) };
}

function isoTime(stamp: string, { offsetMinutes }: SyslogContext): number | undefined {
  const time = parseTime(stamp)?.time;
  if (time === undefined || /(?:Z|[+-]\d{2}:?\d{2})$/.test(stamp)) return time;
  return time - offsetMinutes * 60_000_000;
}

/**
 * The time of RFC 3164. Without a year it is the latest one that is not more than a day after receipt: what is sent at New Year is of
 * the old year, and a clock a few hours ahead does not send a message a year back.
 */
function traditionalTime(
  stamp: RegExpExecArray | null,
  { receivedAt, offsetMinutes }: SyslogContext,
): number | undefined {
  if (stamp === null) return undefined;
  const [, month, day, year, clock, zone] = stamp;
  const shift = zone === undefined ? offsetMinutes * 60_000_000 : 0;
  const of = (which: number | string): number | undefined => {
    const time = parseTime(`${month} ${day} ${which} ${clock}`)?.time;
    return time === undefined ? undefined : time - shift;
  };
  if (year !== undefined) return of(year);
  const latest = new Date((receivedAt + DAY_MICROS) / 1000).getUTCFullYear() + 1;
  // The 29th of February is found in the last leap year.
  for (let which = latest; which > latest - 10; which--) {
    const time = of(which);
    if (time !== undefined && time <= receivedAt + DAY_MICROS) return time;
  }
  return undefined;
}

const ELEMENTS_MAX = 64;

/** Structured data, `-` or `[id name="value" …]…`, and what follows it. What breaks off is text. */
function readStructured(text: string): {
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly rest: string;
} {
  const elements = new Map<string, ReadonlyMap<string, string>>();
  if (text.startsWith('-')) return { elements, rest: text.slice(text.startsWith('- ') ? 2 : 1) };
  let at = 0;
  while (text[at] === '[' && elements.size < ELEMENTS_MAX) {
    const element = readElement(text, at);
    if (element === undefined) break;
    elements.set(element.id, element.parameters);
    at = element.end;
  }
  return { elements, rest: text.slice(text[at] === ' ' ? at + 1 : at) };
}

const ELEMENT_ID = /([^\s=\]"]{1,128})/y;
const PARAMETER = / +([^\s=\]"]{1,128})="((?:[^"\\\]]|\\[\s\S])*)"/y;

function readElement(
  text: string,
  begin: number,
):
  | { readonly id: string; readonly parameters: ReadonlyMap<string, string>; readonly end: number }
  | undefined {
  ELEMENT_ID.lastIndex = begin + 1;
  const id = ELEMENT_ID.exec(text)?.[1];
  if (id === undefined) return undefined;
  const parameters = new Map<string, string>();
  let at = ELEMENT_ID.lastIndex;
  for (;;) {
    PARAMETER.lastIndex = at;
    const found = PARAMETER.exec(text);
    if (found === null) break;
    parameters.set(found[1] ?? '', (found[2] ?? '').replace(/\\(["\\\]])/g, '$1'));
    at = PARAMETER.lastIndex;
  }
  return text[at] === ']' ? { id, parameters, end: at + 1 } : undefined;
}
