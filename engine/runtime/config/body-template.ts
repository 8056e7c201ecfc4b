import { nearest } from '../../diagnostic/index.ts';
import { isPlain, own } from './plain.ts';

/** JSON whose texts hold `{{field}}`. */
export type BodyTemplate = string | number | boolean | null | readonly BodyTemplate[] | TemplateObject;
interface TemplateObject {
  readonly [key: string]: BodyTemplate;
}

/** What an alert or an incident has on top. */
const FIELDS = [
  'kind',
  'id',
  'revision',
  'state',
  'title',
  'severity',
  'confidence',
  'score',
  'level',
  'rule',
  'firstSeen',
  'lastSeen',
  'count',
  'group',
  'verdict',
  'assignee',
  'suppressed',
  'tactics',
  'techniques',
  'entities',
  'entitiesTotal',
  'description',
  'remediation',
  'tags',
  'terms',
  'signals',
  'events',
  'eventsTotal',
  'values',
  'notes',
  'key',
  'change',
  'template',
  'redirectedTo',
  'continues',
  'stages',
  'alerts',
  'alertsTotal',
  'links',
  'refused',
  'counter',
  'story',
  'next',
  'approximations',
  'linked',
] as const;
const FIELD = /\{\{\s*([^{}]*?)\s*\}\}/g;
const NAME = /^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/;

/** Reads a template, or says in words what is wrong with it. */
export function readTemplate(
  text: string,
): { readonly template: BodyTemplate } | { readonly problem: string; readonly hint?: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const hint =
      'put fields into quotes: a text that is one {{field}} alone becomes its value, number or list';
    return { problem: `the template is not JSON (${error instanceof Error ? error.message : ''})`, hint };
  }
  for (const [, name = ''] of text.matchAll(FIELD)) {
    const top = name.split('.')[0] ?? '';
    const known: readonly string[] = FIELDS;
    if (NAME.test(name) && known.includes(top)) continue;
    const near = nearest(top, FIELDS);
    return {
      problem: `the template names {{${name}}}, which no alert or incident has`,
      ...(near === undefined ? {} : { hint: `did you mean {{${near}}}?` }),
    };
  }
  return { template: templateOf(value) };
}

/** The template with the record's fields in it. A text that is one field alone becomes the field's value; what is missing is null, or nothing inside a text. */
export function fillTemplate(template: BodyTemplate, record: unknown): unknown {
  if (typeof template === 'string') {
    const alone = /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(template);
    if (alone !== null) return fieldOf(record, alone[1] ?? '') ?? null;
    return template.replace(FIELD, (_, name: string) => {
      const value = fieldOf(record, name) ?? '';
      return typeof value === 'string' ? value : JSON.stringify(value);
    });
  }
  if (Array.isArray(template)) return template.map((one: BodyTemplate) => fillTemplate(one, record));
  if (!isPlain(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, fillTemplate(templateOf(value), record)]),
  );
}

function templateOf(value: unknown): BodyTemplate {
  if (Array.isArray(value)) return value.map(templateOf);
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, templateOf(one)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function fieldOf(record: unknown, name: string): unknown {
  let at = record;
  for (const key of name.split('.')) {
    if (Array.isArray(at)) at = /^\d{1,4}$/.test(key) ? at[Number(key)] : undefined;
    else at = isPlain(at) ? own(at, key) : undefined;
  }
  return at;
}
