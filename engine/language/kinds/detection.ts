import type { DetectionRule } from '../../model/index.ts';
import { compileBlock } from '../detection.ts';
import { isPlainMap, ownValue, type RuleDocument } from '../document.ts';
import { lintDocument } from '../lint.ts';
import { readMeta, texts } from '../meta.ts';
import { readTests } from '../rule-tests.ts';
import { validateDocument } from '../schema/validate.ts';
import { detectionHash } from '../semantics.ts';
import type { ReadContext } from './context.ts';
import { readLogsource } from './logsource.ts';

const NO_SELECTIONS = new Set(['condition', 'timeframe']);

/** Reads a document with a `detection:` block; undefined where it has an error. Reports TT11xx, TT12xx, TT13xx, TT15xx, TT16xx. */
export function readDetection(document: RuleDocument, context: ReadContext): DetectionRule | undefined {
  const { value } = document;
  const valid = validateDocument('detection', document, context.report);
  const block = ownValue(value, 'detection');
  if (!isPlainMap(block)) return undefined;
  const path = ['detection'];
  const { expression } = compileBlock(block, { path, skip: NO_SELECTIONS }, { ...context, document: value });
  const logsource = readLogsource(ownValue(value, 'logsource'));
  const place = { path: ['tests'], file: document.file, lineOf: document.lineOf };
  const tests = readTests(ownValue(value, 'tests'), place, context.report);
  lintDocument('detection', document, context.report);
  if (!valid || expression === undefined) return undefined;
  const meta = readMeta(document, detectionHash('detection', logsource, expression));
  return { kind: 'detection', meta, logsource, expression, fields: texts(ownValue(value, 'fields')), tests };
}
