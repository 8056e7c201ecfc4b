import type { Checked } from '../diagnostic/index.ts';
import type { Expression } from '../model/index.ts';
import { compileBlock } from './detection.ts';
import { isPlainMap } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import { type Finding, type KeyPath, locateFindings } from './finding.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { LoadOptions } from './load.ts';
import type { OtherDocument } from './rules.ts';

/**
 * Compiles selections and their condition inside the block of another kind, e.g. `['baseline', 'select']`, in the grammar of detections.
 * Reports TT12xx, TT13xx and TT16xx with places; no value where there is an error.
 */
export function compileSelections(
  document: OtherDocument,
  path: KeyPath,
  options: LoadOptions = {},
): Checked<Expression> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const block = path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isPlainMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, document.document);
  let expression: Expression | undefined;
  if (isPlainMap(block)) {
    const context = {
      placeholders: options.placeholders ?? new Map(),
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      chains: new Map(),
      report,
      document: document.document,
      ...(options.checkTest === undefined ? {} : { checkTest: options.checkTest }),
    };
    expression = compileBlock(block, { path, skip: new Set(['condition']) }, context).expression;
  } else {
    report({ code: LANGUAGE_CODES.TT1204, message: 'selections and a condition are expected here', path });
  }
  return { value: expression, diagnostics: locateFindings(findings, document.locate) };
}
