import {
  type CorrelationBody,
  type CorrelationRule,
  duration,
  type EventRef,
  eventTime,
  type RuleMeta,
  type RuleRef,
  type Scalar,
  type Signal,
} from '../../engine/model/index.ts';

/** Seconds in the engine's unit. */
export const S = 1_000_000;

/** The metadata of a rule made for a test. */
export function meta(id: string, more: Partial<RuleMeta> = {}): RuleMeta {
  return {
    id,
    title: id,
    version: 1,
    level: 'medium',
    status: 'test',
    confidence: 0.5,
    tags: [],
    references: [],
    falsepositives: [],
    related: [],
    remediation: [],
    entities: [],
    source: { file: `${id}.yml`, line: 1, column: 1 },
    hash: `hash-of-${id}`,
    ...more,
  };
}

/** A correlation rule with everything at its default but what is given. */
export function rule(
  id: string,
  given: { readonly rules: readonly string[]; readonly body: CorrelationBody } & Partial<
    Omit<CorrelationRule, 'rules' | 'body' | 'kind' | 'timespan'>
  > & { readonly seconds?: number },
): CorrelationRule {
  const { rules, seconds = 10, ...rest } = given;
  return {
    kind: 'correlation',
    meta: meta(id),
    groupBy: ['user'],
    aliases: new Map(),
    timespan: duration(seconds * S),
    window: { kind: 'sliding' },
    emit: 'once',
    onNull: 'skip',
    ties: 'strict',
    sameEvent: 'forbid',
    cased: false,
    lateness: 0,
    late: 'drop',
    afterMatch: 'keep',
    stateOnEdit: 'keep',
    counter: [],
    limits: { groups: 10_000, samples: 10_000, evidence: 100 },
    generate: false,
    tests: [],
    ...rest,
    rules: rules.map((text) => ({ text })),
  };
}

const refs = new Map<string, RuleRef>();

/** The rule behind test signals. */
export function ruleRef(id: string, more: Partial<RuleRef> = {}): RuleRef {
  const key = `${id} ${JSON.stringify(more)}`;
  const known = refs.get(key);
  if (known !== undefined) return known;
  const made: RuleRef = {
    kind: 'detection',
    id,
    title: id,
    version: 1,
    level: 'low',
    confidence: 0.5,
    tags: [],
    hash: `hash-of-${id}`,
    ...more,
  };
  refs.set(key, made);
  return made;
}

/** A signal of a rule at a time in seconds. `event` names the event it rests on; its own by default. */
export function signal(
  ruleId: string,
  seconds: number,
  values: Readonly<Record<string, Scalar | readonly Scalar[]>>,
  more: {
    readonly ns?: number;
    readonly event?: string;
    readonly rule?: Partial<RuleRef>;
    readonly score?: number;
  } = {},
): Signal {
  const time = eventTime(Math.round(seconds * S));
  const endNs = more.ns ?? 0;
  const event = more.event ?? `${ruleId}@${time}.${endNs}#${JSON.stringify(values)}`;
  const evidence: EventRef[] = [{ id: event, time, timeNs: endNs }];
  const values_ = new Map(Object.entries(values));
  return {
    id: `${ruleId}|${event}|${JSON.stringify(values)}|${more.score ?? ''}`,
    rule: ruleRef(ruleId, more.rule),
    start: time,
    end: time,
    endNs,
    entities: [],
    score: more.score ?? 25,
    evidence,
    values: values_,
  };
}
