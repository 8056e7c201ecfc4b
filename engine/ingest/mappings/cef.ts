import type { MappingDocument } from '../mapping.ts';

/** What a device did about a connection: an event that says it is a firewall's. */
const DECISIONS: readonly string[] = [
  'accept',
  'allow',
  'allowed',
  'permit',
  'deny',
  'denied',
  'drop',
  'dropped',
  'block',
  'blocked',
  'reject',
  'close',
];

/** Common Event Format, its extension at the top: as the syslog source reads it, and as Logstash's codec writes it. */
export const CEF: MappingDocument = {
  mapping: 'cef',
  title: 'Common Event Format (CEF)',
  detect: [
    [
      { path: 'deviceVendor', is: 'scalar' },
      { path: 'deviceProduct', is: 'scalar' },
      { path: 'deviceEventClassId', is: 'scalar' },
    ],
    [
      { path: 'deviceVendor', is: 'scalar' },
      { path: 'deviceProduct', is: 'scalar' },
      { path: 'cefVersion', is: 'scalar' },
    ],
  ],
  discriminators: [
    {
      name: 'vendor',
      paths: ['deviceVendor'],
      field: 'deviceVendor',
      values: ['Fortinet', 'Palo Alto Networks', 'CISCO', 'Cisco', 'Check Point', 'Huawei', 'Juniper'],
    },
    {
      name: 'action',
      paths: ['act', 'deviceAction'],
      values: DECISIONS,
    },
  ],
  logsource: {},
  classes: [
    { when: { vendor: ['fortinet'] }, logsource: { products: ['fortigate', 'fortios'] } },
    { when: { vendor: ['palo alto networks'] }, logsource: { products: ['paloalto'] } },
    { when: { vendor: ['cisco'] }, logsource: { products: ['cisco'] } },
    { when: { vendor: ['huawei'] }, logsource: { products: ['huawei'] } },
    { when: { vendor: ['juniper'] }, logsource: { products: ['juniper'] } },
    {
      when: { action: DECISIONS },
      logsource: { categories: ['firewall'] },
    },
  ],
  paths: {
    src_ip: ['src', 'sourceAddress', 'c6a2'],
    dst_ip: ['dst', 'destinationAddress', 'c6a3'],
    src_port: ['spt', 'sourcePort'],
    dst_port: ['dpt', 'destinationPort'],
    protocol: ['proto', 'transportProtocol'],
    action: ['act', 'deviceAction'],
    User: ['suser', 'sourceUserName', 'duser', 'destinationUserName'],
    TargetUserName: ['duser', 'destinationUserName'],
    SubjectUserName: ['suser', 'sourceUserName'],
    Computer: ['dvchost', 'deviceHostName', 'host'],
    Image: ['deviceProcessName', 'dproc', 'sproc'],
    TargetFilename: ['filePath', 'fname', 'fileName'],
    'c-uri': ['request', 'requestUrl'],
    'cs-method': ['requestMethod'],
    'c-useragent': ['requestClientApplication'],
    'cs-host': ['dhost', 'destinationHostName'],
    message: ['msg', 'message'],
  },
  time: ['rt', 'deviceReceiptTime', 'start', 'startTime', 'end', 'endTime', '@timestamp', 'timestamp'],
  entities: [
    { type: 'ip', role: 'source', fields: ['src', 'sourceAddress'] },
    { type: 'ip', role: 'target', fields: ['dst', 'destinationAddress'] },
    { type: 'user', role: 'actor', fields: ['suser', 'sourceUserName'] },
    { type: 'user', role: 'target', fields: ['duser', 'destinationUserName'] },
    { type: 'host', role: 'target', fields: ['dhost', 'destinationHostName'] },
    { type: 'host', role: 'source', fields: ['shost', 'sourceHostName'] },
  ],
};
