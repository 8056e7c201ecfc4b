import type { ClassDocument, FieldTable } from '../mapping.ts';

/** Native names below a prefix: the modules of Filebeat keep the source's own fields there. */
function below(prefix: string, names: readonly string[]): FieldTable {
  return Object.fromEntries(names.map((name) => [name, [name, `${prefix}.${name}`]]));
}

const AUDIT_ARGUMENTS = Object.fromEntries(
  ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'].map((name) => [
    name,
    [`auditd.data.${name}`, `auditd.log.${name}`],
  ]),
);

const AZURE = {
  operationName: [
    'operationName',
    'azure.auditlogs.operation_name',
    'azure.activitylogs.operation_name',
    'event.action',
  ],
  OperationName: [
    'OperationName',
    'azure.auditlogs.operation_name',
    'azure.activitylogs.operation_name',
    'event.action',
  ],
  'properties.message': ['properties.message', 'azure.auditlogs.operation_name', 'event.action'],
  category: [
    'azure.auditlogs.properties.category',
    'azure.auditlogs.category',
    'azure.activitylogs.category',
  ],
  Category: [
    'azure.auditlogs.properties.category',
    'azure.auditlogs.category',
    'azure.activitylogs.category',
  ],
  Status: ['azure.auditlogs.properties.result', 'azure.signinlogs.properties.status.additional_details'],
  ResultType: ['azure.signinlogs.result_type', 'azure.signinlogs.properties.status.error_code'],
  resultType: ['azure.signinlogs.result_type', 'azure.signinlogs.properties.status.error_code'],
  ResultDescription: ['azure.signinlogs.result_description'],
  AuthenticationRequirement: ['azure.signinlogs.properties.authentication_requirement'],
  conditionalAccessStatus: ['azure.signinlogs.properties.conditional_access_status'],
  ResourceDisplayName: ['azure.signinlogs.properties.resource_display_name'],
  userAgent: ['user_agent.original'],
  callerIpAddress: ['azure.signinlogs.caller_ip_address', 'source.ip'],
  riskEventType: ['azure.identity_protection.properties.risk_event_type'],
  ResourceId: ['azure.resource.id'],
} satisfies FieldTable;

