import { isIP } from 'node:net';
import { type Entity, eventTime, formatTime, type Incident } from '../model/index.ts';
import type { SignalFormat } from './signal-format.ts';
import { objectId, observableId } from './stix-id.ts';
import { alertSummary, incidentSummary, type Summary, signalSummary } from './summary.ts';

type StixObject = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/** When our own standing objects were made; they never change. */
const EPOCH = '2026-01-01T00:00:00.000Z';
const PRODUCER = objectId('identity', 'telltale');
const EXTENSION = objectId('extension-definition', 'telltale-finding');
const HASHES: Readonly<Record<number, string>> = { 32: 'MD5', 40: 'SHA-1', 64: 'SHA-256', 128: 'SHA-512' };
const NUMBER_OBSERVED_MAX = 999_999_999;

/**
 * A STIX 2.1 bundle. A rule is an indicator, a signal or alert a sighting of it with the observables it saw, an ATT&CK technique an attack
 * pattern, an incident an `incident` with a grouping of all that belongs to it. Hosts and everything else that STIX has no observable for are
 * identities and infrastructure. What STIX has no property for stands in an extension of ours. Every id is a name-based UUID: the same findings
 * give the same bytes.
 */
export function stixFormat(): SignalFormat {
  const known = new Set<string>();
  let digest = '';
  const write = (objects: readonly StixObject[]): string => {
    let text = '';
    for (const object of objects) {
      if (known.has(object.id)) continue;
      text += `${known.size === 0 ? '\n' : ',\n'}${JSON.stringify(object)}`;
      known.add(object.id);
      // A rolling digest, so that the id of the bundle needs no list of ids.
      digest = objectId('bundle', `${digest}\n${object.id}\n${String(object['modified'] ?? '')}`);
    }
    return text;
  };
  return {
    name: 'stix',
    begin: () => `{"type":"bundle","objects":[${write([producer(), extension()])}`,
    signal: (signal) => write(findingObjects(signalSummary(signal))),
    alert: (alert) => write(findingObjects(alertSummary(alert))),
    incident: (incident) => write(incidentObjects(incident)),
    end: () => `\n],"id":${JSON.stringify(digest)}}\n`,
  };
}

function producer(): StixObject {
  return {
    ...standing('identity', PRODUCER),
    name: 'Telltale',
    identity_class: 'system',
  };
}

function extension(): StixObject {
  return {
    ...standing('extension-definition', EXTENSION),
    name: 'Telltale finding',
    description: 'Severity, score, confidence, state and entities of a finding, as Telltale derives them.',
    schema: 'urn:telltale:schema:output',
    version: '1.0.0',
    extension_types: ['property-extension'],
  };
}

function standing(type: string, id: string): StixObject {
  const made = type === 'identity' ? {} : { created_by_ref: PRODUCER };
  return { type, spec_version: '2.1', id, ...made, created: EPOCH, modified: EPOCH };
}

/** STIX times are whole milliseconds here; an object cannot have been modified before it was made. */
function stamp(time: number): string {
  return formatTime(eventTime(Math.floor(time / 1000) * 1000));
}

function common(type: string, id: string, summary: Summary): StixObject {
  return {
    type,
    spec_version: '2.1',
    id,
    created_by_ref: PRODUCER,
    created: stamp(summary.firstSeen),
    modified: stamp(summary.lastSeen),
  };
}

