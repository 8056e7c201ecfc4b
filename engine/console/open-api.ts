import type { Route, Schema } from './route.ts';
import { ALERT, INCIDENT } from './schemas.ts';

const FAULT: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Short and stable.' },
        message: { type: 'string', description: 'In words.' },
      },
    },
  },
};

/** The OpenAPI 3.1 document of these routes: made of the same schemas that requests are checked with. */
export function openApi(routes: readonly Route[], version: string): Schema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    const of = paths[path] ?? {};
    of[route.method.toLowerCase()] = operation(route);
    paths[path] = of;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Telltale',
      version,
      description:
        'Alerts, incidents and the engine behind them. Every request but those for /healthz and /readyz brings a token: `Authorization: Bearer …`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    paths,
    components: {
      schemas: { Alert: ALERT, Incident: INCIDENT, Fault: FAULT },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{ token: [] }],
  };
}

function operation(route: Route): Schema {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(route.query ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(schema['type'] === 'array' ? { style: 'form', explode: false } : {}),
    schema: referring(schema),
  }));
  const parameters = [...inPath, ...inQuery];
  const content =
    route.answer === undefined
      ? { [route.type ?? 'text/plain']: { schema: { type: 'string' } } }
      : { 'application/json': { schema: referring(route.answer) } };
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [route.name.split('.')[0]],
    ...(route.needs === 'open'
      ? { security: [] }
      : { description: `For the role ${route.needs} and those above it.` }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: referring(route.body) } } } }),
    responses: {
      [route.name === 'silence.add' ? '201' : '200']: { description: 'Done.', content },
      default: {
        description: 'Not done.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Fault' } } },
      },
    },
  };
}

/** The schema with what is known by name put as a reference. */
function referring(schema: unknown): unknown {
  if (schema === ALERT) return { $ref: '#/components/schemas/Alert' };
  if (schema === INCIDENT) return { $ref: '#/components/schemas/Incident' };
  if (Array.isArray(schema)) return schema.map(referring);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, referring(value)]));
}
