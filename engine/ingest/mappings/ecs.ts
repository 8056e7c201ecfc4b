import type { ClassDocument, EntityDocument, FieldTable, MappingDocument } from '../mapping.ts';
import { ECS_DATASETS } from './ecs-datasets.ts';

/** Elastic's names of what Sigma's taxonomy has. */
const FIELDS: FieldTable = {
  Image: ['process.executable'],
  CommandLine: ['process.command_line', 'process.args_text', 'process.title'],
  ParentImage: ['process.parent.executable'],
  ParentCommandLine: ['process.parent.command_line'],
  CurrentDirectory: ['process.working_directory'],
  OriginalFileName: [
    'process.pe.original_file_name',
    'dll.pe.original_file_name',
    'file.pe.original_file_name',
  ],
  Company: ['process.pe.company', 'dll.pe.company'],
  Description: ['process.pe.description', 'dll.pe.description'],
  Product: ['process.pe.product', 'dll.pe.product'],
  FileVersion: ['process.pe.file_version', 'dll.pe.file_version'],
  Hashes: [
    'process.hash.sha256',
    'process.hash.md5',
    'process.hash.sha1',
    'dll.hash.sha256',
    'file.hash.sha256',
  ],
  IntegrityLevel: ['process.Ext.token.integrity_level_name'],
  ProcessId: ['process.pid'],
  ParentProcessId: ['process.parent.pid'],
  ProcessGuid: ['process.entity_id'],
  ParentProcessGuid: ['process.parent.entity_id'],
  User: ['user.name', 'process.user.name', 'user.id'],
  ParentUser: ['process.parent.user.name'],
  Computer: ['host.name', 'host.hostname'],
  TargetFilename: ['file.path'],
  SourceFilename: ['file.Ext.original.path'],
  FileName: ['file.path'],
  ImageLoaded: ['dll.path', 'file.path'],
  Signed: ['dll.code_signature.exists', 'dll.code_signature.signed'],
  Signature: ['dll.code_signature.subject_name'],
  SignatureStatus: ['dll.code_signature.status'],
  TargetObject: ['registry.path', 'registry.key'],
  Details: ['registry.data.strings'],
  QueryName: ['dns.question.name'],
  QueryResults: ['dns.answers.data', 'dns.resolved_ip'],
  query: ['dns.question.name'],
  answer: ['dns.answers.data', 'dns.resolved_ip'],
  record_type: ['dns.question.type'],
  SourceIp: ['source.ip'],
  SourcePort: ['source.port'],
  SourceHostname: ['source.domain'],
  DestinationIp: ['destination.ip'],
  DestinationPort: ['destination.port'],
  DestinationHostname: ['destination.domain'],
  Protocol: ['network.transport'],
  src_ip: ['source.ip'],
  src_port: ['source.port'],
  dst_ip: ['destination.ip'],
  dst_port: ['destination.port'],
  'c-uri': ['url.full', 'url.original', 'url.path'],
  'cs-uri': ['url.full', 'url.original', 'url.path'],
  'c-uri-query': ['url.query'],
  'c-uri-extension': ['url.extension'],
  'cs-uri-stem': ['url.path', 'url.original'],
  'cs-uri-query': ['url.original', 'url.full', 'url.query', 'url.path'],
  'cs-host': ['url.domain', 'destination.domain'],
  'cs-method': ['http.request.method'],
  'cs-referer': ['http.request.referrer'],
  'cs-referrer': ['http.request.referrer'],
  'cs-user-agent': ['user_agent.original'],
  'c-useragent': ['user_agent.original'],
  'cs-username': ['user.name'],
  'sc-status': ['http.response.status_code'],
  'c-ip': ['source.ip', 'client.ip'],
};

const ENTITIES: readonly EntityDocument[] = [
  { type: 'host', role: 'target', fields: ['Computer'] },
  { type: 'user', role: 'actor', fields: ['User'] },
  { type: 'user', role: 'target', fields: ['user.target.name'] },
  { type: 'process', role: 'actor', fields: ['process.entity_id', 'process.parent.entity_id'] },
  { type: 'ip', role: 'source', fields: ['source.ip'] },
  { type: 'ip', role: 'target', fields: ['destination.ip'] },
  { type: 'domain', role: 'target', fields: ['dns.question.name', 'destination.domain', 'url.domain'] },
  { type: 'file', role: 'actor', fields: ['process.executable'] },
  { type: 'file', role: 'target', fields: ['file.path', 'dll.path'] },
  { type: 'hash', role: 'actor', fields: ['process.hash.sha256', 'dll.hash.sha256', 'file.hash.sha256'] },
];

