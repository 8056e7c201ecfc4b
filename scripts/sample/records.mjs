// The invented company and the shapes in which its logs arrive. Everything is drawn from one seed; the order of the calls matters.
import { createHash } from 'node:crypto';

const SEED = 20_261_124;
export const START = Date.UTC(2026, 10, 24, 8, 0, 0);
export const MINUTES = 40;

/** Mulberry32: small, seeded, the same everywhere. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const next = random(SEED);
export const below = (limit) => Math.floor(next() * limit);
export const pick = (list) => list[below(list.length)];
export const hex = (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join('');
export const guid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
export const hashesOf = (name) => {
  const sum = (kind) => createHash(kind).update(name).digest('hex').toUpperCase();
  return `SHA1=${sum('sha1')},MD5=${sum('md5')},SHA256=${sum('sha256')}`;
};

/** Milliseconds from `mm:ss` after the start, with a fraction that differs from event to event. */
export function at(clock) {
  const [minutes, seconds] = clock.split(':').map(Number);
  return START + minutes * 60_000 + seconds * 1000 + below(990);
}

export const records = [];
let sequence = 41_000;
export const add = (ms, record) => records.push({ ms, order: records.length, record });

const DOMAIN = 'corp.example';
export const ADDRESSES = {
  WS01: '10.2.0.51',
  WS02: '10.2.0.52',
  WS03: '10.2.0.53',
  FS01: '10.2.0.20',
  SRV02: '10.2.0.12',
  DC01: '10.2.0.10',
};
export const OWNERS = { WS01: 'a.meyer', WS02: 'j.ortiz', WS03: 'adm.k' };
export const SERVERS = ['FS01', 'SRV02', 'DC01'];
export const SYSTEM = 'NT AUTHORITY\\SYSTEM';
export const SYS32 = 'C:\\Windows\\System32\\';
export const COMMAND_AND_CONTROL = '203.0.113.44';
export const DROP = '203.0.113.80';
const FQDN = (host) => `${host}.${DOMAIN}`;
const LOGON_IDS = new Map();
export const logonId = (host, user) => {
  const key = `${host}/${user}`;
  if (!LOGON_IDS.has(key)) LOGON_IDS.set(key, `0x${hex(6)}`);
  return LOGON_IDS.get(key);
};

const PROVIDERS = {
  Security: ['Microsoft-Windows-Security-Auditing', '{54849625-5478-4994-A5BA-3E3B0328C30D}'],
  System: ['Service Control Manager', '{555908D1-A6D7-4695-8E1E-26931D2012F4}'],
  'Microsoft-Windows-Sysmon/Operational': [
    'Microsoft-Windows-Sysmon',
    '{5770385F-C22A-43E0-BF4C-06F5698FFBD9}',
  ],
  'Microsoft-Windows-PowerShell/Operational': [
    'Microsoft-Windows-PowerShell',
    '{A0C1853B-5C40-4B15-8766-3CF1C58F985A}',
  ],
  'Microsoft-Windows-Windows Defender/Operational': [
    'Microsoft-Windows-Windows Defender',
    '{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}',
  ],
};
export const EVENTLOG = ['Microsoft-Windows-Eventlog', '{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}'];
export const clock = (ms) => new Date(ms).toISOString();

/** A Windows event as NXLog's im_msvistalog and to_json() forward it. */
export function windows(ms, host, channel, eventId, fields, provider = PROVIDERS[channel]) {
  sequence += 1 + below(4);
  add(ms, {
    EventTime: `${clock(ms).slice(0, -1)}000+00:00`,
    Hostname: FQDN(host),
    SeverityValue: 2,
    Severity: 'INFO',
    EventID: eventId,
    SourceName: provider[0],
    ProviderGuid: provider[1],
    Channel: channel,
    RecordNumber: sequence,
    ...fields,
    EventReceivedTime: `${clock(ms + 900 + below(900)).slice(0, -1)}000+00:00`,
    SourceModuleName: 'eventlog',
    SourceModuleType: 'im_msvistalog',
  });
}

export const sysmon = (ms, host, eventId, fields) =>
  windows(ms, host, 'Microsoft-Windows-Sysmon/Operational', eventId, {
    RuleName: '-',
    UtcTime: clock(ms - below(60))
      .replace('T', ' ')
      .slice(0, -1),
    ...fields,
  });

export const security = (ms, host, eventId, fields) => windows(ms, host, 'Security', eventId, fields);

