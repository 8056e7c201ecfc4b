import type { FieldTable, MappingDocument } from '../mapping.ts';

const FIELDS: FieldTable = {
  'gcp.audit.method_name': [
    'gcp.audit.method_name',
    'protoPayload.methodName',
    'data.protoPayload.methodName',
  ],
  'data.protoPayload.methodName': ['data.protoPayload.methodName', 'protoPayload.methodName'],
  'data.protoPayload.serviceName': ['data.protoPayload.serviceName', 'protoPayload.serviceName'],
  'data.protoPayload.resource.type': [
    'data.protoPayload.resource.type',
    'data.resource.type',
    'resource.type',
  ],
  'data.protoPayload.logName': ['data.protoPayload.logName', 'data.logName', 'logName'],
  'data.protoPayload.authorizationInfo.permission': [
    'data.protoPayload.authorizationInfo.permission',
    'protoPayload.authorizationInfo.permission',
  ],
  'data.protoPayload.authorizationInfo.granted': [
    'data.protoPayload.authorizationInfo.granted',
    'protoPayload.authorizationInfo.granted',
  ],
  'protoPayload.Servicename': [
    'protoPayload.Servicename',
    'protoPayload.serviceName',
    'data.protoPayload.serviceName',
  ],
  eventService: ['eventService', 'protoPayload.serviceName', 'data.protoPayload.serviceName'],
  eventName: [
    'eventName',
    'protoPayload.metadata.event.eventName',
    'data.protoPayload.metadata.event.eventName',
  ],
  new_value: ['new_value', 'parameters.new_value', 'parameters.NEW_VALUE'],
  setting_name: ['setting_name', 'parameters.setting_name', 'parameters.SETTING_NAME'],
};

/** Google Cloud audit logs, as Cloud Logging exports them (also within a Pub/Sub `data`), Workspace's logs among them. */
export const GCP_AUDIT: MappingDocument = {
  mapping: 'gcp-audit',
  title: 'Google Cloud audit logs',
  detect: [
    [
      { path: 'protoPayload', is: 'object' },
      { path: 'protoPayload.methodName', is: 'scalar' },
    ],
    [
      { path: 'protoPayload', is: 'object' },
      { path: 'protoPayload.serviceName', is: 'scalar' },
    ],
    [{ path: 'data.protoPayload', is: 'object' }],
  ],
  lift: [
    {
      kind: 'pairs',
      from: 'protoPayload.metadata.event.parameter',
      into: 'parameters',
      name: ['name'],
      value: ['value', 'boolValue', 'intValue', 'multiStrValue'],
    },
  ],
  discriminators: [
    {
      name: 'service',
      paths: ['protoPayload.serviceName', 'data.protoPayload.serviceName'],
      values: ['login.googleapis.com', 'admin.googleapis.com'],
    },
  ],
  logsource: { products: ['gcp'], services: ['gcp.audit'] },
  classes: [
    { when: { service: ['login.googleapis.com'] }, logsource: { services: ['google_workspace.login'] } },
    { when: { service: ['admin.googleapis.com'] }, logsource: { services: ['google_workspace.admin'] } },
  ],
  fields: FIELDS,
  time: ['timestamp', 'data.timestamp', 'receiveTimestamp'],
  id: ['insertId', 'data.insertId'],
  entities: [
    {
      type: 'user',
      role: 'actor',
      fields: [
        'protoPayload.authenticationInfo.principalEmail',
        'data.protoPayload.authenticationInfo.principalEmail',
      ],
    },
    {
      type: 'key',
      role: 'actor',
      fields: ['protoPayload.authenticationInfo.serviceAccountKeyName'],
    },
    {
      type: 'ip',
      role: 'source',
      fields: ['protoPayload.requestMetadata.callerIp', 'data.protoPayload.requestMetadata.callerIp'],
    },
    {
      type: 'cloud_resource',
      role: 'target',
      fields: ['protoPayload.resourceName', 'data.protoPayload.resourceName'],
    },
  ],
};

/** What every entry of an audit log holds, and an entry of another log or a message of another making does not. */
const AUDIT_LOG = ['type.googleapis.com/google.cloud.audit.AuditLog'];

/** The same as Pub/Sub delivers them, pushed or pulled: the entry is the base64 text of `message.data`. */
export const GCP_AUDIT_PUBSUB: MappingDocument = {
  ...GCP_AUDIT,
  mapping: 'gcp-audit-pubsub',
  title: 'Google Cloud audit logs in messages of Pub/Sub',
  detect: [
    [
      { path: 'message.data', is: 'scalar' },
      { path: 'message.messageId', is: 'scalar' },
      { path: 'message.publishTime', is: 'scalar' },
      { path: 'message.data', decoded: AUDIT_LOG },
    ],
    [
      { path: 'message.data', is: 'scalar' },
      { path: 'message.message_id', is: 'scalar' },
      { path: 'message.publish_time', is: 'scalar' },
      { path: 'message.data', decoded: AUDIT_LOG },
    ],
  ],
  lift: [{ kind: 'json', from: 'message.data', encoding: 'base64' }, ...(GCP_AUDIT.lift ?? [])],
  time: [...GCP_AUDIT.time, 'message.publishTime', 'message.publish_time'],
  id: ['insertId', 'message.messageId', 'message.message_id'],
};

/** Google Workspace activities of the Reports API. */
export const GOOGLE_WORKSPACE: MappingDocument = {
  mapping: 'google-workspace',
  title: 'Google Workspace activities of the Reports API',
  detect: [
    [
      { path: 'kind', equals: ['admin#reports#activity'] },
      { path: 'events', is: 'array' },
    ],
    [
      { path: 'id.applicationName', is: 'scalar' },
      { path: 'actor', is: 'object' },
      { path: 'events', is: 'array' },
    ],
  ],
  lift: [
    {
      kind: 'pairs',
      from: 'events.parameters',
      into: 'parameters',
      name: ['name'],
      value: ['value', 'boolValue', 'intValue', 'multiValue'],
    },
  ],
  discriminators: [{ name: 'application', paths: ['id.applicationName'] }],
  logsource: { products: ['gcp'] },
  classes: [
    {
      when: { application: ['admin'] },
      logsource: { services: ['google_workspace.admin'] },
      constants: { eventService: 'admin.googleapis.com', 'protoPayload.serviceName': 'admin.googleapis.com' },
    },
    {
      when: { application: ['login'] },
      logsource: { services: ['google_workspace.login'] },
      constants: {
        eventService: 'login.googleapis.com',
        'protoPayload.serviceName': 'login.googleapis.com',
        'protoPayload.Servicename': 'login.googleapis.com',
      },
    },
  ],
  fields: {
    eventName: ['eventName', 'events.name'],
    'protoPayload.metadata.event.eventName': ['events.name'],
    new_value: ['new_value', 'parameters.NEW_VALUE', 'parameters.new_value'],
    setting_name: ['setting_name', 'parameters.SETTING_NAME', 'parameters.setting_name'],
  },
  time: ['id.time'],
  id: [],
  entities: [
    { type: 'user', role: 'actor', fields: ['actor.email'] },
    { type: 'ip', role: 'source', fields: ['ipAddress'] },
    { type: 'user', role: 'target', fields: ['parameters.USER_EMAIL'] },
  ],
};
