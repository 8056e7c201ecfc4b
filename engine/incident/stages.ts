import { tacticRank } from '../model/index.ts';

/** What an attacker would do next, and where it shows. */
const NEXT: Readonly<Record<string, string>> = {
  reconnaissance: 'initial-access: logons and web requests from the same sources that succeed',
  'initial-access': 'execution: new processes and scripts on the machine that was entered',
  execution: 'persistence: new services, scheduled tasks, autostart entries and accounts',
  persistence: 'privilege-escalation: new privileges of the account, token and service changes',
  'privilege-escalation': 'credential-access: reads of LSASS, registry hives, key stores and secrets',
  'defense-evasion': 'credential-access: reads of LSASS, registry hives, key stores and secrets',
  stealth: 'credential-access: reads of LSASS, registry hives, key stores and secrets',
  'defense-impairment': 'sources that fell silent: what happened on the machine meanwhile',
  'credential-access': 'lateral-movement: logons of the same accounts on other machines',
  discovery: 'lateral-movement: connections from the machine to others on administrative ports',
  'lateral-movement': 'collection: archives and large reads on the machines that were reached',
  collection: 'exfiltration: large or unusual uploads, to storage, mail or name servers',
  'command-and-control': 'exfiltration: large or unusual uploads over the same channel',
  exfiltration: 'impact: deletion of backups, encryption, changed payment details',
  impact: 'other machines with the same account, source address or program',
};

/** What to look for after these tactics: the furthest two stages decide. */
export function nextStages(tactics: readonly string[]): readonly string[] {
  const reached = [...tactics].sort((a, b) => tacticRank(b) - tacticRank(a)).slice(0, 2);
  return [...new Set(reached.flatMap((tactic) => NEXT[tactic] ?? []))];
}
