import type { Technique } from './alert.ts';
import { TACTIC_ROWS, TECHNIQUE_ROWS } from './attack-table.ts';

/** A tactic of ATT&CK: what an attacker wants at a stage. */
export interface Tactic {
  /** Short name, as in rules' tags: `lateral-movement`. */
  readonly name: string;
  /** `TA0008`; absent for names that came after our table. */
  readonly id?: string;
  readonly title: string;
}

/**
 * Every tactic we know, in the order of an attack. The names that later versions put in the place of `defense-evasion` stand beside it, so
 * that rules tagged either way meet at one stage of the chain.
 */
const ORDER = [
  'reconnaissance',
  'resource-development',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'stealth',
  'defense-impairment',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'command-and-control',
  'exfiltration',
  'impact',
] as const;

const IDS: ReadonlyMap<string, string> = new Map(
  TACTIC_ROWS.map((row) => {
    const [id = '', name = ''] = row.split(' ');
    return [name, id] as const;
  }),
);

/** The tactics of ATT&CK in the order of an attack. */
export const TACTICS: readonly Tactic[] = ORDER.map((name) => {
  const id = IDS.get(name);
  return { name, ...(id === undefined ? {} : { id }), title: titleOf(name) };
});

const RANK: ReadonlyMap<string, number> = new Map(ORDER.map((name, i) => [name, i]));

/**
 * What a technique's number was before it was taken back: old rules, and alerts of other products, still carry these
 * (ATT&CK's own list of revoked techniques, those that occur in practice).
 */
const SUCCESSORS: Readonly<Record<string, string>> = {
  T1002: 'T1560',
  T1004: 'T1547.004',
  T1009: 'T1027.001',
  T1013: 'T1547.010',
  T1015: 'T1546.008',
  T1022: 'T1560',
  T1023: 'T1547.009',
  T1028: 'T1021.006',
  T1031: 'T1543.003',
  T1032: 'T1573',
  T1035: 'T1569.002',
  T1038: 'T1574.001',
  T1042: 'T1546.001',
  T1045: 'T1027.002',
  T1050: 'T1543.003',
  T1058: 'T1574.011',
  T1060: 'T1547.001',
  T1063: 'T1518.001',
  T1064: 'T1059',
  T1065: 'T1571',
  T1066: 'T1027.005',
  T1067: 'T1542.003',
  T1073: 'T1574.001',
  T1075: 'T1550.002',
  T1076: 'T1021.001',
  T1077: 'T1021.002',
  T1081: 'T1552.001',
  T1084: 'T1546.003',
  T1085: 'T1218.011',
  T1086: 'T1059.001',
  T1088: 'T1548.002',
  T1089: 'T1562.001',
  T1093: 'T1055.012',
  T1094: 'T1095',
  T1096: 'T1564.004',
  T1097: 'T1550.003',
  T1099: 'T1070.006',
  T1100: 'T1505.003',
  T1101: 'T1547.005',
  T1103: 'T1546.010',
  T1107: 'T1070.004',
  T1109: 'T1542.002',
  T1116: 'T1553.002',
  T1117: 'T1218.010',
  T1118: 'T1218.004',
  T1121: 'T1218.009',
  T1122: 'T1546.015',
  T1126: 'T1070.005',
  T1128: 'T1546.007',
  T1130: 'T1553.004',
  T1131: 'T1547.002',
  T1138: 'T1546.011',
  T1139: 'T1552.003',
  T1141: 'T1056.002',
  T1142: 'T1555.001',
  T1145: 'T1552.004',
  T1146: 'T1070.003',
  T1150: 'T1547.007',
  T1156: 'T1546.004',
  T1158: 'T1564.001',
  T1159: 'T1543.001',
  T1160: 'T1543.004',
  T1166: 'T1548.001',
  T1168: 'T1053',
  T1169: 'T1548.003',
  T1170: 'T1218.005',
  T1171: 'T1557.001',
  T1173: 'T1559.002',
  T1178: 'T1134.005',
  T1179: 'T1056.004',
  T1180: 'T1546.002',
  T1181: 'T1055.011',
  T1182: 'T1546.009',
  T1183: 'T1546.012',
  T1184: 'T1563.001',
  T1186: 'T1055.013',
  T1188: 'T1090.003',
  T1191: 'T1218.003',
  T1192: 'T1566.002',
  T1193: 'T1566.001',
  T1194: 'T1566.003',
  T1196: 'T1218.002',
  T1198: 'T1553.003',
  T1208: 'T1558.003',
  T1209: 'T1547.003',
  T1214: 'T1552.002',
  T1215: 'T1547.006',
  T1223: 'T1218.001',
  T1483: 'T1568.002',
  T1487: 'T1561.002',
  T1488: 'T1561.001',
  T1492: 'T1565.001',
  T1493: 'T1565.002',
  T1494: 'T1565.003',
  T1500: 'T1027.004',
  T1501: 'T1543.002',
  T1502: 'T1134.004',
  T1503: 'T1555.003',
  T1504: 'T1546.013',
  T1506: 'T1550.004',
  T1514: 'T1548.004',
  T1519: 'T1546.014',
  T1522: 'T1552.005',
  T1527: 'T1550.001',
  T1536: 'T1578.004',
};

