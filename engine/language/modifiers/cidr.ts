import ipaddr from 'ipaddr.js';
import { LANGUAGE_CODES } from '../errors.ts';
import type { Modifier } from './modifier.ts';
import { notFor } from './shape.ts';

export const cidr: Modifier = {
  name: 'cidr',
  doc: 'The field is an address inside the network, IPv4 or IPv6.',
  example: 'DestinationIp|cidr: 10.0.0.0/8',
  excludes: ['re', 'exists', 'windash', 'base64', 'base64offset', 'fieldref'],
  apply(operand) {
    if (operand.kind !== 'text' || operand.raw === undefined)
      return notFor('cidr', operand, 'a network such as 10.0.0.0/8');
    const network = canonicalNetwork(operand.raw.trim());
    if (network !== undefined) return [{ kind: 'cidr', network }];
    return {
      code: LANGUAGE_CODES.TT1203,
      message: `'${operand.raw}' is not a network`,
      hint: 'write an address and a prefix length, e.g. 10.0.0.0/8 or fd00::/8',
    };
  },
};

/** The network with its prefix length spelled out (a lone address is a network of one), or undefined. */
function canonicalNetwork(text: string): string | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  if (more.length > 0) return undefined;
  const v4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!v4 && !(address.includes(':') && !address.includes('%') && ipaddr.IPv6.isValid(address)))
    return undefined;
  const width = v4 ? 32 : 128;
  if (prefix === undefined) return `${address}/${width}`;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= width ? `${address}/${Number(prefix)}` : undefined;
}
