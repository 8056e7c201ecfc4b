import type { ClassDocument, EntityDocument, FieldTable, MappingDocument } from '../mapping.ts';

/** Categories by `ActionType`, which every row of the device tables has. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  ProcessCreated: ['process_creation'],
  FileCreated: ['file_event'],
  FileModified: ['file_event'],
  FileRenamed: ['file_rename'],
  FileDeleted: ['file_delete'],
  RegistryKeyCreated: ['registry_event', 'registry_add'],
  RegistryKeyDeleted: ['registry_event', 'registry_delete'],
  RegistryValueDeleted: ['registry_event', 'registry_delete'],
  RegistryValueSet: ['registry_event', 'registry_set'],
  RegistryKeyRenamed: ['registry_event', 'registry_rename'],
  ImageLoaded: ['image_load'],
  DriverLoad: ['driver_load'],
  ConnectionSuccess: ['network_connection'],
  ConnectionFailed: ['network_connection'],
  ConnectionRequest: ['network_connection'],
  ConnectionAttempt: ['network_connection'],
  InboundConnectionAccepted: ['network_connection'],
  ListeningConnectionCreated: ['network_connection'],
  DnsQueryResponse: ['dns_query'],
  CreateRemoteThreadApiCall: ['create_remote_thread'],
  NamedPipeEvent: ['pipe_created'],
  AntivirusDetection: ['antivirus'],
};

/** Rows about something other than a process name the process that did it `InitiatingProcess…`. */
const FIELDS: FieldTable = {
  Image: ['InitiatingProcessFolderPath', 'InitiatingProcessFileName'],
  CommandLine: ['InitiatingProcessCommandLine'],
  ParentImage: ['InitiatingProcessParentFileName'],
  OriginalFileName: ['InitiatingProcessVersionInfoOriginalFileName'],
  User: ['InitiatingProcessAccountName', 'AccountName'],
  Computer: ['DeviceName'],
  TargetFilename: ['FolderPath'],
  SourceFilename: ['PreviousFolderPath'],
  ImageLoaded: ['FolderPath'],
  TargetObject: ['RegistryKey', 'PreviousRegistryKey'],
  Details: ['RegistryValueData'],
  DestinationIp: ['RemoteIP'],
  DestinationPort: ['RemotePort'],
  DestinationHostname: ['RemoteUrl'],
  SourceIp: ['LocalIP'],
  SourcePort: ['LocalPort'],
  Hashes: ['SHA256', 'SHA1', 'MD5'],
  SourceImage: ['InitiatingProcessFolderPath'],
  TargetImage: ['FolderPath'],
  Filename: ['FolderPath', 'FileName'],
};

const CLASSES: readonly ClassDocument[] = [
  ...Object.entries(ACTIONS).map(([action, categories]) => ({
    when: { action: [action] },
    logsource: { categories },
  })),
  {
    when: { action: ['ProcessCreated'] },
    fields: {
      Image: ['FolderPath', 'FileName'],
      CommandLine: ['ProcessCommandLine'],
      ParentImage: ['InitiatingProcessFolderPath', 'InitiatingProcessFileName'],
      ParentCommandLine: ['InitiatingProcessCommandLine'],
      OriginalFileName: ['ProcessVersionInfoOriginalFileName'],
      Company: ['ProcessVersionInfoCompanyName'],
      Product: ['ProcessVersionInfoProductName'],
      Description: ['ProcessVersionInfoFileDescription'],
      FileVersion: ['ProcessVersionInfoProductVersion'],
      IntegrityLevel: ['ProcessIntegrityLevel'],
      User: ['AccountName'],
    },
  },
];

const ENTITIES: readonly EntityDocument[] = [
  { type: 'host', role: 'target', fields: ['DeviceName'] },
  { type: 'user', role: 'actor', fields: ['AccountName', 'InitiatingProcessAccountName'] },
  { type: 'ip', role: 'target', fields: ['RemoteIP'] },
  { type: 'hash', role: 'actor', fields: ['SHA256', 'SHA1'] },
  { type: 'file', role: 'target', fields: ['FolderPath'] },
];

/** Device tables of Microsoft Defender XDR: advanced hunting, streaming (`properties` in an envelope) and Sentinel. */
export const DEFENDER_XDR: MappingDocument = {
  mapping: 'defender-xdr',
  title: 'Microsoft Defender XDR device events',
  detect: [
    [
      { path: 'ActionType', is: 'scalar' },
      { path: 'DeviceId', is: 'scalar' },
    ],
    [
      { path: 'category', startswith: ['AdvancedHunting-Device'] },
      { path: 'properties', is: 'object' },
    ],
  ],
  discriminators: [{ name: 'action', paths: ['ActionType', 'properties.ActionType'], field: 'ActionType' }],
  logsource: { products: ['windows'] },
  lookup: ['{}', 'properties.{}'],
  classes: CLASSES,
  fields: FIELDS,
  time: ['Timestamp', 'properties.Timestamp', 'TimeGenerated', 'time'],
  entities: ENTITIES,
};
