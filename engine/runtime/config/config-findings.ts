import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Diagnostic, nearest } from '../../diagnostic/index.ts';
import { CONFIG_SCHEMA } from './config-schema.ts';
import { isPlain, type Way, wayOf } from './plain.ts';

/** Makes a diagnostic of what is wrong at a place. */
export type MakeFinding = (
  way: Way,
  code: 'TT7010' | 'TT7011',
  said: { readonly message: string; readonly hint?: string },
) => Diagnostic;

/** All that a configuration says against the schema, each thing once (TT7010, TT7011). */
export function schemaFindings(value: unknown, make: MakeFinding): readonly Diagnostic[] {
  const validate = validator();
  if (validate(value)) return [];
  const found = new Map<string, Diagnostic>();
  for (const error of validate.errors ?? []) {
    const one = finding(error, value, make);
    const key = `${JSON.stringify(one.at)} ${one.message}`;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}

let compiled: ValidateFunction | undefined;

/** The schema compiled, which takes a tenth of a second and is done once a process. */
function validator(): ValidateFunction {
  compiled ??= new Ajv2020({ strict: false, allErrors: true, verbose: true, discriminator: true }).compile(
    CONFIG_SCHEMA,
  );
  return compiled;
}

function finding(error: ErrorObject, root: unknown, make: MakeFinding): Diagnostic {
  const way = wayOf(error.instancePath, root);
  const name = way.length === 0 ? 'the configuration' : `'${way.join('.')}'`;
  const properties: unknown = error.parentSchema?.['properties'];
  const known = isPlain(properties) ? Object.keys(properties) : [];
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params['additionalProperty']);
      const near = nearest(key, known);
      const hint = near === undefined ? `the keys here are ${known.join(', ')}` : `did you mean '${near}'?`;
      return make([...way, key], 'TT7010', {
        message: `there is no setting '${[...way, key].join('.')}'`,
        hint,
      });
    }
    case 'required':
      return make(way, 'TT7011', {
        message: `${name} has no '${String(error.params['missingProperty'])}'`,
      });
    case 'discriminator': {
      const items: unknown = error.parentSchema?.['properties'];
      const allowed =
        isPlain(items) && isPlain(items['type']) && Array.isArray(items['type']['enum'])
          ? items['type']['enum'].map(String)
          : [];
      const given = String(error.params['tagValue'] ?? '');
      const near = nearest(given, allowed);
      const hint = near === undefined ? `types are ${allowed.join(', ')}` : `did you mean '${near}'?`;
      return make([...way, 'type'], 'TT7011', { message: `${name} has no type '${given}'`, hint });
    }
    case 'enum': {
      const { allowedValues } = error.params;
      const allowed = Array.isArray(allowedValues) ? allowedValues.map(String) : [];
      const near = nearest(String(error.data), allowed);
      const hint = near === undefined ? {} : { hint: `did you mean '${near}'?` };
      return make(way, 'TT7011', { message: `${name} is one of ${allowed.join(', ')}`, ...hint });
    }
    case 'pattern': {
      const examples: unknown = error.parentSchema?.['examples'];
      const hint = Array.isArray(examples) ? { hint: `write it like ${examples.join(', ')}` } : {};
      return make(way, 'TT7011', { message: `${name} is not written as it should be`, ...hint });
    }
    default:
      return make(way, 'TT7011', { message: `${name} ${error.message ?? 'is not what it should be'}` });
  }
}
