import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import { INCIDENT_SHAPES } from '../../engine/model/index.ts';
import { compileRuleset, referenceOf, runRuleTests } from '../../engine/pipeline/index.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const files = ['rules', 'correlations'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yml'))
    .sort()
    .map((path) => ({
      path: join(ROOT, folder, path),
      text: readFileSync(join(ROOT, folder, path), 'utf8'),
    })),
);
const { ruleset, diagnostics } = compileRuleset(files);

describe('the incident templates that are shipped', () => {
  test('load without a finding, are at least twenty, and are of all five shapes', () => {
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    expect(ruleset.templates.length).toBeGreaterThanOrEqual(20);
    expect(new Set(ruleset.templates.map(({ shape }) => shape))).toEqual(new Set(INCIDENT_SHAPES));
  });

  test('say what they are: title, story, steps, tactics, and a file of their name', () => {
    for (const { meta, title, story } of ruleset.templates) {
      expect(basename(meta.source.file)).toBe(`${meta.name}.yml`);
      expect(title, meta.name).toMatch(/\{\{/);
      expect(story, meta.name).toMatch(/\{\{/);
      expect(meta.remediation.length, meta.name).toBeGreaterThan(0);
      expect(
        meta.tags.some((tag) => /^attack\.[a-z-]+$/.test(tag)),
        meta.name,
      ).toBe(true);
    }
  });

  test('join by entities that the rules of their parts name', () => {
    const named = new Map(
      [...ruleset.detections].map(({ meta }) => [
        meta.name ?? meta.id,
        new Set(meta.entities.map(({ type }) => type)),
      ]),
    );
    for (const { meta, join: keys, parts } of ruleset.templates) {
      const types = keys.flatMap((whole) => whole.map(({ type }) => type));
      for (const rule of parts.flatMap(({ select }) => select.rules)) {
        const own = named.get(rule) ?? new Set();
        expect(
          types.some((type) => own.has(type)),
          `${meta.name}: ${rule} names none of ${types.join(', ')}`,
        ).toBe(true);
      }
    }
  });

  test('pass their tests, each with an incident and with none', () => {
    const schemas = createSchemas().value;
    if (schemas === undefined) throw new Error('the built-in mappings do not link');
    const ids = new Set(ruleset.templates.map(({ meta }) => meta.id));
    const { results } = runRuleTests(ruleset, { schemas, wanted: ({ meta }) => ids.has(meta.id) });
    expect(results.length).toBeGreaterThanOrEqual(2 * ruleset.templates.length);
    expect(
      results.flatMap(({ rule, test: one, failures }) =>
        failures.map((text) => `${rule.meta.name}: ${one.name}: ${text}`),
      ),
    ).toEqual([]);
    for (const { meta, tests } of ruleset.templates) {
      expect(
        tests.some(({ expect: { incidents } }) => incidents === 0),
        meta.name,
      ).toBe(true);
      expect(
        tests.some(({ expect: { incidents } }) => incidents !== 0),
        meta.name,
      ).toBe(true);
    }
  });
});

describe('the reference', () => {
  const entries = referenceOf(ruleset);

  test('holds every template and every rule that alerts, with the log sources that they rest on', () => {
    const muted = new Set(ruleset.correlationPlan.muted);
    const alerting = [...ruleset.detections, ...ruleset.correlations].filter(
      ({ meta }) => !muted.has(meta.id),
    );
    expect(entries.filter(({ kind }) => kind === 'alert')).toHaveLength(alerting.length);
    expect(entries.filter(({ kind }) => kind === 'incident')).toHaveLength(ruleset.templates.length);
    const mining = entries.find(({ name }) => name === 'mining_after_brute_force');
    expect(mining?.logsources).toContainEqual({ product: 'linux', service: 'sshd' });
    expect(mining?.tactics).toEqual(['Credential Access', 'Impact']);
    for (const entry of entries.filter(({ of }) => of === 'correlation')) {
      expect(entry.logsources.length, entry.title).toBeGreaterThan(0);
    }
  });
});
