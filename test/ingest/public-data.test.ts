import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { load, loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import {
  createSchemas,
  decodeRecord,
  frameAll,
  type NormalisedEvent,
  normalise,
  type Schemas,
} from '../../engine/ingest/index.ts';
import { eventTime, type Logsource, logsourceApplies } from '../../engine/model/index.ts';
import { dataDirOrSay } from '../support/data.ts';

const data = dataDirOrSay('normalising public recordings');

function schemas(): Schemas {
  const { value, diagnostics } = createSchemas();
  expect(diagnostics).toEqual([]);
  if (value === undefined) throw new Error('no schemas');
  return value;
}

/** Every `step`th event of a file. */
function eventsOf(bytes: Uint8Array, using: Schemas, step = 1): NormalisedEvent[] {
  const sampled = frameAll(bytes).filter((_, i) => i % step === 0);
  return sampled.map((framed) => {
    if (framed.kind === 'problem') throw new Error(framed.problem.message);
    const decoded = decodeRecord(framed.bytes);
    if (decoded.kind !== 'record') throw new Error('not a record');
    return normalise(decoded.value, using, { observedAt: eventTime(0), source: framed.bytes });
  });
}

function filesBelow(folder: string, suffix: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(folder, name));
}

interface RuleHead {
  readonly id?: string;
  readonly title?: string;
  readonly logsource?: Logsource;
  readonly detection?: Readonly<Record<string, unknown>>;
}

function publicRules(root: string): Map<string, RuleHead> {
  const rules = new Map<string, RuleHead>();
  const folders = readdirSync(root).filter((name) => name.startsWith('rules'));
  for (const file of folders.flatMap((name) => filesBelow(join(root, name), '.yml'))) {
    for (const document of loadAll(readFileSync(file, 'utf8')) as (RuleHead | null)[]) {
      if (document?.id !== undefined && document.logsource !== undefined) rules.set(document.id, document);
    }
  }
  return rules;
}

describe.skipIf(data === undefined)('public recordings', () => {
  const root = data ?? '';

  test('every regression recording of the public rules has the logsource that its rule asks for', () => {
    const using = schemas();
    const rules = publicRules(join(root, 'sigmahq'));
    const wrong: string[] = [];
    let events = 0;
    for (const info of filesBelow(join(root, 'sigmahq', 'regression_data'), 'info.yml')) {
      const { rule_metadata: heads } = load(readFileSync(info, 'utf8')) as {
        rule_metadata: { id: string }[];
      };
      const folder = join(info, '..');
      for (const head of heads) {
        const rule = rules.get(head.id);
        const file = join(folder, `${head.id}.json`);
        if (rule?.logsource === undefined || !existsSync(file)) continue;
        for (const event of eventsOf(readFileSync(file), using)) {
          events++;
          if (event.schema !== 'windows-nested' || !event.timed) wrong.push(`${file}: ${event.schema}`);
          if (!logsourceApplies(rule.logsource, event.logsource))
            wrong.push(`${rule.title} ${JSON.stringify(event.logsource)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(events).toBeGreaterThan(100);
  });

  test('the flat Windows recordings are recognised, timed, and spread over the categories of Sysmon', () => {
    const using = schemas();
    const categories = new Map<string, number>();
    const bytes = gunzipSync(readFileSync(join(root, 'otrf', 'lsass-campaign-02.ndjson.gz')));
    for (const event of eventsOf(bytes, using, 7)) {
      if (event.schema !== 'windows-flat' || !event.timed)
        throw new Error(`${event.schema} ${JSON.stringify(event.raw)}`);
      for (const category of event.logsource.categories)
        categories.set(category, (categories.get(category) ?? 0) + 1);
      expect(event.class.constants.get('Channel')).toBe(event.fields.get('Channel'));
      expect(event.class.constants.get('EventID')).toBe(String(event.fields.get('EventID')));
    }
    for (const category of [
      'process_creation',
      'process_access',
      'image_load',
      'registry_set',
      'registry_add',
      'file_event',
      'network_connection',
      'dns_query',
      'ps_script',
      'ps_module',
    ]) {
      expect(categories.get(category) ?? 0, category).toBeGreaterThan(0);
    }
  });

  test('CloudTrail recordings are recognised, whether lines or lists', () => {
    const using = schemas();
    const files = filesBelow(join(root, 'cloudtrail', 'stratus'), '.json').map((file) => readFileSync(file));
    files.push(gunzipSync(readFileSync(join(root, 'cloudtrail', 'invictus-aws.ndjson.gz'))));
    let events = 0;
    for (const bytes of files) {
      for (const event of eventsOf(bytes, using)) {
        events++;
        expect(event.schema).toBe('aws-cloudtrail');
        expect(event.timed).toBe(true);
        expect(event.id).toBe(event.fields.get('eventID'));
      }
    }
    expect(events).toBeGreaterThan(2900);
  });

  test('every logsource of the public rules can be produced by some class of some mapping, but for the named ones', () => {
    const using = schemas();
    const produced = using.mappings.flatMap((mapping) => {
      const names = mapping.discriminatorSpecs.map((spec) => spec.name);
      const rows = [{}, ...mapping.classes.map((row) => row.when)];
      const pairs =
        mapping.id.startsWith('ecs') || mapping.id === 'ocsf'
          ? rows.flatMap((a) => rows.map((b) => ({ ...a, ...b })))
          : rows;
      return pairs.map((when: Readonly<Record<string, readonly string[]>>) => {
        const texts = names.map((name) => {
          const text = when[name]?.[0]?.replaceAll('*', '');
          return text === '-' ? undefined : text;
        });
        return using.classOf(mapping, texts).logsource;
      });
    });
    const missing = new Map<string, number>();
    for (const { logsource } of publicRules(join(root, 'sigmahq')).values()) {
      if (logsource === undefined) continue;
      const asked: Logsource = {
        ...(logsource.product === undefined ? {} : { product: logsource.product }),
        ...(logsource.category === undefined ? {} : { category: logsource.category }),
        ...(logsource.service === undefined ? {} : { service: logsource.service }),
      };
      if (produced.some((one) => logsourceApplies(asked, one))) continue;
      const key = JSON.stringify(asked);
      missing.set(key, (missing.get(key) ?? 0) + 1);
    }
    // Free text of routers, and files that appear on an appliance: the source's own configuration has to name the logsource.
    expect([...missing.keys()].sort()).toEqual([
      '{"product":"huawei","service":"bgp"}',
      '{"product":"juniper","service":"bgp"}',
      '{"product":"paloalto","category":"file_event","service":"globalprotect"}',
    ]);
  });
});
