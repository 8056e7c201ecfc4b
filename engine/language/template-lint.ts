import { nearest } from '../diagnostic/index.ts';
import { ENTITY_TYPES } from '../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { KeyPath, Report } from './finding.ts';
import { parseTemplate, templateFields } from './template.ts';

/** Names that every alert answers; the room of alerts fills them. */
export const ALERT_NAMES: readonly string[] = [
  'rule.title',
  'rule.id',
  'rule.level',
  'count',
  'first_seen',
  'last_seen',
];
const ENTITY = 'entity.';
/** Shorter names are too like each other for one letter to say anything. */
const NAME_LEAST = 6;

/**
 * Looks for `{{…}}` in the description and the remediation that nothing can fill: kinds of entity that there are none of, members of the rule that no alert
 * answers, and names that are but a letter or a case away from a field that the rule itself asks, or from a name that every alert answers. Any other name may
 * be a field of an event: sources decide. Reports TT1614.
 */
export function lintTemplates(value: PlainMap, report: Report): void {
  const description = ownValue(value, 'description');
  const remediation = ownValue(value, 'remediation');
  const texts: (readonly [unknown, KeyPath])[] = [[description, ['description']]];
  if (Array.isArray(remediation))
    for (const [i, step] of remediation.entries()) texts.push([step, ['remediation', i]]);
  else texts.push([remediation, ['remediation']]);
  let known: readonly string[] | undefined;
  for (const [text, path] of texts) {
    if (typeof text !== 'string' || !text.includes('{{')) continue;
    known ??= [...ALERT_NAMES, ...fieldsOf(value)];
    for (const name of templateFields(parseTemplate(text))) {
      const meant = meantBy(name, known);
      if (meant === undefined) continue;
      report({ code: LANGUAGE_CODES.TT1614, message: `nothing fills '{{${name}}}'`, path, hint: meant });
    }
  }
}

/** What to write instead of a name that nothing fills; undefined where something may. */
function meantBy(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  if (name.startsWith(ENTITY)) {
    const type = name.slice(ENTITY.length);
    const types: readonly string[] = ENTITY_TYPES;
    if (types.includes(type)) return undefined;
    const near = nearest(type, types);
    return near === undefined
      ? `kinds of entity are ${types.join(', ')}`
      : `did you mean '{{${ENTITY}${near}}}'?`;
  }
  if (name.startsWith('rule.')) {
    const near = nearest(name, ALERT_NAMES);
    return near === undefined ? `every alert has ${ALERT_NAMES.join(', ')}` : `did you mean '{{${near}}}'?`;
  }
  const near = known.find(
    (one) => folded(one) === folded(name) || (name.length >= NAME_LEAST && byOneLetter(name, one)),
  );
  return near === undefined ? undefined : `did you mean '{{${near}}}'?`;
}

/** Without case and separators: `command_line` is `CommandLine`. */
function folded(name: string): string {
  return name.toLowerCase().replace(/[._\s-]/g, '');
}

/** One letter more, less or other; a digit that differs names another thing. */
function byOneLetter(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let i = 0;
  while (i < short.length && short[i] === long[i]) i++;
  const rest = short.length === long.length ? short.slice(i + 1) : short.slice(i);
  return rest === long.slice(i + 1) && !/\d/.test(long[i] ?? '') && i < long.length;
}

/** The fields that the rule names: of its selections, and those that it groups by or shows. */
function fieldsOf(value: PlainMap): readonly string[] {
  const fields = new Set<string>();
  const visit = (one: unknown, depth: number): void => {
    if (depth > 8) return;
    if (Array.isArray(one)) for (const item of one) visit(item, depth + 1);
    else if (isPlainMap(one)) {
      for (const [key, member] of Object.entries(one)) {
        if (depth > 0) fields.add(key.split('|')[0] ?? key);
        visit(member, depth + 1);
      }
    }
  };
  visit(ownValue(value, 'detection'), 0);
  const correlation = ownValue(value, 'correlation');
  for (const list of [
    ownValue(value, 'fields'),
    isPlainMap(correlation) ? ownValue(correlation, 'group-by') : undefined,
  ])
    if (Array.isArray(list)) for (const name of list) if (typeof name === 'string') fields.add(name);
  fields.delete('');
  return [...fields];
}
