// Past 400 lines: a table.
import type { ClassDocument, VocabularyDocument } from '../mapping.ts';

/** Channel of the Windows event log → Sigma service. Channels are compared without case. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  security: ['Security'],
  system: ['System'],
  application: ['Application'],
  sysmon: ['Microsoft-Windows-Sysmon/Operational', 'Linux-Sysmon/Operational'],
  powershell: ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'],
  'powershell-classic': ['Windows PowerShell'],
  windefend: ['Microsoft-Windows-Windows Defender/Operational', 'Microsoft-Windows-Windows Defender/WHC'],
  taskscheduler: ['Microsoft-Windows-TaskScheduler/Operational'],
  wmi: ['Microsoft-Windows-WMI-Activity/Operational'],
  'bits-client': ['Microsoft-Windows-Bits-Client/Operational'],
  'codeintegrity-operational': ['Microsoft-Windows-CodeIntegrity/Operational'],
  applocker: [
    'Microsoft-Windows-AppLocker/EXE and DLL',
    'Microsoft-Windows-AppLocker/MSI and Script',
    'Microsoft-Windows-AppLocker/Packaged app-Deployment',
    'Microsoft-Windows-AppLocker/Packaged app-Execution',
  ],
  ntlm: ['Microsoft-Windows-NTLM/Operational'],
  'dns-server': ['DNS Server'],
  'dns-server-audit': ['Microsoft-Windows-DNS-Server/Audit', 'Microsoft-Windows-DNSServer/Audit'],
  'dns-server-analytic': [
    'Microsoft-Windows-DNS-Server/Analytical',
    'Microsoft-Windows-DNSServer/Analytical',
  ],
  'dns-client': [
    'Microsoft-Windows-DNS Client Events/Operational',
    'Microsoft-Windows-DNS-Client/Operational',
  ],
  'firewall-as': [
    'Microsoft-Windows-Windows Firewall With Advanced Security/Firewall',
    'Microsoft-Windows-Windows Firewall With Advanced Security/FirewallDiagnostics',
  ],
  'msexchange-management': ['MSExchange Management'],
  'printservice-admin': ['Microsoft-Windows-PrintService/Admin'],
  'printservice-operational': ['Microsoft-Windows-PrintService/Operational'],
  'smbclient-security': ['Microsoft-Windows-SmbClient/Security'],
  'smbclient-connectivity': ['Microsoft-Windows-SmbClient/Connectivity'],
  'smbserver-connectivity': ['Microsoft-Windows-SMBServer/Connectivity'],
  'smbserver-security': ['Microsoft-Windows-SMBServer/Security'],
  'smbserver-operational': ['Microsoft-Windows-SMBServer/Operational'],
  'terminalservices-localsessionmanager': [
    'Microsoft-Windows-TerminalServices-LocalSessionManager/Operational',
  ],
  'terminalservices-remoteconnectionmanager': [
    'Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational',
  ],
  'appxdeployment-server': ['Microsoft-Windows-AppXDeploymentServer/Operational'],
  'appxpackaging-om': ['Microsoft-Windows-AppxPackaging/Operational'],
  'appmodel-runtime': ['Microsoft-Windows-AppModel-Runtime/Admin'],
  'lsa-server': ['Microsoft-Windows-LSA/Operational'],
  'shell-core': ['Microsoft-Windows-Shell-Core/Operational'],
  openssh: ['OpenSSH/Operational'],
  ldap: ['Microsoft-Windows-LDAP-Client/Debug'],
  ldap_debug: ['Microsoft-Windows-LDAP-Client/Debug'],
  vhdmp: ['Microsoft-Windows-VHDMP/Operational', 'Microsoft-Windows-VHDMP-Operational'],
  'diagnosis-scripted': ['Microsoft-Windows-Diagnosis-Scripted/Operational'],
  'driver-framework': ['Microsoft-Windows-DriverFrameworks-UserMode/Operational'],
  'security-mitigations': [
    'Microsoft-Windows-Security-Mitigations/Kernel Mode',
    'Microsoft-Windows-Security-Mitigations/User Mode',
    'Microsoft-Windows-Security-Mitigations/KernelMode',
    'Microsoft-Windows-Security-Mitigations/UserMode',
  ],
  capi2: ['Microsoft-Windows-CAPI2/Operational'],
  'certificateservicesclient-lifecycle-system': [
    'Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational',
  ],
  'certificateservicesclient-lifecycle-user': [
    'Microsoft-Windows-CertificateServicesClient-Lifecycle-User/Operational',
  ],
  'iis-configuration': ['Microsoft-IIS-Configuration/Operational'],
  'hyper-v-worker': ['Microsoft-Windows-Hyper-V-Worker', 'Microsoft-Windows-Hyper-V-Worker-Admin'],
  'kernel-event-tracing': ['Microsoft-Windows-Kernel-EventTracing'],
  'kernel-shimengine': [
    'Microsoft-Windows-Kernel-ShimEngine/Operational',
    'Microsoft-Windows-Kernel-ShimEngine/Diagnostic',
  ],
  'application-experience': [
    'Microsoft-Windows-Application-Experience/Program-Telemetry',
    'Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant',
  ],
  'microsoft-servicebus-client': [
    'Microsoft-ServiceBus-Client/Operational',
    'Microsoft-ServiceBus-Client/Admin',
    'Microsoft-ServiceBus-Client',
  ],
  dhcp: ['Microsoft-Windows-DHCP-Server/Operational', 'Microsoft-Windows-DHCP-Server Events/Operational'],
  wlan: ['Microsoft-Windows-WLAN-AutoConfig/Operational'],
  'rdp-client': ['Microsoft-Windows-TerminalServices-RDPClient/Operational'],
  winrm: ['Microsoft-Windows-WinRM/Operational'],
};

const SYSMON = ['Microsoft-Windows-Sysmon/Operational', 'Linux-Sysmon/Operational'];
const POWERSHELL = ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'];
const POWERSHELL_CLASSIC = ['Windows PowerShell'];
const KERNEL_FILE = ['Microsoft-Windows-Kernel-File/Analytic', 'Microsoft-Windows-Kernel-File'];
const DEFENDER = ['Microsoft-Windows-Windows Defender/Operational'];

/** Sysmon's event ids → Sigma categories; 12 depends on the event type, see below. */
const SYSMON_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  '1': ['process_creation'],
  '2': ['file_change'],
  '3': ['network_connection'],
  '4': ['sysmon_status'],
  '5': ['process_termination'],
  '6': ['driver_load'],
  '7': ['image_load'],
  '8': ['create_remote_thread'],
  '9': ['raw_access_thread'],
  '10': ['process_access'],
  '11': ['file_event'],
  '12': ['registry_event'],
  '13': ['registry_event', 'registry_set'],
  '14': ['registry_event', 'registry_rename'],
  '15': ['create_stream_hash'],
  '16': ['sysmon_status'],
  '17': ['pipe_created'],
  '18': ['pipe_created'],
  '19': ['wmi_event'],
  '20': ['wmi_event'],
  '21': ['wmi_event'],
  '22': ['dns_query'],
  '23': ['file_delete'],
  '24': ['clipboard_capture'],
  '25': ['process_tampering'],
  '26': ['file_delete', 'file_delete_detected'],
  '27': ['file_block_executable'],
  '28': ['file_block_shredding'],
  '29': ['file_executable_detected'],
  '255': ['sysmon_error'],
};