/** A process as Sysmon reports its creation; gives what a child needs to know of it. */
export function run(ms, host, user, image, commandLine, more = {}) {
  const { parent, original, integrity = 'Medium', description = '-' } = more;
  const name = image.slice(image.lastIndexOf('\\') + 1);
  const child = {
    ProcessGuid: `{${guid()}}`,
    ProcessId: String(2000 + 4 * below(3000)),
    Image: image,
    CommandLine: commandLine,
    User: user,
  };
  sysmon(ms, host, 1, {
    ...child,
    FileVersion: '10.0.22631.4460',
    Description: description,
    Product: description === '-' ? '-' : 'Microsoft® Windows® Operating System',
    Company: description === '-' ? '-' : 'Microsoft Corporation',
    OriginalFileName: original ?? name,
    CurrentDirectory: 'C:\\Windows\\system32\\',
    LogonId: user === SYSTEM ? '0x3e7' : logonId(host, user),
    TerminalSessionId: user === SYSTEM ? '0' : '1',
    IntegrityLevel: user === SYSTEM ? 'System' : integrity,
    Hashes: hashesOf(original ?? name),
    ParentProcessGuid: parent?.ProcessGuid ?? `{${guid()}}`,
    ParentProcessId: parent?.ProcessId ?? '1044',
    ParentImage: parent?.Image ?? 'C:\\Windows\\explorer.exe',
    ParentCommandLine: parent?.CommandLine ?? 'C:\\Windows\\Explorer.EXE',
    ParentUser: parent?.User ?? user,
  });
  return child;
}

export const of = ({ ProcessGuid, ProcessId, Image, User }) => ({ ProcessGuid, ProcessId, Image, User });

export function connect(ms, host, process, to, port, name = '-') {
  sysmon(ms, host, 3, {
    ...of(process),
    Protocol: 'tcp',
    Initiated: 'true',
    SourceIsIpv6: 'false',
    SourceIp: ADDRESSES[host],
    SourceHostname: FQDN(host),
    SourcePort: String(49_152 + below(16_000)),
    DestinationIsIpv6: 'false',
    DestinationIp: to,
    DestinationHostname: name,
    DestinationPort: String(port),
    DestinationPortName: '-',
  });
}

export const wrote = (ms, host, process, file) =>
  sysmon(ms, host, 11, {
    ...of(process),
    TargetFilename: file,
    CreationUtcTime: clock(ms).replace('T', ' ').slice(0, -1),
  });

export const setValue = (ms, host, process, key, value) =>
  sysmon(ms, host, 13, { EventType: 'SetValue', ...of(process), TargetObject: key, Details: value });

export const asked = (ms, host, process, name, result) =>
  sysmon(ms, host, 22, {
    ...of(process),
    QueryName: name,
    QueryStatus: '0',
    QueryResults: `::ffff:${result};`,
  });

export const script = (ms, host, text) =>
  windows(ms, host, 'Microsoft-Windows-PowerShell/Operational', 4104, {
    MessageNumber: '1',
    MessageTotal: '1',
    ScriptBlockText: text,
    ScriptBlockId: guid(),
    Path: '',
  });

export function logon(ms, host, user, type, from) {
  security(ms, host, 4624, {
    SubjectUserSid: 'S-1-0-0',
    SubjectUserName: '-',
    SubjectDomainName: '-',
    SubjectLogonId: '0x0',
    TargetUserSid: `S-1-5-21-1004336348-1177238915-682003330-${1100 + (user.length % 60)}`,
    TargetUserName: user,
    TargetDomainName: 'CORP',
    TargetLogonId: logonId(host, user),
    LogonType: String(type),
    LogonProcessName: type === 3 ? 'Kerberos' : 'User32 ',
    AuthenticationPackageName: type === 3 ? 'Kerberos' : 'Negotiate',
    WorkstationName: '-',
    IpAddress: from,
    IpPort: String(49_152 + below(16_000)),
    ElevatedToken: '%%1842',
  });
}

/** journald's export of the Linux host. */
export const journal = (ms, program, message, more = {}) =>
  add(ms, {
    __REALTIME_TIMESTAMP: String(ms * 1000 + below(1000)),
    _HOSTNAME: 'web01',
    _TRANSPORT: 'syslog',
    PRIORITY: '6',
    SYSLOG_IDENTIFIER: program,
    _PID: String(900 + below(30_000)),
    _EXE: `/usr/sbin/${program}`,
    MESSAGE: message,
    ...more,
  });

let auditId = 88_120;
/** One record of auditd, key by key. */
export function audit(ms, type, fields) {
  auditId += 1 + below(3);
  const msg = `audit(${(ms / 1000).toFixed(3)}:${auditId})`;
  add(ms, { type, msg, node: 'web01', ...fields });
}

const ACCOUNT = '111122223333';
/** One CloudTrail event. */
export function cloud(
  ms,
  source,
  name,
  { user, from, agent = 'aws-cli/2.19.1', request = null, response = null, key },
) {
  add(ms, {
    eventVersion: '1.10',
    userIdentity: {
      type: 'IAMUser',
      principalId: `AIDA${hex(16).toUpperCase()}`,
      arn: `arn:aws:iam::${ACCOUNT}:user/${user}`,
      accountId: ACCOUNT,
      accessKeyId: key,
      userName: user,
    },
    eventTime: `${clock(ms).slice(0, 19)}Z`,
    eventSource: `${source}.amazonaws.com`,
    eventName: name,
    awsRegion: 'eu-central-1',
    sourceIPAddress: from,
    userAgent: agent,
    requestParameters: request,
    responseElements: response,
    requestID: guid(),
    eventID: guid(),
    readOnly: /^(?:Get|List|Describe)/.test(name),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: 'Management',
  });
}
