import fc from 'fast-check';
import type { RolePresence } from '../../engine/correlate/presence.ts';
import {
  type Bound,
  type CorrelationBody,
  type CorrelationRule,
  duration,
  type MEASURE_TYPES,
  type Presence,
  type Scalar,
  type SequenceStep,
  type Signal,
  type StepTest,
  sha256,
} from '../../engine/model/index.ts';
import { rule, S, signal } from './build.ts';

/** The detection rules that random streams are made of. */
export const DETECTIONS = ['a', 'b', 'c'] as const;

const user: fc.Arbitrary<Scalar | readonly Scalar[] | undefined> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom<Scalar>('u1', 'U1', 'u2', 7, '7') },
  { weight: 1, arbitrary: fc.constantFrom<Scalar>(null, '__proto__', '') },
  { weight: 1, arbitrary: fc.constantFrom<readonly Scalar[]>(['u1', 'u2'], [], ['u1', 'U1']) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const number: fc.Arbitrary<Scalar | readonly Scalar[] | undefined> = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -8, max: 24 }).map((n) => n / 4) },
  { weight: 1, arbitrary: fc.constantFrom<Scalar>('3', '2.5', 'many', true, null) },
  { weight: 1, arbitrary: fc.constant([1, 2]) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

/** One signal; times on a coarse grid so that windows, edges and ties are met often, some events matched by several rules. */
const item: fc.Arbitrary<Signal> = fc
  .record({
    ruleId: fc.constantFrom(...DETECTIONS),
    quarter: fc.integer({ min: 0, max: 80 }),
    ns: fc.constantFrom(0, 0, 0, 1, 999),
    user,
    n: number,
    host: fc.constantFrom<Scalar>('h1', 'h2', 'h3', 'H1'),
    event: fc.constantFrom<number | undefined>(undefined, undefined, 1, 2),
  })
  .map(({ ruleId, quarter, ns, user: u, n, host, event }) =>
    signal(
      ruleId,
      quarter / 4,
      { ...(u === undefined ? {} : { user: u }), ...(n === undefined ? {} : { n }), host },
      { ns, ...(event === undefined ? {} : { event: `e${event}@${quarter}.${ns}` }) },
    ),
  );

/** A stream as it happened, with copies of some signals. */
export const stream: fc.Arbitrary<Signal[]> = fc
  .tuple(fc.array(item, { minLength: 1, maxLength: 28 }), fc.array(fc.nat(), { maxLength: 4 }))
  .map(([items, again]) => {
    const copies = again.flatMap((n) => items[n % items.length] ?? []);
    // As the pipeline makes them, so that they are held packed; one in four as it is, so that it is held whole.
    return [...items, ...copies].map((one) => (one.end % (4 * S) === 0 ? one : asFired(one)));
  });

/** The signal with ids of 32 hex digits, an entity, and, at every second second, the place its event came from. */
function asFired(one: Signal): Signal {
  const hex = (text: string): string => sha256(text).slice(0, 32);
  const place = one.end % (2 * S) === 0 ? {} : { file: 'events.ndjson', line: 1 + one.end / 250_000 };
  return {
    ...one,
    id: hex(one.id),
    evidence: one.evidence.map((event) => ({ ...event, ...place, id: hex(event.id) })),
    entities: [{ type: 'host', value: String(one.values.get('host')), role: 'target' }],
  };
}

const window: fc.Arbitrary<CorrelationRule['window']> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'sliding' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'tumbling' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1, 2, 4).map((s) => ({ kind: 'hop' as const, every: duration(s * S) })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1, 2, 3).map((s) => ({ kind: 'session' as const, gap: duration(s * S) })),
  },
);

const bound: fc.Arbitrary<Bound> = fc.record({
  op: fc.constantFrom<Bound['op']>('gt', 'gte', 'gte', 'gte', 'lt', 'lte', 'eq', 'neq'),
  value: fc.integer({ min: 0, max: 6 }),
});

