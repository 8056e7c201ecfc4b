import type { ClassDocument, EntityDocument, FieldTable, MappingDocument } from '../mapping.ts';
import { OCSF_ALERT } from './alerts.ts';

const FIELDS: FieldTable = {
  Image: ['process.file.path', 'process.path', 'actor.process.file.path', 'actor.process.path'],
  CommandLine: ['process.cmd_line', 'actor.process.cmd_line'],
  ParentImage: [
    'process.parent_process.file.path',
    'process.parent_process.path',
    'actor.process.file.path',
    'actor.process.path',
  ],
  ParentCommandLine: ['process.parent_process.cmd_line', 'actor.process.cmd_line'],
  CurrentDirectory: ['process.working_directory'],
  ProcessId: ['process.pid', 'actor.process.pid'],
  ParentProcessId: ['process.parent_process.pid'],
  ProcessGuid: ['process.uid', 'actor.process.uid'],
  IntegrityLevel: ['process.integrity'],
  Hashes: ['process.file.hashes.value', 'file.hashes.value'],
  OriginalFileName: ['process.file.internal_name'],
  Company: ['process.file.company_name'],
  Product: ['process.file.product.name'],
  Description: ['process.file.desc'],
  User: ['process.user.name', 'actor.user.name', 'user.name'],
  Computer: ['device.hostname', 'device.name'],
  TargetFilename: ['file.path', 'file_result.path'],
  SourceFilename: ['file.path'],
  ImageLoaded: ['module.file.path', 'driver.file.path'],
  TargetObject: ['reg_value.path', 'reg_key.path', 'win_registry_key.path'],
  Details: ['reg_value.data'],
  QueryName: ['query.hostname'],
  query: ['query.hostname', 'query'],
  record_type: ['query.type'],
  answer: ['answers.rdata'],
  QueryResults: ['answers.rdata'],
  SourceIp: ['src_endpoint.ip'],
  SourcePort: ['src_endpoint.port'],
  SourceHostname: ['src_endpoint.hostname'],
  DestinationIp: ['dst_endpoint.ip'],
  DestinationPort: ['dst_endpoint.port'],
  DestinationHostname: ['dst_endpoint.hostname', 'dst_endpoint.domain'],
  Protocol: ['connection_info.protocol_name'],
  src_ip: ['src_endpoint.ip'],
  src_port: ['src_endpoint.port'],
  dst_ip: ['dst_endpoint.ip'],
  dst_port: ['dst_endpoint.port'],
  action: ['action', 'disposition'],
  'c-uri': ['http_request.url.url_string', 'http_request.url.path', 'http_request.url.text'],
  'cs-uri': ['http_request.url.url_string', 'http_request.url.path', 'http_request.url.text'],
  'cs-uri-stem': ['http_request.url.path'],
  'cs-uri-query': ['http_request.url.url_string', 'http_request.url.query_string', 'http_request.url.path'],
  'cs-host': ['http_request.url.hostname'],
  'cs-method': ['http_request.http_method'],
  'cs-user-agent': ['http_request.user_agent'],
  'c-useragent': ['http_request.user_agent'],
  'cs-referer': ['http_request.referrer'],
  'cs-referrer': ['http_request.referrer'],
  'sc-status': ['http_response.code'],
};

/** CloudTrail's names of what OCSF's API activity carries (Amazon Security Lake). */
const CLOUDTRAIL_FIELDS: FieldTable = {
  eventName: ['api.operation'],
  eventSource: ['api.service.name'],
  errorCode: ['api.response.error', 'api.response.code'],
  errorMessage: ['api.response.error_message', 'api.response.message'],
  userAgent: ['http_request.user_agent'],
  sourceIPAddress: ['src_endpoint.ip', 'src_endpoint.domain'],
  'userIdentity.type': ['actor.user.type', 'actor.session.issuer'],
  'userIdentity.arn': ['actor.user.uid_alt', 'actor.user.uid'],
  'userIdentity.userName': ['actor.user.name'],
  'userIdentity.accessKeyId': ['actor.user.credential_uid'],
  requestParameters: ['api.request.data', 'unmapped.requestParameters'],
  responseElements: ['api.response.data', 'unmapped.responseElements'],
  eventType: ['metadata.event_code', 'unmapped.eventType'],
};

