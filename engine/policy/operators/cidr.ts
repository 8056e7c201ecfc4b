import { compileCidr } from '../../match/index.ts';
import { negated, type PolicyOperator } from './operator.ts';

export const cidr: PolicyOperator = {
  name: 'cidr',
  doc: 'The address lies in this network, or in one of these.',
  example: '10.0.0.0/8',
  check: (value) => {
    const networks: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (networks.length === 0) return 'a network is needed';
    const bad = networks.find((one) => typeof one !== 'string' || compileCidr(one).value === undefined);
    return bad === undefined ? undefined : `'${String(bad)}' is no network such as 10.0.0.0/8`;
  },
  compile: (value) => {
    const inside = insideOf(value);
    return (members) => members.some((member) => typeof member === 'string' && inside(member));
  },
};

/** Whether an address lies in one of the networks. */
export function insideOf(value: unknown): (address: string) => boolean {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const networks = texts.flatMap((one) => compileCidr(String(one)).value ?? []);
  return (address) => networks.some((network) => network.contains(address));
}

export const notCidr: PolicyOperator = negated(
  'notCidr',
  cidr,
  'No address of the fact lies in this network, or in one of these.',
);
