import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type SchemaObject } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { loadRules, ruleSchemas } from '../../engine/language/index.ts';
import { DEFAULT_LIMITS } from '../../engine/language/limits.ts';
import { readFast } from '../../engine/language/yaml-fast.ts';
import { dataDirOrSay } from '../support/data.ts';
import { PUBLIC_FOLDERS, publicRules } from './public-rules.ts';

const data = dataDirOrSay("Sigma's own schemas and examples");

/** Every subschema of a schema with where it stands. */
function* subschemas(schema: unknown, path: string): Generator<[string, Record<string, unknown>]> {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
  const node: Record<string, unknown> = { ...schema };
  yield [path, node];
  const { properties, items, additionalProperties } = node;
  if (typeof properties === 'object' && properties !== null) {
    for (const [key, value] of Object.entries(properties)) yield* subschemas(value, `${path}/${key}`);
  }
  yield* subschemas(items, `${path}/items`);
  yield* subschemas(additionalProperties, `${path}/*`);
}

describe('the schemas', () => {
  const schemas = Object.entries(ruleSchemas());

  test('are there for every kind, overlays and test files', () => {
    expect(schemas.map(([kind]) => kind).sort()).toEqual([
      'baseline',
      'correlation',
      'detection',
      'feed',
      'filter',
      'incident',
      'overlay',
      'policy',
      'test',
    ]);
  });

  for (const [kind, schema] of schemas) {
    test(`${kind}: JSON Schema 2020-12 by the book, compiled without a complaint`, () => {
      const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
      expect(ajv.validateSchema(schema)).toBe(true);
      expect(() => ajv.compile(schema)).not.toThrow();
      expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    });

    test(`${kind}: every key has a description for the editor`, () => {
      for (const [path, node] of subschemas(schema, kind)) {
        if (!path.endsWith('/items')) expect(node['description'], path).toMatch(/^.{8,}/);
      }
    });

    test(`${kind}: is plain data`, () => {
      expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    });
  }
});

function sigmaValidator(name: string) {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, formats: { uuid } });
  const text = readFileSync(join(data ?? '', 'sigma-spec', 'json-schema', name), 'utf8');
  // Its dialect is named with a `#` behind, which ajv does not know.
  const schema: SchemaObject = JSON.parse(text.replace('schema#', 'schema'));
  return ajv.compile(schema);
}

describe.skipIf(data === undefined)('a superset of Sigma 2.1', () => {
  const ours = ruleSchemas();
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });

  test("what Sigma's schema of detections accepts of the public set, ours accepts", () => {
    const sigma = sigmaValidator('sigma-detection-rule-schema.json');
    const mine = ajv.compile(ours.detection);
    let accepted = 0;
    for (const folder of PUBLIC_FOLDERS) {
      for (const { path, text } of publicRules(data ?? '', folder)) {
        const reading = readFast(text, DEFAULT_LIMITS);
        for (const { value } of reading.ok ? reading.documents : []) {
          if (!sigma(value)) continue;
          accepted++;
          expect(mine(value), `${path} ${JSON.stringify(mine.errors?.[0])}`).toBe(true);
        }
      }
    }
    expect(accepted).toBeGreaterThan(3700);
  });

  for (const folder of ['rules', 'filter', 'correlation']) {
    const root = join(data ?? '', 'sigma-spec', 'tests', 'schema', folder);
    for (const name of data === undefined ? [] : readdirSync(root).sort()) {
      test(`the example ${folder}/${name} of the specification loads`, () => {
        const { rules, diagnostics } = loadRules([
          { path: name, text: readFileSync(join(root, name), 'utf8') },
        ]);
        // A filter names rules that are not in the example.
        const errors = diagnostics.filter((d) => d.severity === 'error' && d.code !== 'TT1401');
        expect(errors).toEqual([]);
        expect(rules.detections.length + rules.filters.length + rules.others.length).toBe(1);
      });
    }
  }
});
