import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const SAMPLE = join(ROOT, 'examples', 'intrusion.ndjson');
const folder = makeFolder();
const CASES = join(folder.path, 'cases.ndjson');

function file(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

beforeAll(async () => {
  const run = await telltale([
    'scan',
    SAMPLE,
    '--format',
    'ndjson',
    '--emit',
    'alerts,incidents',
    '--output',
    CASES,
  ]);
  expect(run.code).toBe(0);
});
afterAll(() => folder.remove());

const MUTE =
  'title: The file server is being rebuilt\nid: 0b9e6c1e-0f3f-4f0c-8a52-7b6a1f2c9d10\npolicy:\n  applies: alert\n  when: {fact: alert.entities, operator: matchesEntity, value: {type: host, value: "fs01*"}}\n  decide: {suppress: {owner: alice, reason: rebuilt, for: 7d}}\n';

describe('policy preview', () => {
  test('shows what a suppression would have muted, and changes nothing', async () => {
    const run = await telltale(['policy', 'preview', file('mute.yml', MUTE), '--over', CASES]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/would mute [1-9]\d*: .*high/);
    const json = await telltale([
      'policy',
      'preview',
      join(folder.path, 'mute.yml'),
      '--over',
      CASES,
      '--format',
      'json',
    ]);
    expect(JSON.parse(json.stdout).policies[0].muted).toBeGreaterThan(0);
  });

  test('ends with 1 where it would mute what an analyst judged true', async () => {
    const [line = ''] = readFileSync(CASES, 'utf8')
      .split('\n')
      .filter((one) => one.includes('fs01'));
    const judged = file(
      'judged.ndjson',
      `${JSON.stringify({ ...JSON.parse(line), verdict: 'true_positive' })}\n`,
    );
    const run = await telltale(['policy', 'preview', join(folder.path, 'mute.yml'), '--over', judged]);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('analysts judged true');
  });

  test('explains every policy on one case, test by test', async () => {
    const [line = ''] = readFileSync(CASES, 'utf8')
      .split('\n')
      .filter((one) => one.includes('fs01'));
    const { id }: { id: string } = JSON.parse(line);
    const run = await telltale([
      'policy',
      'preview',
      join(folder.path, 'mute.yml'),
      '--over',
      CASES,
      '--id',
      id,
    ]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/✓ alert\.entities matchesEntity/);
  });

  test('lists facts and operators', async () => {
    const run = await telltale(['policy', 'facts']);
    expect(run.stdout).toMatch(/^asset: /m);
    expect(run.stdout).toMatch(/^matchesEntity: /m);
  });
});

describe('scan with policies', () => {
  test('decides with the facts that are given, and says where it was decided', async () => {
    const facts = file('facts.yml', 'assets: [{type: host, match: "*", criticality: crown_jewel}]\n');
    const plain = await telltale(['scan', SAMPLE, '--format', 'ndjson', '--emit', 'alerts']);
    const run = await telltale(['scan', SAMPLE, '--format', 'ndjson', '--emit', 'alerts', '--facts', facts]);
    const medium = (text: string): number =>
      text.split('\n').filter((one) => one.includes('"severity":"medium"')).length;
    expect(medium(plain.stdout)).toBeGreaterThan(medium(run.stdout));
    expect(run.stdout).toContain('asset.crown-jewel');
    expect(run.stdout).toMatch(/"by":"policy:[0-9a-f-]{36}"/);
  });

  test('a facts file that is not understood is refused', async () => {
    const facts = file('bad.yml', 'asets: []\n');
    const run = await telltale(['scan', SAMPLE, '--facts', facts]);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain("did you mean 'assets'?");
  });
});

describe('export', () => {
  test.each([
    'ocsf',
    'stix',
    'ecs',
    'cef',
    'leef',
    'markdown',
    'html',
    'mermaid',
    'graphviz',
    'csv',
    'ndjson',
    'json',
    'pretty',
  ])('%s is written', async (format) => {
    const out = join(folder.path, `out.${format}`);
    const run = await telltale(['export', '--from', CASES, '--format', format, '--output', out]);
    expect(run.code).toBe(0);
    expect(existsSync(out) && readFileSync(out, 'utf8').length).toBeGreaterThan(100);
  });

  test('NDJSON written again is the same, byte by byte', async () => {
    const run = await telltale(['export', '--from', CASES, '--format', 'ndjson']);
    expect(run.stdout).toBe(readFileSync(CASES, 'utf8'));
  });
});

describe('reference', () => {
  test('is written as Markdown and JSON', async () => {
    const markdown = await telltale(['reference']);
    expect(markdown.code).toBe(0);
    expect(markdown.stdout).toContain('### A miner runs on a host whose password was guessed');
    const json = await telltale(['reference', '--format', 'json', join(ROOT, 'rules', 'dns')]);
    expect(JSON.parse(json.stdout).entries.length).toBe(10);
  });
});
