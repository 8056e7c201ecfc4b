import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiRole, ApiToken } from '../runtime/index.ts';

/** Somebody who was recognised by a token. */
export interface Principal {
  readonly name: string;
  readonly role: ApiRole;
}

/** What each role may do: itself, and what those in its list may. */
const MAY: Readonly<Record<ApiRole, readonly ApiRole[]>> = {
  reader: ['reader'],
  analyst: ['reader', 'analyst'],
  engineer: ['reader', 'analyst', 'engineer'],
  admin: ['reader', 'analyst', 'engineer', 'admin'],
  ingest: ['ingest'],
};

/** Whether a role may do what another is needed for. */
export function mayAct(role: ApiRole, needed: ApiRole): boolean {
  return MAY[role].includes(needed);
}

/** Somebody whose token is known by its digest alone: SHA-256, hexadecimal. */
export interface DigestedToken extends Principal {
  readonly digest: string;
}

/** The tokens, known by their digests only. */
export class Access {
  readonly #tokens: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  readonly #kept: () => readonly DigestedToken[];

  /** `kept`: tokens besides those, asked for at every request, so that one can be revoked. */
  constructor(tokens: readonly ApiToken[], kept: () => readonly DigestedToken[] = () => []) {
    this.#kept = kept;
    this.#tokens = tokens.map(({ name, role, token }) => ({
      digest: digestOf(token),
      principal: { name, role },
    }));
  }

  /** Who comes with this `Authorization` header; undefined where it holds no token that is known. Takes as long for any token of a length. */
  recognise(header: string | undefined): Principal | undefined {
    const [, token] = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(header ?? '') ?? [];
    if (token === undefined) return undefined;
    const digest = digestOf(token);
    let found: Principal | undefined;
    // All are compared, so that the time does not tell which one it is.
    for (const known of this.#tokens) if (timingSafeEqual(known.digest, digest)) found = known.principal;
    for (const { digest: known, name, role } of this.#kept())
      if (timingSafeEqual(Buffer.from(known, 'hex'), digest)) found = { name, role };
    return found;
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
