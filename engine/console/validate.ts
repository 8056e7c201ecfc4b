import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { nearest } from '../diagnostic/index.ts';
import { ApiFault } from './api-fault.ts';
import type { Schema } from './route.ts';

/** What a body may have; the API's bodies are small. */
export const BODY_SIZE_MAX_BYTES = 64 * 1024;

const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true });

/** Checks values against a schema; compiled once. */
export class Check {
  readonly #validate: ValidateFunction;
  readonly #what: string;

  constructor(schema: Schema, what: string) {
    this.#validate = ajv.compile(schema);
    this.#what = what;
  }

  /** The value, if it is of the form; throws an `ApiFault` 400 that says all that is wrong. */
  of(value: unknown): Readonly<Record<string, unknown>> {
    if (this.#validate(value) && typeof value === 'object' && value !== null) return { ...value };
    const wrong = (this.#validate.errors ?? []).map((error) => said(error, this.#what));
    throw new ApiFault(400, 'not_valid', { message: wrong.slice(0, 5).join('; ') || `no ${this.#what}` });
  }
}

function said({ instancePath, message, keyword, params, parentSchema }: ErrorObject, what: string): string {
  const where = instancePath === '' ? what : `'${instancePath.slice(1)}'`;
  if (keyword === 'enum') return `${where} is one of ${String(params['allowedValues'])}`;
  if (keyword !== 'additionalProperties') return `${where} ${message ?? 'is not as it should be'}`;
  const key = String(params['additionalProperty']);
  const known = Object.keys(parentSchema?.['properties'] ?? {});
  const near = nearest(key, known);
  const hint = near === undefined ? `it knows ${known.join(', ') || 'nothing'}` : `did you mean '${near}'?`;
  return `${where} knows no '${key}'; ${hint}`;
}

/** The query of a URL as its schemas say: numbers as numbers, lists of what commas join. Twice the same name is refused. */
export function queryOf(
  params: URLSearchParams,
  schemas: Readonly<Record<string, Schema>>,
): Readonly<Record<string, unknown>> {
  const query: Record<string, unknown> = Object.create(null);
  for (const [name, value] of params) {
    if (Object.hasOwn(query, name))
      throw new ApiFault(400, 'not_valid', { message: `'${name}' stands twice in the query` });
    const type = Object.hasOwn(schemas, name) ? schemas[name]?.['type'] : undefined;
    if (type === 'integer') query[name] = /^-?\d{1,15}$/.test(value) ? Number(value) : value;
    else if (type === 'boolean') query[name] = value === 'true' ? true : value === 'false' ? false : value;
    else query[name] = type === 'array' ? value.split(',') : value;
  }
  return query;
}

/** The JSON of a body, not longer than allowed. Reads no further than that. */
export async function bodyOf(request: Request): Promise<unknown> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (Number(request.headers.get('content-length') ?? 0) > BODY_SIZE_MAX_BYTES) throw tooLarge();
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > BODY_SIZE_MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  if (size === 0) return {};
  // A form that a page posts is never JSON; a browser asks first before it sends this type to another origin.
  if (type !== 'application/json')
    throw new ApiFault(415, 'not_json', { message: 'send content-type application/json' });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new ApiFault(400, 'not_json', { message: 'the body is no JSON' });
  }
}

function tooLarge(): ApiFault {
  const message = `a body may have ${BODY_SIZE_MAX_BYTES} bytes`;
  return new ApiFault(413, 'too_large', { message, headers: { connection: 'close' } });
}
