import type { ErrorObject } from 'ajv/dist/2020.js';
import { nearest } from '../../diagnostic/index.ts';
import { isPlainMap, ownValue, type PlainMap, type RuleDocument } from '../document.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import type { Finding, KeyPath, Report } from '../finding.ts';
import { SCHEMAS, type SchemaKind } from './kinds.ts';
import { validatorOf } from './validators.ts';

/**
 * Checks a document against the schema of its kind, and its free top-level keys for likely misspellings. Reports TT1103, TT1104, TT1105
 * (errors) and TT1106 (a warning); true where there was no error. About 10 µs for a good document.
 */
export function validateDocument(kind: SchemaKind, document: RuleDocument, report: Report): boolean {
  checkFreeKeys(kind, document.value, report);
  const validate = validatorOf(kind);
  if (validate(document.value)) return true;
  const seen = new Set<string>();
  for (const error of validate.errors ?? []) {
    const finding = toFinding(error, document.value);
    if (finding === undefined) continue;
    const key = `${finding.path.join('/')} ${finding.message}`;
    if (!seen.has(key)) report(finding);
    seen.add(key);
  }
  return false;
}

/** A rule has a handful of custom keys; looking for near ones is not worth seconds on a hundred thousand. */
const FREE_KEYS_MAX = 200;

function checkFreeKeys(kind: SchemaKind, value: PlainMap, report: Report): void {
  const schema = SCHEMAS[kind];
  const properties = schema['properties'];
  if (!isPlainMap(properties) || schema['additionalProperties'] === false) return;
  const free = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
  for (const key of free.slice(0, FREE_KEYS_MAX)) {
    const near = nearest(key, Object.keys(properties));
    if (near === undefined || Object.hasOwn(value, near)) continue;
    const message = `'${key}' is kept as a custom key and has no effect`;
    report({
      code: LANGUAGE_CODES.TT1106,
      message,
      path: [key],
      part: 'key',
      hint: `did you mean '${near}'?`,
    });
  }
}

/** Turns what ajv says into a finding in words. */
function toFinding(error: ErrorObject, root: PlainMap): Finding | undefined {
  const path = pathOf(error.instancePath, root);
  const name = path.length === 0 ? 'the document' : `'${String(path.at(-1))}'`;
  const params: PlainMap = error.params;
  switch (error.keyword) {
    case 'required':
      return missing(String(params['missingProperty']), { error, path, root });
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = isPlainMap(error.parentSchema?.['properties'])
        ? Object.keys(error.parentSchema['properties'])
        : [];
      const near = nearest(key, known);
      const hint = near === undefined ? `the keys here are ${known.join(', ')}` : `did you mean '${near}'?`;
      const message =
        path.length === 0 ? `there is no key '${key}' here` : `there is no key '${key}' in ${describe(path)}`;
      return { code: LANGUAGE_CODES.TT1105, message, path: [...path, key], part: 'key', hint };
    }
    case 'type': {
      const wanted = [params['type']].flat().filter((type) => type !== 'null');
      const message = `${name} must be ${wanted.map((type) => TYPE_NAMES[String(type)] ?? String(type)).join(' or ')}`;
      const [example] = [error.parentSchema?.['examples']].flat();
      const hint = typeof example === 'string' ? { hint: `write for example ${example}` } : {};
      return { code: LANGUAGE_CODES.TT1104, message, path, ...hint };
    }
    case 'enum': {
      const allowed = Array.isArray(params['allowedValues']) ? params['allowedValues'].map(String) : [];
      const given = String(valueAt(root, path));
      const near = nearest(given, allowed);
      const message = `${name} cannot be '${given}'; it is one of ${allowed.join(', ')}`;
      return {
        code: LANGUAGE_CODES.TT1104,
        message,
        path,
        ...(near === undefined ? {} : { hint: `did you mean '${near}'?` }),
      };
    }
    case 'minimum':
    case 'maximum': {
      const message = `${name} must be at ${error.keyword === 'minimum' ? 'least' : 'most'} ${String(params['limit'])}`;
      const hint =
        error.keyword === 'maximum' && path.at(-1) === 'confidence'
          ? { hint: 'confidence is a share: write 0.8 for 80 %' }
          : {};
      return { code: LANGUAGE_CODES.TT1104, message, path, ...hint };
    }
    case 'minItems':
    case 'minLength':
    case 'pattern':
      if (error.keyword === 'pattern' && params['pattern'] !== '\\S') break;
      return { code: LANGUAGE_CODES.TT1104, message: `${name} must not be empty`, path };
  }
  return {
    code: LANGUAGE_CODES.TT1104,
    message: `${name} ${error.message ?? 'is not what the schema allows'}`,
    path,
  };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

/** Blocks that are compiled whatever the schema says of them. */
const CONDITIONED: ReadonlySet<string> = new Set(['detection', 'filter']);

function missing(
  key: string,
  { error, path, root }: { readonly error: ErrorObject; readonly path: KeyPath; readonly root: PlainMap },
): Finding | undefined {
  // Who compiles the block says what its condition could be.
  if (key === 'condition' && path.length === 1 && CONDITIONED.has(String(path[0]))) return undefined;
  const at = valueAt(root, path);
  const known = isPlainMap(error.parentSchema?.['properties']) ? error.parentSchema['properties'] : {};
  const unknown = isPlainMap(at) ? Object.keys(at).filter((name) => !Object.hasOwn(known, name)) : [];
  const near = nearest(key, unknown);
  // The misspelt key is an error of its own there, and says the same better.
  if (near !== undefined && error.parentSchema?.['additionalProperties'] === false) return undefined;
  const hint = near === undefined ? {} : { hint: `did you mean '${key}' where it says '${near}'?` };
  const where = path.length === 0 ? 'the document' : describe(path);
  return { code: LANGUAGE_CODES.TT1103, message: `${where} has no '${key}'`, path, part: 'key', ...hint };
}

function describe(path: KeyPath): string {
  const last = path.at(-1);
  return typeof last === 'number'
    ? `item ${last + 1} of '${String(path.at(-2) ?? 'the list')}'`
    : `'${String(last)}'`;
}

/** A JSON pointer as a key path; steps into lists are numbers. */
function pathOf(pointer: string, root: PlainMap): KeyPath {
  const path: (string | number)[] = [];
  let value: unknown = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = stepInto(value, key);
  }
  return path;
}

function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, step) => stepInto(value, String(step)), root);
}

function stepInto(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isPlainMap(value) ? ownValue(value, key) : undefined;
}
