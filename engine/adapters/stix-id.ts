import { createHash } from 'node:crypto';
import { canonicalJson } from '../model/index.ts';

/** The namespace of ids of observables (STIX 2.1, section 2.9). */
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7';
/** Our own namespace, for objects that have no identity but ours. */
const TELLTALE = '6f0d8f8a-3b0c-4f0e-9d7c-6a1b5d1e4c90';

/** The id of an observable from the properties that identify it: the same everywhere, by whomever it is made. */
export function observableId(type: string, properties: Readonly<Record<string, unknown>>): string {
  return `${type}--${uuidV5(OBSERVABLES, canonicalJson(properties))}`;
}

/** The id of any other object from what makes it itself. */
export function objectId(type: string, identity: string): string {
  return `${type}--${uuidV5(TELLTALE, `${type}\n${identity}`)}`;
}

/** A name-based UUID, version 5 (RFC 9562, section 5.5). */
export function uuidV5(namespace: string, name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
