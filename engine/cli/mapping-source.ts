import type { Diagnostic } from '../diagnostic/index.ts';
import { createSchemas, type Schemas, type SchemasOptions } from '../ingest/index.ts';
import type { Logsource } from '../model/index.ts';

/** How records are recognised. */
export interface MappingSource {
  readonly schemas: Schemas | undefined;
  /** What the schemas were made of, so that other threads can make their own. */
  readonly options: SchemasOptions;
  readonly diagnostics: readonly Diagnostic[];
}

/** Links the mappings. `unknown` says what events are that none recognises. */
export function openMappings(unknown: 'any' | Logsource): MappingSource {
  const options: SchemasOptions = { unknownLogsource: unknown };
  const linked = createSchemas(options);
  return { schemas: linked.value, options, diagnostics: linked.diagnostics };
}
