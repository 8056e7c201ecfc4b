import type { MappingDocument } from '../mapping.ts';

/** AWS CloudTrail records: the rules use the record's own names, so that every field is its raw path. */
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
  fields: {
    src_ip: ['sourceIPAddress'],
    status: ['status', 'errorCode'],
  },
  time: ['eventTime', '@timestamp'],
  id: ['eventID'],
  entities: [
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
      ],
    },
  ],
};