function findingObjects(summary: Summary): StixObject[] {
  const indicator = indicatorOf(summary);
  const entities = entityObjects(summary.entities);
  const patterns = attackPatterns(summary);
  const observables = entities.filter(isObservable);
  const seen: StixObject[] =
    observables.length === 0
      ? []
      : [
          {
            ...common(
              'observed-data',
              objectId('observed-data', `${summary.id} ${summary.revision}`),
              summary,
            ),
            first_observed: stamp(summary.firstSeen),
            last_observed: stamp(summary.lastSeen),
            number_observed: Math.min(Math.max(summary.count, 1), NUMBER_OBSERVED_MAX),
            object_refs: observables.map(({ id }) => id),
          },
        ];
  const sighting: StixObject = {
    ...common('sighting', objectId('sighting', `${summary.id} ${summary.revision}`), summary),
    first_seen: stamp(summary.firstSeen),
    last_seen: stamp(summary.lastSeen),
    count: Math.min(Math.max(summary.count, 0), NUMBER_OBSERVED_MAX),
    sighting_of_ref: indicator.id,
    ...(seen.length === 0 ? {} : { observed_data_refs: seen.map(({ id }) => id) }),
    where_sighted_refs: [PRODUCER],
    description: summary.title,
    confidence: Math.round(summary.confidence * 100),
    labels: labelsOf(summary),
    extensions: { [EXTENSION]: withoutEmpty(detailOf(summary)) },
  };
  const relations = patterns.map((pattern) => relation(indicator.id, 'indicates', pattern.id));
  return [indicator, ...patterns, ...relations, ...entities, ...seen, sighting];
}

/** The rule as an indicator. Its pattern names the rule: what the rule asks is a rule file, and not a STIX pattern. */
function indicatorOf({ rule, tactics }: Summary): StixObject {
  const identity = `${rule.id} ${rule.version}`;
  return {
    ...standing('indicator', objectId('indicator', identity)),
    name: nameText(rule.title),
    pattern: `rule ${rule.id} version ${rule.version}`,
    pattern_type: 'telltale',
    valid_from: EPOCH,
    indicator_types: [rule.kind === 'baseline' ? 'anomalous-activity' : 'malicious-activity'],
    ...(tactics.length === 0 ? {} : { kill_chain_phases: tactics.map(phase) }),
  };
}

function phase(tactic: string): Record<string, string> {
  return { kill_chain_name: 'mitre-attack', phase_name: tactic };
}

function attackPatterns({ techniques }: Summary): StixObject[] {
  return techniques.map(({ id, name }) => ({
    ...standing('attack-pattern', objectId('attack-pattern', id)),
    name: nameText(name ?? id),
    external_references: [{ source_name: 'mitre-attack', external_id: id }],
  }));
}

function relation(from: string, type: string, to: string): StixObject {
  return {
    ...standing('relationship', objectId('relationship', `${from} ${type} ${to}`)),
    relationship_type: type,
    source_ref: from,
    target_ref: to,
  };
}

/** Names are never empty in STIX. */
function nameText(text: string): string {
  return text === '' ? 'unnamed' : text;
}

function labelsOf({ severity, state, tags }: Summary): string[] {
  return [`severity:${severity}`, `state:${state}`, ...tags];
}

/** STIX knows no empty lists. */
function withoutEmpty(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  );
}

function detailOf(summary: Summary): Record<string, unknown> {
  return {
    extension_type: 'property-extension',
    finding_id: summary.id,
    kind: summary.kind,
    revision: summary.revision,
    severity: summary.severity,
    score: summary.score,
    confidence: summary.confidence,
    state: summary.state,
    count: summary.count,
    ...(summary.verdict === undefined ? {} : { verdict: summary.verdict }),
    ...(summary.assignee === undefined ? {} : { assignee: summary.assignee }),
    entities: summary.entities,
    remediation: summary.remediation,
  };
}

const OBSERVABLE_TYPES: readonly string[] = [
  'ipv4-addr',
  'ipv6-addr',
  'domain-name',
  'url',
  'user-account',
  'file',
  'email-addr',
  'windows-registry-key',
];

function isObservable({ type }: StixObject): boolean {
  return OBSERVABLE_TYPES.includes(type);
}

function entityObjects(entities: readonly Entity[]): StixObject[] {
  const objects = entities.filter(({ value }) => value !== '').map(entityObject);
  return [...new Map(objects.map((object) => [object.id, object])).values()];
}

