import { type Expression, LEVELS, STATUSES } from '../../model/index.ts';
import { compileBlock } from '../detection.ts';
import { isPlainMap, ownValue, type PlainMap, type RuleDocument } from '../document.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import { texts } from '../meta.ts';
import type { Overlay, OverlaySelector } from '../rules.ts';
import { validateDocument } from '../schema/validate.ts';
import type { ReadContext } from './context.ts';
import { readLogsource } from './logsource.ts';

const NO_SELECTIONS = new Set(['condition']);
const CHANGES = ['level', 'confidence', 'status', 'enabled', 'filter'] as const;

/** Reads a document with an `overlay:` block; undefined where it has an error. Reports TT11xx, TT12xx, TT13xx, TT1406. */
export function readOverlay(document: RuleDocument, context: ReadContext): Overlay | undefined {
  const { value } = document;
  const valid = validateDocument('overlay', document, context.report);
  const block = ownValue(value, 'overlay');
  if (!isPlainMap(block)) return undefined;
  const complete = checkComplete(block, context);
  const filter = ownValue(block, 'filter');
  let expression: Expression | undefined;
  if (isPlainMap(filter)) {
    const at = { path: ['overlay', 'filter'], skip: NO_SELECTIONS };
    expression = compileBlock(filter, at, { ...context, document: value }).expression;
    if (expression === undefined) return undefined;
  }
  if (!valid || !complete) return undefined;
  const level = LEVELS.find((item) => item === ownValue(block, 'level'));
  const status = STATUSES.find((item) => item === ownValue(block, 'status'));
  const confidence = ownValue(block, 'confidence');
  const enabled = ownValue(block, 'enabled');
  const title = ownValue(value, 'title');
  return {
    title: typeof title === 'string' ? title : `overlay at line ${document.source.line}`,
    selector: readSelector(block),
    ...(level === undefined ? {} : { level }),
    ...(status === undefined ? {} : { status }),
    ...(typeof confidence === 'number' ? { confidence } : {}),
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
    ...(expression === undefined ? {} : { filter: expression }),
    source: document.source,
    locate: document.locate,
  };
}

function checkComplete(block: PlainMap, { report }: ReadContext): boolean {
  const selects = ['rules', 'tags', 'logsource'].some((key) => Object.hasOwn(block, key));
  const changes = CHANGES.some((key) => Object.hasOwn(block, key));
  if (!selects) {
    const hint = 'add `rules:` with ids or names (or `any`), `tags:` or `logsource:`';
    report({
      code: LANGUAGE_CODES.TT1406,
      message: 'the overlay does not say which rules it means',
      path: ['overlay'],
      part: 'key',
      hint,
    });
  }
  if (!changes) {
    const hint = `add one of ${CHANGES.join(', ')}`;
    report({
      code: LANGUAGE_CODES.TT1406,
      message: 'the overlay changes nothing',
      path: ['overlay'],
      part: 'key',
      hint,
    });
  }
  return selects && changes;
}

function readSelector(block: PlainMap): OverlaySelector {
  const rules = ownValue(block, 'rules');
  const tags = ownValue(block, 'tags');
  const logsource = ownValue(block, 'logsource');
  return {
    ...(rules === undefined ? {} : { rules: rules === 'any' ? 'any' : texts(rules) }),
    ...(tags === undefined ? {} : { tags: texts(tags) }),
    ...(logsource === undefined ? {} : { logsource: readLogsource(logsource) }),
  };
}
