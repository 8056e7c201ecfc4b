import type { MappingDocument } from '../mapping.ts';

/** FortiGate's log, key by key. */
export const FORTIGATE: MappingDocument = {
  mapping: 'fortigate',
  title: 'FortiGate log',
  detect: [
    [
      { path: 'logid', is: 'scalar' },
      { path: 'devid', is: 'scalar' },
    ],
    [
      { path: 'logid', is: 'scalar' },
      { path: 'devname', is: 'scalar' },
    ],
  ],
  discriminators: [
    { name: 'type', paths: ['type'], field: 'type' },
    {
      name: 'subtype',
      paths: ['subtype'],
      field: 'subtype',
      values: ['dns', 'webfilter', 'forward', 'local', 'vpn', 'system'],
    },
  ],
  logsource: { products: ['fortigate', 'fortios'] },
  classes: [
    { when: { type: ['event'] }, logsource: { services: ['event'] } },
    { when: { type: ['event'], subtype: ['vpn'] }, logsource: { services: ['sslvpnd'] } },
    { when: { type: ['traffic'] }, logsource: { categories: ['firewall'], services: ['traffic'] } },
    { when: { subtype: ['dns'] }, logsource: { categories: ['dns'], services: ['dns'] } },
    { when: { subtype: ['webfilter'] }, logsource: { categories: ['proxy'], services: ['webfilter'] } },
  ],
  fields: {
    src_ip: ['srcip'],
    dst_ip: ['dstip'],
    src_port: ['srcport'],
    dst_port: ['dstport'],
    query: ['qname'],
    record_type: ['qtype'],
    'c-uri': ['url'],
    'cs-host': ['hostname'],
    'c-useragent': ['agent'],
    'cs-method': ['httpmethod'],
  },
  time: ['eventtime', 'timestamp', '@timestamp'],
  entities: [
    { type: 'ip', role: 'source', fields: ['srcip', 'remip'] },
    { type: 'ip', role: 'target', fields: ['dstip'] },
    { type: 'user', role: 'actor', fields: ['user'] },
    { type: 'host', role: 'target', fields: ['devname'] },
    { type: 'domain', role: 'target', fields: ['qname', 'hostname'] },
  ],
};

/** PAN-OS logs as JSON, by HTTP forwarding, Cortex or a syslog parser. */
export const PALOALTO: MappingDocument = {
  mapping: 'paloalto',
  title: 'Palo Alto PAN-OS logs',
  detect: [
    [
      {
        path: 'type',
        equals: [
          'TRAFFIC',
          'THREAT',
          'SYSTEM',
          'CONFIG',
          'GLOBALPROTECT',
          'HIPMATCH',
          'USERID',
          'DECRYPTION',
          'AUTHENTICATION',
        ],
      },
      { path: 'serial', is: 'scalar' },
    ],
    [
      { path: 'LogType', equals: ['TRAFFIC', 'THREAT', 'SYSTEM', 'CONFIG', 'GLOBALPROTECT', 'URL'] },
      { path: 'DeviceSN', is: 'scalar' },
    ],
  ],
  discriminators: [{ name: 'type', paths: ['type', 'LogType'], field: 'type' }],
  logsource: { products: ['paloalto'], categories: ['appliance'] },
  classes: [
    { when: { type: ['TRAFFIC'] }, logsource: { categories: ['firewall'], services: ['traffic'] } },
    { when: { type: ['THREAT', 'URL'] }, logsource: { categories: ['proxy'], services: ['threat'] } },
    // The appliance's own log holds what GlobalProtect's daemons write.
    { when: { type: ['GLOBALPROTECT', 'SYSTEM'] }, logsource: { services: ['globalprotect'] } },
  ],
  paths: {
    src_ip: ['src', 'SourceAddress', 'source_ip'],
    dst_ip: ['dst', 'DestinationAddress', 'dest_ip'],
    src_port: ['sport', 'SourcePort'],
    dst_port: ['dport', 'DestinationPort'],
    action: ['action', 'Action'],
    'c-uri': ['misc', 'URL', 'url'],
    'c-useragent': ['user_agent', 'UserAgent'],
    'cs-method': ['http_method', 'HTTPMethod'],
    TargetFilename: ['filename', 'FileName'],
  },
  time: ['time_generated', 'receive_time', 'TimeGenerated', 'timestamp', '@timestamp'],
  entities: [
    { type: 'ip', role: 'source', fields: ['src_ip'] },
    { type: 'ip', role: 'target', fields: ['dst_ip'] },
    { type: 'user', role: 'actor', fields: ['srcuser', 'SourceUser'] },
  ],
};

/** OpenCanary, the honeypot. */
export const OPENCANARY: MappingDocument = {
  mapping: 'opencanary',
  title: 'OpenCanary',
  detect: [
    [
      { path: 'logtype', is: 'scalar' },
      { path: 'node_id', is: 'scalar' },
    ],
    [{ path: 'logtype', is: 'scalar' }, { path: 'logdata' }],
  ],
  discriminators: [{ name: 'logtype', paths: ['logtype'], field: 'logtype' }],
  logsource: { products: ['opencanary'], categories: ['application'] },
  fields: { src_ip: ['src_host'], dst_ip: ['dst_host'] },
  time: ['utc_time', 'local_time_adjusted', 'local_time'],
  entities: [
    { type: 'ip', role: 'source', fields: ['src_host'] },
    { type: 'host', role: 'target', fields: ['node_id'] },
    { type: 'user', role: 'actor', fields: ['logdata.USERNAME'] },
  ],
};
