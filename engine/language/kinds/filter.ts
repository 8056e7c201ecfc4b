import { compileBlock } from '../detection.ts';
import { isPlainMap, ownValue, type RuleDocument } from '../document.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import { lintDocument } from '../lint.ts';
import { readMeta, texts } from '../meta.ts';
import type { LoadedFilter } from '../rules.ts';
import { validateDocument } from '../schema/validate.ts';
import { detectionHash } from '../semantics.ts';
import type { ReadContext } from './context.ts';
import { readLogsource } from './logsource.ts';

const NO_SELECTIONS = new Set(['condition', 'rules']);

/** Reads a document with a `filter:` block; undefined where it has an error. Reports TT11xx, TT12xx, TT13xx, TT1403, TT16xx. */
export function readFilter(document: RuleDocument, context: ReadContext): LoadedFilter | undefined {
  const { value } = document;
  const valid = validateDocument('filter', document, context.report);
  const block = ownValue(value, 'filter');
  if (!isPlainMap(block)) return undefined;
  const compiled = compileBlock(
    block,
    { path: ['filter'], skip: NO_SELECTIONS },
    { ...context, document: value },
  );
  if (compiled.expression !== undefined && !compiled.negates) {
    const message =
      'this filter keeps only what its condition describes; to leave that out, the condition needs `not`';
    const condition = ownValue(block, 'condition');
    const hint =
      typeof condition === 'string'
        ? { hint: `write \`condition: not ${condition.includes(' ') ? `(${condition})` : condition}\`` }
        : {};
    context.report({ code: LANGUAGE_CODES.TT1403, message, path: ['filter', 'condition'], ...hint });
  }
  lintDocument('filter', document, context.report);
  if (!valid || compiled.expression === undefined) return undefined;
  const logsource = readLogsource(ownValue(value, 'logsource'));
  const named = ownValue(block, 'rules');
  const rules = typeof named === 'string' && named.toLowerCase() === 'any' ? 'any' : texts(named);
  const meta = readMeta(document, detectionHash('filter', logsource, compiled.expression));
  return { kind: 'filter', meta, logsource, rules, expression: compiled.expression, locate: document.locate };
}
