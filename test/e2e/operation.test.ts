import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';
import { type RunningDaemon, startDaemon } from '../support/daemon.ts';

const folder = makeFolder();
const at = (path: string): string => join(folder.path, path);
/** Planted wherever a configuration takes a secret. */
const SECRETS = {
  SOURCE: 'planted-secret-of-the-source',
  WEBHOOK: 'http://127.0.0.1:9/planted-secret-of-the-webhook',
  HEADER: 'Bearer planted-secret-of-a-header',
  SIGN: `whsec_${Buffer.from('planted-secret-that-signs').toString('base64')}`,
  CHAT: 'http://127.0.0.1:9/planted-secret-of-the-chat',
  HEART: 'http://127.0.0.1:9/planted-secret-of-the-heart',
  READER: 'planted-secret-of-the-reader',
};
const PLANTED = /planted-secret|cGxhbnRlZC1zZWNyZXQ/;
const COMMIT = 'c0ffee'.repeat(7).slice(0, 40);
let daemon: RunningDaemon;
let shown = '';

function rule(word: string): string {
  return `title: Rule a\nid: aaaaaaaa-0000-4000-8000-000000000000\nlevel: high\nlogsource: {product: app}\ndetection:\n  selection: {msg: '${word}'}\n  condition: selection\n`;
}

async function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const url = readFileSync(at('state/api.url'), 'utf8').trim();
  const token = readFileSync(at('state/admin.token'), 'utf8').trim();
  return fetch(url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

beforeAll(async () => {
  mkdirSync(at('rules'));
  mkdirSync(at('.git'));
  writeFileSync(at('.git/HEAD'), `${COMMIT}\n`);
  writeFileSync(at('rules/a.yml'), rule('alpha'));
  writeFileSync(at('in.ndjson'), '');
  writeFileSync(
    at('t.yml'),
    `rules: [rules/]
state: ./state
threads: 1
log: {level: debug, format: json}
api: {listen: 127.0.0.1:0, tokens: [{name: r, role: reader, token: "\${env:READER}"}]}
sources:
  - {type: file, path: in.ndjson, poll: 50ms}
  - {type: http, listen: 127.0.0.1:0, token: "\${env:SOURCE}"}
outputs:
  - {type: webhook, url: "\${env:WEBHOOK}", headers: {x-key: "\${env:HEADER}"}, secret: "\${env:SIGN}", allow_private: true}
  - {type: slack, url: "\${env:CHAT}"}
  - {type: heartbeat, url: "\${env:HEART}", every: 1s, allow_private: true}
time: {lateness: 0s, idle: 100ms}
reload: {watch: false, settle: 50ms}
`,
  );
  daemon = startDaemon(folder.path, ['--config', 't.yml'], SECRETS);
  await daemon.until(/"event":"engine.started"/);
}, 60_000);

afterAll(async () => {
  await daemon.kill();
  folder.remove();
});

describe('a daemon in operation', () => {
  test('tells what a reload would do, does it at SIGHUP, and writes down at which commit', async () => {
    writeFileSync(at('rules/a.yml'), rule('beta'));
    const plan = await telltale(['reload', '--plan', '--state', at('state')]);
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringMatching(/would do.*\nedited {3}aaaaaaaa/)]);
    daemon.process.kill('SIGHUP');
    await daemon.until(/rules loaded at c0ffeec0ffee[^\n]*1 edited/);
    const again = await telltale(['reload', '--state', at('state'), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ kind: 'unchanged', files: 1 });
    const { items } = JSON.parse(await (await ask('/api/v1/audit?limit=100')).text());
    const swapped = items.find(({ action }: { action: string }) => action === 'rules.reloaded');
    expect(swapped).toMatchObject({ by: 'operator', detail: { revision: COMMIT } });
    shown += plan.stdout + again.stdout + JSON.stringify(items);
  }, 60_000);

  test('shows what is wrong with a bad file in the findings, and nothing when it is mended', async () => {
    writeFileSync(at('rules/a.yml'), 'title: [ planted-not');
    expect((await telltale(['reload', '--state', at('state')])).code).toBe(1);
    expect(JSON.parse(await (await ask('/api/v1/findings')).text()).items.length).toBeGreaterThan(0);
    writeFileSync(at('rules/a.yml'), rule('gamma'));
    expect((await telltale(['reload', '--state', at('state')])).code).toBe(0);
    const { items } = JSON.parse(await (await ask('/api/v1/findings')).text());
    expect(items.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
  }, 60_000);

  test('lets in whoever a token was made for, until it is revoked, and lets no secret out on any way', async () => {
    const made = await telltale(['token', 'create', 'ann', '--role', 'analyst', '--state', at('state')]);
    const authorization = `Bearer ${made.stdout.trim()}`;
    expect(await (await ask('/api/v1/whoami', { authorization })).json()).toEqual({
      name: 'ann',
      role: 'analyst',
    });
    expect((await telltale(['token', 'revoke', 'ann', '--state', at('state')])).code).toBe(0);
    expect((await ask('/api/v1/whoami', { authorization })).status).toBe(401);
    // Outputs that fail, with an alert on the way to them.
    const event = { '@timestamp': '2026-01-01T00:00:00Z', msg: 'gamma' };
    const later = { '@timestamp': '2026-01-01T09:00:00Z', msg: 'nothing' };
    appendFileSync(at('in.ndjson'), `${JSON.stringify(event)}\n${JSON.stringify(later)}\n`);
    await daemon.until(/"event":"engine.output_down"/);
    for (const path of ['/api/v1/health', '/metrics', '/api/v1/outputs', '/api/v1/alerts', '/api/v1/audit'])
      shown += await (await ask(path)).text();
    await vi.waitFor(() => expect(daemon.said()).toContain('output.heartbeat'), { timeout: 20_000 });
    expect(await daemon.stop()).toBe(0);
    expect(existsSync(at('state/api.url'))).toBe(false);
    shown += daemon.said();
    expect(shown.length).toBeGreaterThan(2000);
    expect(PLANTED.exec(shown)).toBeNull();
    for (const line of daemon.said().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  }, 90_000);
});
