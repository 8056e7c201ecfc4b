import { type GivenItem, parseDuration, type RuleTest, type TestExpectation } from '../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from './document.ts';
import { LANGUAGE_CODES } from './errors.ts';
import type { KeyPath, Report } from './finding.ts';

const CARRIERS = ['event', 'raw', 'file', 'signal', 'alert'] as const;

/**
 * The tests of a rule, from a list that the schema of tests accepts (a test that it does not accept is left out here and was reported there).
 * Reports TT1501, TT1502 and TT1504.
 */
export function readTests(
  value: unknown,
  place: { readonly path: KeyPath; readonly file: string; readonly lineOf: (value: object) => number },
  report: Report,
): RuleTest[] {
  if (!Array.isArray(value)) return [];
  const items: readonly unknown[] = value;
  const tests: RuleTest[] = [];
  const names = new Set<string>();
  for (const [i, item] of items.entries()) {
    const path = [...place.path, i];
    if (!isPlainMap(item)) continue;
    const name = ownValue(item, 'name');
    const given = ownValue(item, 'given');
    const expect = ownValue(item, 'expect');
    if (typeof name !== 'string' || !Array.isArray(given) || !isPlainMap(expect)) continue;
    if (names.has(name)) {
      report({
        code: LANGUAGE_CODES.TT1504,
        message: `another test is named '${name}' too`,
        path: [...path, 'name'],
      });
    }
    names.add(name);
    for (const [n, one] of given.entries()) checkGiven(one, [...path, 'given', n], report);
    tests.push({
      name,
      given: given.filter(isGivenItem),
      expect: readExpectation(expect),
      line: place.lineOf(item),
      file: place.file,
    });
  }
  return tests;
}

// The schema has checked the members; what remains is that their types agree with `GivenItem`, of which every member is optional.
function isGivenItem(value: unknown): value is GivenItem {
  return isPlainMap(value);
}

function readExpectation(expect: PlainMap): TestExpectation {
  const signals = countOrList(ownValue(expect, 'signals'));
  const incidents = ownValue(expect, 'incidents');
  const alerts = ownValue(expect, 'alerts');
  return {
    signals,
    ...(alerts === undefined ? {} : { alerts: countOrList(alerts) }),
    ...(incidents === undefined ? {} : { incidents: countOrList(incidents) }),
  };
}

function countOrList(value: unknown): number | PlainMap[] {
  if (typeof value === 'number') return value;
  return Array.isArray(value) ? value.filter(isPlainMap) : [];
}

function checkGiven(item: unknown, path: KeyPath, report: Report): void {
  if (!isPlainMap(item)) return;
  const carried = CARRIERS.filter((key) => Object.hasOwn(item, key));
  if (carried.length !== 1) {
    const message =
      carried.length === 0
        ? 'this item says nothing that arrives: one of `event`, `raw`, `file`, `signal` or `alert` is needed'
        : `this item is ${carried.map((key) => `\`${key}\``).join(' and ')} at once; make it two items`;
    report({ code: LANGUAGE_CODES.TT1501, message, path });
  }
  for (const key of ['at', 'every', 'delivered'] as const) {
    const span = ownValue(item, key);
    if (typeof span === 'string') checkSpan(span, [...path, key], report);
  }
}

/** Reports TT1502 where a text is no time span; `0s` is one here. */
export function checkSpan(span: string, path: KeyPath, report: Report): void {
  if (/^0+(?:us|ms|[smhdwMy])?$/.test(span) || parseDuration(span) !== undefined) return;
  const message = `'${span}' is not a time span`;
  report({
    code: LANGUAGE_CODES.TT1502,
    message,
    path,
    hint: 'write a number and a unit: 30s, 5m, 1h, 7d, 1h30m',
  });
}
