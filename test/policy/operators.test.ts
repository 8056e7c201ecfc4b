import { describe, expect, test } from 'vitest';
import { eventTime, timeFrom } from '../../engine/model/index.ts';
import { OPERATORS } from '../../engine/policy/index.ts';
import { membersOf } from '../../engine/policy/path.ts';

const AT = timeFrom('2026-11-24T10:00:00Z') ?? eventTime(0);
const LISTS = new Map([['vip_users', ['alice', 'bob', 'svc-*']]]);
const HOST = { type: 'host', role: 'target', value: 'SRV-DB-1' };
const IP = { type: 'ip', role: 'source', value: '10.1.2.3' };

/** Operator, its value, a fact with which it holds, and one with which it does not. */
const CASES: readonly (readonly [string, unknown, unknown, unknown])[] = [
  ['equal', 'Alice', ['bob', 'ALICE'], ['bob']],
  ['equal', 5, '5', 6],
  ['equal', true, true, false],
  ['equal', null, null, 'null'],
  ['equal', '__proto__', '__proto__', undefined],
  ['notEqual', 'alice', ['bob'], ['bob', 'alice']],
  ['notEqual', 'alice', undefined, 'alice'],
  ['in', ['a', 5], ['x', '5'], ['x']],
  ['notIn', ['a', 'b'], ['x', 'y'], ['x', 'B']],
  ['inList', 'vip_users', 'BOB', 'eve'],
  ['notInList', 'vip_users', ['eve'], ['eve', 'bob']],
  ['contains', 'ADM', 'domain admins', 'users'],
  ['doesNotContain', 'adm', ['users', 'guests'], ['users', 'admins']],
  ['startsWith', 'srv', 'SRV1', '1srv'],
  ['endsWith', '.local', ['a', 'b.LOCAL'], 'local'],
  ['like', 'srv-*-?', 'SRV-db-1', 'srv-db-10'],
  ['like', '*', '', undefined],
  ['lessThan', 3, ['4', 2], 3],
  ['lessThanInclusive', 3, 3, 4],
  ['greaterThan', 3, '3.5', 3],
  ['greaterThanInclusive', 0.7, [0.1, 0.7], [0.1, 'high']],
  ['between', [22, 6], 23, 12],
  ['between', [8, 17], 8, 18],
  ['countAtLeast', 2, ['a', 'b', 'a'], ['a', 'a']],
  ['atLeast', 'medium', 'critical', 'low'],
  ['atLeast', 'high', 'crown_jewel', 'unheard-of'],
  ['atMost', 'low', ['informational'], ['medium']],
  ['cidr', '10.0.0.0/8', ['192.0.2.1', '10.255.0.1'], '11.0.0.1'],
  ['cidr', ['10.0.0.0/8', 'fe80::/10'], 'fe80::1', 'not an address'],
  ['notCidr', '10.0.0.0/8', ['192.0.2.1'], ['192.0.2.1', '10.0.0.1']],
  ['matchesEntity', { type: 'host', value: 'srv-db-*' }, [IP, HOST], [IP]],
  ['matchesEntity', { type: 'ip', role: 'source', cidr: '10.0.0.0/8' }, [IP], [{ ...IP, role: 'target' }]],
  ['matchesEntity', { value: ['a', 'b'] }, [{ ...HOST, value: 'B' }], [HOST]],
  [
    'matchesEntity',
    { list: 'vip_users' },
    [{ type: 'user', value: 'svc-backup' }],
    [{ type: 'user', value: 'eve' }],
  ],
  ['matchesNoEntity', { type: 'host' }, [IP], [IP, HOST]],
  ['olderThan', '7d', '2026-11-01T00:00:00Z', '2026-11-20T00:00:00Z'],
  ['newerThan', '1d', '2026-11-24T09:00:00.123456Z', '2026-11-01'],
  ['newerThan', '1d', '2026-11-24', 'yesterday'],
  ['exists', true, ['a'], [null]],
  ['exists', false, undefined, 0],
];

describe('operators', () => {
  test.each(CASES)('%s %j holds for %j and not for %j', (name, value, yes, no) => {
    const operator = OPERATORS.get(name);
    expect(operator?.check(value, { lists: LISTS })).toBeUndefined();
    const holds = operator?.compile(value, { lists: LISTS });
    expect(holds?.(membersOf(yes), AT)).toBe(true);
    expect(holds?.(membersOf(no), AT)).toBe(false);
  });

  test('each is tried above, has an example that it takes, and says what it does', () => {
    for (const [name, operator] of OPERATORS) {
      expect(
        CASES.some(([tried]) => tried === name),
        name,
      ).toBe(true);
      expect(operator.check(operator.example, { lists: LISTS }), name).toBeUndefined();
      expect(operator.doc, name).toMatch(/^[A-Zt].{12,}\.$/);
    }
  });

  test.each([
    ['equal', ['a']],
    ['in', []],
    ['in', 'a'],
    ['inList', 'vip_usrs'],
    ['contains', ''],
    ['like', 5],
    ['lessThan', 'a'],
    ['between', [1]],
    ['countAtLeast', 1.5],
    ['atLeast', 'hihg'],
    ['cidr', '10.0.0.0/99'],
    ['matchesEntity', {}],
    ['matchesEntity', { typ: 'host' }],
    ['matchesEntity', { type: 'hots' }],
    ['matchesEntity', { role: 'actr' }],
    ['matchesEntity', { list: 'nobody' }],
    ['olderThan', '7 days'],
    ['exists', 'yes'],
  ])('%s refuses %j in words', (name, value) => {
    expect(OPERATORS.get(name)?.check(value, { lists: LISTS })).toMatch(/\S{2,}/);
  });
});
