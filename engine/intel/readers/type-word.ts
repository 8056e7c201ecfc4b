import type { IndicatorType } from '../../model/index.ts';

const WORDS: Readonly<Record<string, IndicatorType>> = {
  ip: 'ip',
  'ip:port': 'ip',
  ipv4: 'ip',
  ipv6: 'ip',
  'ip-src': 'ip',
  'ip-dst': 'ip',
  'ipv4-addr': 'ip',
  'ipv6-addr': 'ip',
  cidr: 'cidr',
  network: 'cidr',
  domain: 'domain',
  hostname: 'domain',
  host: 'domain',
  'domain-name': 'domain',
  url: 'url',
  uri: 'url',
  link: 'url',
  hash: 'hash',
  md5: 'hash',
  sha1: 'hash',
  sha224: 'hash',
  sha256: 'hash',
  sha384: 'hash',
  sha512: 'hash',
  md5_hash: 'hash',
  sha1_hash: 'hash',
  sha256_hash: 'hash',
  email: 'email',
  'email-src': 'email',
  'email-dst': 'email',
  'email-addr': 'email',
};

/** The type that a feed's word for it means. */
export function typeWord(word: string): IndicatorType | undefined {
  const key = word.trim().toLowerCase();
  return Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
}
