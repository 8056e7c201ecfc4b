import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createToken, keptTokens, revokeToken, watchedTokens } from '../../engine/cli/token-files.ts';
import { Access } from '../../engine/console/index.ts';

const state = mkdtempSync(join(tmpdir(), 'telltale-token-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));
const now = new Date(0);

describe('tokens of a state folder', () => {
  test('are known by digests alone, in a file that only its owner reads', () => {
    const token = createToken(state, { name: 'ann', role: 'analyst', now });
    const path = join(state, 'tokens.json');
    expect(token).toMatch(/^tt_[0-9a-f]{64}$/);
    expect(readFileSync(path, 'utf8')).not.toContain(token?.slice(3));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(createToken(state, { name: 'ann', role: 'reader', now })).toBeUndefined();
    expect(createToken(state, { name: 'admin', role: 'reader', now })).toBeUndefined();
    expect(keptTokens(state).map(({ name, role }) => [name, role])).toEqual([['ann', 'analyst']]);
  });

  test('let in while they are there, without a restart', () => {
    const access = new Access([], watchedTokens(state));
    const token = createToken(state, { name: 'bob', role: 'reader', now });
    const bearer = `Bearer ${token}`;
    expect(access.recognise(bearer)).toEqual({ name: 'bob', role: 'reader' });
    expect(access.recognise(`${bearer.slice(0, -1)}x`)).toBeUndefined();
    expect(revokeToken(state, 'bob')).toBe(true);
    expect(access.recognise(bearer)).toBeUndefined();
    expect(revokeToken(state, 'bob')).toBe(false);
  });
});
