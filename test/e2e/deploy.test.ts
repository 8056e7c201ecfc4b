import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../engine/runtime/index.ts';
import { MAIN, makeFolder } from '../support/command.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const DEPLOY = join(ROOT, 'deploy');
const text = (name: string): string => readFileSync(join(DEPLOY, name), 'utf8');

/** Whether a command is there; in CI it is installed. Says aloud what is skipped where it is not. */
function has(command: string, what: string): boolean {
  if (process.env['CI'] !== undefined)
    spawnSync(join(ROOT, 'scripts', 'servers.sh'), [command], { timeout: 120_000 });
  const found = spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
  if (!found) process.stderr.write(`skipped: ${what} (no ${command} here)\n`);
  return found;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const at = server.address();
      server.close(() => resolve(typeof at === 'object' && at !== null ? at.port : 0));
    });
  });
}

describe('what comes for deployment', () => {
  test('the configuration is one, and the shippers send to where it listens', () => {
    const { value, diagnostics } = readConfig(parse(text('telltale.yml')), {
      locate: (way) => ({ file: `/${way.join('/')}`, line: 1, column: 1 }),
      secret: (_, name) => (name === 'TELLTALE_INGEST_TOKEN' ? 'sesame' : undefined),
      isSchedule: () => true,
      processors: 2,
      piped: false,
      defaultRules: [],
    });
    expect(diagnostics).toEqual([]);
    expect(value?.sources.map((source) => ('port' in source ? [source.type, source.port] : []))).toEqual([
      ['http', 9200],
      ['syslog', 5514],
    ]);
    expect(text('rsyslog.conf')).toContain('port="5514" protocol="tcp"');
    expect(text('fluent-bit.conf')).toMatch(/Port +9200\n +URI +\/ingest\n/);
    expect(parse(text('vector.yaml')).sinks.telltale.uri).toBe('http://127.0.0.1:9200/ingest');
  });

  test.skipIf(!has('systemd-analyze', 'the systemd unit'))(
    'systemd takes the unit, and finds little to fear',
    () => {
      const folder = makeFolder();
      const unit = join(folder.path, 'telltale.service');
      copyFileSync(join(DEPLOY, 'telltale.service'), unit);
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
      const judged = spawnSync('systemd-analyze', ['security', '--offline=yes', unit], { encoding: 'utf8' });
      folder.remove();
      expect([status, stderr]).toEqual([0, '']);
      expect(Number(/exposure level for telltale.service: ([\d.]+)/.exec(judged.stdout)?.[1])).toBeLessThan(
        2,
      );
    },
  );

  test.skipIf(!has('rsyslogd', 'rsyslog as a sender'))(
    'a message to rsyslog becomes an alert, by the configuration that comes with it',
    async () => {
      const folder = makeFolder();
      const at = (name: string): string => join(folder.path, name);
      const port = await freePort();
      writeFileSync(
        at('telltale.yml'),
        `state: ${at('state')}\nsources: [{type: syslog, protocol: tcp, listen: '127.0.0.1:${port}'}]\noutputs: [{type: file, path: ${at('alerts.ndjson')}}]\ntime: {lateness: 100ms, idle: 200ms}\n`,
      );
      const input = `module(load="imfile")\ninput(type="imfile" file="${at('auth.log')}" tag="sshd:" facility="auth" severity="info")\n`;
      const queue = `global(workDirectory="${folder.path}")\n`;
      writeFileSync(
        at('rsyslog.conf'),
        `${queue}${input}${text('rsyslog.conf').replace('5514', String(port))}`,
      );
      writeFileSync(at('auth.log'), 'Accepted password for root from 203.0.113.9 port 4711 ssh2\n');
      const daemon = spawn(process.execPath, [MAIN, 'run', '--config', at('telltale.yml')], {
        stdio: 'ignore',
      });
      const sender = spawn('rsyslogd', ['-n', '-f', at('rsyslog.conf'), '-i', at('pid')], {
        stdio: 'ignore',
      });
      const ended = [daemon, sender].map(
        (child) => new Promise<void>((end) => child.once('exit', () => end())),
      );
      await expect
        .poll(() => existsSync(at('alerts.ndjson')) && statSync(at('alerts.ndjson')).size > 0, {
          timeout: 60_000,
        })
        .toBe(true);
      daemon.kill('SIGTERM');
      sender.kill('SIGTERM');
      await Promise.all(ended);
      const [alert] = readFileSync(at('alerts.ndjson'), 'utf8').split('\n');
      folder.remove();
      expect(JSON.parse(alert ?? '{}')).toMatchObject({
        kind: 'alert',
        title: 'Root logged on by SSH with a password',
        entities: expect.arrayContaining([expect.objectContaining({ value: '203.0.113.9' })]),
      });
    },
    120_000,
  );
});
