import type { PolicyCase, PolicySubject } from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import type { Finding, KeyPath } from '../finding.ts';
import { texts } from '../meta.ts';
import { readUtc } from './effect.ts';
import { POLICY_READING_CODES } from './errors.ts';

/** What tests of a policy are read with. */
export interface CaseReading {
  readonly applies: PolicySubject;
  readonly file: string;
  readonly lineAt: (path: KeyPath) => number;
  readonly report: (finding: Finding) => void;
}

/** The tests of a policy, from a list that its schema accepts. Reports TT1907. */
export function readPolicyCases(value: unknown, reading: CaseReading): PolicyCase[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.flatMap((item, i) => {
    const path = ['tests', i];
    const read = isPlainMap(item) ? readCase(item, path, reading) : undefined;
    return read === undefined ? [] : [read];
  });
}

function readCase(item: PlainMap, path: KeyPath, reading: CaseReading): PolicyCase | undefined {
  const given = ownValue(item, 'given');
  const expect = ownValue(item, 'expect');
  const name = ownValue(item, 'name');
  if (!isPlainMap(given) || !isPlainMap(expect) || typeof name !== 'string') return undefined;
  const refuse = (message: string, at: KeyPath): undefined => {
    reading.report({ code: POLICY_READING_CODES.TT1907, message, path: at });
    return undefined;
  };
  const kinds = (['alert', 'incident'] as const).filter((kind) => isPlainMap(ownValue(given, kind)));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    return refuse('a test is given exactly one of `alert` and `incident`', [...path, 'given']);
  }
  if (reading.applies !== 'any' && reading.applies !== kind) {
    return refuse(`the policy is about ${reading.applies}s only`, [...path, 'given', kind]);
  }
  const at = ownValue(given, 'at');
  const time = typeof at === 'string' ? readUtc(at) : undefined;
  if (at !== undefined && time === undefined)
    return refuse(`'${String(at)}' is no time in UTC`, [...path, 'given', 'at']);
  const members = ownValue(given, kind);
  const facts = ownValue(given, 'facts');
  const decisions = ownValue(expect, 'decisions');
  const withheld = ownValue(expect, 'withheld');
  return {
    name,
    subject: { kind, members: isPlainMap(members) ? members : {} },
    facts: isPlainMap(facts) ? facts : {},
    failing: texts(ownValue(given, 'failing')),
    ...(time === undefined ? {} : { at: time }),
    expect: {
      decisions:
        typeof decisions === 'number'
          ? decisions
          : Array.isArray(decisions)
            ? decisions.filter(isPlainMap)
            : [],
      ...(typeof withheld === 'boolean' ? { withheld } : {}),
    },
    file: reading.file,
    line: reading.lineAt(path),
  };
}
