import type { ClassDocument, EntityDocument, FieldTable, LiftDocument, MappingDocument } from '../mapping.ts';
import { SURICATA_ALERT } from './alerts.ts';

/** Sigma's categories of Zeek's logs; each log is a service of the product zeek besides. */
const ZEEK_CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  dns: ['dns'],
  http: ['proxy', 'webserver'],
  conn: ['firewall'],
};

/** Zeek's logs, and keys by which one without `_path` is told (besides `uid` or `ts`). */
const ZEEK_LOGS: Readonly<Record<string, readonly string[]>> = {
  conn: ['conn_state', 'id.orig_h'],
  dns: ['query', 'rejected'],
  http: ['trans_depth', 'id.orig_h', 'request_body_len'],
  ssl: ['version', 'established', 'resumed'],
  x509: ['certificate.serial'],
  files: ['fuid', 'rx_hosts', 'depth'],
  smb_files: ['action', 'path', 'size', 'id.orig_h'],
  smb_mapping: ['share_type', 'path'],
  dce_rpc: ['endpoint', 'operation'],
  kerberos: ['request_type', 'service', 'id.orig_h'],
  ntlm: ['domainname', 'id.orig_h'],
  rdp: ['cookie', 'security_protocol'],
  ssh: ['auth_attempts', 'id.orig_h'],
  smtp: ['helo', 'trans_depth'],
  ftp: ['command', 'data_channel.resp_h'],
  notice: ['note', 'actions'],
  weird: ['name', 'peer', 'notice'],
  tunnel: ['tunnel_type', 'id.orig_h'],
  dhcp: ['msg_types', 'mac'],
  software: ['software_type', 'host'],
  pe: ['machine', 'compile_ts', 'subsystem'],
};

const ZEEK_FIELDS: FieldTable = {
  src_ip: ['id.orig_h', 'src'],
  src_port: ['id.orig_p'],
  dst_ip: ['id.resp_h', 'dst'],
  dst_port: ['id.resp_p'],
  SourceIp: ['id.orig_h'],
  DestinationIp: ['id.resp_h'],
  DestinationPort: ['id.resp_p'],
  record_type: ['qtype_name'],
  answer: ['answers'],
  'c-uri': ['uri'],
  'c-uri-query': ['uri'],
  'cs-uri': ['uri'],
  'cs-uri-query': ['uri'],
  'cs-uri-stem': ['uri'],
  'cs-method': ['method'],
  'http.method': ['method'],
  'cs-host': ['host'],
  'c-useragent': ['user_agent'],
  'cs-user-agent': ['user_agent'],
  'cs-referer': ['referrer'],
  'cs-referrer': ['referrer'],
  'cs-username': ['username'],
  'sc-status': ['status_code'],
  'cs-content-type': ['orig_mime_types'],
  mime_types: ['resp_mime_types', 'orig_mime_types'],
  filetype: ['resp_mime_types'],
  'http.bodyMagic': ['resp_mime_types'],
};

const ZEEK_ENTITIES: readonly EntityDocument[] = [
  { type: 'ip', role: 'source', fields: ['id.orig_h', 'src'] },
  { type: 'ip', role: 'target', fields: ['id.resp_h', 'dst'] },
  { type: 'domain', role: 'target', fields: ['query', 'host', 'server_name'] },
  { type: 'hash', role: 'actor', fields: ['md5', 'sha1', 'sha256'] },
  { type: 'user', role: 'actor', fields: ['username', 'client'] },
];

/** What the public DNS rules ask for beside the name itself. */
function dnsLifts(from: string): readonly LiftDocument[] {
  return [
    { kind: 'derive', from, what: 'length', as: 'query_length' },
    { kind: 'derive', from, what: 'parent_domain', as: 'parent_domain' },
  ];
}

const ZEEK_LIFTS: readonly LiftDocument[] = [
  { kind: 'derive', from: 'uri', what: 'uri_extension', as: 'c-uri-extension' },
  ...dnsLifts('query'),
];

const ZEEK_TIMES = ['ts', '_write_ts', '@timestamp', 'timestamp'];

const ZEEK_CLASSES: readonly ClassDocument[] = Object.keys(ZEEK_LOGS).map((log) => ({
  when: { path: [log, `${log}_red`] },
  logsource: { services: [log], categories: ZEEK_CATEGORIES[log] ?? [] },
}));

