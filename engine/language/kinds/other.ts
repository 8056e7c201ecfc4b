import { ownValue, type RuleDocument } from '../document.ts';
import { lintDocument } from '../lint.ts';
import { readMeta } from '../meta.ts';
import { readTests } from '../rule-tests.ts';
import type { OtherDocument, OtherKind } from '../rules.ts';
import { validateDocument } from '../schema/validate.ts';
import { blockHash } from '../semantics.ts';
import type { ReadContext } from './context.ts';

/** Reads what is common to all kinds; the block stays plain data for the room that runs the kind. Reports TT11xx, TT15xx, TT16xx. */
export function readOther(
  kind: OtherKind,
  document: RuleDocument,
  context: ReadContext,
): OtherDocument | undefined {
  const { value } = document;
  const valid = validateDocument(kind, document, context.report);
  const place = { path: ['tests'], file: document.file, lineOf: document.lineOf };
  const tests = readTests(ownValue(value, 'tests'), place, context.report);
  lintDocument(kind, document, context.report);
  if (!valid) return undefined;
  const block = ownValue(value, kind);
  const meta = readMeta(document, blockHash(kind, block));
  return { kind, meta, block, document: value, tests, locate: document.locate };
}
