import { declareCodes } from '../../diagnostic/index.ts';

const RULE =
  'title: Failed logon\nname: failed_logon\nlogsource: {product: windows}\ndetection: {selection: {EventID: 4625}, condition: selection}\n---\n' +
  'title: Logon\nname: logon\nlogsource: {product: windows}\ndetection: {selection: {EventID: 4624}, condition: selection}\n---\n';

function template(body: string): string {
  return `${RULE}title: Guessed password\nincident:\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;
}

const PAIR =
  'shape: sequence\ntimespan: 1h\njoin: user\nparts:\n  - {name: guessed, rules: [failed_logon]}\n  - {name: entered, rules: [logon]}';

/** Every code of reading an incident template. Examples are whole rule files. */
export const INCIDENT_TEMPLATE_CODES = declareCodes({
  TT1801: {
    severity: 'error',
    title: 'An incident template lacks what its shape needs',
    explanation:
      'A sequence and a theme are made of parts, of which a sequence needs two; every part says which alerts it takes; a shared process is joined by process, file or hash.',
    failing: template(
      'shape: sequence\ntimespan: 1h\njoin: user\nparts:\n  - {name: guessed, rules: [failed_logon]}',
    ),
    fixed: template(PAIR),
  },
  TT1802: {
    severity: 'error',
    title: 'A key has no effect on this shape of incident',
    explanation:
      'The key belongs to another shape. It would be ignored silently, and the template would not do what it seems to say, so it is refused.',
    failing: template(`${PAIR}\nmin_hosts: 3`),
    fixed: template(PAIR),
  },
  TT1803: {
    severity: 'error',
    title: 'A time span of an incident template cannot be read',
    explanation:
      'Time spans are a number and a unit: s, m, h, d, w; also sums such as 1h30m. They are longer than zero.',
    failing: template(PAIR.replace('1h', '1 hour')),
    fixed: template(PAIR),
  },
  TT1804: {
    severity: 'error',
    title: 'A join names no entity type',
    explanation:
      'Alerts are joined by the entities they name. A join is an entity type such as user, host, ip or session, with a role behind a slash where that matters: `ip/source`.',
    failing: template(PAIR.replace('join: user', 'join: usr')),
    fixed: template(PAIR),
  },
  TT1805: {
    severity: 'error',
    title: 'A template names a rule that is not loaded',
    explanation:
      'A part that waits for a rule which is not there never holds. Rules are named by id or by name.',
    failing: template(PAIR.replace('[failed_logon]', '[failed_logn]')),
    fixed: template(PAIR),
  },
  TT1806: {
    severity: 'error',
    title: 'A title or story has a placeholder that nothing fills',
    explanation:
      'Titles and stories are filled with entity types (`{{user}}`) and with what parts say (`{{part.count}}`, `{{part.title}}`, `{{part.first}}`, `{{part.last}}`, `{{part.user}}`). A placeholder with another name would stay empty.',
    failing: template(`${PAIR}\ntitle: 'Password of {{usr}} guessed'`),
    fixed: template(`${PAIR}\ntitle: 'Password of {{user}} guessed'`),
  },
  TT1807: {
    severity: 'error',
    title: 'Two parts have the same name',
    explanation: 'Titles, stories and tests speak of parts by name, so every name stands for one part.',
    failing: template(PAIR.replace('name: entered', 'name: guessed')),
    fixed: template(PAIR),
  },
});
