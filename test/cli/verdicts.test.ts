import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, telltale } from '../support/command.ts';

const SAMPLE = resolve(import.meta.dirname, '..', '..', 'examples', 'intrusion.ndjson');
const folder = makeFolder();

interface Told {
  readonly kind: string;
  readonly id: string;
  readonly state: string;
  readonly verdict?: string;
  readonly confidence: number;
  readonly firstSeen: string;
  readonly rule: { readonly id: string; readonly confidence: number };
  readonly terms: readonly { readonly name: string; readonly reason: string }[];
  readonly alerts: readonly { readonly alert: string; readonly role: string }[];
}

async function scan(
  verdicts?: string,
): Promise<{ readonly told: readonly Told[]; readonly stderr: string; readonly code: number | null }> {
  const args = ['scan', SAMPLE, '--format', 'ndjson', '--emit', 'alerts,incidents'];
  const path = join(folder.path, 'verdicts');
  if (verdicts !== undefined) writeFileSync(path, verdicts);
  const run = await telltale(verdicts === undefined ? args : [...args, '--verdicts', path]);
  const lines = run.stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  return { told: lines.map((line): Told => JSON.parse(line)), stderr: run.stderr, code: run.code };
}

let before: readonly Told[];
let alert: Told;

beforeAll(async () => {
  before = (await scan()).told;
  const found = before.find(({ kind, confidence }) => kind === 'alert' && confidence > 0.3);
  if (found === undefined) throw new Error('the sample holds no alert');
  alert = found;
});
afterAll(() => folder.remove());

describe('verdicts', () => {
  test('feed the precision of a rule, and resolve the alert', async () => {
    const rows = Array.from({ length: 8 }, () => `,${alert.rule.id},false_positive`).join('\n');
    const { told, code } = await scan(`id,rule,verdict,by\n${alert.id},,false positive,ann\n${rows}\n`);
    expect(code).toBe(0);
    const judged = told.find(({ id }) => id === alert.id);
    expect(judged).toMatchObject({ state: 'resolved', verdict: 'false_positive' });
    // Nine verdicts against a prior that weighs as eight: (8 · prior + 0) / (8 + 9).
    const precision = judged?.terms.find(({ name }) => name === 'precision');
    expect(precision?.reason).toContain('0 of 9 verdicts true positive');
    expect(judged?.confidence).toBeCloseTo((8 * alert.rule.confidence) / 17, 3);
  });

  test('as scan writes them are read back, as NDJSON', async () => {
    const lines = [alert, ...before.filter(({ kind, id }) => kind === 'alert' && id !== alert.id)].map(
      (one) => JSON.stringify(one.id === alert.id ? { ...one, verdict: 'true_positive' } : one),
    );
    const { told, code } = await scan(lines.join('\n'));
    expect(code).toBe(0);
    const judged = told.filter(({ kind, verdict }) => kind === 'alert' && verdict !== undefined);
    expect(judged.map(({ id }) => id)).toEqual([alert.id]);
    expect(judged[0]?.confidence).toBeGreaterThan(alert.confidence);
  });

  test('of an incident stand for its evidence', async () => {
    const incident = before.find(
      ({ kind, state, alerts }) => kind === 'incident' && state !== 'redirected' && alerts.length > 3,
    );
    if (incident === undefined) throw new Error('the sample holds no incident');
    const { told } = await scan(`id,verdict\n${incident.id},true_positive\n`);
    const parts = new Set(incident.alerts.filter(({ role }) => role === 'evidence').map((one) => one.alert));
    const judged = told.filter(({ kind, id }) => kind === 'alert' && parts.has(id));
    expect(judged.length).toBe(parts.size);
    for (const { verdict } of judged) expect(verdict).toBe('true_positive');
    const others = told.filter(({ kind, id }) => kind === 'alert' && !parts.has(id));
    for (const { verdict } of others) expect(verdict).toBeUndefined();
  });

  test('with a time count from then on', async () => {
    const rule = before.filter(({ kind, rule: own }) => kind === 'alert' && own.id === alert.rule.id);
    const at = '2020-01-01T00:00:00Z';
    const early = await scan(`id,verdict,at\n${alert.id},benign,${at}\n`);
    // A verdict of before the alert is about nothing yet.
    expect(early.told.find(({ id }) => id === alert.id)?.verdict).toBeUndefined();
    const late = await scan(`id,verdict,at\n${alert.id},benign,2030-01-01T00:00:00Z\n`);
    expect(late.told.find(({ id }) => id === alert.id)).toMatchObject({
      verdict: 'benign',
      state: 'resolved',
    });
    for (const other of rule.filter(({ id }) => id !== alert.id))
      expect(late.told.find(({ id }) => id === other.id)?.confidence).toBe(other.confidence);
  });

  test('about what is not there are told, and a wrong one stops the scan', async () => {
    const { stderr, code } = await scan(`id,verdict\n${'0'.repeat(32)},benign\n`);
    expect(code).toBe(0);
    expect(stderr).toContain('TT8055');
    const wrong = await scan(`id,verdict\n${alert.id},true_positiv\n`);
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('verdicts:2:1: error TT8054');
    expect(wrong.stderr).toContain('did you mean true_positive?');
    expect(readFileSync(join(folder.path, 'verdicts'), 'utf8')).not.toBe('');
  });
});
