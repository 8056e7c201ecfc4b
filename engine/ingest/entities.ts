import type { Entity, EntitySpec, EntityType, FieldView } from '../model/index.ts';
import { textOf } from './path.ts';

/** Values longer than this name nothing worth joining on. */
export const ENTITY_LENGTH_MAX = 1024;
/** At most so many entities of one event; the first specs win. */
export const ENTITIES_MAX = 64;

/**
 * Which fields name which entity where neither the rule nor the mapping says so: names of the Sigma taxonomy and of widespread logs.
 * A mapping's own table comes first, and a field it has given a role keeps that role.
 */
export const DEFAULT_ENTITIES: readonly EntitySpec[] = [
  {
    type: 'user',
    role: 'actor',
    fields: [
      'User',
      'SubjectUserName',
      'SourceUser',
      'user.name',
      'username',
      'user',
      'cs-username',
      'actor',
      'userPrincipalName',
    ],
  },
  {
    type: 'user',
    role: 'target',
    fields: ['TargetUserName', 'TargetUser', 'user.target.name', 'target_user'],
  },
  { type: 'host', role: 'target', fields: ['Computer', 'ComputerName', 'Hostname', 'host.name', 'hostname'] },
  { type: 'host', role: 'source', fields: ['WorkstationName', 'Workstation', 'SourceHostname'] },
  {
    type: 'process',
    role: 'actor',
    fields: [
      'ProcessGuid',
      'ParentProcessGuid',
      'SourceProcessGUID',
      'SourceProcessGuid',
      'process.entity_id',
    ],
  },
  { type: 'process', role: 'target', fields: ['TargetProcessGUID', 'TargetProcessGuid'] },
  {
    type: 'ip',
    role: 'source',
    fields: ['SourceIp', 'IpAddress', 'src_ip', 'source.ip', 'c-ip', 'client_ip', 'ClientIP'],
  },
  { type: 'ip', role: 'target', fields: ['DestinationIp', 'dst_ip', 'destination.ip', 'dest_ip', 'r-ip'] },
  {
    type: 'domain',
    role: 'target',
    fields: ['QueryName', 'query', 'dns.question.name', 'DestinationHostname', 'cs-host'],
  },
  { type: 'file', role: 'actor', fields: ['Image', 'SourceImage', 'process.executable'] },
  { type: 'file', role: 'target', fields: ['TargetFilename', 'ImageLoaded', 'TargetImage', 'file.path'] },
  {
    type: 'hash',
    role: 'actor',
    fields: ['Hashes', 'sha256', 'md5', 'process.hash.sha256', 'file.hash.sha256'],
  },
  { type: 'registry', role: 'target', fields: ['TargetObject', 'registry.path'] },
  { type: 'service', role: 'target', fields: ['ServiceName'] },
  { type: 'session', role: 'actor', fields: ['LogonGuid'] },
];

/** What can be asked for entities: an event, or its class and fields. */
export interface EntitySource {
  readonly entities: readonly EntitySpec[];
  readonly fields: FieldView;
}

/**
 * The entities that an event names, by the given specs, in the order of specs and fields, without repeats.
 *
 * Values are trimmed. Hosts, users, domains, hashes, processes and sessions are in lower case; a user loses a leading `DOMAIN\` or a realm in capitals behind `@` and of a distinguished name all but its first part, a
 * host a leading `\\` and a final dot, a GUID its braces, an address its port and the `::ffff:` of a mapped one. A list gives each of its members, a
 * `Hashes` text each digest but the import hash. What names nobody in particular is left out: empty text, `-`, placeholders such as
 * `N/A`, loopback, unspecified and link-local addresses, `localhost`, the built-in Windows accounts that every host has
 * (SYSTEM, LOCAL SERVICE, NETWORK SERVICE, ANONYMOUS LOGON, DWM-n, UMFD-n), and all-zero GUIDs.
 */
export function entitiesOf(
  source: EntitySource,
  specs: readonly EntitySpec[] = source.entities,
): readonly Entity[] {
  const list = new EntityList();
  for (const { type, role, fields } of specs) {
    for (const field of fields) {
      for (const text of textsOf(source.fields.get(field))) {
        if (!list.add({ type, role, values: entityValues(type, text) })) return list.all;
      }
    }
  }
  return list.all;
}

/** Entities in the order in which they were found, without repeats and up to `ENTITIES_MAX`. */
export class EntityList {
  readonly all: Entity[] = [];

  /** Takes values that `entityValues` gave; false once the list is full. Cost: O(entities so far), which are few. */
  add({
    type,
    role,
    values,
  }: Pick<Entity, 'type' | 'role'> & { readonly values: readonly string[] }): boolean {
    const { all } = this;
    for (const value of values) {
      if (all.some((one) => one.value === value && one.type === type && one.role === role)) continue;
      all.push({ type, role, value });
      if (all.length >= ENTITIES_MAX) return false;
    }
    return true;
  }
}

