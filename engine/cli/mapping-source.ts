import { readYamlFile } from '../adapters/index.ts';
import { type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import {
  createSchemas,
  type MappingDocument,
  parseMapping,
  type Schemas,
  type SchemasOptions,
} from '../ingest/index.ts';
import type { Logsource } from '../model/index.ts';

/** How records are recognised: the operator's mappings before ours. */
export interface MappingSource {
  readonly schemas: Schemas | undefined;
  /** What the schemas were made of, so that other threads can make their own. */
  readonly options: SchemasOptions;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads mapping files, in their order, and links them with ours. `unknown` says what events are that none recognises. There are schemas only
 * where nothing is wrong.
 */
export async function openMappings(
  paths: readonly string[],
  unknown: 'any' | Logsource,
): Promise<MappingSource> {
  const extra: MappingDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    const file = await readYamlFile(path);
    diagnostics.push(...file.diagnostics);
    for (const { value, locate } of file.documents) {
      const checked = parseMapping(value, locate);
      diagnostics.push(...checked.diagnostics);
      if (checked.value !== undefined) extra.push(checked.value);
    }
  }
  const options: SchemasOptions = { extra, unknownLogsource: unknown };
  if (hasErrors(diagnostics)) return { schemas: undefined, options, diagnostics };
  const linked = createSchemas(options);
  diagnostics.push(...linked.diagnostics);
  return { schemas: hasErrors(diagnostics) ? undefined : linked.value, options, diagnostics };
}