const CLASSES: readonly ClassDocument[] = [
  { when: { os: ['100', '*windows*'] }, logsource: { products: ['windows'] } },
  { when: { os: ['200', '*linux*'] }, logsource: { products: ['linux'] } },
  { when: { os: ['300', '*macos*', '*mac os*'] }, logsource: { products: ['macos'] } },
  { when: { class: ['1007'], activity: ['1', '-'] }, logsource: { categories: ['process_creation'] } },
  { when: { class: ['1007'], activity: ['2'] }, logsource: { categories: ['process_termination'] } },
  { when: { class: ['1007'], activity: ['3'] }, logsource: { categories: ['process_access'] } },
  { when: { class: ['1007'], activity: ['4'] }, logsource: { categories: ['create_remote_thread'] } },
  { when: { class: ['1001'], activity: ['1', '3', '-'] }, logsource: { categories: ['file_event'] } },
  { when: { class: ['1001'], activity: ['2', '14'] }, logsource: { categories: ['file_access'] } },
  { when: { class: ['1001'], activity: ['4'] }, logsource: { categories: ['file_delete'] } },
  {
    when: { class: ['1001'], activity: ['5'] },
    logsource: { categories: ['file_rename'] },
    fields: { TargetFilename: ['file_result.path', 'file.path'] },
  },
  { when: { class: ['1005'] }, logsource: { categories: ['image_load'] } },
  { when: { class: ['1002'] }, logsource: { categories: ['driver_load'] } },
  // The Windows extension numbers its classes from 201000.
  {
    when: { class: ['201001', '201002'], activity: ['1'] },
    logsource: { categories: ['registry_event', 'registry_add'] },
  },
  {
    when: { class: ['201001', '201002'], activity: ['3', '-'] },
    logsource: { categories: ['registry_event', 'registry_set'] },
  },
  {
    when: { class: ['201002'], activity: ['1', '2'] },
    logsource: { categories: ['registry_event', 'registry_set'] },
  },
  {
    when: { class: ['201001', '201002'], activity: ['4'] },
    logsource: { categories: ['registry_event', 'registry_delete'] },
  },
  { when: { class: ['4001'] }, logsource: { categories: ['network_connection', 'firewall'] } },
  { when: { class: ['4002'] }, logsource: { categories: ['proxy', 'webserver'] } },
  { when: { class: ['4003'] }, logsource: { categories: ['dns', 'dns_query'] } },
  {
    when: { class: ['2004', '2001'] },
    logsource: { categories: ['antivirus'] },
    alert: OCSF_ALERT,
    fields: {
      Signature: ['malware.name', 'finding_info.title'],
      Filename: ['malware.path', 'evidences.file.path', 'file.path'],
    },
  },
  // Incidents and data-loss findings of other products.
  { when: { class: ['2005', '2006'] }, alert: OCSF_ALERT },
  {
    when: { source: ['cloudtrail'] },
    logsource: { products: ['aws'], services: ['cloudtrail'] },
    fields: CLOUDTRAIL_FIELDS,
  },
  { when: { source: ['*okta*'] }, logsource: { products: ['okta'], services: ['okta'] } },
  {
    when: { source: ['*kubernetes*', '*eks*'] },
    logsource: { products: ['kubernetes'], categories: ['application'], services: ['audit'] },
  },
];

const ENTITIES: readonly EntityDocument[] = [
  { type: 'host', role: 'target', fields: ['Computer'] },
  { type: 'user', role: 'actor', fields: ['actor.user.name', 'actor.user.uid'] },
  { type: 'user', role: 'target', fields: ['user.name'] },
  { type: 'key', role: 'actor', fields: ['actor.user.credential_uid'] },
  { type: 'process', role: 'actor', fields: ['process.uid', 'actor.process.uid'] },
  { type: 'ip', role: 'source', fields: ['src_endpoint.ip'] },
  { type: 'ip', role: 'target', fields: ['dst_endpoint.ip'] },
  { type: 'domain', role: 'target', fields: ['query.hostname', 'http_request.url.hostname'] },
  { type: 'file', role: 'actor', fields: ['process.file.path'] },
  { type: 'file', role: 'target', fields: ['file.path', 'module.file.path'] },
  { type: 'hash', role: 'actor', fields: ['process.file.hashes.value', 'file.hashes.value'] },
  { type: 'cloud_resource', role: 'target', fields: ['resources.uid'] },
];

/** Open Cybersecurity Schema Framework, all versions: its classes by number. */
export const OCSF: MappingDocument = {
  mapping: 'ocsf',
  title: 'Open Cybersecurity Schema Framework',
  detect: [
    [
      { path: 'class_uid', is: 'scalar' },
      { path: 'metadata', is: 'object' },
    ],
    [
      { path: 'class_uid', is: 'scalar' },
      { path: 'activity_id', is: 'scalar' },
    ],
  ],
  discriminators: [
    { name: 'class', paths: ['class_uid'], field: 'class_uid' },
    { name: 'activity', paths: ['activity_id'], field: 'activity_id' },
    { name: 'os', paths: ['device.os.type_id', 'device.os.type', 'device.os.name'] },
    { name: 'source', paths: ['metadata.product.name'] },
  ],
  classes: CLASSES,
  fields: FIELDS,
  time: ['time', 'time_dt', 'metadata.original_time', 'metadata.logged_time'],
  id: ['metadata.uid'],
  entities: ENTITIES,
};
