import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { planCorrelations } from '../../../engine/correlate/index.ts';
import { importLegacy, loadRules, readCorrelation } from '../../../engine/language/index.ts';
import { dataDir } from '../../support/data.ts';

function documentsOf(text: string): unknown {
  const imported = importLegacy(parse(text));
  return typeof imported === 'object'
    ? imported.documents.map((d) => d['correlation'] ?? d['detection'])
    : imported;
}

const HEAD = 'title: Many things\nlogsource: {product: windows}\n';

describe('an aggregation of Sigma 1 becomes detections and a correlation', () => {
  it('count by', () => {
    const text = `${HEAD}detection:\n  sel: {a: 1}\n  other: {b: 1}\n  timeframe: 30m\n  condition: sel | count() by x, y > 5`;
    expect(documentsOf(text)).toEqual([
      { sel: { a: 1 }, condition: 'sel' },
      {
        type: 'event_count',
        rules: ['many_things'],
        'group-by': ['x', 'y'],
        timespan: '30m',
        condition: { gt: 5 },
      },
    ]);
  });

  it('near, with a not', () => {
    const text = `${HEAD}detection:\n  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  timeframe: 10m\n  condition: a | near b and not c`;
    expect(documentsOf(text)).toEqual([
      { a: { a: 1 }, condition: 'a' },
      { b: { b: 1 }, condition: 'b' },
      { c: { c: 1 }, condition: 'c' },
      {
        type: 'temporal',
        rules: ['many_things_1', 'many_things_2', 'many_things_3'],
        timespan: '10m',
        condition: 'many_things_1 and many_things_2 and not many_things_3',
      },
    ]);
  });

  it('says what had to be chosen, and why it cannot', () => {
    const chosen = importLegacy(parse(`${HEAD}detection:\n  a: {a: 1}\n  condition: a | count() < 5`));
    expect(typeof chosen === 'object' ? chosen.report.length : chosen).toBe(2);
    expect(importLegacy(parse(`${HEAD}detection:\n  a: {a: 1}\n  condition: a | frobnicate`))).toMatch(
      /cannot be read/,
    );
    expect(importLegacy(parse(`${HEAD}detection:\n  a: {a: 1}\n  condition: a`))).toBeUndefined();
  });
});

describe('the public rules with an aggregation', () => {
  const data = dataDir();
  const folder = data === undefined ? undefined : join(data, 'sigmahq/unsupported');
  it.skipIf(folder === undefined)(
    'are imported and plan without an error, or are refused with a reason (skipped without the data)',
    () => {
      const counts = { imported: 0, refused: 0, plain: 0 };
      const refusals: string[] = [];
      for (const name of readdirSync(folder ?? '', { recursive: true, encoding: 'utf8' }).filter((n) =>
        n.endsWith('.yml'),
      )) {
        const raw = readFileSync(join(folder ?? '', name), 'utf8');
        let document: unknown;
        try {
          document = parse(raw);
        } catch {
          // Several documents in a file: Sigma 1 actions. The loader resolves those; here only single documents are looked at.
          counts.plain++;
          continue;
        }
        const imported = importLegacy(document as Record<string, unknown>);
        if (imported === undefined) {
          counts.plain++;
          continue;
        }
        if (typeof imported === 'string') {
          counts.refused++;
          refusals.push(`${name}: ${imported}`);
          continue;
        }
        const text = imported.documents.map((d) => stringify(d)).join('---\n');
        const { rules, diagnostics } = loadRules([{ path: name, text }]);
        const read = rules.others.filter((o) => o.kind === 'correlation').map(readCorrelation);
        const planned = planCorrelations(
          read.flatMap(({ value }) => value ?? []),
          rules.detections.map(({ meta, kind }) => ({ ...meta, kind })),
        );
        const errors = [...diagnostics, ...read.flatMap((r) => r.diagnostics), ...planned.diagnostics].filter(
          (d) => d.severity === 'error',
        );
        expect([name, errors]).toEqual([name, []]);
        expect([name, planned.value?.nodes.length]).toEqual([name, 1]);
        counts.imported++;
      }
      console.info(`legacy aggregations: ${JSON.stringify(counts)} ${refusals.join('; ')}`);
      expect(counts.imported).toBeGreaterThan(40);
    },
  );
});
