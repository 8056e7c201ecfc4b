import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { compileCidr } from '../../engine/match/cidr.ts';

describe('networks', () => {
  const cases = [
    {
      name: 'an IPv4 network',
      network: '10.0.0.0/8',
      hits: ['10.0.0.0', '10.255.255.255'],
      misses: ['11.0.0.0', '10.0.0', '10.0.0.0/8', ' 10.0.0.1', '10.0.0.1:80'],
    },
    {
      name: 'bits beyond the prefix are ignored',
      network: '192.168.7.9/16',
      hits: ['192.168.0.1'],
      misses: ['192.169.0.1'],
    },
    {
      name: 'a lone address is a network of one',
      network: '127.0.0.1',
      hits: ['127.0.0.1'],
      misses: ['127.0.0.2'],
    },
    {
      name: 'prefix zero holds the whole family only',
      network: '0.0.0.0/0',
      hits: ['1.2.3.4', '::ffff:1.2.3.4'],
      misses: ['::1', 'x', ''],
    },
    {
      name: 'an IPv6 network',
      network: 'fe80::/10',
      hits: ['fe80::1', 'FEBF::1', 'fe80::1%eth0'],
      misses: ['fec0::1', '1.2.3.4', 'fe80:::1', 'fe80::1::2'],
    },
    {
      name: 'loopback in full',
      network: '::1/128',
      hits: ['::1', '0:0:0:0:0:0:0:1', '0:0:0:0:0:0:0.0.0.1'],
      misses: ['::', '::2', '0:0:0:0:0:0:1'],
    },
    {
      name: 'an embedded IPv4 address is that address',
      network: '10.0.0.0/8',
      hits: ['::ffff:10.1.2.3', '::FFFF:a01:203'],
      misses: ['::ffff:11.1.2.3', '::10.1.2.3'],
    },
    {
      name: 'a network of embedded addresses is that IPv4 network',
      network: '::ffff:10.0.0.0/104',
      hits: ['10.2.3.4'],
      misses: ['11.2.3.4'],
    },
    { name: 'all of IPv6 holds no IPv4', network: '::/0', hits: ['::1', '2001:db8::'], misses: ['1.2.3.4'] },
    {
      name: 'octets with leading zeros are no address',
      network: '10.0.0.0/8',
      hits: ['10.0.0.1'],
      misses: ['10.0.0.01', '010.0.0.1', '10.0.0.256', '10..0.1', '10.0.0.1.'],
    },
  ];
  for (const { name, network, hits, misses } of cases) {
    it(name, () => {
      const compiled = compileCidr(network).value;
      expect(compiled).toBeDefined();
      for (const hit of hits) expect(compiled?.contains(hit), hit).toBe(true);
      for (const miss of misses) expect(compiled?.contains(miss), miss).toBe(false);
    });
  }

  it('refuses what is no network, by code', () => {
    for (const bad of [
      '10.0.0.0/33',
      '::/129',
      '10.0.0.0/',
      '/8',
      '10.0/8',
      'host/8',
      '',
      '10.0.0.0/8/8',
      '1:2:3/16',
      '10.0.0.0/-1',
    ]) {
      const { value, diagnostics } = compileCidr(bad);
      expect(value, bad).toBeUndefined();
      expect(diagnostics.map((d) => d.code)).toEqual(['TT3004']);
    }
  });

  it('agrees with ipaddr.js on random networks and addresses near them', () => {
    const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    });
    const flip = fc.integer({ min: 0, max: 127 });
    fc.assert(
      fc.property(octets, fc.integer({ min: 0, max: 32 }), flip, (parts, prefix, bit) => {
        const other = parts.map((p, i) => (i === bit >> 5 ? p ^ (1 << (bit & 7)) : p)).join('.');
        const network = `${parts.join('.')}/${prefix}`;
        const expected = ipaddr.IPv4.parse(other).match(ipaddr.IPv4.parseCIDR(network));
        expect(compileCidr(network).value?.contains(other)).toBe(expected);
      }),
    );
    fc.assert(
      fc.property(groups, fc.integer({ min: 0, max: 128 }), flip, (parts, prefix, bit) => {
        const address = new ipaddr.IPv6(parts);
        const other = new ipaddr.IPv6(parts.map((p, i) => (i === bit >> 4 ? p ^ (0x8000 >> (bit & 15)) : p)));
        fc.pre(!address.isIPv4MappedAddress() && !other.isIPv4MappedAddress());
        const network = `${address.toString()}/${prefix}`;
        for (const text of [other.toString(), other.toNormalizedString()]) {
          expect(compileCidr(network).value?.contains(text)).toBe(other.match(address, prefix));
        }
      }),
    );
  });
});