/** Actions (`event.action`, `event.type`) that begin and end a process, by whichever agent. */
const STARTS = ['*start*', '*exec*', '*fork*', '*creat*'];
const ENDS = ['*end*', '*exit*', '*terminat*', '*stopp*'];

const CLASSES: readonly ClassDocument[] = [
  { when: { os: ['*windows*'] }, logsource: { products: ['windows'] } },
  {
    when: {
      os: [
        '*linux*',
        '*debian*',
        '*ubuntu*',
        '*redhat*',
        '*rhel*',
        '*centos*',
        '*suse*',
        '*fedora*',
        '*amazon*',
      ],
    },
    logsource: { products: ['linux'] },
  },
  { when: { os: ['*macos*', '*darwin*', '*osx*'] }, logsource: { products: ['macos'] } },
  {
    when: { category: ['*process*'], type: [...STARTS, '-'] },
    logsource: { categories: ['process_creation'] },
  },
  { when: { category: ['*process*'], type: ENDS }, logsource: { categories: ['process_termination'] } },
  { when: { category: ['*network*'] }, logsource: { categories: ['network_connection', 'firewall'] } },
  { when: { category: ['*network*'], dataset: ['*dns*'] }, logsource: { categories: ['dns', 'dns_query'] } },
  { when: { dataset: ['*dns*'] }, logsource: { categories: ['dns'] } },
  { when: { category: ['*library*'] }, logsource: { categories: ['image_load'] } },
  { when: { category: ['*driver*'] }, logsource: { categories: ['driver_load'] } },
  {
    when: { category: ['*registry*'], type: ['*change*', '*modif*', '-'] },
    logsource: { categories: ['registry_event', 'registry_set'] },
  },
  {
    when: { category: ['*registry*'], type: ['*creat*'] },
    logsource: { categories: ['registry_event', 'registry_add', 'registry_set'] },
  },
  {
    when: { category: ['*registry*'], type: ['*delet*'] },
    logsource: { categories: ['registry_event', 'registry_delete'] },
  },
  {
    when: { category: ['*file*'], type: ['*creat*', '*change*', '*modif*', '*overwrit*', '-'] },
    logsource: { categories: ['file_event'] },
  },
  { when: { category: ['*file*'], type: ['*rename*'] }, logsource: { categories: ['file_rename'] } },
  { when: { category: ['*file*'], type: ['*delet*'] }, logsource: { categories: ['file_delete'] } },
  {
    when: { category: ['*file*'], type: ['*access*', '*open*'] },
    logsource: { categories: ['file_access'] },
  },
  { when: { category: ['*web*'] }, logsource: { categories: ['webserver', 'proxy'] } },
  ...ECS_DATASETS,
];

/** Records in Elastic Common Schema: Elastic Defend, Auditbeat, Packetbeat, Filebeat's modules. */
export const ECS: MappingDocument = {
  mapping: 'ecs',
  title: 'Elastic Common Schema',
  detect: [
    [{ path: 'ecs.version', is: 'scalar' }],
    [{ path: '@timestamp', is: 'scalar' }, { path: 'event.category' }],
    [
      { path: '@timestamp', is: 'scalar' },
      { path: 'event.dataset', is: 'scalar' },
    ],
  ],
  lift: [
    // Integrations that keep the source's record as it came.
    { kind: 'json', from: 'event.original' },
    { kind: 'join', from: 'event.category', into: 'event', as: 'category_text' },
    { kind: 'join', from: 'event.type', into: 'event', as: 'type_text' },
    { kind: 'join', from: 'event.action', into: 'event', as: 'action_text' },
    { kind: 'join', from: 'process.args', into: 'process', as: 'args_text' },
  ],
  discriminators: [
    { name: 'category', paths: ['event.category_text', 'event.category'] },
    { name: 'type', paths: ['event.type_text', 'event.type', 'event.action_text', 'event.action'] },
    { name: 'dataset', paths: ['event.dataset', 'event.module', 'data_stream.dataset'] },
    { name: 'os', paths: ['host.os.type', 'host.os.family', 'host.os.platform', 'os.type'] },
  ],
  classes: CLASSES,
  fields: FIELDS,
  time: ['@timestamp', 'event.created', 'event.ingested'],
  id: ['event.id'],
  entities: ENTITIES,
};