/** Events of the Microsoft-Windows-Kernel-File provider, which Sigma's file_access and file_rename rules ask for. */
const KERNEL_FILE_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  '12': ['file_access'],
  '19': ['file_rename'],
  '26': ['file_delete'],
  '27': ['file_rename'],
  '30': ['file_event'],
};

/** Rows of Sysmon's event ids, for records that say so in this way. */
export function sysmonClasses(when: ClassDocument['when']): readonly ClassDocument[] {
  return [
    ...Object.entries(SYSMON_CATEGORIES).map(([id, categories]) => ({
      when: { ...when, event_id: [id] },
      logsource: { categories },
    })),
    {
      when: { ...when, event_id: ['12'], event_type: ['CreateKey', '-'] },
      logsource: { categories: ['registry_add'] },
    },
    {
      when: { ...when, event_id: ['12'], event_type: ['DeleteKey', 'DeleteValue', '-'] },
      logsource: { categories: ['registry_delete'] },
    },
  ];
}

const CLASSES: readonly ClassDocument[] = [
  ...Object.entries(SERVICES).map(([service, channel]) => ({
    when: { channel },
    logsource: { services: [service] },
  })),
  { when: { channel: ['Linux-Sysmon/Operational'] }, logsource: { products: ['linux'] } },
  ...sysmonClasses({ channel: SYSMON }),
  ...Object.entries(KERNEL_FILE_CATEGORIES).map(([id, categories]) => ({
    when: { channel: KERNEL_FILE, event_id: [id] },
    logsource: { categories },
  })),
  {
    when: { channel: ['Security'], event_id: ['4688'] },
    logsource: { categories: ['process_creation'] },
    fields: {
      Image: ['NewProcessName', 'Image'],
      ProcessId: ['NewProcessId'],
      CommandLine: ['CommandLine', 'ProcessCommandLine'],
      ParentImage: ['ParentProcessName', 'CreatorProcessName'],
      ParentProcessId: ['ProcessId', 'CreatorProcessId'],
      User: ['SubjectUserName'],
      LogonId: ['SubjectLogonId'],
      IntegrityLevel: ['MandatoryLabel'],
    },
  },
  {
    when: { channel: ['Security'], event_id: ['4689'] },
    logsource: { categories: ['process_termination'] },
    fields: { Image: ['ProcessName'], User: ['SubjectUserName'], LogonId: ['SubjectLogonId'] },
  },
  {
    when: { channel: ['Security'], event_id: ['4657'] },
    logsource: { categories: ['registry_event', 'registry_set'] },
    fields: {
      TargetObject: ['TargetObject', 'ObjectName'],
      Details: ['Details', 'NewValue'],
      Image: ['ProcessName'],
      User: ['SubjectUserName'],
    },
  },
  {
    when: {
      channel: ['Security'],
      event_id: ['4624', '4768', '4769', '4778', '4779', '4634', '4647'],
    },
    entities: [
      { type: 'user', role: 'actor', fields: ['TargetUserName'] },
      { type: 'session', role: 'actor', fields: ['TargetLogonGuid', 'LogonGuid'] },
    ],
  },
  {
    // Whose credentials are used is the target here: who uses them is the subject.
    when: { channel: ['Security'], event_id: ['4648'] },
    entities: [
      { type: 'file', role: 'actor', fields: ['ProcessName'] },
      { type: 'host', role: 'target', fields: ['TargetServerName'] },
    ],
  },
  {
    when: { channel: ['Security'], event_id: ['4697'] },
    entities: [{ type: 'file', role: 'target', fields: ['ServiceFileName'] }],
  },
  {
    // Who asks a domain controller to check a name and password, by the name that the client gives itself.
    when: { channel: ['Security'], event_id: ['4776'] },
    entities: [
      { type: 'user', role: 'actor', fields: ['TargetUserName'] },
      { type: 'host', role: 'source', fields: ['Workstation'] },
    ],
  },
  {
    // Members of groups, by their distinguished names.
    when: { channel: ['Security'], event_id: ['4728', '4729', '4732', '4733', '4756', '4757'] },
    entities: [{ type: 'user', role: 'target', fields: ['MemberName'] }],
  },
  {
    when: { channel: ['Security'], event_id: ['5145'] },
    entities: [{ type: 'file', role: 'target', fields: ['RelativeTargetName'] }],
  },
  {
    when: { channel: ['Security'], event_id: ['5156', '5157', '5158'] },
    entities: [{ type: 'file', role: 'actor', fields: ['Application'] }],
  },
  {
    when: { channel: SYSMON, event_id: ['15'] },
    entities: [{ type: 'hash', role: 'actor', fields: ['Hash'] }],
  },
  {
    when: { channel: ['Microsoft-Windows-TaskScheduler/Operational'] },
    entities: [
      { type: 'user', role: 'actor', fields: ['UserContext', 'UserName'] },
      { type: 'file', role: 'target', fields: ['Path', 'ActionName'] },
    ],
  },
  {
    when: { channel: ['Microsoft-Windows-Bits-Client/Operational'] },
    entities: [
      { type: 'user', role: 'actor', fields: ['User', 'jobOwner'] },
      { type: 'file', role: 'actor', fields: ['processPath'] },
      { type: 'url', role: 'target', fields: ['RemoteName'] },
      { type: 'file', role: 'target', fields: ['LocalName'] },
    ],
  },
  {
    when: { channel: SERVICES['firewall-as'] ?? [] },
    entities: [
      { type: 'file', role: 'actor', fields: ['ModifyingApplication'] },
      { type: 'file', role: 'target', fields: ['ApplicationPath'] },
    ],
  },
  {
    when: { channel: SERVICES['applocker'] ?? [] },
    entities: [
      { type: 'file', role: 'target', fields: ['FilePath'] },
      { type: 'hash', role: 'actor', fields: ['FileHash'] },
    ],
  },
  {
    when: { channel: SERVICES['dns-server-analytic'] ?? [] },
    entities: [
      { type: 'ip', role: 'source', fields: ['Source'] },
      { type: 'domain', role: 'target', fields: ['QNAME'] },
    ],
  },
  {
    when: { channel: ['Microsoft-Windows-NTLM/Operational', 'Microsoft-Windows-SmbClient/*'] },
    entities: [{ type: 'user', role: 'actor', fields: ['UserName'] }],
  },
  {
    when: { channel: POWERSHELL, event_id: ['4103'] },
    logsource: { categories: ['ps_module'] },
  },
  {
    when: { channel: POWERSHELL, event_id: ['4104'] },
    logsource: { categories: ['ps_script'] },
    entities: [{ type: 'file', role: 'actor', fields: ['Path'] }],
  },
  {
    when: { channel: POWERSHELL_CLASSIC, event_id: ['400'] },
    logsource: { categories: ['ps_classic_start'] },
  },
  {
    when: { channel: POWERSHELL_CLASSIC, event_id: ['600'] },
    logsource: { categories: ['ps_classic_provider_start'] },
  },
  {
    when: { channel: POWERSHELL_CLASSIC, event_id: ['800'] },
    logsource: { categories: ['ps_classic_script'] },
  },
  {
    // Detections and actions of Defender, which the antivirus rules of every product are about.
    when: {
      channel: DEFENDER,
      event_id: ['1006', '1007', '1008', '1009', '1015', '1116', '1117', '1118', '1119'],
    },
    logsource: { categories: ['antivirus'] },
    fields: {
      Signature: ['Threat Name', 'ThreatName', 'Signature'],
      Filename: ['Path', 'Filename', 'FileName'],
    },
    entities: [
      { type: 'user', role: 'actor', fields: ['Detection User'] },
      { type: 'file', role: 'actor', fields: ['Process Name'] },
      { type: 'file', role: 'target', fields: ['Path'] },
    ],
  },
  {
    // Defender names its data with blanks; the rules write them without.
    when: { channel: ['Microsoft-Windows-Windows Defender/*'] },
    fields: {
      ProcessName: ['Process Name', 'ProcessName'],
      ThreatName: ['Threat Name', 'ThreatName'],
      NewValue: ['New Value', 'NewValue'],
      OldValue: ['Old Value', 'OldValue'],
      SourceName: ['Source Name', 'SourceName'],
      Feature_Name: ['Feature Name', 'Feature_Name'],
      User: ['Detection User', 'User'],
      DetectionUser: ['Detection User', 'DetectionUser'],
      Changed_Type: ['Changed Type', 'Changed_Type'],
    },
  },
  {
    when: { channel: ['Microsoft-Windows-CodeIntegrity/Operational'] },
    fields: {
      FileNameBuffer: ['FileNameBuffer', 'File Name'],
      ProcessNameBuffer: ['ProcessNameBuffer', 'Process Name'],
      RequestedPolicy: ['RequestedPolicy', 'Requested Signing Level'],
      ValidatedPolicy: ['ValidatedPolicy', 'Validated Signing Level'],
    },
    entities: [{ type: 'file', role: 'target', fields: ['FileNameBuffer'] }],
  },
  {
    when: { channel: ['System'], event_id: ['7045'] },
    entities: [{ type: 'file', role: 'target', fields: ['ImagePath'] }],
  },
  {
    when: { channel: ['Microsoft-Windows-TerminalServices-LocalSessionManager/Operational'] },
    entities: [{ type: 'ip', role: 'source', fields: ['Address'] }],
  },
  {
    // The RPC Firewall writes its audit to the Windows event log; its rules name it as a product of its own.
    when: { channel: ['RPCFW'] },
    logsource: { products: ['rpc_firewall', 'windows'], categories: ['application'] },
    fields: { EventLog: ['Channel'] },
  },
];

/** Windows events: channels, event ids and names, whatever JSON shape carries them. */
export const WINDOWS: VocabularyDocument = {
  vocabulary: 'windows',
  title: 'Windows event log',
  logsource: { products: ['windows'] },
  fields: {
    ComputerName: ['Computer'],
    Hostname: ['Computer'],
    ProviderName: ['Provider_Name'],
    Data: ['Data', 'Message'],
  },
  classes: CLASSES,
  entities: [
    { type: 'host', role: 'target', fields: ['Computer'] },
    { type: 'user', role: 'actor', fields: ['User', 'SubjectUserName', 'SourceUser'] },
    { type: 'user', role: 'target', fields: ['TargetUserName', 'TargetUser'] },
    { type: 'ip', role: 'source', fields: ['IpAddress', 'SourceIp', 'SourceAddress', 'ClientAddress'] },
    { type: 'ip', role: 'target', fields: ['DestinationIp', 'DestAddress'] },
  ],
};
