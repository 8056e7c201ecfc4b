import { ApiFault } from './api-fault.ts';

/** From where requests may come. */
export interface OriginRules {
  /** Names in lower case, without ports, that `Host` may have. */
  readonly hosts: readonly string[];
  /** Origins of other pages that may ask, in lower case. */
  readonly origins: readonly string[];
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** The rules of a listener: loopback's names, its own address, and those that the operator names. */
export function originRules(
  listening: string,
  named: { readonly hosts: readonly string[]; readonly origins: readonly string[] },
): OriginRules {
  const own = listening === '0.0.0.0' || listening === '::' ? [] : [listening.toLowerCase()];
  return { hosts: [...new Set([...LOOPBACK, ...own, ...named.hosts])], origins: named.origins };
}

/**
 * Refuses what a page in a browser could send without its user's will: a name that leads here but is not ours (DNS rebinding), and another page's origin.
 * A request without `Origin` comes from no page, or from one of ours.
 */
export function checkOrigin(headers: Headers, rules: OriginRules): void {
  const host = (headers.get('host') ?? '').toLowerCase();
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s/@]+))(?::\d{1,5})?$/.exec(host) ?? [];
  if (!rules.hosts.includes(bracketed ?? plain ?? '')) {
    const message = 'this is not the host that was asked for; add its name to `api.hosts`';
    throw new ApiFault(421, 'wrong_host', { message });
  }
  const origin = headers.get('origin')?.toLowerCase();
  if (origin !== undefined) {
    const own = origin === `http://${host}` || origin === `https://${host}`;
    if (own || rules.origins.includes(origin)) return;
    const message = 'pages of this origin may not ask; add it to `api.origins`';
    throw new ApiFault(403, 'wrong_origin', { message });
  }
  // A browser says so itself where it sends no origin, as for pictures and links.
  const site = headers.get('sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') {
    throw new ApiFault(403, 'wrong_origin', { message: 'pages of other sites may not ask' });
  }
}
