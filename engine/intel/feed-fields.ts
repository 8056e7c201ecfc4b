import type { IndicatorType } from '../model/index.ts';

/** Fields that usually hold what a feed lists, by what they hold: names of the Sigma taxonomy and of widespread logs. */
const FIELDS: Readonly<Record<'ip' | 'domain' | 'url' | 'hash' | 'email', readonly string[]>> = {
  ip: [
    ...[
      'SourceIp',
      'DestinationIp',
      'IpAddress',
      'src_ip',
      'dst_ip',
      'dest_ip',
      'source.ip',
      'destination.ip',
    ],
    ...['c-ip', 'r-ip', 'client_ip', 'ClientIP', 'sourceIPAddress', 'QueryResults', 'dns.resolved_ip'],
  ],
  domain: [
    ...['QueryName', 'query', 'dns.question.name', 'DestinationHostname', 'cs-host', 'r-dns'],
    ...['destination.domain', 'url.domain', 'tls.client.server_name', 'server_name'],
  ],
  url: ['c-uri', 'url', 'url.full', 'url.original', 'cs-uri', 'uri'],
  hash: [
    ...['Hashes', 'sha256', 'sha1', 'md5', 'process.hash.sha256', 'process.hash.sha1', 'process.hash.md5'],
    ...['file.hash.sha256', 'file.hash.sha1', 'file.hash.md5'],
  ],
  email: ['email.from.address', 'email.to.address', 'sender', 'SenderAddress', 'RecipientAddress'],
};

/** Types that a field of a kind may meet: a URL is met by its host as well. */
const MET: Readonly<Record<IndicatorType, readonly (keyof typeof FIELDS)[]>> = {
  ip: ['ip', 'url'],
  cidr: ['ip', 'url'],
  domain: ['domain', 'url'],
  url: ['url'],
  hash: ['hash'],
  email: ['email'],
};

/** The fields of `match: all` for a feed of one type, or of any. */
export function matchedFields(type: IndicatorType | undefined): readonly string[] {
  const kinds = type === undefined ? (['ip', 'domain', 'url', 'hash', 'email'] as const) : MET[type];
  return kinds.flatMap((kind) => FIELDS[kind]);
}
