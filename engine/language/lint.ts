import { isPlainMap, ownValue, type PlainMap, type RuleDocument } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { KeyPath, Report } from './finding.ts';
import type { DocumentKind } from './kinds/kind.ts';
import { isOpenLogsource, readLogsource } from './kinds/logsource.ts';
import { LEVEL_DEFAULT } from './meta.ts';
import { checkSpan } from './rule-tests.ts';
import { lintTemplates } from './template-lint.ts';

const TAG = /^[a-z0-9_-]+\.[a-z0-9._-]+$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\d|3[01])$/;

/** Findings about the keys around the block, in documents that load all the same. Reports TT1601, TT1602, TT1609–TT1612, TT1614, and TT1502 for `suppress`. */
export function lintDocument(
  kind: Exclude<DocumentKind, 'overlay'>,
  document: RuleDocument,
  report: Report,
): void {
  const { value } = document;
  if (
    ownValue(value, 'level') === undefined &&
    (kind === 'detection' || kind === 'correlation' || kind === 'baseline')
  ) {
    const message = `the rule has no level; '${LEVEL_DEFAULT}' is taken`;
    report({
      code: LANGUAGE_CODES.TT1601,
      message,
      path: ['title'],
      part: 'key',
      hint: 'add `level:` informational, low, medium, high or critical',
    });
  }
  lintTags(value, report);
  lintId(value, report);
  for (const key of ['date', 'modified'] as const) {
    const date = ownValue(value, key);
    if (typeof date !== 'string' || DATE.test(date)) continue;
    report({
      code: LANGUAGE_CODES.TT1610,
      message: `'${date}' is not a date of the form year-month-day`,
      path: [key],
    });
  }
  if (kind === 'detection') lintDetection(value, report);
  if (kind === 'detection' || kind === 'correlation' || kind === 'baseline') lintTemplates(value, report);
  const suppress = ownValue(value, 'suppress');
  const span = isPlainMap(suppress) ? ownValue(suppress, 'for') : undefined;
  if (typeof span === 'string') checkSpan(span, ['suppress', 'for'], report);
}

function lintTags(value: PlainMap, report: Report): void {
  const tags = ownValue(value, 'tags');
  if (!Array.isArray(tags)) return;
  for (const [i, tag] of tags.entries()) {
    if (typeof tag !== 'string' || TAG.test(tag.trim())) continue;
    const technique = /^t\d{4}(?:\.\d{3})?$/i.test(tag);
    const hint = technique
      ? `did you mean 'attack.${tag.toLowerCase()}'?`
      : 'a tag is namespace.name in lower case';
    report({
      code: LANGUAGE_CODES.TT1602,
      message: `the tag '${tag}' has no usual form`,
      path: ['tags', i],
      hint,
    });
  }
}

function lintId(value: PlainMap, report: Report): void {
  const id = ownValue(value, 'id');
  if (typeof id === 'string') lintUuid(id, { what: 'the id', path: ['id'] }, report);
  const related = ownValue(value, 'related');
  if (!Array.isArray(related)) return;
  for (const [i, item] of related.entries()) {
    const other = isPlainMap(item) ? ownValue(item, 'id') : undefined;
    if (typeof other === 'string' || typeof other === 'number')
      lintUuid(String(other), { what: 'the related id', path: ['related', i, 'id'] }, report);
  }
}

function lintUuid(
  id: string,
  { what, path }: { readonly what: string; readonly path: KeyPath },
  report: Report,
): void {
  if (UUID.test(id.trim())) return;
  const lower = id.trim().toLowerCase();
  const hint = UUID.test(lower)
    ? { hint: 'write it in lower case' }
    : path.length > 1
      ? { hint: 'copy the `id` of the other rule' }
      : {};
  report({
    code: LANGUAGE_CODES.TT1609,
    message: `${what} '${id}' is not a UUID in lower case`,
    path,
    ...hint,
  });
}

function lintDetection(value: PlainMap, report: Report): void {
  const logsource = ownValue(value, 'logsource');
  if (isPlainMap(logsource) && isOpenLogsource(readLogsource(logsource))) {
    const message = 'the logsource names no product, category or service, so every event is looked at';
    report({ code: LANGUAGE_CODES.TT1611, message, path: ['logsource'], part: 'key' });
  }
  const detection = ownValue(value, 'detection');
  if (!isPlainMap(detection) || !Object.hasOwn(detection, 'timeframe')) return;
  const condition = ownValue(detection, 'condition');
  if (typeof condition === 'string' && condition.includes('|')) return;
  const message = '`timeframe` has no effect in a detection';
  report({
    code: LANGUAGE_CODES.TT1612,
    message,
    path: ['detection', 'timeframe'],
    part: 'key',
    hint: 'use a correlation document with `timespan`',
  });
}
