import { newerThan, olderThan } from './age.ts';
import { cidr, notCidr } from './cidr.ts';
import { matchesEntity, matchesNoEntity } from './entity.ts';
import { equal, notEqual } from './equal.ts';
import { exists } from './exists.ts';
import { inList, isIn, notIn, notInList } from './in.ts';
import { like } from './like.ts';
import {
  between,
  countAtLeast,
  greaterThan,
  greaterThanInclusive,
  lessThan,
  lessThanInclusive,
} from './number.ts';
import type { PolicyOperator } from './operator.ts';
import { atLeast, atMost } from './scale.ts';
import { contains, doesNotContain, endsWith, startsWith } from './text.ts';

/** Every operator, by name. Those that json-rules-engine brings are replaced by ours of the same name: theirs know no lists and no case. */
export const OPERATORS: ReadonlyMap<string, PolicyOperator> = new Map(
  [
    equal,
    notEqual,
    isIn,
    notIn,
    inList,
    notInList,
    contains,
    doesNotContain,
    startsWith,
    endsWith,
    like,
    lessThan,
    lessThanInclusive,
    greaterThan,
    greaterThanInclusive,
    between,
    countAtLeast,
    atLeast,
    atMost,
    cidr,
    notCidr,
    matchesEntity,
    matchesNoEntity,
    olderThan,
    newerThan,
    exists,
  ].map((operator) => [operator.name, operator] as const),
);
