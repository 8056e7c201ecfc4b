import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { schemaText } from '../../engine/cli/schema-text.ts';

/**
 * The schema that `telltale schema` prints, as an editor's YAML language server takes it: one schema for rule files of every kind. (Seen with
 * yaml-language-server 2.0.0 itself, which is no dependency: no finding in our rules, these here found at the same places.)
 */
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, strictRequired: false });
const validate = ajv.compile(JSON.parse(schemaText('rule')));

/** Places and keywords of what is wrong. */
function findings(document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
    .map(({ instancePath, keyword, params }) => `${instancePath} ${keyword} ${Object.values(params)[0]}`);
}

const ROOT = join(import.meta.dirname, '..', '..');

describe('the schema for editors', () => {
  for (const folder of ['rules', 'correlations', 'baselines']) {
    test(`finds nothing in our ${folder}`, () => {
      const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
        /(?<!\.test)\.ya?ml$/.test(name),
      );
      expect(files.length).toBeGreaterThan(5);
      for (const name of files) {
        const documents = loadAll(readFileSync(join(ROOT, folder, name), 'utf8'), undefined, {
          schema: CORE_SCHEMA,
        });
        expect([name, ...documents.flatMap(findings)]).toEqual([name]);
      }
    });
  }

  const RULE = `title: T
level: low
logsource: {product: windows}
detection:
  s: {A: 1}
  condition: s
`;
  const broken: readonly { name: string; given: string; expect: string }[] = [
    { name: 'a level', given: RULE.replace('low', 'lw'), expect: '/level enum' },
    { name: 'a status', given: `${RULE}status: foo\n`, expect: '/status enum' },
    {
      name: 'no condition',
      given: RULE.replace('  condition: s\n', ''),
      expect: '/detection required condition',
    },
    { name: 'no title', given: RULE.replace('title: T\n', ''), expect: ' required title' },
    {
      name: 'no logsource',
      given: RULE.replace('logsource: {product: windows}\n', ''),
      expect: ' required logsource',
    },
    {
      name: 'the type of a relation',
      given: `${RULE}related: [{id: x, type: foo}]\n`,
      expect: '/related/0/type enum',
    },
    {
      name: 'a key of a relation',
      given: `${RULE}related: [{id: x, typ: derived}]\n`,
      expect: '/related/0 additionalProperties typ',
    },
    { name: 'a confidence beyond 1', given: `${RULE}confidence: 2\n`, expect: '/confidence maximum' },
    { name: 'a version in words', given: `${RULE}version: one\n`, expect: '/version type integer' },
    {
      name: 'a type of entity',
      given: `${RULE}entities: [{type: usr, fields: [A]}]\n`,
      expect: '/entities/0/type enum',
    },
    {
      name: 'a key of a suppression',
      given: `${RULE}suppress: {by: [A], fr: 1h}\n`,
      expect: '/suppress additionalProperties fr',
    },
    {
      name: 'a key of a test',
      given: `${RULE}tests: [{name: a, givn: [], expect: {signals: 1}}]\n`,
      expect: '/tests/0 additionalProperties givn',
    },
    {
      name: 'a key of an expectation',
      given: `${RULE}tests: [{name: a, given: [{event: {}}], expect: {signls: 1}}]\n`,
      expect: '/tests/0/expect additionalProperties signls',
    },
    {
      name: 'a type of correlation',
      given: 'title: T\ncorrelation: {type: event_cont, rules: [a], timespan: 1h}\n',
      expect: '/correlation/type enum',
    },
    {
      name: 'a key of a correlation',
      given: 'title: T\ncorrelation: {type: event_count, rles: [a], timespan: 1h}\n',
      expect: '/correlation additionalProperties rles',
    },
    {
      name: 'a filter without a condition',
      given: 'title: T\nlogsource: {product: windows}\nfilter: {rules: any, s: {A: 1}}\n',
      expect: '/filter required condition',
    },
    {
      name: 'a key of a feed',
      given: 'title: T\nfeed: {fil: x, format: plain}\n',
      expect: '/feed additionalProperties fil',
    },
    {
      name: 'a kind of feature',
      given:
        'title: T\nbaseline: {entity: {type: user, key: [u]}, select: {s: {a: 1}, condition: s}, features: [{name: x, kind: countt}]}\n',
      expect: '/baseline/features/0/kind enum',
    },
    {
      name: 'a key of a policy',
      given: 'title: T\npolicy: {applies: alert, when: {all: []}, decid: {}}\n',
      expect: '/policy additionalProperties decid',
    },
    {
      name: 'a shape of incident',
      given: 'title: T\nincident: {shape: thme, parts: []}\n',
      expect: '/incident/shape enum',
    },
    {
      name: 'a key of an overlay',
      given: 'title: T\noverlay: {rules: any, levl: low}\n',
      expect: '/overlay additionalProperties levl',
    },
  ];
  for (const { name, given, expect: wanted } of broken) {
    test(`finds what is wrong with ${name}`, () => {
      const found = findings(loadAll(given, undefined, { schema: CORE_SCHEMA })[0]);
      expect(
        found.some((one) => one.startsWith(wanted)),
        found.join('\n'),
      ).toBe(true);
    });
  }
});