/** Zeek's logs with `_path` (the JSON streaming logs package, Corelight). */
export const ZEEK: MappingDocument = {
  mapping: 'zeek',
  title: 'Zeek logs that name themselves in _path',
  detect: [
    [
      { path: '_path', is: 'scalar' },
      { path: 'ts', is: 'scalar' },
    ],
    [
      { path: '_path', is: 'scalar' },
      { path: '_write_ts', is: 'scalar' },
    ],
    [
      { path: '_path', is: 'scalar' },
      { path: 'uid', is: 'scalar' },
    ],
  ],
  lift: ZEEK_LIFTS,
  discriminators: [{ name: 'path', paths: ['_path'], field: '_path' }],
  logsource: { products: ['zeek'] },
  classes: [
    ...ZEEK_CLASSES,
    { when: { path: ['smb_files', 'smb_mapping'] }, logsource: { services: ['smb'] } },
  ],
  fields: ZEEK_FIELDS,
  time: ZEEK_TIMES,
  entities: ZEEK_ENTITIES,
};

/** Zeek's logs without `_path`: one mapping a log, told by its keys. */
export const ZEEK_LOGS_BARE: readonly MappingDocument[] = Object.entries(ZEEK_LOGS).map(([log, keys]) => ({
  mapping: `zeek-${log.replace('_', '-')}`,
  title: `Zeek's ${log} log without _path`,
  detect: [[{ path: 'ts', is: 'scalar' as const }, ...keys.map((path) => ({ path }))]],
  logsource: { products: ['zeek'], services: [log], categories: ZEEK_CATEGORIES[log] ?? [] },
  fields: ZEEK_FIELDS,
  time: ZEEK_TIMES,
  entities: ZEEK_ENTITIES,
}));

/** Suricata's eve.json. */
export const SURICATA: MappingDocument = {
  mapping: 'suricata',
  title: 'Suricata eve.json',
  detect: [
    [
      { path: 'event_type', is: 'scalar' },
      { path: 'timestamp', is: 'scalar' },
      { path: 'src_ip', is: 'scalar' },
    ],
    [
      { path: 'event_type', is: 'scalar' },
      { path: 'timestamp', is: 'scalar' },
      { path: 'flow_id', is: 'scalar' },
    ],
    [
      { path: 'event_type', equals: ['stats', 'dns', 'http', 'tls', 'flow', 'fileinfo', 'alert'] },
      { path: 'timestamp', is: 'scalar' },
    ],
  ],
  lift: [
    { kind: 'derive', from: 'http.url', what: 'uri_extension', as: 'c-uri-extension' },
    ...dnsLifts('dns.rrname'),
  ],
  discriminators: [{ name: 'event', paths: ['event_type'], field: 'event_type' }],
  logsource: { products: ['suricata'] },
  classes: [
    { when: { event: ['dns'] }, logsource: { categories: ['dns'], services: ['dns'] } },
    {
      when: { event: ['http', 'http2'] },
      logsource: { categories: ['proxy', 'webserver'], services: ['http'] },
    },
    { when: { event: ['flow', 'netflow'] }, logsource: { categories: ['firewall'], services: ['flow'] } },
    {
      when: { event: ['drop'] },
      logsource: { categories: ['firewall'], services: ['drop'] },
      constants: { action: 'drop' },
    },
    { when: { event: ['alert'] }, logsource: { services: ['alert'] }, alert: SURICATA_ALERT },
    ...[
      'tls',
      'ssh',
      'smb',
      'dcerpc',
      'krb5',
      'smtp',
      'ftp',
      'rdp',
      'fileinfo',
      'anomaly',
      'dhcp',
      'snmp',
      'tftp',
      'ike',
      'quic',
      'mqtt',
      'nfs',
    ].map((event) => ({ when: { event: [event] }, logsource: { services: [event] } })),
  ],
  fields: {
    dst_ip: ['dest_ip'],
    dst_port: ['dest_port'],
    SourceIp: ['src_ip'],
    DestinationIp: ['dest_ip'],
    DestinationPort: ['dest_port'],
    query: ['dns.rrname', 'dns.queries.rrname', 'dns.query.rrname'],
    record_type: ['dns.rrtype', 'dns.queries.rrtype', 'dns.query.rrtype'],
    answer: ['dns.answers.rdata', 'dns.rdata', 'dns.grouped.TXT', 'dns.grouped.A', 'dns.grouped.CNAME'],
    'c-uri': ['http.url'],
    'c-uri-query': ['http.url'],
    'cs-uri': ['http.url'],
    'cs-uri-query': ['http.url'],
    'cs-uri-stem': ['http.url'],
    'cs-method': ['http.http_method'],
    'cs-host': ['http.hostname'],
    'c-useragent': ['http.http_user_agent'],
    'cs-user-agent': ['http.http_user_agent'],
    'cs-referer': ['http.http_refer'],
    'cs-referrer': ['http.http_refer'],
    'sc-status': ['http.status'],
    'cs-content-type': ['http.http_content_type'],
  },
  time: ['timestamp'],
  entities: [
    { type: 'ip', role: 'source', fields: ['src_ip'] },
    { type: 'ip', role: 'target', fields: ['dest_ip'] },
    { type: 'domain', role: 'target', fields: ['query', 'http.hostname', 'tls.sni'] },
    { type: 'host', role: 'target', fields: ['host'] },
    { type: 'hash', role: 'actor', fields: ['fileinfo.sha256', 'fileinfo.md5'] },
  ],
};

