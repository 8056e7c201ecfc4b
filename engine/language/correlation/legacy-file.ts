import { type Diagnostic, hasErrors } from '../../diagnostic/index.ts';
import { isPlainMap, ownValue, type PlainMap, type RuleFile, readDocuments } from '../document.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { loadRules } from '../load.ts';
import { readFast } from '../yaml-fast.ts';
import { importLegacy } from './legacy-import.ts';
import { readCorrelation } from './read.ts';

/** What became of a file of Sigma 1 rules. */
export type LegacyFile =
  /** Aggregations became correlations; `report` says what had to be chosen or was lost. */
  | { readonly kind: 'imported'; readonly documents: readonly PlainMap[]; readonly report: readonly string[] }
  /** No aggregation in it: its documents load as they are, actions resolved. */
  | { readonly kind: 'plain'; readonly documents: readonly PlainMap[]; readonly report: readonly string[] }
  | {
      readonly kind: 'refused';
      readonly reasons: readonly string[];
      readonly diagnostics: readonly Diagnostic[];
    };

/** Imports a whole file, several documents and `action: global` included. What it gives loads without an error, or it is refused with the reasons. */
export function importLegacyFile(file: RuleFile): LegacyFile {
  const { documents, diagnostics } = readDocuments(file, DEFAULT_LIMITS);
  if (hasErrors(diagnostics) || documents.length === 0) {
    return { kind: 'refused', reasons: ['the file cannot be read'], diagnostics };
  }
  const logsourceOf = selectionSources(file.text);
  const made: PlainMap[] = [];
  const report: string[] = [];
  const reasons: string[] = [];
  let imported = false;
  for (const { value: written, inherited } of documents) {
    const value = inherited > 1 ? withoutSharedId(written) : written;
    const one = importLegacy(value, logsourceOf);
    if (typeof one === 'string') reasons.push(one);
    else if (one === undefined) {
      made.push(value);
      report.push(...plainRemarks(value));
    } else {
      imported = true;
      made.push(...one.documents);
      report.push(...one.report);
    }
  }
  if (reasons.length > 0) return { kind: 'refused', reasons, diagnostics: [] };
  // JSON is YAML, and what is written must be what was checked.
  const text = made.map((document) => JSON.stringify(document)).join('\n---\n');
  const loaded = loadRules([{ path: file.path, text }]);
  const read = loaded.rules.others.filter(({ kind }) => kind === 'correlation').map(readCorrelation);
  const errors = [...loaded.diagnostics, ...read.flatMap((one) => one.diagnostics)].filter(
    ({ severity }) => severity === 'error',
  );
  if (errors.length > 0)
    return { kind: 'refused', reasons: errors.map(({ message }) => message), diagnostics: errors };
  return { kind: imported ? 'imported' : 'plain', documents: made, report };
}

/** A timeframe without an aggregation says that something was meant which the condition does not say. */
function plainRemarks(document: PlainMap): string[] {
  const detection = ownValue(document, 'detection');
  const timed = isPlainMap(detection) && ownValue(detection, 'timeframe') !== undefined;
  return timed
    ? ['the rule has a timeframe and no aggregation: each event is looked at alone, as its condition says']
    : [];
}

/** By selection: the logsource of the document, as written, in which it stands; a file whose documents share one has none to tell apart. */
function selectionSources(text: string): (selection: string) => unknown {
  const reading = readFast(text, DEFAULT_LIMITS);
  const sources = new Map<string, unknown>();
  if (!reading.ok || reading.documents.length < 2) return () => undefined;
  for (const { value } of reading.documents) {
    const detection = isPlainMap(value) ? ownValue(value, 'detection') : undefined;
    const logsource = isPlainMap(value) ? ownValue(value, 'logsource') : undefined;
    if (!isPlainMap(detection) || logsource === undefined) continue;
    for (const name of Object.keys(detection)) sources.set(name, logsource);
  }
  return (selection) => sources.get(selection);
}

/** The second and later documents that inherit an id would share it: they keep it as that of a related rule. */
function withoutSharedId(document: PlainMap): PlainMap {
  const related = ownValue(document, 'related');
  const { id, ...rest } = document;
  return { ...rest, related: [...(Array.isArray(related) ? related : []), { id, type: 'derived' }] };
}