function measureBody(type: (typeof MEASURE_TYPES)[number]): fc.Arbitrary<CorrelationBody> {
  const fields =
    type === 'event_count'
      ? fc.constant<string[]>([])
      : type === 'value_count'
        ? fc.constantFrom(['host'], ['host', 'n'])
        : type === 'value_rarity'
          ? fc.constant(['host'])
          : fc.constant(['n']);
  return fc
    .record({
      fields,
      bounds:
        type === 'value_rarity'
          ? fc.constantFrom<Bound[]>(
              [{ op: 'lte', value: 40 }],
              [{ op: 'lt', value: 34 }],
              [{ op: 'gt', value: 60 }],
            )
          : type === 'value_count'
            ? // Few values, much repeated: what is counted must be what is still there.
              fc.oneof(
                fc.integer({ min: 2, max: 3 }).map((value): Bound[] => [{ op: 'gte', value }]),
                fc.array(bound, { minLength: 1, maxLength: 2 }),
              )
            : fc.array(bound, { minLength: 1, maxLength: 2 }),
      percentile: fc.constantFrom(0, 10, 50, 75, 90, 100),
      minEvents: fc.constantFrom(1, 1, 1, 3),
    })
    .map((body) => ({ type, ...body }));
}

const presence: fc.Arbitrary<Presence> = fc.letrec<{ p: Presence; list: Presence[] }>((tie) => ({
  p: fc.oneof(
    { maxDepth: 2 },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...DETECTIONS).map((text): Presence => ({ kind: 'rule', rule: { text } })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), tie('list'))
        .map(([kind, of]): Presence => ({ kind, of })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 3 }), tie('list'))
        .map(([count, of]): Presence => ({ kind: 'at_least', count, of })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
          fc.integer({ min: 2, max: 6 }),
        )
        .map(
          ([weights, atLeast]): Presence => ({
            kind: 'weight',
            weights: DETECTIONS.map((text, i) => ({ rule: { text }, weight: weights[i] ?? 1 })),
            atLeast,
          }),
        ),
    },
  ),
  list: fc.array(tie('p'), { minLength: 1, maxLength: 3 }),
})).p;

/** `… and not c`, with `c` nowhere else. */
const guarded: fc.Arbitrary<Presence> = presence
  .filter((p) => !JSON.stringify(p).includes('"c"'))
  .map(
    (p): Presence => ({ kind: 'and', of: [p, { kind: 'not', of: { kind: 'rule', rule: { text: 'c' } } }] }),
  );

const common = fc
  .record({
    window,
    emit: fc.constantFrom<CorrelationRule['emit']>('once', 'once', 'every', 'update'),
    onNull: fc.constantFrom<CorrelationRule['onNull']>('skip', 'group'),
    ties: fc.constantFrom<CorrelationRule['ties']>('strict', 'allow'),
    sameEvent: fc.constantFrom<CorrelationRule['sameEvent']>('forbid', 'allow'),
    cased: fc.boolean(),
    afterMatch: fc.constantFrom<CorrelationRule['afterMatch']>('keep', 'keep', 'reset'),
    groupBy: fc.constantFrom<string[]>(['user'], ['user'], ['user', 'host'], []),
    seconds: fc.constantFrom(1, 2, 4, 8),
  })
  .map((made) =>
    // A hop longer than the window would leave gaps; the language refuses it.
    made.window.kind === 'hop' && made.window.every > made.seconds * S
      ? { ...made, window: { kind: 'hop' as const, every: duration(made.seconds * S) } }
      : made,
  );

