import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openEnrichFile, openEnrichment, withEnrichment } from '../../engine/cli/enrich-source.ts';
import type { FactSource } from '../../engine/policy/index.ts';
import { writeMmdb } from '../support/mmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'enrich-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const NOTHING = { assets: [], identities: [], geo: [], countries: false };

describe('enrichment', () => {
  test('is read from the tables and databases that a configuration names', async () => {
    const config = {
      assets: [
        write('a.csv', 'match,criticality,tags,room\nsrv-db,high,pci;sql,4\n'),
        write('a.yml', 'assets: [{type: ip, match: 10.0.0.0/8, owner: lab}]\n'),
      ],
      identities: [write('p.csv', '\ufeffuser,department,aliases,badge\n"ana, k",sales,a1;a2,7\n')],
      geo: [write('g.mmdb', writeMmdb({ '8.8.0.0/16': { country_code: 'US' } }))],
      countries: false,
    };
    const { enrichment, sources, diagnostics } = await openEnrichment(config);
    expect(diagnostics).toEqual([]);
    expect(enrichment?.parts.assets).toEqual([
      { type: 'host', match: 'srv-db', criticality: 'high', tags: ['pci', 'sql'], attributes: { room: '4' } },
      { type: 'ip', match: '10.0.0.0/8', owner: 'lab' },
    ]);
    expect(enrichment?.parts.identities).toEqual([
      { user: 'ana, k', department: 'sales', aliases: ['a1', 'a2'] },
    ]);
    expect(enrichment?.geoOf({ type: 'ip', value: '8.8.8.8', role: 'source' })).toEqual({ country: 'US' });
    expect(sources.map(({ name }) => name)).toEqual(['asset', 'identity', 'geo']);
  });

  test.each([
    ['a key that there is not', 'enrich: {asets: a.csv}', 'TT7010'],
    ['a value that is no path', 'enrich: {assets: 7}', 'TT7011'],
    ['a file without the block', 'rules: rules', 'TT8033'],
  ])('of a file with %s is refused', async (_, text, code) => {
    const { enrichment, diagnostics } = await openEnrichFile(write('t.yml', text));
    expect([enrichment, diagnostics[0]?.code]).toEqual([undefined, code]);
  });

  test('says what is beside it in a whole configuration nothing', async () => {
    const path = write('whole.yml', 'nonsense: 1\nenrich: {countries: false}\n');
    expect((await openEnrichFile(path)).diagnostics).toEqual([]);
  });

  test.each([
    ['an inventory', { assets: [write('bad.csv', 'match,criticality\npc,hihg\n')] }, 'TT8033'],
    [
      'a directory without users',
      { identities: [write('bad-p.csv', 'name,department\nana,sales\n')] },
      'TT8033',
    ],
    ['a directory that is empty', { identities: [write('none.csv', 'user\n')] }, 'TT8033'],
    ['a database', { geo: [write('bad.mmdb', 'no database')] }, 'TT9002'],
    ['a file that is not there', { geo: [join(folder, 'absent.mmdb')] }, 'TT9001'],
  ])('with %s that is wrong is none, and says so', async (_, wrong, code) => {
    const { enrichment, diagnostics } = await openEnrichment({ ...NOTHING, ...wrong });
    expect([enrichment, diagnostics[0]?.code]).toEqual([undefined, code]);
  });

  test('knows countries without any file, behind those of the operator', async () => {
    const own = write('own.mmdb', writeMmdb({ '8.8.8.0/24': { country_code: 'ZZ' } }));
    const { enrichment, diagnostics } = await openEnrichment({ ...NOTHING, geo: [own], countries: true });
    expect(diagnostics).toEqual([]);
    const countryOf = (value: string): unknown =>
      enrichment?.geoOf({ type: 'ip', value, role: 'source' })?.country;
    // Networks that have been in one country for decades: two universities and a registry.
    expect(['8.8.8.8', '18.9.22.69', '129.132.1.1', '2001:67c:2e8::1', '10.0.0.1'].map(countryOf)).toEqual([
      'ZZ',
      'US',
      'CH',
      'NL',
      undefined,
    ]);
  });

  test('stands beside a facts file of the same name', async () => {
    const source = (name: string, value: string): FactSource => ({ name, lookup: async () => [value] });
    const together = withEnrichment(
      [source('asset', 'file'), source('intel', 'file')],
      [source('asset', 'enrich')],
    );
    const asked = { subject: undefined as never, params: {}, at: 0 as never };
    const found = await Promise.all(together.map(async (one) => [one.name, await one.lookup(asked)]));
    expect(found).toEqual([
      ['asset', ['enrich', 'file']],
      ['intel', ['file']],
    ]);
  });
});