interface TechniqueRow {
  readonly name: string;
  readonly tactics: readonly string[];
}

let table: ReadonlyMap<string, TechniqueRow> | undefined;

/** The table is read when it is first asked for: most commands never do. */
function techniques(): ReadonlyMap<string, TechniqueRow> {
  if (table !== undefined) return table;
  const names = TACTIC_ROWS.map((row) => row.split(' ')[1] ?? '');
  const rows = new Map<string, TechniqueRow>();
  for (const line of TECHNIQUE_ROWS.split('\n')) {
    const [number, letters, name] = line.split('\t');
    if (number === undefined || letters === undefined || name === undefined) continue;
    const tactics = [...letters].map((letter) => names[Number.parseInt(letter, 36)] ?? '');
    rows.set(`T${number}`, { name, tactics: tactics.sort(byRank) });
  }
  table = rows;
  return rows;
}

/** A technique by its id in either case; a sub-technique is named with its parent. Revoked ids give their successor; unknown ones no name. */
export function technique(id: string): Technique {
  const upper = id.toUpperCase();
  const known = techniques();
  const current = known.has(upper) ? upper : (SUCCESSORS[upper] ?? upper);
  const row = known.get(current);
  if (row === undefined) return { id: current };
  const parent = current.includes('.') ? known.get(current.slice(0, 5)) : undefined;
  return { id: current, name: parent === undefined ? row.name : `${parent.name}: ${row.name}` };
}

/** Tactics that a technique serves, in the order of an attack; of a sub-technique that the table does not know, those of its parent. */
export function tacticsOfTechnique(id: string): readonly string[] {
  const current = technique(id).id;
  return techniques().get(current)?.tactics ?? techniques().get(current.slice(0, 5))?.tactics ?? [];
}

/** What an alert's tags say about ATT&CK. */
export interface AttackTags {
  /** Short names, each once, in the order of an attack. */
  readonly tactics: readonly string[];
  /** Each once, in the order of the tags. */
  readonly techniques: readonly Technique[];
}

/**
 * Reads Sigma's `attack.…` tags: tactics (with `-` or `_`), techniques in either case. Where no tactic is named, those of the techniques
 * count. Tags of groups and software, and of other namespaces, are passed over.
 */
export function attackTags(tags: readonly string[]): AttackTags {
  const tactics = new Set<string>();
  const found = new Map<string, Technique>();
  for (const tag of tags) {
    const lower = tag.toLowerCase();
    if (!lower.startsWith('attack.')) continue;
    const rest = lower.slice(7).replaceAll('_', '-');
    if (/^t\d{4}(?:\.\d{3})?$/.test(rest)) {
      const one = technique(rest);
      found.set(one.id, one);
    } else if (RANK.has(rest)) tactics.add(rest);
  }
  if (tactics.size === 0)
    for (const { id } of found.values()) for (const name of tacticsOfTechnique(id)) tactics.add(name);
  return { tactics: [...tactics].sort(byRank), techniques: [...found.values()] };
}

/** The place of a tactic in the order of an attack, from 0; behind all others where it is unknown. */
export function tacticRank(name: string): number {
  return RANK.get(name) ?? ORDER.length;
}

/** A tactic's name as people write it: `Lateral Movement`. */
export function tacticTitle(name: string): string {
  return titleOf(name);
}

function byRank(a: string, b: string): number {
  return tacticRank(a) - tacticRank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function titleOf(name: string): string {
  return name
    .split('-')
    .map((word) => (word === 'and' ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join(' ');
}