function entityObject({ type, value }: Entity): StixObject {
  switch (type) {
    case 'ip': {
      const family = isIP(value);
      if (family === 0) return identity(type, value);
      return observable(family === 4 ? 'ipv4-addr' : 'ipv6-addr', { value }, ['value']);
    }
    // What logs call a domain, URL or mailbox is an observable of STIX only in the form that its specification asks for.
    case 'domain':
      return DOMAIN.test(value) ? observable('domain-name', { value }, ['value']) : identity(type, value);
    case 'url':
      return URL_TEXT.test(value) ? observable('url', { value }, ['value']) : identity(type, value);
    case 'mailbox':
      return MAILBOX.test(value) ? observable('email-addr', { value }, ['value']) : identity(type, value);
    case 'user':
      return observable('user-account', { account_login: value }, ['account_login']);
    case 'registry': {
      const key = registryKey(value);
      return key === undefined ? identity(type, value) : observable('windows-registry-key', { key }, ['key']);
    }
    case 'file':
    case 'process':
      return observable('file', { name: nameText(value.split(/[\\/]/).at(-1) || value) }, ['name']);
    case 'hash': {
      const algorithm = /^[0-9a-f]+$/i.test(value) ? HASHES[value.length] : undefined;
      return algorithm === undefined
        ? identity(type, value)
        : observable('file', { hashes: { [algorithm]: value } }, ['hashes']);
    }
    case 'host':
      return identity(type, value);
    case 'cloud_resource':
    case 'container':
    case 'service':
    case 'application':
    case 'key':
    case 'session':
      return {
        ...standing('infrastructure', objectId('infrastructure', `${type} ${value}`)),
        name: nameText(value),
        description: type,
      };
    default:
      return type satisfies never;
  }
}

const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/i;
const URL_TEXT = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9\-._~:/?#[\]@!$&'()*+,;=%]{1,4000}$/i;
const MAILBOX = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}$/i;

const HIVES: Readonly<Record<string, string>> = {
  HKLM: 'HKEY_LOCAL_MACHINE',
  HKCC: 'HKEY_CURRENT_CONFIG',
  HKCR: 'HKEY_CLASSES_ROOT',
  HKCU: 'HKEY_CURRENT_USER',
  HKU: 'HKEY_USERS',
};

/** A key with its hive written out, as STIX wants it; undefined where it begins with no hive. */
function registryKey(value: string): string | undefined {
  const [hive = '', ...rest] = value.split('\\');
  const name = HIVES[hive.toUpperCase()] ?? Object.values(HIVES).find((one) => one === hive.toUpperCase());
  return name === undefined ? undefined : [name, ...rest].join('\\');
}

function identity(type: string, value: string): StixObject {
  return {
    ...standing('identity', objectId('identity', `${type} ${value}`)),
    name: nameText(value),
    identity_class: 'system',
    description: type,
  };
}

function observable(
  type: string,
  properties: Readonly<Record<string, unknown>>,
  identifying: readonly string[],
): StixObject {
  const named = Object.fromEntries(identifying.map((key) => [key, properties[key]]));
  return { type, spec_version: '2.1', id: observableId(type, named), ...properties };
}

function incidentObjects(incident: Incident): StixObject[] {
  const summary = incidentSummary(incident);
  const entities = entityObjects(summary.entities);
  const made: StixObject = {
    ...common('incident', objectId('incident', incident.id), summary),
    name: nameText(incident.title),
    ...(summary.description === undefined ? {} : { description: summary.description }),
    confidence: Math.round(incident.confidence * 100),
    labels: labelsOf(summary),
    extensions: {
      [EXTENSION]: withoutEmpty({
        ...detailOf(summary),
        stages: incident.stages.map(({ tactic, title, score }) => ({ tactic, title, score })),
        alerts: incident.members.map(({ alert, title, tactic }) => ({
          alert,
          title,
          ...(tactic === undefined ? {} : { tactic }),
        })),
        links: incident.links.map(({ from, to, kind, weight, reason }) => ({
          from,
          to,
          kind,
          weight,
          reason,
        })),
        story: incident.story.map(({ time, text }) => ({ time: formatTime(time), text })),
      }),
    },
  };
  const grouping: StixObject = {
    ...common('grouping', objectId('grouping', incident.id), summary),
    name: nameText(incident.title),
    context: 'suspicious-activity',
    object_refs: [made.id, ...entities.map(({ id }) => id)],
  };
  return [...entities, made, grouping];
}
