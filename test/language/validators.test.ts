import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LANGUAGE_CODES, ruleSchemas } from '../../engine/language/index.ts';
import { DEFAULT_LIMITS } from '../../engine/language/limits.ts';
import type { SchemaKind } from '../../engine/language/schema/kinds.ts';
import { validatorOf } from '../../engine/language/schema/validators.ts';
import { readFast } from '../../engine/language/yaml-fast.ts';

type Validator = (value: unknown) => boolean;
type Validators = (kind: SchemaKind) => Validator & { errors?: unknown };

let folder: string;
let built: Validators;

beforeAll(async () => {
  // Inside the project, because generated code may import small parts of ajv.
  const cache = resolve(import.meta.dirname, '../../node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'telltale-validators-'));
  writeFileSync(join(folder, 'kinds.mjs'), `export const SCHEMAS = ${JSON.stringify(ruleSchemas())};`);
  const script = resolve(import.meta.dirname, '../../scripts/build-validators.mjs');
  execFileSync(process.execPath, [script, join(folder, 'kinds.mjs'), join(folder, 'validators.mjs')]);
  const module: { validatorOf: Validators } = await import(
    pathToFileURL(join(folder, 'validators.mjs')).href
  );
  built = module.validatorOf;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('validators compiled by the build', () => {
  const documents = Object.values(LANGUAGE_CODES)
    .flatMap(({ failing, fixed }) => [failing, fixed])
    .flatMap((text) => {
      const reading = readFast(text, DEFAULT_LIMITS);
      return reading.ok ? reading.documents.map(({ value }) => value) : [];
    });

  for (const kind of Object.keys(ruleSchemas())) {
    test(`${kind}: say of every example the same as those compiled on first use`, () => {
      const name = kind as SchemaKind;
      let refused = 0;
      for (const document of documents) {
        const lazy = validatorOf(name);
        const ahead = built(name);
        expect(ahead(document)).toBe(lazy(document));
        expect(ahead.errors).toEqual(lazy.errors);
        if (ahead.errors !== null) refused++;
      }
      expect(refused).toBeGreaterThan(3);
    });
  }
});
