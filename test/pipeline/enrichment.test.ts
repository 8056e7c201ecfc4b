import { describe, expect, test } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import type { EnrichmentParts } from '../../engine/intel/index.ts';
import type { Alert, Entity } from '../../engine/model/index.ts';
import { CaseStages, compileRuleset, Engine, type Ruleset } from '../../engine/pipeline/index.ts';
import { writeMmdb } from '../support/mmdb.ts';

const PARTS: EnrichmentParts = {
  assets: [{ type: 'host', match: 'srv-db', criticality: 'crown_jewel' }],
  identities: [{ user: 'ana', department: 'sales' }],
  geo: [
    writeMmdb({
      '45.9.0.0/16': { country: { iso_code: 'NL' } },
      '8.8.0.0/16': { country: { iso_code: 'US' } },
    }),
  ],
};
const schemas = createSchemas({ unknownLogsource: 'any' }).value;
if (schemas === undefined) throw new Error('schemas do not link');

function rulesOf(...texts: readonly string[]): Ruleset {
  const { ruleset, diagnostics } = compileRuleset(texts.map((text, i) => ({ path: `r${i}.yml`, text })));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return ruleset;
}

const rule = (selection: string, condition = 'selection'): string =>
  `title: Asks\nid: 22222222-0000-4000-8000-000000000001\nname: asks\nlevel: high\nlogsource: {category: any}\ndetection:\n  selection: ${selection}\n  condition: ${condition}\n`;

describe('a detection asks for what an event lacks', () => {
  const given = { '@timestamp': '2026-11-10T08:00:00Z', source: { ip: '45.9.1.1' }, user: { name: 'ana' } };
  test.each([
    ['the country holds', '{source.geo.country_iso_code: NL}', 'selection', 1],
    ['another does not', '{source.geo.country_iso_code: US}', 'selection', 0],
    ['it exists', '{source.geo.country_iso_code|exists: true}', 'selection', 1],
    ['what is not known does not', '{source.as.number|exists: true}', 'selection', 0],
    ['negated', '{source.geo.country_iso_code: [DE, NL]}', 'not selection', 0],
    ['by a wildcard', "{source.geo.country_iso_code: 'N*'}", 'selection', 1],
    ['by an expression', "{source.geo.country_iso_code|re: '^N.$'}", 'selection', 1],
    ['with a department', '{source.geo.country_iso_code: NL, user.department: sales}', 'selection', 1],
  ])('%s', (_, selection, condition, count) => {
    const ruleset = rulesOf(rule(selection, condition));
    const engine = new Engine(ruleset, { schemas, enrichment: PARTS });
    const bytes = new TextEncoder().encode(JSON.stringify(given));
    const place = { file: 'events', line: 1 };
    const text = JSON.stringify(given);
    expect(engine.processRecord(given)).toHaveLength(count);
    expect(engine.processBytes({ bytes, text }, 0, bytes.length, place)).toHaveLength(count);
  });

  test('but what the event says itself stands', () => {
    const engine = new Engine(rulesOf(rule('{source.geo.country_iso_code: NL}')), {
      schemas,
      enrichment: PARTS,
    });
    const own = { ...given, source: { ip: '45.9.1.1', geo: { country_iso_code: 'DE' } } };
    expect(engine.processRecord(own)).toEqual([]);
    const bytes = new TextEncoder().encode(JSON.stringify(own));
    expect(
      engine.processBytes({ bytes, text: JSON.stringify(own) }, 0, bytes.length, { file: 'events', line: 1 }),
    ).toEqual([]);
  });

  test('without enrichment nothing is known', () => {
    const engine = new Engine(rulesOf(rule('{source.geo.country_iso_code: NL}')), { schemas });
    expect(engine.processRecord(given)).toEqual([]);
  });
});

test('a baseline observes what was worked out, and departments of its key', () => {
  const ruleset = rulesOf(`title: Countries
id: 22222222-0000-4000-8000-000000000002
baseline:
  entity: {type: user, key: [user.name]}
  select: {selection: {event.action: logon}, condition: selection}
  features: [{name: own, kind: category, field: source.geo.country_iso_code, scopes: [entity, peers]}]
  peers: {by: [department], min: 3}
level: medium
`);
  const engine = new Engine(ruleset, { schemas, enrichment: PARTS });
  const [seen] = engine.processRecord({
    '@timestamp': '2026-11-10T08:00:00Z',
    event: { action: 'logon' },
    source: { ip: '8.8.8.8' },
    user: { name: 'ana' },
  });
  expect(seen?.values.get('source.geo.country_iso_code')).toBe('US');
  expect(seen?.values.get('department')).toBe('sales');
});

describe('an asset weighs', () => {
  const ASKS = `${rule('{event.action: x}')}entities: [{type: host, fields: [host.name], role: target}]\n`;
  const RISK = `title: Risk
id: 22222222-0000-4000-8000-000000000003
correlation: {type: risk, rules: [asks], group-by: [host.name], timespan: 1d, half_life: 12h, condition: {gte: 40}}
level: high
`;
  const alertsOf = (ruleset: Ruleset, weight?: number): readonly Alert[] => {
    const asset = (_: Entity) => ({ weight: weight ?? 1, reason: 'the inventory' });
    const stages = new CaseStages(ruleset, weight === undefined ? {} : { asset });
    const engine = new Engine(ruleset, { schemas });
    const event = { '@timestamp': '2026-11-10T08:00:00Z', event: { action: 'x' }, host: { name: 'srv-db' } };
    stages.take(engine.processRecord(event));
    return stages.finish().alerts;
  };

  test('in the score of its alert', () => {
    const ruleset = rulesOf(ASKS);
    const [plain] = alertsOf(ruleset);
    const [dear] = alertsOf(ruleset, 1.25);
    expect(dear?.score).toBeCloseTo((plain?.score ?? 0) * 1.25, 0);
    expect(dear?.terms.some(({ name }) => name === 'asset')).toBe(true);
  });

  test('in its risk', () => {
    const ruleset = rulesOf(ASKS, RISK);
    const risks = (weight?: number) =>
      alertsOf(ruleset, weight).filter(({ rule: { kind } }) => kind === 'correlation').length;
    expect([risks(), risks(1.25), risks(0.5)]).toEqual([0, 1, 0]);
  });
});
