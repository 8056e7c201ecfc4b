/** A JSON Schema as plain data. */
export type Schema = Readonly<Record<string, unknown>>;

/**
 * Checks a value against a schema that uses `type`, `const`, `enum`, `required`, `properties`, `additionalProperties`, `items`, `oneOf`, `minimum` and
 * `maximum` only: enough to know what a file holds before it is believed, without a compiler of schemas. The first thing that is wrong, with its
 * place; undefined where nothing is. Own properties only.
 */
export function schemaProblem(schema: Schema, value: unknown, at = ''): string | undefined {
  const where = at === '' ? 'the document' : at;
  const { type, minimum, maximum, oneOf: choices } = schema;
  if (Array.isArray(choices)) {
    const problems = choices.map((choice: unknown) =>
      isMap(choice) ? schemaProblem(choice, value, at) : at,
    );
    return problems.includes(undefined) ? undefined : problems[0];
  }
  if ('const' in schema && value !== schema['const'])
    return `${where} is not ${JSON.stringify(schema['const'])}`;
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value))
    return `${where} is none of ${schema['enum'].join(', ')}`;
  if (type !== undefined && ![type].flat().some((name) => isOfType(value, name)))
    return `${where} is no ${[type].flat().join(' or ')}`;
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) return `${where} is below ${minimum}`;
    if (typeof maximum === 'number' && value > maximum) return `${where} is above ${maximum}`;
  }
  if (Array.isArray(value)) return itemsProblem(schema['items'], value, at);
  return isMap(value) ? membersProblem(schema, value, at) : undefined;
}

function itemsProblem(schema: unknown, values: readonly unknown[], at: string): string | undefined {
  if (!isMap(schema)) return undefined;
  for (const [i, value] of values.entries()) {
    const problem = schemaProblem(schema, value, `${at}[${i}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function membersProblem(schema: Schema, value: Schema, at: string): string | undefined {
  const { required, additionalProperties } = schema;
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  const name = (key: string): string => (at === '' ? key : `${at}.${key}`);
  for (const key of Array.isArray(required) ? required.map(String) : [])
    if (!Object.hasOwn(value, key)) return `${name(key)} is missing`;
  for (const [key, member] of Object.entries(value)) {
    const own: unknown = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (own === false) return `${name(key)} is unknown`;
    const problem = isMap(own) ? schemaProblem(own, member, name(key)) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isMap(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function isMap(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
