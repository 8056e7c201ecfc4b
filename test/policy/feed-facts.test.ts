import { describe, expect, it } from 'vitest';
import { assetsFromCsv } from '../../engine/cli/asset-table.ts';
import { type IntelSnapshot, SnapshotBuilder } from '../../engine/intel/index.ts';
import { type Alert, eventTime } from '../../engine/model/index.ts';
import { IntelTable, sourcesFromFacts, withFeeds } from '../../engine/policy/index.ts';

const at = eventTime(Date.parse('2026-11-12T00:00:00Z') * 1000);

function snapshot(): IntelSnapshot {
  const builder = new SnapshotBuilder({});
  builder.indicator({ type: 'domain', value: 'bad.example.net', source: 'ours', confidence: 80 });
  builder.indicator({ type: 'ip', value: '45.9.148.10', source: 'ours', confidence: 60, lastSeen: at });
  return builder.build().snapshot;
}

// Only the entities of a case are asked about.
const alert = {
  entities: [
    { type: 'domain', value: 'x.bad.example.net', role: 'target' },
    { type: 'ip', value: '45.9.148.10', role: 'target' },
    { type: 'user', value: 'ada', role: 'actor' },
  ],
} as unknown as Alert;
const ask = { subject: { kind: 'alert', alert } as const, params: {}, at };

describe('feeds as a source of facts', () => {
  it('say what they list, with what is left of its confidence, and what a facts file says behind', async () => {
    const beside = new IntelTable([{ type: 'user', value: 'ada', feed: 'leaks', confidence: 0.5 }]);
    const [source, ...more] = withFeeds([beside], snapshot);
    expect(more).toEqual([]);
    expect(await source?.lookup(ask)).toEqual([
      { type: 'domain', value: 'x.bad.example.net', feed: 'ours', confidence: 0.8 },
      { type: 'ip', value: '45.9.148.10', feed: 'ours', confidence: 0.6, since: '2026-11-12T00:00:00.000Z' },
      { type: 'user', value: 'ada', feed: 'leaks', confidence: 0.5 },
    ]);
    expect(await source?.lookup({ ...ask, params: { entity: 'ip' } })).toHaveLength(1);
  });

  it('leave the sources alone where there are none', () => {
    const beside = new IntelTable([]);
    expect(withFeeds([beside], undefined)).toEqual([beside]);
  });
});

describe('an inventory as a table', () => {
  it('is read with quotes, lists of tags and columns of its own', () => {
    const text =
      '\ufeffmatch,type,criticality,owner,tags,site\r\ndc01,host,crown_jewel,"IT, core",pci; tier0,Bern\n\n10.0.0.0/8,ip,low,,,\n"a ""b""",,,,,\n';
    expect(assetsFromCsv(text).assets).toEqual([
      {
        type: 'host',
        match: 'dc01',
        criticality: 'crown_jewel',
        owner: 'IT, core',
        tags: ['pci', 'tier0'],
        attributes: { site: 'Bern' },
      },
      { type: 'ip', match: '10.0.0.0/8', criticality: 'low' },
      { type: 'host', match: 'a "b"' },
    ]);
    expect(sourcesFromFacts(assetsFromCsv(text)).problems).toEqual([]);
  });

  it('says what is wrong with a value', () => {
    const { problems } = sourcesFromFacts(assetsFromCsv('match,criticality\ndc01,huge\n'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('criticality');
  });
});
