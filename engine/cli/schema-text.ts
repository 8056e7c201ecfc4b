import { mappingJsonSchema } from '../ingest/index.ts';
import { ruleSchemas, type SchemaKind } from '../language/index.ts';
import { OUTPUT_SCHEMA } from '../model/index.ts';
import { PROOF_SCHEMA } from '../pipeline/index.ts';

type Schema = Readonly<Record<string, unknown>>;

const SCHEMAS: Readonly<Record<string, Schema>> = documentSchemas();

/** What `telltale schema` can print: `rule` for any rule file, each kind of document, test files, mappings, lines of output, and proofs. */
export const SCHEMA_KINDS: readonly string[] = ['rule', ...Object.keys(SCHEMAS)];

/** Whether there is a schema of this name. */
export function isSchemaKind(name: string): boolean {
  return SCHEMA_KINDS.includes(name);
}

/** A JSON Schema as text; `rule` tells the kind by the block that a document carries and takes the schema of that kind. */
export function schemaText(kind: string): string {
  const schema = kind === 'rule' ? anyRule() : SCHEMAS[kind];
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function documentSchemas(): Record<string, Schema> {
  const schemas: Readonly<Record<SchemaKind, Schema>> = ruleSchemas();
  return { ...schemas, mapping: mappingJsonSchema(), output: OUTPUT_SCHEMA, proof: PROOF_SCHEMA };
}

function anyRule(): Schema {
  const kinds = Object.keys(SCHEMAS).filter((kind) => !['test', 'mapping', 'output', 'proof'].includes(kind));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:telltale:schema:rule',
    title: 'Telltale rule',
    description: `A rule of any kind, told by the block it carries: ${kinds.join(', ')}.`,
    type: 'object',
    // biome-ignore lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema.
    allOf: kinds.map((kind) => ({ if: { required: [kind] }, then: { $ref: `#/$defs/${kind}` } })),
    $defs: {
      ...Object.fromEntries(kinds.map((kind) => [kind, embedded(SCHEMAS[kind] ?? {})])),
      // References of a kind lead from the root, wherever it is embedded.
      ...Object.assign({}, ...kinds.map((kind) => SCHEMAS[kind]?.['$defs'] ?? {})),
    },
  };
}

/** A schema without what only a whole document may carry. */
function embedded(schema: Schema): Schema {
  const { $schema: _dialect, $id: _id, $defs: _shared, ...rest } = schema;
  return rest;
}
