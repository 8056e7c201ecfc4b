import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_ROLES, type ApiRole } from '../runtime/index.ts';
import { isPlain } from './plain.ts';

/** A token that was made by `telltale token create`: its digest alone is kept. */
export interface KeptToken {
  readonly name: string;
  readonly role: ApiRole;
  /** SHA-256 of the token, hexadecimal. */
  readonly digest: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

const FILE = 'tokens.json';

/** The tokens of a state folder; none where there is no file, or one that is not ours: closed by default. */
export function keptTokens(state: string): readonly KeptToken[] {
  try {
    const given: unknown = JSON.parse(readFileSync(join(state, FILE), 'utf8'));
    return Array.isArray(given) ? given.flatMap(tokenOf) : [];
  } catch {
    return [];
  }
}

/** Makes a token and keeps its digest; the token itself is given this once. Undefined where the name is taken. */
export function createToken(
  state: string,
  { name, role, now }: { readonly name: string; readonly role: ApiRole; readonly now: Date },
): string | undefined {
  const before = keptTokens(state);
  if (name === 'admin' || before.some((one) => one.name === name)) return undefined;
  const token = `tt_${randomBytes(32).toString('hex')}`;
  const digest = createHash('sha256').update(token).digest('hex');
  write(state, [...before, { name, role, digest, createdAt: now.toISOString() }]);
  return token;
}

/** Forgets a token; false where there is none of this name. */
export function revokeToken(state: string, name: string): boolean {
  const before = keptTokens(state);
  const rest = before.filter((one) => one.name !== name);
  if (rest.length === before.length) return false;
  write(state, rest);
  return true;
}

/** The tokens of a state folder as they are now: the file is looked at for every call, and read again where it has changed. */
export function watchedTokens(state: string): () => readonly KeptToken[] {
  let stamp = '';
  let tokens: readonly KeptToken[] = [];
  return () => {
    const now = stampOf(state);
    if (now !== stamp) tokens = keptTokens(state);
    stamp = now;
    return tokens;
  };
}

function stampOf(state: string): string {
  const found = statSync(join(state, FILE), { throwIfNoEntry: false, bigint: true });
  return found === undefined ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`;
}

/** Whole or not at all, and never readable by others. */
function write(state: string, tokens: readonly KeptToken[]): void {
  mkdirSync(state, { recursive: true });
  const partial = join(state, `${FILE}.partial`);
  rmSync(partial, { force: true });
  writeFileSync(partial, `${JSON.stringify(tokens, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(partial, join(state, FILE));
}

function tokenOf(value: unknown): readonly KeptToken[] {
  if (!isPlain(value)) return [];
  const { name, digest, createdAt } = value;
  const role = API_ROLES.find((one) => one === value['role']);
  if (typeof name !== 'string' || role === undefined || typeof createdAt !== 'string') return [];
  return typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest)
    ? [{ name, role, digest, createdAt }]
    : [];
}
