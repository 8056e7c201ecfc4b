import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../engine/model/index.ts';
import { makeFolder, type Run, telltale } from '../support/command.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const SAMPLE = join(ROOT, 'examples', 'intrusion.ndjson');
const folder = makeFolder();
const PROOFS = join(folder.path, 'proofs');

/** As much of a proof as these tests touch. */
interface Read {
  readonly incident: { readonly id: string; readonly stages: readonly string[] };
  readonly stands: { readonly stages: readonly string[]; readonly confidence: number };
  readonly least: boolean;
  readonly pieces: readonly {
    readonly use: string;
    readonly without?: number;
    readonly sighting: { readonly id: string; readonly confidence: number };
  }[];
  readonly rules: readonly { readonly id: string; readonly version: number }[];
}

let file: string;
let proof: Read;

beforeAll(async () => {
  const run = await telltale([
    'scan',
    SAMPLE,
    '--format',
    'ndjson',
    '--emit',
    'incidents',
    '--proof',
    PROOFS,
  ]);
  expect(run.code).toBe(0);
  const made = readdirSync(PROOFS).map((name) => join(PROOFS, name));
  const read = made.map((path): Read => JSON.parse(readFileSync(path, 'utf8')));
  // The one with most signals shows most.
  const most = read.reduce((best, one) => (one.pieces.length > best.pieces.length ? one : best));
  proof = most;
  file = join(PROOFS, `${most.incident.id}.json`);
});
afterAll(() => folder.remove());

/** The proof with something changed, under a digest that fits, as somebody would who knows how it is made. */
function forged(change: (text: string) => string): string {
  const { digest: _digest, ...rest }: Record<string, unknown> = JSON.parse(
    change(readFileSync(file, 'utf8')),
  );
  const path = join(folder.path, 'forged.json');
  writeFileSync(path, JSON.stringify({ ...rest, digest: sha256(canonicalJson(rest)) }));
  return path;
}

function verify(path: string, ...more: readonly string[]): Promise<Run> {
  return telltale(['incident', 'verify', path, ...more]);
}

describe('a proof', () => {
  test('makes its incident again in another process, and falls without any one piece that carries it', async () => {
    const run = await verify(file, '--json');
    expect(run.code).toBe(0);
    const verdict = JSON.parse(run.stdout);
    expect(verdict).toMatchObject({ incident: proof.incident.id, holds: true, least: true, differences: [] });
    expect(verdict.standing.stands).toBe(true);
    expect(verdict.dropped.length).toBeGreaterThan(1);
    for (const { stands } of verdict.dropped) expect(stands).toBe(false);
  });

  test('shows every stage of the incident', () => {
    expect(proof.stands.stages).toEqual(proof.incident.stages);
    expect(proof.stands.stages.length).toBeGreaterThan(5);
  });

  test('is the same to the byte when it is made again over the recording', async () => {
    const path = join(folder.path, 'again.json');
    const { id } = proof.incident;
    const run = await telltale(['incident', 'show', id, '--over', SAMPLE, '--proof', path]);
    expect(run.code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(file, 'utf8'));
  });

  test('agrees with the rules that it was made with', async () => {
    const rules = ['rules', 'correlations'].flatMap((name) => ['--rules', join(ROOT, name)]);
    const run = await verify(file, ...rules);
    expect(run.stdout).toContain('the proof holds');
    expect(run.code).toBe(0);
  });

  test('names rules that are not there any more', async () => {
    const run = await verify(file, '--rules', join(ROOT, 'rules', 'linux'));
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('found not loaded');
  });

  const tampering: readonly {
    readonly name: string;
    readonly change: (text: string) => string;
    readonly said: string;
  }[] = [
    {
      name: 'a better confidence than its signals give',
      change: (text) => text.replace(/("stands": \{[^}]*?"confidence": )[\d.]+/, '$10.9999'),
      said: 'confidence: the proof says 0.9999',
    },
    {
      name: 'a signal that declares more than it did',
      change: (text) => text.replace(/("confidence": )0\.6\b(?=,\n {4}"score")/, '$10.99'),
      said: 'confidence',
    },
    {
      name: 'a setting that makes incidents of less',
      change: (text) => text.replace(/"openBits": \d+/, '"openBits": 3'),
      said: 'setting openBits: the proof says 3; found 30',
    },
    {
      name: 'another id',
      change: (text) => text.replaceAll(proof.incident.id, 'f'.repeat(32)),
      said: 'no piece opens an incident of this id',
    },
    {
      name: 'a version of a rule that its signals do not have',
      change: (text) => {
        const all: Read = JSON.parse(text);
        return JSON.stringify({ ...all, rules: all.rules.map((rule) => ({ ...rule, version: 77 })) });
      },
      said: 'as listed and in the pieces',
    },
  ];
  for (const { name, change, said } of tampering) {
    test(`with ${name} is found out, whatever its digest`, async () => {
      const path = forged(change);
      const run = await verify(path);
      expect(run.code).toBe(1);
      expect(run.stdout).toContain('the proof does not hold');
      expect(run.stdout).toContain(said);
    });
  }

  test('without one of its signals does not stand', async () => {
    for (const piece of proof.pieces.filter(({ use }) => use === 'carries')) {
      const path = forged((text) => {
        const all: { pieces: Read['pieces'] } = JSON.parse(text);
        return JSON.stringify({
          ...all,
          pieces: all.pieces.filter(
            ({ use, sighting }) => use === 'carries' && sighting.id !== piece.sighting.id,
          ),
        });
      });
      const run = await verify(path);
      expect(run.code).toBe(1);
      expect(run.stdout).toContain('the incident: the proof says stands; found does not stand');
    }
  });

  test('that was changed by hand is not believed at all', async () => {
    const path = join(folder.path, 'changed.json');
    writeFileSync(path, readFileSync(file, 'utf8').replace('"least": true', '"least": false'));
    const run = await verify(path);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('TT8052');
    expect(run.stdout).toBe('');
  });

  test('of another form is refused with the first thing that is wrong', async () => {
    const cases: readonly (readonly [string, string])[] = [
      ['no json', 'it is not JSON'],
      ['[]', 'the document is no object'],
      [readFileSync(file, 'utf8').replace('"version": 1', '"version": 2'), 'version is not 1'],
      [readFileSync(file, 'utf8').replace('"least": true', '"least": "yes"'), 'least is no boolean'],
      [
        readFileSync(file, 'utf8').replace('"timeNs": 0', '"timeNs": 1e9'),
        'pieces[0].sighting.timeNs is above 999',
      ],
    ];
    for (const [text, said] of cases) {
      const path = join(folder.path, 'form.json');
      writeFileSync(path, text);
      const run = await verify(path);
      expect(run.code).toBe(3);
      expect(run.stderr).toContain('TT8051');
      expect(run.stderr).toContain(said);
    }
  });
});