/** Kinds of records by `event.dataset` (or module) of Elastic's integrations. */
export const ECS_DATASETS: readonly ClassDocument[] = [
  { when: { dataset: ['*nginx*'] }, logsource: { categories: ['webserver'], services: ['nginx'] } },
  { when: { dataset: ['*apache*'] }, logsource: { categories: ['webserver'], services: ['apache'] } },
  { when: { dataset: ['*iis*', 'traefik*', 'haproxy*'] }, logsource: { categories: ['webserver'] } },
  { when: { dataset: ['*squid*', '*zscaler*', '*bluecoat*'] }, logsource: { categories: ['proxy'] } },
  {
    when: { dataset: ['*firewall*', '*.traffic', 'cisco*', 'panw*', 'fortinet*', 'pfsense*', 'aws.vpcflow'] },
    logsource: { categories: ['firewall'] },
    fields: { action: ['event.action', 'event.outcome'] },
  },
  {
    when: { dataset: ['auditd*'] },
    logsource: { products: ['linux'], services: ['auditd'] },
    fields: {
      type: ['auditd.message_type', 'auditd.log.record_type'],
      exe: ['process.executable'],
      comm: ['process.name'],
      SYSCALL: ['auditd.data.syscall', 'auditd.log.syscall'],
      name: ['auditd.paths.name', 'file.path'],
      key: ['tags', 'auditd.log.key'],
      ...AUDIT_ARGUMENTS,
    },
  },
  {
    when: { dataset: ['system.auth'] },
    logsource: { products: ['linux'], services: ['auth', 'sshd', 'sudo', 'syslog'] },
  },
  { when: { dataset: ['system.syslog'] }, logsource: { products: ['linux'], services: ['syslog', 'cron'] } },
  {
    when: { dataset: ['okta*'] },
    logsource: { products: ['okta'], services: ['okta'] },
    fields: {
      eventType: ['eventType', 'okta.event_type', 'event.action'],
      displayMessage: ['displayMessage', 'okta.display_message'],
      'actor.alternateId': ['actor.alternateId', 'okta.actor.alternate_id'],
      'target.displayName': ['target.displayName', 'okta.target.display_name'],
      'outcome.result': ['outcome.result', 'okta.outcome.result'],
      'outcome.reason': ['outcome.reason', 'okta.outcome.reason'],
      'securityContext.isProxy': ['securityContext.isProxy', 'okta.security_context.is_proxy'],
      'debugContext.debugData.requestUri': [
        'debugContext.debugData.requestUri',
        'okta.debug_context.debug_data.request_uri',
      ],
    },
  },
  {
    when: { dataset: ['github*'] },
    logsource: { products: ['github'], services: ['audit'] },
    fields: { action: ['event.action', 'action'] },
  },
  {
    when: { dataset: ['azure.signinlogs'] },
    logsource: { products: ['azure'], services: ['signinlogs'] },
    fields: AZURE,
  },
  {
    when: { dataset: ['azure.auditlogs'] },
    logsource: { products: ['azure'], services: ['auditlogs'] },
    fields: AZURE,
  },
  {
    when: { dataset: ['azure.activitylogs'] },
    logsource: { products: ['azure'], services: ['activitylogs'] },
    fields: AZURE,
  },
  {
    when: { dataset: ['azure.identity_protection'] },
    logsource: { products: ['azure'], services: ['riskdetection'] },
    fields: AZURE,
  },
  {
    when: { dataset: ['o365.audit'] },
    logsource: {
      products: ['m365'],
      services: ['audit', 'exchange', 'threat_management', 'threat_detection'],
    },
    fields: {
      ...below('o365.audit', [
        'Operation',
        'Workload',
        'ResultStatus',
        'ApplicationId',
        'ObjectId',
        'Parameters',
      ]),
      eventSource: ['o365.audit.Workload'],
      eventName: ['o365.audit.Name', 'o365.audit.Operation'],
      status: ['o365.audit.ResultStatus', 'o365.audit.Status'],
    },
  },
  {
    when: { dataset: ['gcp.audit'] },
    logsource: { products: ['gcp'], services: ['gcp.audit'] },
    fields: { 'gcp.audit.method_name': ['gcp.audit.method_name', 'event.action'] },
  },
  {
    when: { dataset: ['google_workspace.admin'] },
    logsource: { products: ['gcp'], services: ['google_workspace.admin'] },
    fields: {
      eventName: ['event.action'],
      new_value: ['google_workspace.admin.new_value'],
      setting_name: ['google_workspace.admin.setting.name'],
    },
    constants: { eventService: 'admin.googleapis.com' },
  },
  {
    when: { dataset: ['google_workspace.login'] },
    logsource: { products: ['gcp'], services: ['google_workspace.login'] },
    fields: { 'protoPayload.metadata.event.eventName': ['event.action'] },
    constants: {
      'protoPayload.serviceName': 'login.googleapis.com',
      'protoPayload.Servicename': 'login.googleapis.com',
    },
  },
  {
    when: { dataset: ['kubernetes.audit*'] },
    logsource: { products: ['kubernetes'], categories: ['application'], services: ['audit'] },
    fields: {
      ...below('kubernetes.audit', [
        'verb',
        'requestURI',
        'userAgent',
        'objectRef.resource',
        'objectRef.subresource',
        'objectRef.namespace',
        'objectRef.apiGroup',
        'responseStatus.code',
      ]),
      apiGroup: ['kubernetes.audit.objectRef.apiGroup'],
    },
  },
  ...[
    'dns',
    'http',
    'conn',
    'dce_rpc',
    'kerberos',
    'rdp',
    'smb_files',
    'x509',
    'ssl',
    'ssh',
    'files',
    'notice',
  ].map(
    (log): ClassDocument => ({
      when: { dataset: [`zeek.${log}`] },
      logsource: { products: ['zeek'], services: [log] },
      fields: below(`zeek.${log}`, [
        'operation',
        'endpoint',
        'name',
        'path',
        'request_type',
        'cipher',
        'service',
        'query',
        'answers',
        'qtype_name',
        'rejected',
        'Z',
        'certificate.serial',
        'resp_mime_types',
      ]),
    }),
  ),
];
