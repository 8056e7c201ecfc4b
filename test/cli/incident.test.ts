import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OUTPUT_SCHEMA } from '../../engine/model/index.ts';
import { makeFolder, telltale } from '../support/command.ts';

const SAMPLE = resolve(import.meta.dirname, '..', '..', 'examples', 'intrusion.ndjson');
const folder = makeFolder();
const CASES = join(folder.path, 'cases.ndjson');

interface Shown {
  readonly id: string;
  readonly title: string;
  readonly story: readonly { readonly text: string }[];
  readonly alerts: readonly { readonly alert: string; readonly title: string; readonly reason: string }[];
  readonly links: readonly { readonly reason: string }[];
  readonly refused: readonly { readonly reason: string }[];
  readonly terms: readonly { readonly reason: string }[];
  readonly next: readonly string[];
  readonly remediation: readonly string[];
  readonly redirectedTo?: string;
}

let incidents: readonly Shown[] = [];
/** The one with most links, that still stands. */
let one: Shown;

beforeAll(async () => {
  const args = ['scan', SAMPLE, '--format', 'ndjson', '--emit', 'alerts,incidents', '--output', CASES];
  const run = await telltale(args);
  expect(run.code).toBe(0);
  incidents = readFileSync(CASES, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"kind":"incident"'))
    .map((line): Shown => JSON.parse(line));
  const [most] = incidents
    .filter(({ redirectedTo }) => redirectedTo === undefined)
    .sort((a, b) => b.links.length - a.links.length);
  if (most === undefined) throw new Error('the sample holds no incident');
  one = most;
});
afterAll(() => folder.remove());

test('every line of a recording is as the published schema says', async () => {
  const path = join(folder.path, 'all.ndjson');
  const kinds = ['--emit', 'signals,alerts,incidents', '--revisions', 'all', '--output', path];
  expect((await telltale(['scan', SAMPLE, '--format', 'ndjson', ...kinds])).code).toBe(0);
  const validate = new Ajv2020({ strict: true }).compile(OUTPUT_SCHEMA);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(100);
  for (const line of lines) {
    validate(JSON.parse(line));
    expect(validate.errors).toBeNull();
  }
});

describe('incident show', () => {
  test('tells everything of an incident that is known by the first digits of its id', async () => {
    const run = await telltale(['incident', 'show', one.id.slice(0, 10), '--from', CASES]);
    expect(run.code).toBe(0);
    expect(one.links.length).toBeGreaterThan(0);
    const told = [
      one.title,
      ...one.story.map(({ text }) => text),
      ...one.alerts.flatMap(({ title, reason }) => [title, reason]),
      ...one.terms.map(({ reason }) => reason),
      ...one.next,
      ...one.remediation,
    ];
    for (const text of told) expect(run.stdout).toContain(text);
    for (const { id } of incidents.filter((other) => other !== one && other.redirectedTo === undefined))
      expect(run.stdout).not.toContain(`${id} revision`);
  });

  test('leads each linked alert to the strongest evidence, and names events of the recording', async () => {
    const run = await telltale(['incident', 'show', one.id, '--from', CASES]);
    const why = run.stdout.split('Why each part belongs')[1]?.split('How the score')[0] ?? '';
    expect(why).toContain('the strongest evidence: the others are joined to it');
    expect(why).toMatch(/→ #\d+: [a-z ]+ [01]\.\d\d, /);
    // Every piece but the strongest is joined by a link, and each link is told once.
    const pieces = why.split('\n').filter((line) => /^ {2}#\d+ /.test(line));
    expect(why.match(/^ {4}→ #/gm)).toHaveLength(pieces.length - 1);
    expect(run.stdout).toMatch(/event .*intrusion\.ndjson:\d+/);
  });

  test('of an incident that was merged only that is told, and where to look', async () => {
    const gone = incidents.find(({ redirectedTo }) => redirectedTo !== undefined);
    if (gone === undefined) throw new Error('the sample holds no merged incident');
    const run = await telltale(['incident', 'show', gone.id, '--from', CASES]);
    expect(run.stdout).toContain(`merged into “${one.title}” ${one.id}: look there`);
    expect(run.stdout).not.toContain('Timeline');
  });

  test('--all shows each once', async () => {
    const run = await telltale(['incident', 'show', '--all', '--from', CASES]);
    expect(run.code).toBe(0);
    for (const { id } of incidents) expect(run.stdout.split(`${id} revision`)).toHaveLength(2);
  });

  test.each([
    ['mermaid', /^flowchart|^graph/m],
    ['graphviz', /digraph|graph/],
    ['markdown', /^## /m],
  ])('as %s', async (format, expected) => {
    const run = await telltale(['incident', 'show', one.id, '--from', CASES, '--format', format]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(expected);
  });

  test('control characters of a file do not reach the terminal', async () => {
    const path = join(folder.path, 'hostile.ndjson');
    const story = [{ time: '2026-01-01T00:00:00Z', text: 'a\u001b[2Jb', alerts: [] }];
    writeFileSync(path, `${JSON.stringify({ ...one, title: 'x\u001b]0;y', story })}\n`);
    const run = await telltale(['incident', 'show', one.id, '--from', path]);
    expect(run.stdout).not.toContain('\u001b');
    expect(run.stdout).toContain('a\\u{1b}[2Jb');
  });

  test.each([
    { name: 'no id and no --all', args: [], code: 'TT8034' },
    { name: 'both', args: ['abc', '--all'], code: 'TT8034' },
    { name: 'a beginning that fits several', args: [''], code: 'TT8034' },
    { name: 'an id that is not there', args: ['nothing'], code: 'TT8032' },
    { name: 'a form that is none', args: ['--all', '--format', 'mermade'], code: 'TT8003' },
  ])('$name is refused', async ({ args, code }) => {
    const run = await telltale(['incident', 'show', ...args, '--from', CASES]);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain(code);
  });
});
