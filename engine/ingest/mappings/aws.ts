import type { EntityDocument, FieldTable, MappingDocument } from '../mapping.ts';

const FIELDS: FieldTable = {
  src_ip: ['sourceIPAddress'],
  status: ['status', 'errorCode'],
};

const ENTITIES: readonly EntityDocument[] = [
  { type: 'user', role: 'actor', fields: ['userIdentity.arn', 'userIdentity.userName'] },
  { type: 'key', role: 'actor', fields: ['userIdentity.accessKeyId'] },
  { type: 'ip', role: 'source', fields: ['sourceIPAddress'] },
  { type: 'user', role: 'target', fields: ['requestParameters.userName'] },
  {
    type: 'key',
    role: 'target',
    fields: ['responseElements.accessKey.accessKeyId', 'responseElements.credentials.accessKeyId'],
  },
  {
    type: 'cloud_resource',
    role: 'target',
    fields: [
      'resources.ARN',
      'requestParameters.bucketName',
      'requestParameters.instanceId',
      'requestParameters.functionName',
      'requestParameters.roleName',
      'requestParameters.secretId',
      'requestParameters.name',
      'requestParameters.snapshotId',
      'requestParameters.groupId',
      'requestParameters.dBInstanceIdentifier',
      'requestParameters.dBSnapshotIdentifier',
      'requestParameters.keyId',
    ],
  },
];

/** AWS CloudTrail records. The rules use the record's own names, so that every field is its raw path. */
export const CLOUDTRAIL: MappingDocument = {
  mapping: 'aws-cloudtrail',
  title: 'AWS CloudTrail',
  detect: [
    [
      { path: 'eventSource', is: 'scalar' },
      { path: 'eventName', is: 'scalar' },
      { path: 'awsRegion', is: 'scalar' },
    ],
    [
      { path: 'eventSource', is: 'scalar', endswith: ['.amazonaws.com'] },
      { path: 'eventName', is: 'scalar' },
    ],
  ],
  discriminators: [{ name: 'source', paths: ['eventSource'], field: 'eventSource' }],
  logsource: { products: ['aws'], services: ['cloudtrail'] },
  fields: FIELDS,
  time: ['eventTime', '@timestamp'],
  id: ['eventID'],
  entities: ENTITIES,
};

/** What `aws cloudtrail lookup-events` prints: the record as a text within a summary. */
export const CLOUDTRAIL_LOOKUP: MappingDocument = {
  mapping: 'aws-cloudtrail-lookup',
  title: 'AWS CloudTrail, as lookup-events prints it',
  detect: [
    [
      { path: 'CloudTrailEvent', is: 'scalar' },
      { path: 'EventSource', is: 'scalar' },
    ],
  ],
  lift: [{ kind: 'json', from: 'CloudTrailEvent' }],
  discriminators: [{ name: 'source', paths: ['eventSource'], field: 'eventSource' }],
  logsource: { products: ['aws'], services: ['cloudtrail'] },
  fields: FIELDS,
  time: ['eventTime', 'EventTime'],
  id: ['eventID', 'EventId'],
  entities: ENTITIES,
};

/** CloudTrail by way of EventBridge (`detail`), or inside a text of CloudWatch Logs (`message`). */
export const CLOUDTRAIL_EVENTBRIDGE: MappingDocument = {
  mapping: 'aws-cloudtrail-eventbridge',
  title: 'AWS CloudTrail in an EventBridge envelope',
  detect: [
    [
      { path: 'detail-type', is: 'scalar' },
      { path: 'detail.eventSource', is: 'scalar' },
      { path: 'detail.eventName', is: 'scalar' },
    ],
  ],
  discriminators: [{ name: 'source', paths: ['detail.eventSource'], field: 'eventSource' }],
  logsource: { products: ['aws'], services: ['cloudtrail'] },
  lookup: ['detail.{}'],
  fields: FIELDS,
  time: ['detail.eventTime', 'time'],
  id: ['detail.eventID', 'id'],
  entities: ENTITIES,
};

/** Filebeat's CloudTrail module: ECS names, and the record's own as JSON text in some of them. */
export const CLOUDTRAIL_FILEBEAT: MappingDocument = {
  mapping: 'aws-cloudtrail-filebeat',
  title: 'AWS CloudTrail of Filebeat and Elastic Agent',
  detect: [[{ path: 'event.dataset', equals: ['aws.cloudtrail'] }]],
  lift: [{ kind: 'json', from: 'event.original' }],
  discriminators: [{ name: 'source', paths: ['event.provider'], field: 'eventSource' }],
  logsource: { products: ['aws'], services: ['cloudtrail'] },
  fields: FIELDS,
  paths: {
    eventSource: ['event.provider'],
    eventName: ['event.action'],
    errorCode: ['errorCode', 'aws.cloudtrail.error_code'],
    errorMessage: ['errorMessage', 'aws.cloudtrail.error_message'],
    userAgent: ['userAgent', 'user_agent.original'],
    sourceIPAddress: ['sourceIPAddress', 'source.address', 'source.ip'],
    eventType: ['eventType', 'aws.cloudtrail.event_type'],
    'userIdentity.type': ['userIdentity.type', 'aws.cloudtrail.user_identity.type'],
    'userIdentity.arn': ['userIdentity.arn', 'aws.cloudtrail.user_identity.arn'],
    'userIdentity.accessKeyId': ['userIdentity.accessKeyId', 'aws.cloudtrail.user_identity.access_key_id'],
    'userIdentity.userName': ['userIdentity.userName', 'user.name'],
    'userIdentity.sessionContext.sessionIssuer.type': [
      'userIdentity.sessionContext.sessionIssuer.type',
      'aws.cloudtrail.user_identity.session_context.session_issuer.type',
    ],
    'responseElements.ConsoleLogin': [
      'responseElements.ConsoleLogin',
      'aws.cloudtrail.flattened.response_elements.ConsoleLogin',
    ],
    'additionalEventData.MFAUsed': [
      'additionalEventData.MFAUsed',
      'aws.cloudtrail.console_login.additional_eventdata.mfa_used',
    ],
    requestParameters: ['requestParameters', 'aws.cloudtrail.request_parameters'],
    responseElements: ['responseElements', 'aws.cloudtrail.response_elements'],
  },
  time: ['eventTime', '@timestamp'],
  id: ['event.id'],
  entities: ENTITIES,
};