/** A measuring rule of this type over one to three detections. */
export function measureRule(type: (typeof MEASURE_TYPES)[number]): fc.Arbitrary<CorrelationRule> {
  return fc
    .tuple(measureBody(type), common, fc.shuffledSubarray([...DETECTIONS], { minLength: 1 }), fc.boolean())
    .map(([body, rest, rules, close]) =>
      rule('r', {
        ...rest,
        emit: close && type !== 'value_rarity' ? 'at_close' : rest.emit,
        // A hop or session that must wait is tested through at_close as well.
        rules,
        body,
      }),
    );
}

/** A temporal rule: all of them, a condition, or one with a `not`. */
export const temporalRule: fc.Arbitrary<CorrelationRule> = fc
  .tuple(
    fc.option(fc.oneof(presence, guarded), { nil: undefined }),
    common,
    fc.constantFrom('at_close', 'as_said'),
  )
  .map(([condition, rest, emit]) =>
    rule('r', {
      ...rest,
      ...(emit === 'at_close' ? { emit: 'at_close' as const } : {}),
      rules: [...DETECTIONS],
      body: { type: 'temporal', ...(condition === undefined ? {} : { condition }) },
    }),
  );

/** An ordered rule over two or three detections in any order. */
export const orderedRule: fc.Arbitrary<CorrelationRule> = fc
  .tuple(common, fc.shuffledSubarray([...DETECTIONS], { minLength: 1 }))
  .map(([rest, rules]) => rule('r', { ...rest, rules, body: { type: 'temporal_ordered' } }));

export type { RolePresence };

/** First occurrences of hosts, or of pairs. */
export const firstSeenRule: fc.Arbitrary<CorrelationRule> = fc
  .tuple(
    common,
    fc.constantFrom(['host'], ['host', 'n']),
    fc.option(fc.constantFrom(1, 3, 6), { nil: undefined }),
  )
  .map(([rest, fields, warmup]) =>
    rule('r', {
      ...rest,
      emit: 'once',
      afterMatch: 'keep',
      window: { kind: 'sliding' },
      rules: ['a', 'b'],
      body: { type: 'first_seen', fields, ...(warmup === undefined ? {} : { warmup: duration(warmup * S) }) },
    }),
  );

/** A risk over three rules. */
export const riskRule: fc.Arbitrary<CorrelationRule> = fc
  .tuple(
    common,
    fc.constantFrom(17.3, 31.7, 48.9),
    fc.constantFrom(1, 5, 20),
    fc.constantFrom(1, 2),
    fc.constantFrom(1, 2),
  )
  .map(([rest, value, halfLife, minTactics, minSources]) =>
    rule('r', {
      ...rest,
      emit: rest.emit === 'every' ? 'every' : 'once',
      afterMatch: 'keep',
      window: { kind: 'sliding' },
      rules: [...DETECTIONS],
      body: {
        type: 'risk',
        bounds: [{ op: 'gte', value }],
        halfLife: duration(halfLife * S),
        weights: [{ rule: { text: 'b' }, weight: 2 }],
        minTactics,
        minSources,
      },
    }),
  );

/** A stream whose signals have scores, tactics and sources, some of it on the next day. */
export const riskStream: fc.Arbitrary<Signal[]> = fc.array(
  fc
    .tuple(item, fc.constantFrom(0, 10, 25, 60), fc.boolean(), fc.constantFrom('cloudtrail', 'sysmon'))
    .map(([one, score, nextDay, source]) =>
      signal(
        one.rule.id,
        one.end / S + (nextDay ? 86_390 : 86_395),
        { ...Object.fromEntries(one.values), '@source': source },
        { ns: one.endNs, score, rule: { tags: TAGS[one.rule.id] ?? [] } },
      ),
    ),
  { minLength: 1, maxLength: 24 },
);

const TAGS: Readonly<Record<string, readonly string[]>> = {
  a: ['attack.execution', 'attack.t1059'],
  b: ['attack.execution'],
  c: ['attack.persistence', 'attack.g0007'],
};

/** The rules that random sequences are made of. */
export const SEQUENCE_DETECTIONS = ['a', 'b', 'c', 'd'] as const;

