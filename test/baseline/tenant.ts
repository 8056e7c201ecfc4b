import type { Scalar } from '../../engine/model/index.ts';
import { DAY, HOUR, MINUTE } from './build.ts';
import { normal, poisson, seeded } from './streams.ts';

/** Monday, 2026-01-05. */
export const START = Date.UTC(2026, 0, 5) * 1000;

/** An event of the synthetic deployment. */
export interface TenantEvent {
  readonly time: number;
  readonly values: Readonly<Record<string, Scalar>>;
  /** The attack it belongs to; only scorers look. */
  readonly attack?: string;
}

/** What is laid into a tenant. */
export interface Injection {
  readonly name: string;
  readonly user: number;
  /** Day from the start, from 0. */
  readonly day: number;
}

/** How large a tenant is, and what happens in it. */
export interface TenantOptions {
  readonly seed: number;
  readonly users: number;
  readonly days: number;
  /** Days on which nobody works. */
  readonly holidays?: readonly number[];
  /** Users whose volume becomes three times as much on a day, for good. */
  readonly shifts?: readonly { readonly user: number; readonly day: number }[];
  readonly attacks?: readonly Injection[];
  /** Multiplies everybody's volume. */
  readonly volume?: number;
}

interface Person {
  readonly name: string;
  readonly department: string;
  readonly begin: number;
  readonly hours: number;
  readonly rate: number;
  readonly weekend: number;
  readonly networks: readonly string[];
  readonly wander: number;
  readonly hosts: readonly string[];
  readonly place: readonly [number, number];
  readonly bytes: number;
}

const DEPARTMENTS = ['sales', 'finance', 'engineering', 'support', 'operations'];
const STEPS: Readonly<Record<string, readonly string[]>> = {
  login: ['read', 'read', 'read', 'list', 'write'],
  read: ['read', 'read', 'list', 'write', 'logout'],
  list: ['read', 'read', 'read', 'list'],
  write: ['read', 'write', 'logout'],
  logout: ['login'],
};

/**
 * A synthetic deployment, the same for the same options: people with working hours (a tenth of them in night shifts), weekends, holidays, a
 * home and an office network each and now and then another one, servers of their department and some of others, sizes spread over two orders
 * of magnitude, and steps of work that follow each other. Volumes follow a negative binomial law: busy days and calm ones.
 * Events come in the order of time.
 */
export function tenantEvents(options: TenantOptions): TenantEvent[] {
  const random = seeded(options.seed);
  const people = Array.from({ length: options.users }, (_, i) => person(i, random));
  const events: TenantEvent[] = [];
  for (let day = 0; day < options.days; day++) {
    const weekend = day % 7 >= 5;
    const holiday = options.holidays?.includes(day) === true;
    people.forEach((one, i) => {
      const shifted = options.shifts?.some((shift) => shift.user === i && day >= shift.day) === true;
      const busy = Math.exp(0.35 * normal(random));
      const share = holiday ? 0.02 : weekend ? one.weekend : 1;
      const mean = one.rate * busy * share * (shifted ? 3 : 1) * (options.volume ?? 1);
      addDay(events, one, { random, day, count: poisson(random, mean) });
    });
  }
  for (const attack of options.attacks ?? []) inject(events, people, { attack, random });
  return events.sort((a, b) => a.time - b.time);
}

function person(i: number, random: () => number): Person {
  const department = DEPARTMENTS[i % DEPARTMENTS.length] ?? 'sales';
  const night = random() < 0.1;
  const pick = (many: number): number => Math.floor(many * random() ** 2);
  return {
    name: `user${String(i).padStart(3, '0')}`,
    department,
    begin: night ? 21 : 7 + Math.floor(3 * random()),
    hours: 7 + Math.floor(3 * random()),
    rate: Math.exp(Math.log(18) + 0.5 * normal(random)),
    weekend: random() < 0.2 ? 0.3 : 0.02,
    networks: [`AS${64_500 + pick(20)}`, `AS${64_600 + Math.floor(300 * random())}`],
    wander: 0.002 + 0.01 * random() ** 3,
    hosts: [
      ...Array.from({ length: 4 }, (_, n) => `${department}-srv${n}`),
      `shared-srv${pick(10)}`,
      `shared-srv${pick(10)}`,
    ],
    place: [48 + 3 * random(), 8 + 5 * random()],
    bytes: Math.exp(Math.log(20_000) + normal(random)),
  };
}

