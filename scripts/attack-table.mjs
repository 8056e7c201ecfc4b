/**
 * Makes `engine/model/attack-table.ts` from a copy of MITRE ATT&CK's facts (ids, names, tactics): `node scripts/attack-table.mjs FILE`.
 * FILE is JSON: `{version, tactics: [{id, shortname}], techniques: [{id, name, tactics}]}`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';

const file = argv[2];
if (file === undefined) {
  console.error('usage: node scripts/attack-table.mjs FILE');
  exit(3);
}
const { version, tactics, techniques } = JSON.parse(readFileSync(file, 'utf8'));
const short = new Map(tactics.map(({ shortname }, i) => [shortname, i.toString(36)]));
const rows = techniques
  .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  .map(({ id, name, tactics: of }) => {
    const letters = of.map((tactic) => short.get(tactic)).filter((letter) => letter !== undefined);
    return `${id.slice(1)}\t${letters.sort().join('')}\t${name}`;
  });
const text = `// A table made by scripts/attack-table.mjs from MITRE ATT&CK ${version} (© The MITRE Corporation; used under the ATT&CK terms of use). Do not edit.

/** The version of ATT&CK that the table was made from. */
export const ATTACK_VERSION = '${version}';

/** Tactics as \`id shortname\`, by the letter that techniques use (0–9, a–z). */
export const TACTIC_ROWS: readonly string[] = [
${tactics.map(({ id, shortname }) => `  '${id} ${shortname}',`).join('\n')}
];

/** One technique a line: number without its T, letters of its tactics, name; parted by tabulators. */
export const TECHNIQUE_ROWS = \`
${rows.join('\n').replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}
\`;
`;
writeFileSync(join(import.meta.dirname, '..', 'engine', 'model', 'attack-table.ts'), text);
console.log(`${tactics.length} tactics, ${techniques.length} techniques of ATT&CK ${version}`);
