import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Blocks that lead to this machine, its network, or nowhere: the special-purpose registries of IANA (RFC 6890 and its followers), and multicast. */
const INNER_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;
/** Only 2000::/3 is global unicast; inside it, what carries or tunnels an IPv4 address, and documentation. */
const INNER_6 = [
  ['::', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['4000::', 2],
  ['8000::', 1],
] as const;

const INNER = new BlockList();
for (const [net, prefix] of INNER_4) INNER.addSubnet(net, prefix, 'ipv4');
const INNER_SIX = new BlockList();
for (const [net, prefix] of INNER_6) INNER_SIX.addSubnet(net, prefix, 'ipv6');

/** An address that an output must not be led to. */
export class PrivateAddress extends Error {
  constructor(host: string, address: string) {
    super(
      `${host === address ? host : `${host} (${address})`} is a private or reserved address; allow_private: true lets the output go there`,
    );
    this.name = 'PrivateAddress';
  }
}

/** Whether an address is private, loopback, link-local, multicast, reserved, or an IPv6 form that may carry one of those. */
export function isInner(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return INNER.check(address, 'ipv4');
  return version !== 6 || INNER_SIX.check(address.replace(/%.*$/, ''), 'ipv6');
}

/** A name's addresses, all of them checked. Rejects with `PrivateAddress` where one is inner, and not allowed. */
export async function checkedAddresses(
  host: string,
  allowPrivate: 'allowed' | 'refused',
): Promise<readonly { readonly address: string; readonly family: number }[]> {
  const bare = host.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  const found = family === 0 ? await lookup(bare, { all: true }) : [{ address: bare, family }];
  const bad = allowPrivate === 'allowed' ? undefined : found.find(({ address }) => isInner(address));
  if (bad !== undefined) throw new PrivateAddress(host, bad.address);
  return found;
}

/** A look-up for sockets that gives checked addresses only: what was checked is what is connected to, so a name cannot change in between. */
export function checkedLookup(allowPrivate: 'allowed' | 'refused'): LookupFunction {
  return (host, options, done) => {
    checkedAddresses(host, allowPrivate).then(
      (found) => {
        const [first] = found;
        if (options.all === true) done(null, [...found]);
        else if (first === undefined) done(new Error(`${host} has no address`), '', 0);
        else done(null, first.address, first.family);
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}