function addDay(
  events: TenantEvent[],
  one: Person,
  { random, day, count }: { readonly random: () => number; readonly day: number; readonly count: number },
): void {
  let step = 'login';
  const times = Array.from({ length: count }, () => {
    // Two humps with lunch between.
    const hour =
      one.begin +
      one.hours * Math.min(1, Math.max(0, (random() < 0.5 ? 0.25 : 0.75) + 0.13 * normal(random)));
    return START + day * DAY + Math.floor(hour * HOUR);
  }).sort((a, b) => a - b);
  for (const time of times) {
    const away = random() < one.wander;
    const network = away
      ? random() < 0.7
        ? `AS${64_500 + Math.floor(40 * random())}`
        : `AS${65_000 + Math.floor(2000 * random())}`
      : (one.networks[random() < 0.6 ? 0 : 1] ?? '');
    const foreign = random() < 0.004;
    const host = foreign
      ? `${DEPARTMENTS[Math.floor(5 * random())]}-srv${Math.floor(8 * random())}`
      : (one.hosts[Math.floor(one.hosts.length * random() ** 1.5)] ?? '');
    events.push({
      time,
      values: {
        user: one.name,
        department: one.department,
        network,
        country: 'DE',
        host,
        latitude: one.place[0],
        longitude: one.place[1],
        bytes: Math.round(one.bytes * Math.exp(0.8 * normal(random))),
        step,
      },
    });
    step =
      random() < 0.01
        ? 'write'
        : (STEPS[step]?.[Math.floor((STEPS[step]?.length ?? 1) * random())] ?? 'read');
  }
}

/** The attacks that can be laid into a tenant, by name. */
export const ATTACKS = [
  'new country',
  'new network',
  'volume x5',
  'night work',
  'beacon',
  'slow ramp',
  'poison flood',
  'fan-out',
  'exfiltration',
  'travel',
  'sequence',
] as const;

function inject(
  events: TenantEvent[],
  people: readonly Person[],
  { attack, random }: { readonly attack: Injection; readonly random: () => number },
): void {
  const one = people[attack.user];
  if (one === undefined) return;
  const base = START + attack.day * DAY;
  const at = (hour: number, changed: Readonly<Record<string, Scalar>>): void => {
    events.push({
      time: Math.floor(base + hour * HOUR),
      attack: attack.name,
      values: {
        user: one.name,
        department: one.department,
        network: one.networks[0] ?? '',
        country: 'DE',
        host: one.hosts[0] ?? '',
        latitude: one.place[0],
        longitude: one.place[1],
        bytes: one.bytes,
        step: 'read',
        ...changed,
      },
    });
  };
  const middle = one.begin + one.hours / 2;
  switch (attack.name) {
    case 'new country':
      at(middle, { country: 'KP', network: 'AS131279' });
      break;
    case 'new network':
      at(middle, { network: `AS${200_000 + attack.user}` });
      break;
    case 'volume x5':
      for (let i = 0; i < 5 * one.rate; i++) at(one.begin + one.hours * random(), {});
      break;
    case 'night work':
      for (let i = 0; i < 6; i++) at((one.begin + 15 + i * 0.2) % 24, {});
      break;
    case 'beacon':
      for (let i = 0, hour = 0; i < 40; i++, hour += 0.25 * (0.8 + 0.4 * random()))
        at(hour, { host: `c2-${attack.user}.example` });
      break;
    case 'slow ramp':
      // Two per cent a day more, for thirty days.
      for (let day = 0; day < 30; day++) {
        const extra = one.rate * (1.02 ** day - 1);
        for (let i = 0; i < poisson(random, extra); i++) at(day * 24 + one.begin + one.hours * random(), {});
      }
      break;
    case 'poison flood':
      // A day of many new networks, and the real one a week later.
      for (let i = 0; i < 300; i++) at(one.begin + one.hours * random(), { network: `AS${300_000 + i}` });
      at(7 * 24 + middle, { network: `AS${400_000 + attack.user}` });
      break;
    case 'fan-out':
      for (let i = 0; i < 25; i++) at(middle + i / 60, { host: `engineering-srv${i}` });
      break;
    case 'exfiltration':
      for (let i = 0; i < 10; i++) at(middle + i / 30, { bytes: one.bytes * 60 });
      break;
    case 'travel':
      at(middle, {});
      at(middle + 0.5, { latitude: 39.9, longitude: 116.4 });
      break;
    case 'sequence':
      for (const [i, step] of ['logout', 'list', 'delete', 'delete', 'grant'].entries())
        at(middle + i / 60, { step });
      break;
  }
}

/** Minutes as event time, for those who read results. */
export function minutesSince(time: number): number {
  return Math.round((time - START) / MINUTE);
}
