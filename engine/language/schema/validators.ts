import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { SCHEMAS, type SchemaKind } from './kinds.ts';

/**
 * How schemas are compiled. The build compiles them ahead with the same options (`scripts/build-validators.mjs`) and puts the result
 * in the place of this module, so that an installed command neither loads ajv nor spends 50 ms on compiling.
 * The schemas themselves are checked against their meta-schema by a test, not at every start.
 */
const OPTIONS = {
  strict: true,
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  validateSchema: false,
} as const;

const compiled = new Map<SchemaKind, ValidateFunction>();

/** The validator of a kind, compiled on first use. A pure function of the schemas, remembered. */
export function validatorOf(kind: SchemaKind): ValidateFunction {
  const known = compiled.get(kind);
  if (known !== undefined) return known;
  const validate = new Ajv2020(OPTIONS).compile(SCHEMAS[kind]);
  compiled.set(kind, validate);
  return validate;
}
