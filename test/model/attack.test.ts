import { describe, expect, test } from 'vitest';
import { attackTags, TACTICS, tacticRank, tacticsOfTechnique, technique } from '../../engine/model/index.ts';

describe('ATT&CK', () => {
  const cases = [
    {
      name: 'tactics in the order of an attack, techniques with names',
      given: ['attack.impact', 'attack.t1059.001', 'attack.execution'],
      expect: {
        tactics: ['execution', 'impact'],
        techniques: [{ id: 'T1059.001', name: 'Command and Scripting Interpreter: PowerShell' }],
      },
    },
    {
      name: 'names that came later',
      given: ['attack.stealth', 'attack.defense-impairment', 'attack.t1685.001'],
      expect: { tactics: ['stealth', 'defense-impairment'], techniques: [{ id: 'T1685.001' }] },
    },
    {
      name: 'underscores, upper case, groups, software and other namespaces',
      given: ['attack.Credential_Access', 'ATTACK.T1003', 'attack.g0016', 'attack.s0002', 'cve.2021-1'],
      expect: {
        tactics: ['credential-access'],
        techniques: [{ id: 'T1003', name: 'OS Credential Dumping' }],
      },
    },
    {
      name: 'a revoked technique is its successor',
      given: ['attack.t1086'],
      expect: {
        tactics: ['execution'],
        techniques: [{ id: 'T1059.001', name: 'Command and Scripting Interpreter: PowerShell' }],
      },
    },
    {
      name: 'without a tactic, those of the techniques',
      given: ['attack.t1003.001'],
      expect: {
        tactics: ['credential-access'],
        techniques: [{ id: 'T1003.001', name: 'OS Credential Dumping: LSASS Memory' }],
      },
    },
    { name: 'nothing', given: [], expect: { tactics: [], techniques: [] } },
  ];
  for (const { name, given, expect: wanted } of cases)
    test(name, () => expect(attackTags(given)).toEqual(wanted));

  test('a sub-technique that is unknown serves what its parent serves', () => {
    expect(tacticsOfTechnique('T1003.999')).toEqual(['credential-access']);
    expect(technique('t1003.999')).toEqual({ id: 'T1003.999' });
  });

  test('every tactic of the table has a place in the order', () => {
    expect(TACTICS.filter(({ id }) => id !== undefined)).toHaveLength(14);
    expect(tacticRank('reconnaissance')).toBe(0);
    expect(tacticRank('impact')).toBeGreaterThan(tacticRank('exfiltration'));
    expect(tacticRank('no such')).toBe(TACTICS.length);
  });
});