/** The normalised values that a field's text gives: of a `Hashes` text or a list of Defender's several, of what names nobody none. */
export function entityValues(type: EntityType, text: string): readonly string[] {
  const parts = type === 'hash' ? digestsOf(text) : type === 'file' ? pathsOf(text) : [text];
  return parts.map((part) => entityOf(type, part)).filter((value) => value !== undefined);
}

/** The normalised value of an entity, or undefined where the text names nothing in particular (see `entitiesOf`). */
export function entityOf(type: EntityType, text: string): string | undefined {
  const value = text.trim();
  if (value.length > ENTITY_LENGTH_MAX || PLACEHOLDERS.has(value.toLowerCase())) return undefined;
  switch (type) {
    case 'user':
      return userOf(value.replace(REALM, '').toLowerCase());
    case 'host': {
      const host = value.toLowerCase().replace(/^\\\\/, '').replace(/\.$/, '');
      return host === '' || host === 'localhost' || isNowhere(host) ? undefined : host;
    }
    case 'domain': {
      const domain = value.toLowerCase().replace(/\.$/, '');
      return domain === '' || domain === 'localhost' ? undefined : domain;
    }
    case 'ip':
      return addressOf(value.toLowerCase());
    case 'hash':
      return value.toLowerCase();
    case 'process':
    case 'session': {
      const id = value.toLowerCase().replace(/^\{(.*)\}$/, '$1');
      return /^[0-]*$/.test(id) ? undefined : id;
    }
    default:
      return value;
  }
}

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  '',
  '-',
  '--',
  'n/a',
  'na',
  'none',
  'null',
  '(null)',
  'unknown',
  '<unknown>',
  '<unknown process>',
  // The audit system's "no login": -1 as an unsigned number.
  '4294967295',
  'unset',
  'not available',
  'undefined',
  '?',
]);

/** Names that Windows gives to its own logons; the English names, as in the log's data (not its rendered message). */
const BUILT_IN =
  /^(?:system|local service|network service|anonymous logon|dwm-\d+|umfd-\d+|iusr|window manager\\.*|font driver host\\.*)$/;

/**
 * The realm of a Kerberos principal, in capitals as RFC 4120 (6.1) has it: events about tickets name `ada@CORP.EXAMPLE` who is `ada` in those about
 * logons. Names of the cloud have their domain in small letters and keep it.
 */
const REALM = /(?<=[^@])@(?=[^@]*[A-Z])[A-Z0-9.-]+$/;

function userOf(text: string): string | undefined {
  if (BUILT_IN.test(text)) return undefined;
  // A distinguished name, as the events about groups have it; a comma in a name is written `\,`.
  const [, common] = /^cn=((?:[^,\\]|\\.)+),/.exec(text) ?? [];
  if (common !== undefined) return common.replace(/\\(.)/g, '$1');
  const name = text.slice(text.lastIndexOf('\\') + 1);
  return name === '' || name === '-' || BUILT_IN.test(name) || name === '$' ? undefined : name;
}

function addressOf(text: string): string | undefined {
  const address = text
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
    .replace(/%.*$/, '');
  if (isNowhere(address)) return undefined;
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address) || (address.includes(':') && /^[0-9a-f:.]+$/.test(address))
    ? address
    : undefined;
}

/** Loopback, unspecified and link-local addresses: the same everywhere, so they join nothing. */
function isNowhere(address: string): boolean {
  return (
    /^127\.\d+\.\d+\.\d+$/.test(address) ||
    address === '0.0.0.0' ||
    address === '::' ||
    address === '::1' ||
    address === '0:0:0:0:0:0:0:1' ||
    address === '0:0:0:0:0:0:0:0' ||
    /^169\.254\./.test(address) ||
    /^fe80:/.test(address)
  );
}

/** `MD5=…,SHA256=…` gives its digests, without the import hash, which many unlike files share; another text is one digest. */
function digestsOf(text: string): readonly string[] {
  return text.split(/[,;|\s]+/).flatMap((part) => {
    const [, algorithm, digest] = /^(?:([A-Za-z0-9-]+)[=:])?([0-9A-Fa-f]{32,128})$/.exec(part) ?? [];
    if (digest === undefined || algorithm?.toUpperCase() === 'IMPHASH' || /^0+$/.test(digest)) return [];
    return [digest];
  });
}

/** Defender's `file:_C:\\x.exe; process:_pid:4` gives the paths of its files, without what is inside an archive; another text is one path. */
function pathsOf(text: string): readonly string[] {
  if (!/^[a-z]+:_/i.test(text)) return [text];
  return text.split(/;\s*/).flatMap((part) => {
    const [, path] =
      /^(?:containerfile|file|internalfile|webfile):_([^|]+?)(?:->.*|\|.*)?$/i.exec(part) ?? [];
    return path === undefined ? [] : [path];
  });
}

/** The texts of a value: of a list those of its first members. */
export function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value.slice(0, ENTITIES_MAX).flatMap((item) => {
      const text = textOf(item);
      return text === undefined ? [] : [text];
    });
  }
  const text = textOf(value);
  return text === undefined ? [] : [text];
}
