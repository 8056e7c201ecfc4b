import { nearest } from '../../diagnostic/index.ts';
import { patternOf } from '../../intel/index.ts';
import { scalarText } from '../../match/index.ts';
import { ENTITY_ROLES, ENTITY_TYPES } from '../../model/index.ts';
import { valueAt } from '../path.ts';
import { cidr, insideOf } from './cidr.ts';
import { negated, type OperatorContext, type PolicyOperator } from './operator.ts';

const KEYS = ['type', 'role', 'value', 'cidr', 'list'] as const;

/** Type, role and value must fit one and the same entity, which two tests on lists could not say. */
export const matchesEntity: PolicyOperator = {
  name: 'matchesEntity',
  doc: 'One entity fits all of: type, role, value (a pattern or a list of patterns), cidr, list (of the user, by name).',
  example: { type: 'host', value: 'srv-db-*' },
  check: checkEntity,
  compile: (value, { lists }) => {
    const own = (key: string): unknown => valueAt(value, [key]);
    const [type, role] = [own('type'), own('role')];
    const written = own('value');
    const patterns = (Array.isArray(written) ? written : written === undefined ? [] : [written]).map(
      (one: unknown) => patternOf(String(one)),
    );
    const network = own('cidr') === undefined ? undefined : insideOf(own('cidr'));
    const list = own('list');
    const listed =
      typeof list === 'string' ? (lists.get(list) ?? []).map((one) => patternOf(String(one))) : undefined;
    return (members) =>
      members.some((member) => {
        const text = scalarText(valueAt(member, ['value']));
        if (text === undefined) return false;
        if (type !== undefined && valueAt(member, ['type']) !== type) return false;
        if (role !== undefined && valueAt(member, ['role']) !== role) return false;
        if (patterns.length > 0 && !patterns.some((fits) => fits(text))) return false;
        if (network !== undefined && !network(text)) return false;
        return listed === undefined || listed.some((fits) => fits(text));
      });
  },
};

export const matchesNoEntity: PolicyOperator = negated(
  'matchesNoEntity',
  matchesEntity,
  'No entity fits all of: type, role, value, cidr, list.',
);

function checkEntity(value: unknown, { lists }: OperatorContext): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'a map is needed, such as {type: host, value: srv-*}';
  const keys = Object.keys(value);
  if (keys.length === 0) return `at least one of ${KEYS.join(', ')} is needed`;
  const unknown = keys.find((key) => !KEYS.some((known) => known === key));
  if (unknown !== undefined) return `there is no '${unknown}'${meant(unknown, KEYS)}`;
  const own = (key: string): unknown => valueAt(value, [key]);
  const type = own('type');
  if (type !== undefined && !ENTITY_TYPES.some((one) => one === type)) {
    return `'${String(type)}' is no type of entity${meant(String(type), ENTITY_TYPES)}`;
  }
  const role = own('role');
  if (role !== undefined && !ENTITY_ROLES.some((one) => one === role)) {
    return `'${String(role)}' is no role${meant(String(role), ENTITY_ROLES)}`;
  }
  const written = own('value');
  const patterns: readonly unknown[] = Array.isArray(written) ? written : [written];
  if (written !== undefined && !patterns.every((one) => scalarText(one) !== undefined)) {
    return '`value` is a pattern or a list of patterns';
  }
  if (own('cidr') !== undefined) return cidr.check(own('cidr'), { lists });
  const list = own('list');
  if (list !== undefined && !(typeof list === 'string' && lists.has(list))) {
    return `there is no list '${String(list)}'${meant(String(list), [...lists.keys()])}`;
  }
  return undefined;
}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean '${near}'?`;
}
