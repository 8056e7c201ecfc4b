// What is normal in the company: nothing in here should come to anybody's attention.
import {
  ADDRESSES,
  asked,
  at,
  audit,
  below,
  cloud,
  connect,
  guid,
  hex,
  journal,
  logon,
  logonId,
  MINUTES,
  OWNERS,
  pick,
  run,
  SERVERS,
  START,
  SYS32,
  SYSTEM,
  security,
  setValue,
  windows,
  wrote,
} from './records.mjs';

const SVCHOST = { Image: `${SYS32}svchost.exe`, ProcessGuid: `{${guid()}}`, ProcessId: '1188', User: SYSTEM };
export const SERVICES = {
  ...SVCHOST,
  Image: `${SYS32}services.exe`,
  ProcessId: '712',
  CommandLine: `${SYS32}services.exe`,
};
export const CHROME = 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe';
const EDGE = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
export const OFFICE = 'C:\\Program Files\\Microsoft Office\\root\\Office16\\';
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
  [66, browse],
  [34, systemTask],
  [46, shareLogon],
  [26, registryChore],
  [30, fileChore],
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

export function everyday() {
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
