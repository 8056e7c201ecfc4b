import { ADAPTER_CODES } from '../adapters/index.ts';
import { BASELINE_RUN_CODES } from '../baseline/index.ts';
import { CODES as CORRELATE_CODES } from '../correlate/index.ts';
import { DETECT_CODES } from '../detect/index.ts';
import type { CodeDeclaration } from '../diagnostic/index.ts';
import { INGEST_CODES } from '../ingest/index.ts';
import { INTEL_CODES } from '../intel/index.ts';
import {
  BASELINE_CODES,
  CORRELATION_CODES,
  FEED_READING_CODES,
  INCIDENT_TEMPLATE_CODES,
  LANGUAGE_CODES,
  POLICY_READING_CODES,
} from '../language/index.ts';
import { MATCH_CODES } from '../match/index.ts';
import { POLICY_CODES } from '../policy/index.ts';
import { RUNTIME_CODES } from '../runtime/index.ts';
import { CLI_CODES } from './errors.ts';

/** Every code that any room declares, in the order of the codes. */
export function allCodes(): ReadonlyMap<string, CodeDeclaration> {
  const rows: readonly CodeDeclaration[] = [
    LANGUAGE_CODES,
    BASELINE_CODES,
    CORRELATION_CODES,
    INCIDENT_TEMPLATE_CODES,
    FEED_READING_CODES,
    POLICY_READING_CODES,
    INGEST_CODES,
    MATCH_CODES,
    DETECT_CODES,
    CORRELATE_CODES,
    BASELINE_RUN_CODES,
    INTEL_CODES,
    POLICY_CODES,
    RUNTIME_CODES,
    CLI_CODES,
    ADAPTER_CODES,
  ].flatMap((table) => Object.values<CodeDeclaration>(table));
  return new Map(rows.map((row) => [row.code, row] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}
