import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a state folder holds the token of its admin, and the URL of the daemon that works in it. */
const TOKEN_FILE = 'admin.token';
const URL_FILE = 'api.url';
/** Only its owner may read or write. */
const PRIVATE_MODE = 0o600;

/** The admin token of a state folder; the first start makes it. */
export function adminToken(state: string): string {
  const path = join(state, TOKEN_FILE);
  const known = textOf(path);
  if (known !== undefined) {
    // Whoever copied the folder may have lost the mode.
    chmodSync(path, PRIVATE_MODE);
    return known;
  }
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const token = `tt_${randomBytes(32).toString('hex')}`;
  write(path, `${token}\n`);
  return token;
}

/** The admin token that a start has made; undefined where there is none, or it is not ours to read. */
export function knownToken(state: string): string | undefined {
  return textOf(join(state, TOKEN_FILE));
}

/** Says where the daemon of this folder can be asked. */
export function putUrl(state: string, url: string): void {
  write(join(state, URL_FILE), `${url}\n`);
}

/** It can no longer be asked. */
export function dropUrl(state: string): void {
  rmSync(join(state, URL_FILE), { force: true });
}

/** Where the daemon of this folder said that it can be asked. It may have ended since. */
export function knownUrl(state: string): string | undefined {
  return textOf(join(state, URL_FILE));
}

/** Whole or not at all, and never readable by others, not even for a moment. */
function write(path: string, text: string): void {
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  writeFileSync(partial, text, { mode: PRIVATE_MODE });
  renameSync(partial, path);
}

function textOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
