import { type Checked, hasErrors, type Place } from '../../diagnostic/index.ts';
import { RUNTIME_CODES } from '../errors.ts';
import type { EnrichConfig } from './config.ts';
import { schemaFindings } from './config-findings.ts';
import { isPlain, type Plain, part, texts, type Way } from './plain.ts';

/** The `enrich` block alone, of a configuration or of a file of its own. Reports TT7010 and TT7011 about it, and nothing about what stands beside it. */
export function readEnrichBlock(value: Plain, locate: (way: Way) => Place): Checked<EnrichConfig> {
  const block = { enrich: value['enrich'] };
  const diagnostics = schemaFindings(block, (way, code, said) => ({
    code,
    severity: RUNTIME_CODES[code].severity,
    at: locate(way),
    ...said,
  }));
  return {
    value: hasErrors(diagnostics) || !isPlain(block.enrich) ? undefined : readEnrich(block),
    diagnostics,
  };
}

/** What events and cases are enriched with; undefined where the configuration says nothing of it. */
export function readEnrich(value: Plain): EnrichConfig | undefined {
  const given = part(value, 'enrich');
  if (given === undefined) return undefined;
  return {
    assets: texts(given, 'assets') ?? [],
    identities: texts(given, 'identities') ?? [],
    geo: texts(given, 'geo') ?? [],
    countries: given['countries'] !== false,
  };
}