/** How DNS logs call the name asked for and its type. */
const DNS_NAMES = [
  ['query', 'record_type'],
  ['query', 'query_type'],
  ['query', 'qtype_name'],
  ['query', 'qtype'],
  ['query_name', 'query_type'],
  ['qname', 'qtype'],
  ['QueryName', 'QueryType'],
  ['queryName', 'queryType'],
  ['question', 'record_type'],
] as const;

/** DNS servers and sensors of other makes: a query and its type. */
export const DNS_GENERIC: MappingDocument = {
  mapping: 'dns',
  title: 'DNS queries',
  detect: [
    ...DNS_NAMES.map(([query, type]) => [
      { path: query, is: 'scalar' as const },
      { path: type, is: 'scalar' as const },
    ]),
    // Route 53 resolver query logs.
    [
      { path: 'query_name', is: 'scalar' },
      { path: 'rcode', is: 'scalar' },
    ],
  ],
  lift: ['query', 'query_name', 'qname', 'QueryName', 'queryName', 'question'].flatMap((from) =>
    dnsLifts(from),
  ),
  logsource: { products: ['dns'], categories: ['dns'] },
  paths: {
    query: ['query', 'query_name', 'qname', 'QueryName', 'queryName', 'question'],
    record_type: ['record_type', 'query_type', 'qtype_name', 'qtype', 'QueryType', 'queryType'],
    answer: ['answer', 'answers.Rdata', 'answers.data', 'answers', 'rdata', 'response'],
    src_ip: ['src_ip', 'srcaddr', 'client_ip', 'clientIp', 'client'],
  },
  time: ['timestamp', 'query_timestamp', 'time', '@timestamp', 'ts'],
  entities: [
    { type: 'domain', role: 'target', fields: ['query'] },
    { type: 'ip', role: 'source', fields: ['src_ip'] },
  ],
};

/** How firewalls and flow logs call the two ends, and something that only they have. */
const FLOW_NAMES = [
  ['src_ip', 'dst_ip', 'dst_port'],
  ['src_ip', 'dst_ip', 'action'],
  ['src_ip', 'dest_ip', 'dest_port'],
  ['srcip', 'dstip', 'action'],
  ['srcip', 'dstip', 'dstport'],
  ['source_ip', 'destination_ip', 'destination_port'],
  ['source_ip', 'destination_ip', 'action'],
  ['srcaddr', 'dstaddr', 'action'],
  ['srcaddr', 'dstaddr', 'dstport'],
  ['src', 'dst', 'action'],
] as const;

/** Firewalls and flow logs of other makes: two addresses and what was done. */
export const FIREWALL_GENERIC: MappingDocument = {
  mapping: 'firewall',
  title: 'Firewall records and flow logs',
  detect: [...FLOW_NAMES.map((names) => names.map((path) => ({ path, is: 'scalar' as const })))],
  logsource: { categories: ['firewall'] },
  paths: {
    src_ip: ['src_ip', 'srcip', 'source_ip', 'srcaddr', 'src'],
    dst_ip: ['dst_ip', 'dstip', 'destination_ip', 'dstaddr', 'dst', 'dest_ip'],
    src_port: ['src_port', 'srcport', 'source_port', 'spt'],
    dst_port: ['dst_port', 'dstport', 'destination_port', 'dest_port', 'dpt'],
    action: ['action', 'Action', 'act'],
  },
  time: ['timestamp', 'eventtime', 'time', '@timestamp', 'start', 'ts'],
  entities: [
    { type: 'ip', role: 'source', fields: ['src_ip'] },
    { type: 'ip', role: 'target', fields: ['dst_ip'] },
  ],
};
