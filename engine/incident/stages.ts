import { tacticRank, tacticTitle } from '../model/index.ts';

/** What an attacker would do next: the tactic, where it is one, and where it shows. */
const NEXT: Readonly<Record<string, readonly [string | undefined, string]>> = {
  reconnaissance: ['initial-access', 'logons and web requests from the same sources that succeed'],
  'initial-access': ['execution', 'new processes and scripts on the machine that was entered'],
  execution: ['persistence', 'new services, scheduled tasks, autostart entries and accounts'],
  persistence: ['privilege-escalation', 'new privileges of the account, token and service changes'],
  'privilege-escalation': ['credential-access', 'reads of LSASS, registry hives, key stores and secrets'],
  'defense-evasion': ['credential-access', 'reads of LSASS, registry hives, key stores and secrets'],
  stealth: ['credential-access', 'reads of LSASS, registry hives, key stores and secrets'],
  'defense-impairment': [undefined, 'sources that fell silent: what happened on the machine meanwhile'],
  'credential-access': ['lateral-movement', 'logons of the same accounts on other machines'],
  discovery: ['lateral-movement', 'connections from the machine to others on administrative ports'],
  'lateral-movement': ['collection', 'archives and large reads on the machines that were reached'],
  collection: ['exfiltration', 'large or unusual uploads, to storage, mail or name servers'],
  'command-and-control': ['exfiltration', 'large or unusual uploads over the same channel'],
  exfiltration: ['impact', 'deletion of backups, encryption, changed payment details'],
  impact: [undefined, 'other machines with the same account, source address or program'],
};

const LINES_MAX = 2;

/** What to look for after these tactics: what follows the furthest of them and was not seen yet. */
export function nextStages(tactics: readonly string[]): readonly string[] {
  const reached = new Set(tactics);
  const lines = [...reached]
    .sort((a, b) => tacticRank(b) - tacticRank(a))
    .flatMap((tactic) => {
      const [next, where] = NEXT[tactic] ?? [undefined, undefined];
      if (where === undefined || (next !== undefined && reached.has(next))) return [];
      return [next === undefined ? where : `${tacticTitle(next)}: ${where}`];
    });
  return [...new Set(lines)].slice(0, LINES_MAX);
}
