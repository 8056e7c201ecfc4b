import type { ClassDocument, FieldTable, MappingDocument } from '../mapping.ts';

/** Workloads of the unified audit log that Sigma has a service of its own for. */
const WORKLOADS: readonly ClassDocument[] = [
  { when: { workload: ['Exchange'] }, logsource: { services: ['exchange'] } },
  {
    when: { workload: ['SecurityComplianceCenter', 'ThreatIntelligence', 'PublicEndpoint'] },
    logsource: { services: ['threat_management', 'threat_detection'] },
    fields: { eventName: ['eventName', 'Name', 'AlertName', 'Operation'] },
  },
];

const FIELDS: FieldTable = {
  Workload: ['Workload', 'OfficeWorkload'],
  eventSource: ['eventSource', 'Workload', 'OfficeWorkload'],
  eventName: ['eventName', 'Operation'],
  status: ['status', 'ResultStatus', 'Status'],
  // Lists of {Name, Value}: the rules look for parameter names, and for values where only those tell.
  Parameters: ['Parameters.Name', 'Parameters'],
  OperationProperties: ['OperationProperties.Value', 'OperationProperties'],
  RequestType: ['RequestType', 'extendedProperties.RequestType'],
  ObjectId: ['ObjectId', 'OfficeObjectId'],
};

/** Microsoft 365 unified audit log, from the management API, Search-UnifiedAuditLog and Sentinel's OfficeActivity. */
export const M365_AUDIT: MappingDocument = {
  mapping: 'm365-audit',
  title: 'Microsoft 365 unified audit log',
  detect: [
    [
      { path: 'Operation', is: 'scalar' },
      { path: 'Workload', is: 'scalar' },
      { path: 'RecordType', is: 'scalar' },
    ],
    [
      { path: 'Operation', is: 'scalar' },
      { path: 'OfficeWorkload', is: 'scalar' },
    ],
    [
      { path: 'Operation', is: 'scalar' },
      { path: 'Workload', is: 'scalar' },
      { path: 'CreationTime', is: 'scalar' },
    ],
  ],
  lift: [
    { kind: 'json', from: 'Parameters', as: 'Parameters' },
    { kind: 'json', from: 'OperationProperties', as: 'OperationProperties' },
    {
      kind: 'pairs',
      from: 'ExtendedProperties',
      is: 'array',
      into: 'extendedProperties',
      name: ['Name'],
      value: ['Value'],
    },
    { kind: 'pairs', from: 'Parameters', is: 'array', into: 'parameters', name: ['Name'], value: ['Value'] },
  ],
  discriminators: [{ name: 'workload', paths: ['Workload', 'OfficeWorkload'], field: 'Workload' }],
  logsource: { products: ['m365'], services: ['audit'] },
  classes: WORKLOADS,
  fields: FIELDS,
  time: ['CreationTime', 'CreationDate', 'TimeGenerated'],
  id: ['Id', 'OfficeId'],
  entities: [
    { type: 'user', role: 'actor', fields: ['UserId', 'UserKey'] },
    { type: 'ip', role: 'source', fields: ['ClientIP', 'ClientIPAddress', 'ActorIpAddress'] },
    {
      type: 'mailbox',
      role: 'target',
      fields: ['MailboxOwnerUPN', 'parameters.Mailbox', 'parameters.Identity'],
    },
    { type: 'application', role: 'actor', fields: ['ApplicationId', 'AppId'] },
    { type: 'cloud_resource', role: 'target', fields: ['ObjectId'] },
  ],
};

/** What Search-UnifiedAuditLog exports: the record as a text in `AuditData`. */
export const M365_AUDIT_EXPORT: MappingDocument = {
  ...M365_AUDIT,
  mapping: 'm365-audit-export',
  title: 'Microsoft 365 unified audit log, as the search exports it',
  detect: [
    [
      { path: 'AuditData', is: 'scalar' },
      { path: 'RecordType', is: 'scalar' },
    ],
  ],
  lift: [{ kind: 'json', from: 'AuditData' }, ...(M365_AUDIT.lift ?? [])],
  time: ['CreationTime', 'CreationDate'],
};
