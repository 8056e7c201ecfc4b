import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const folder = makeFolder();
const EVENTS = join(folder.path, 'events.ndjson');
const RULES = join(folder.path, 'rules');
const OUT = join(folder.path, 'mined');

function rule(name: string, program: string): string {
  return [
    `title: ${name.replaceAll('_', ' ')}`,
    `id: 0b7c2f3e-1a5d-4e8f-9c6b-0000000000${String(program.length).padStart(2, '0')}`,
    `name: ${name}`,
    'status: test',
    'level: low',
    'logsource: {product: windows, category: process_creation}',
    `detection: {selection: {Image|endswith: '\\${program}'}, condition: selection}`,
    '',
  ].join('\n');
}

function event(program: string, host: string, minute: number): string {
  const time = new Date(Date.UTC(2026, 0, 5) + minute * 60_000).toISOString();
  const fields = {
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Computer: host,
    UtcTime: time,
  };
  return JSON.stringify({ ...fields, '@timestamp': time, Image: `C:\\Windows\\System32\\${program}` });
}

beforeAll(() => {
  mkdirSync(RULES);
  writeFileSync(join(RULES, 'a.yml'), rule('schedules_a_task', 'schtasks.exe'));
  writeFileSync(join(RULES, 'b.yml'), rule('asks_for_accounts', 'net1.exe'));
  writeFileSync(join(RULES, 'c.yml'), rule('looks_around', 'whoami.exe'));
  const lines: string[] = [];
  for (let i = 0; i < 12; i++) {
    lines.push(
      event('schtasks.exe', `pc${i % 4}`, 100 + i * 300),
      event('net1.exe', `pc${i % 4}`, 108 + i * 300),
    );
  }
  for (let i = 0; i < 60; i++) lines.push(event('whoami.exe', `pc${(i * 7) % 4}`, i * 67));
  writeFileSync(EVENTS, `${lines.join('\n')}\n`);
});
afterAll(() => folder.remove());

describe('incidents mine', () => {
  test('proposes templates that pass check and test', async () => {
    const run = await telltale(['incidents', 'mine', EVENTS, '--rules', RULES, '--out', OUT]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('schedules a task  →  asks for accounts');
    expect(run.stdout).toMatch(/seen 12 times, expected [\d.]+;/);
    expect(readdirSync(OUT)).toHaveLength(1);
    const checked = await telltale(['check', RULES, OUT]);
    expect(checked.stdout + checked.stderr).not.toContain('error');
    expect(checked.code).toBe(0);
    const tested = await telltale(['test', RULES, OUT]);
    expect(tested.code).toBe(0);
    expect(tested.stdout).toContain('4 passed, 0 failed');
  });

  test('finds its template in the recording', async () => {
    const args = [
      'scan',
      EVENTS,
      '--rules',
      RULES,
      '--rules',
      OUT,
      '--format',
      'ndjson',
      '--emit',
      'incidents',
    ];
    const run = await telltale(args);
    expect(run.stdout).toContain('"template"');
  });

  test('leaves a file alone that was edited', async () => {
    const [name = ''] = readdirSync(OUT);
    const path = join(OUT, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace('severity: medium', 'severity: high'));
    const run = await telltale(['incidents', 'mine', EVENTS, '--rules', RULES, '--out', OUT]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('TT8006');
    expect(readFileSync(path, 'utf8')).toContain('severity: high');
  });

  test('ends with 1 where nothing recurs', async () => {
    const few = join(folder.path, 'few.ndjson');
    writeFileSync(few, `${event('whoami.exe', 'pc1', 5)}\n${event('net1.exe', 'pc2', 900)}\n`);
    const run = await telltale(['incidents', 'mine', few, '--rules', RULES, '--json']);
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stdout).patterns).toEqual([]);
  });
});
