/** The kinds of things alerts are about. */
export const ENTITY_TYPES = [
  'user',
  'host',
  'process',
  'ip',
  'domain',
  'file',
  'hash',
  'url',
  'cloud_resource',
  'key',
  'mailbox',
  'session',
  'container',
  'service',
  'registry',
  'application',
] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** The part an entity plays: who acts, what is acted upon, where it comes from. */
export const ENTITY_ROLES = ['actor', 'target', 'source'] as const;
export type EntityRole = (typeof ENTITY_ROLES)[number];

/** One thing an event or a signal is about. Values are as logged, trimmed; hosts, users, domains and hashes in lower case. */
export interface Entity {
  readonly type: EntityType;
  readonly value: string;
  readonly role: EntityRole;
}

/** Which fields of a rule's events name which entity. */
export interface EntitySpec {
  readonly type: EntityType;
  readonly role: EntityRole;
  /** Field names of the Sigma taxonomy or raw paths; every present one gives an entity. */
  readonly fields: readonly string[];
}
