import type { MappingDocument } from '../mapping.ts';

/** Okta's System Log. */
export const OKTA: MappingDocument = {
  mapping: 'okta',
  title: 'Okta System Log',
  detect: [
    [
      { path: 'eventType', is: 'scalar' },
      { path: 'published', is: 'scalar' },
      { path: 'actor', is: 'object' },
    ],
  ],
  logsource: { products: ['okta'], services: ['okta'] },
  time: ['published'],
  id: ['uuid'],
  entities: [
    { type: 'user', role: 'actor', fields: ['actor.alternateId'] },
    { type: 'ip', role: 'source', fields: ['client.ipAddress'] },
    { type: 'user', role: 'target', fields: ['target.alternateId'] },
    { type: 'session', role: 'actor', fields: ['authenticationContext.externalSessionId'] },
  ],
};

/** GitHub's audit log, streamed or exported. */
export const GITHUB_AUDIT: MappingDocument = {
  mapping: 'github-audit',
  title: 'GitHub audit log',
  detect: [
    [
      { path: 'action', is: 'scalar' },
      { path: '_document_id', is: 'scalar' },
    ],
    ...['org', 'repo', 'business', 'user'].map((path) => [
      { path: 'action', is: 'scalar' as const },
      { path: 'actor', is: 'scalar' as const },
      { path: 'created_at', is: 'scalar' as const },
      { path, is: 'scalar' as const },
    ]),
  ],
  logsource: { products: ['github'], services: ['audit'] },
  time: ['@timestamp', 'created_at'],
  id: ['_document_id'],
  entities: [
    { type: 'user', role: 'actor', fields: ['actor'] },
    { type: 'ip', role: 'source', fields: ['actor_ip'] },
    { type: 'user', role: 'target', fields: ['user'] },
    { type: 'cloud_resource', role: 'target', fields: ['repo', 'org'] },
    { type: 'key', role: 'actor', fields: ['hashed_token'] },
  ],
};

/** Bitbucket's audit log. */
export const BITBUCKET_AUDIT: MappingDocument = {
  mapping: 'bitbucket-audit',
  title: 'Bitbucket audit log',
  detect: [[{ path: 'auditType.action', is: 'scalar' }]],
  logsource: { products: ['bitbucket'], services: ['audit'] },
  time: ['timestamp', 'creationTimestamp', 'date'],
  entities: [
    { type: 'user', role: 'actor', fields: ['author.name', 'author.displayName'] },
    { type: 'ip', role: 'source', fields: ['source', 'author.ip'] },
    { type: 'cloud_resource', role: 'target', fields: ['affectedObjects.name'] },
  ],
};

/** Cisco Duo's authentication and administrator logs. */
export const CISCO_DUO: MappingDocument = {
  mapping: 'cisco-duo',
  title: 'Cisco Duo authentication log',
  detect: [
    [
      { path: 'txid', is: 'scalar' },
      { path: 'event_type', is: 'scalar' },
      { path: 'result', is: 'scalar' },
    ],
  ],
  logsource: { products: ['cisco'], services: ['duo'] },
  time: ['isotimestamp', 'timestamp'],
  id: ['txid'],
  entities: [
    { type: 'user', role: 'actor', fields: ['user.name'] },
    { type: 'ip', role: 'source', fields: ['access_device.ip'] },
    { type: 'application', role: 'target', fields: ['application.name'] },
  ],
};

/** OneLogin's events. */
export const ONELOGIN: MappingDocument = {
  mapping: 'onelogin',
  title: 'OneLogin events',
  detect: [
    [
      { path: 'event_type_id', is: 'scalar' },
      { path: 'account_id', is: 'scalar' },
    ],
  ],
  logsource: { products: ['onelogin'], services: ['onelogin.events'] },
  time: ['event_timestamp', 'created_at'],
  id: ['uuid'],
  entities: [
    { type: 'user', role: 'actor', fields: ['actor_user_name'] },
    { type: 'user', role: 'target', fields: ['user_name'] },
    { type: 'ip', role: 'source', fields: ['ipaddr'] },
  ],
};
