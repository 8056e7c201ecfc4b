import type { PolicyCondition, PolicyTest } from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import type { Finding, KeyPath, Locator } from '../finding.ts';
import { POLICY_READING_CODES } from './errors.ts';

const DEPTH_MAX = 12;
const TESTS_MAX = 200;
const FORMS = ['all', 'any', 'not'] as const;
const TEST_KEYS = ['fact', 'path', 'params', 'operator', 'value'] as const;

/** What conditions are read with. */
export interface ConditionReading {
  readonly locate: Locator;
  readonly report: (finding: Finding) => void;
}

/**
 * The condition of a policy from what its schema accepts; undefined where it was refused. Reports TT1901 and TT1902.
 * The result is plain data of our own making: no key of the document reaches json-rules-engine.
 */
export function readPolicyCondition(
  value: unknown,
  path: KeyPath,
  reading: ConditionReading,
): PolicyCondition | undefined {
  const counter = { tests: 0, refused: false };
  const condition = readNode(value, { path, depth: 0, counter, reading });
  if (counter.tests > TESTS_MAX) {
    const message = `the condition holds ${counter.tests} tests; at most ${TESTS_MAX} are allowed`;
    reading.report({ code: POLICY_READING_CODES.TT1902, message, path, part: 'key' });
    return undefined;
  }
  return counter.refused ? undefined : condition;
}

interface Node {
  readonly path: KeyPath;
  readonly depth: number;
  readonly counter: { tests: number; refused: boolean };
  readonly reading: ConditionReading;
}

function readNode(value: unknown, node: Node): PolicyCondition | undefined {
  const { path, depth, counter, reading } = node;
  const refuse = (finding: Omit<Finding, 'path'>): undefined => {
    counter.refused = true;
    reading.report({ ...finding, path });
    return undefined;
  };
  if (depth > DEPTH_MAX) {
    const message = `conditions nest more than ${DEPTH_MAX} deep`;
    return refuse({ code: POLICY_READING_CODES.TT1902, message });
  }
  if (!isPlainMap(value))
    return refuse({ code: POLICY_READING_CODES.TT1901, message: 'a condition is a map' });
  const forms = FORMS.filter((key) => Object.hasOwn(value, key));
  const parts = TEST_KEYS.filter((key) => Object.hasOwn(value, key));
  if (forms.length + (parts.length > 0 ? 1 : 0) !== 1) {
    const message =
      forms.length + parts.length === 0
        ? 'this condition is empty'
        : `this condition has ${[...forms, ...parts].map((key) => `\`${key}\``).join(', ')} at once`;
    const hint = 'write one of all, any, not, or a test with fact, operator and value';
    return refuse({ code: POLICY_READING_CODES.TT1901, message, hint });
  }
  const [form] = forms;
  if (form === undefined) return readTest(value, node, refuse);
  const inner = ownValue(value, form);
  if (form === 'not') {
    const of = readNode(inner, { ...node, path: [...path, 'not'], depth: depth + 1 });
    return of === undefined ? undefined : { kind: 'not', of };
  }
  const of = (Array.isArray(inner) ? inner : []).map((child: unknown, i) =>
    readNode(child, { ...node, path: [...path, form, i], depth: depth + 1 }),
  );
  return { kind: form, of: of.filter((child) => child !== undefined) };
}

function readTest(
  value: PlainMap,
  { path, counter, reading }: Node,
  refuse: (finding: Omit<Finding, 'path'>) => undefined,
): PolicyTest | undefined {
  counter.tests++;
  const fact = ownValue(value, 'fact');
  const operator = ownValue(value, 'operator');
  if (typeof fact !== 'string' || typeof operator !== 'string' || !Object.hasOwn(value, 'value')) {
    const missing = ['fact', 'operator', 'value'].filter((key) => !Object.hasOwn(value, key));
    const message = `this test has no ${missing.map((key) => `\`${key}\``).join(' and no ')}`;
    return refuse({ code: POLICY_READING_CODES.TT1901, message });
  }
  const other = ownValue(value, 'value');
  const at = reading.locate(path);
  const against =
    isPlainMap(other) && typeof ownValue(other, 'fact') === 'string' ? readFact(other) : undefined;
  return {
    kind: 'test',
    ...readFact(value),
    operator,
    value: against === undefined ? other : undefined,
    ...(against === undefined ? {} : { against: { ...against, at } }),
    at,
  };
}

/** `fact: alert.severity` is the fact `alert` and the path `severity`; a `path` of its own follows. */
function readFact(value: PlainMap): Pick<PolicyTest, 'fact' | 'params' | 'path'> {
  const [fact = '', ...inner] = String(ownValue(value, 'fact')).trim().split('.');
  const path = ownValue(value, 'path');
  const params = ownValue(value, 'params');
  return {
    fact,
    path: [...inner, ...(typeof path === 'string' ? path.trim().split('.') : [])],
    params: isPlainMap(params) ? params : {},
  };
}