const sequenceItem: fc.Arbitrary<Signal> = fc
  .record({
    ruleId: fc.constantFrom(...SEQUENCE_DETECTIONS),
    // Half of them at few instants, for ties.
    quarter: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(2, 4, 12)),
    ns: fc.constantFrom(0, 0, 0, 1),
    user: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<Scalar | readonly Scalar[]>('u1', 'U1', 'u2') },
      { weight: 1, arbitrary: fc.constantFrom<Scalar | readonly Scalar[]>(['u1', 'u2'], null) },
    ),
    host: fc.constantFrom<Scalar>('h1', 'h2'),
    n: fc.integer({ min: 0, max: 3 }),
    event: fc.constantFrom<number | undefined>(undefined, undefined, 1, 2),
  })
  .map(({ ruleId, quarter, ns, user: u, host, n, event }) =>
    signal(
      ruleId,
      quarter / 4,
      { user: u, host, n },
      { ns, ...(event === undefined ? {} : { event: `e${event}@${quarter}.${ns}` }) },
    ),
  );

/** A stream for sequences: four rules, few values, many ties. */
export const sequenceStream: fc.Arbitrary<Signal[]> = fc
  .tuple(fc.array(sequenceItem, { minLength: 1, maxLength: 22 }), fc.array(fc.nat(), { maxLength: 3 }))
  .map(([items, again]) => [...items, ...again.flatMap((n) => items[n % items.length] ?? [])]);

/** One time in four: with a smaller share of what stands in the way, more rules fire. (`fc.option` cannot give less than every second time.) */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const seconds = fc.constantFrom(0.25, 0.5, 1, 2, 4).map((s) => duration(s * S));
const FIELDS = ['user', 'host', 'n'] as const;

interface StepDraft {
  readonly rule: (typeof SEQUENCE_DETECTIONS)[number];
  readonly times: number;
  readonly distinct: boolean;
  readonly within: ReturnType<typeof duration> | undefined;
  readonly after: ReturnType<typeof duration> | undefined;
  readonly test:
    | { readonly field: (typeof FIELDS)[number]; readonly op: Bound['op']; readonly to: number }
    | undefined;
  /** Tests against constants, of which one may hold instead of the test. */
  readonly choice: readonly StepTest[] | undefined;
  readonly absent:
    | {
        readonly rule: (typeof SEQUENCE_DETECTIONS)[number];
        /** A second one beside it, between two steps. */
        readonly another: (typeof SEQUENCE_DETECTIONS)[number] | undefined;
      }
    | undefined;
}

