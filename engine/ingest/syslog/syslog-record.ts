import { readSyslog, type SyslogContext, type SyslogMessage } from './syslog-message.ts';
import { readPayload, type SyslogPayload } from './syslog-payload.ts';

/** Names under which records carry their own time; one that has none takes the message's. */
const TIMES = [
  '@timestamp',
  'timestamp',
  'time',
  'eventTime',
  'EventTime',
  'TimeCreated',
  'eventtime',
  'rt',
  'devTime',
  'start',
  'end',
  'ts',
];

/**
 * A syslog message as a record, on one line of JSON. Plain text becomes `program`, `host`, `message` and what else the header says, the form
 * in which mappings know syslog. JSON, CEF, LEEF and pairs become the record themselves, with the header beside them as `@syslog`. The
 * time of the record is its own where it has one, else the header's. Members named `__proto__` are members like any other.
 */
export function syslogRecord(text: string, context: SyslogContext & { readonly from?: string }): string {
  const message = readSyslog(text, context);
  const payload = readPayload(message.text);
  const time =
    message.time === undefined ? undefined : new Date(Math.floor(message.time / 1000)).toISOString();
  const record = payload === undefined ? plainMembers(message) : payloadMembers(payload, message);
  if (time !== undefined && !TIMES.some((name) => record.has(name)))
    record.set('@timestamp', fine(time, message.time));
  if (context.from !== undefined && !record.has('@from')) record.set('@from', context.from);
  return objectText(record);
}

function plainMembers(message: SyslogMessage): Map<string, unknown> {
  const { form, structured, text, pid, messageId, ...named } = message;
  const record = new Map<string, unknown>();
  for (const [name, value] of Object.entries(named)) if (name !== 'time') record.set(name, value);
  if (pid !== undefined) record.set('procid', pid);
  if (messageId !== undefined) record.set('msgid', messageId);
  if (structured !== undefined) record.set('structured', structured);
  record.set('message', text);
  record.set('form', form);
  return record;
}

function payloadMembers({ form, members }: SyslogPayload, message: SyslogMessage): Map<string, unknown> {
  const record = new Map(members);
  const header = plainMembers(message);
  // JSON is whole in its members; of the others the text shows what the reading may have missed.
  if (form === 'json') header.delete('message');
  header.set('payload', form);
  record.set('@syslog', header);
  if (message.host !== undefined && !record.has('host')) record.set('host', message.host);
  return record;
}

/** An ISO time with the microseconds that it has. */
function fine(iso: string, time: number | undefined): string {
  const below = time === undefined ? 0 : ((time % 1000) + 1000) % 1000;
  return below === 0 ? iso : `${iso.slice(0, -1)}${String(below).padStart(3, '0')}Z`;
}

/** JSON of nested maps; written here, since an object would take `__proto__` for something else. */
function objectText(map: ReadonlyMap<string, unknown>): string {
  const members = [...map].map(
    ([key, value]) =>
      `${JSON.stringify(key)}:${value instanceof Map ? objectText(value) : JSON.stringify(value)}`,
  );
  return `{${members.join(',')}}`;
}