const stepDraft: fc.Arbitrary<StepDraft> = fc.record({
  rule: fc.constantFrom(...SEQUENCE_DETECTIONS),
  times: fc.constantFrom(1, 1, 1, 2, 3),
  distinct: fc.boolean(),
  within: seldom(seconds),
  after: seldom(seconds),
  test: seldom(
    fc.record({
      field: fc.constantFrom(...FIELDS),
      op: fc.constantFrom<Bound['op']>('eq', 'neq', 'gt', 'lte'),
      to: fc.integer({ min: -1, max: 2 }),
    }),
  ),
  choice: fc.option(
    fc.array(
      fc.record({
        field: fc.constantFrom(...FIELDS),
        op: fc.constantFrom<Bound['op']>('eq', 'neq', 'gte'),
        other: fc.record({ value: fc.constantFrom<string | number>(1, 'u1', 'h1') }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    { nil: undefined },
  ),
  absent: seldom(
    fc.record({
      rule: fc.constantFrom(...SEQUENCE_DETECTIONS),
      another: seldom(fc.constantFrom(...SEQUENCE_DETECTIONS)),
    }),
  ),
});

/** A sequence of one to three steps with everything that can stand around them. */
export const sequenceRule: fc.Arbitrary<CorrelationRule> = fc
  .record({
    drafts: fc.array(stepDraft, { minLength: 1, maxLength: 3 }),
    tail: seldom(fc.record({ rule: fc.constantFrom(...SEQUENCE_DETECTIONS), within: seconds })),
    leadWithin: seconds,
    until: seldom(fc.constantFrom(...SEQUENCE_DETECTIONS)),
    joins: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(...FIELDS)), { maxLength: 4 }),
    crossed: fc.boolean(),
    groupBy: fc.constantFrom<string[]>([], [], ['user'], ['host']),
    emit: fc.constantFrom<CorrelationRule['emit']>('once', 'every', 'update'),
    afterMatch: fc.constantFrom<CorrelationRule['afterMatch']>('keep', 'keep', 'reset'),
    cased: fc.boolean(),
    ties: fc.constantFrom<CorrelationRule['ties']>('strict', 'allow'),
    sameEvent: fc.constantFrom<CorrelationRule['sameEvent']>('forbid', 'forbid', 'allow'),
    span: fc.constantFrom(1, 2, 4, 8),
  })
  .map((drawn) => {
    const {
      drafts,
      tail,
      leadWithin,
      until,
      joins,
      crossed,
      groupBy,
      emit,
      afterMatch,
      cased,
      span,
      ties,
      sameEvent,
    } = drawn;
    const steps: SequenceStep[] = [];
    for (const [i, draft] of drafts.entries()) {
      if (draft.absent !== undefined && !(i === 0 && draft.times > 1)) {
        steps.push({
          label: `not${i}`,
          rule: { text: draft.absent.rule },
          absent: true,
          times: 1,
          where: [],
          ...(i === 0 ? { within: leadWithin } : {}),
        });
      }
      if (i > 0 && draft.absent?.another !== undefined) {
        steps.push({
          label: `nor${i}`,
          rule: { text: draft.absent.another },
          absent: true,
          times: 1,
          where: [],
        });
      }
      const { test } = draft;
      const against = test === undefined || test.to < 0 || test.to >= i ? undefined : `s${test.to}`;
      const times = against === undefined ? draft.times : 1;
      const where: StepTest[] =
        test === undefined
          ? []
          : [
              {
                field: test.field,
                op: test.op,
                other: against === undefined ? { value: test.to } : { step: against, field: test.field },
              },
            ];
      const { choice } = draft;
      steps.push({
        label: `s${i}`,
        rule: { text: draft.rule },
        absent: false,
        times,
        ...(draft.distinct && times > 1 ? { distinct: 'n' } : {}),
        ...(draft.within === undefined ? {} : { within: draft.within }),
        ...(draft.after === undefined || i === 0 ? {} : { after: draft.after }),
        where: choice === undefined ? where : [],
        ...(choice === undefined || test === undefined
          ? {}
          : { anyOf: [where, ...choice.map((one) => [one])] }),
      });
    }
    if (tail !== undefined) {
      steps.push({
        label: 'tail',
        rule: { text: tail.rule },
        absent: true,
        times: 1,
        where: [],
        within: tail.within,
      });
    }
    const labels = steps.map((step) => step.label);
    const join = joins.flatMap(([a, b, field]) => {
      const left = labels[a % labels.length] ?? 's0';
      const right = labels[b % labels.length] ?? 's0';
      const other = crossed && field !== 'n' ? (field === 'user' ? 'host' : 'user') : field;
      return left === right ? [] : [{ left: { step: left, field }, right: { step: right, field: other } }];
    });
    return rule('r', {
      rules: [...new Set(steps.map((step) => step.rule.text))],
      groupBy,
      emit,
      afterMatch,
      cased,
      ties,
      // Without ties it says nothing; the language refuses it.
      sameEvent: ties === 'allow' ? sameEvent : 'forbid',
      seconds: span,
      body: { type: 'sequence', steps, join, until: until === undefined ? [] : [{ text: until }] },
    });
  });
