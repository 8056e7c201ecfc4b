import {
  type Decided,
  type Decision,
  type EventTime,
  eventTime,
  formatTime,
  type PolicyEffect,
} from '../model/index.ts';
import { Asking } from './asking.ts';
import { LinkedPolicy, type Lookup } from './evaluate.ts';
import type { FactSource, PolicyCaseSubject } from './fact.ts';
import { askedFacts, type Documents, documentsOf, questionOf } from './grounds.ts';
import type { PlannedPolicy, PolicyPlan } from './plan.ts';
import { decidesAnything, type Overruled, prevail } from './prevail.ts';
import { identityOf, OwnFacts } from './subject.ts';
import { type ConditionTrace, reasonOf, type TestResults, traceOf } from './trace.ts';

/** Ends a wait after so many milliseconds; gives back what takes the timer away. */
export type Timer = (ms: number, expire: () => void) => () => void;

/** What policies are run with. */
export interface DeciderOptions {
  readonly sources?: readonly FactSource[];
  /** How long a source may take, in milliseconds; 2000 where absent. */
  readonly timeoutMs?: number;
  readonly timer?: Timer;
}

/** What one policy said of one case. */
export interface PolicyVerdict {
  readonly policy: PlannedPolicy['rule'];
  readonly held: boolean;
  readonly trace: ConditionTrace;
  /** Why nothing was decided though it might have been: facts that could not be had, each with its reason. */
  readonly withheld: readonly { readonly fact: string; readonly reason: string }[];
  /** The suppression's own end has passed, so that part was not decided. */
  readonly expired: boolean;
  readonly overruled: readonly Overruled[];
  /** What stands of its decision. */
  readonly decision?: Decided;
}

/** What all policies said of one case, in the order in which they prevail. */
export interface PolicyOutcome {
  readonly verdicts: readonly PolicyVerdict[];
  /** The decisions that stand, in the same order; they do not contradict one another. */
  readonly decisions: readonly Decided[];
}

const TIMEOUT_MS = 2000;
const REASON_MAX = 600;

const systemTimer: Timer = (ms, expire) => {
  const timer = setTimeout(expire, ms);
  return () => clearTimeout(timer);
};

/**
 * Runs policies on one case after the other. One source is asked once a case and parameters, however many policies want to know.
 * Cost: what does not hold is found out by the compiled tests, what the case itself tells before what sources tell; only what may hold pays for an
 * evaluation by json-rules-engine, which decides.
 */
export class Decider {
  readonly plan: PolicyPlan;
  /** Policies that rest: no source gives a fact that they ask for. */
  readonly resting: readonly { readonly policy: PlannedPolicy; readonly facts: readonly string[] }[];
  readonly #sources: ReadonlyMap<string, FactSource>;
  readonly #linked = new Map<PlannedPolicy, LinkedPolicy>();
  readonly #documents = new Map<PlannedPolicy, Documents>();
  readonly #timeoutMs: number;
  readonly #timer: Timer;
  /** Those that can be asked, by what they are about. */
  readonly #active: Readonly<Record<PolicyCaseSubject['kind'], readonly PlannedPolicy[]>>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(plan: PolicyPlan, options: DeciderOptions = {}) {
    this.plan = plan;
    this.#sources = new Map((options.sources ?? []).map((source) => [source.name, source] as const));
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#timer = options.timer ?? systemTimer;
    this.resting = plan.policies.flatMap((policy) => {
      const facts = policy.needs.filter((fact) => !this.#sources.has(fact));
      return facts.length === 0 ? [] : [{ policy, facts }];
    });
    const resting = new Set(this.resting.map(({ policy }) => policy));
    const about = (kind: PolicyCaseSubject['kind']): readonly PlannedPolicy[] =>
      plan.policies.filter(
        (policy) => !resting.has(policy) && (policy.rule.applies === 'any' || policy.rule.applies === kind),
      );
    this.#active = { alert: about('alert'), incident: about('incident') };
  }

  /** What the policies decide about a case at a time. Never rejects for what a source does. */
  decide(subject: PolicyCaseSubject, at: EventTime): Promise<PolicyOutcome> {
    const turn = this.#turn.then(() => this.#decide(subject, at));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #decide(subject: PolicyCaseSubject, at: EventTime): Promise<PolicyOutcome> {
    const asking = new Asking({ subject, at, own: new OwnFacts(subject) }, (fact, params) =>
      this.#asked(fact, params, { subject, at }),
    );
    const verdicts: PolicyVerdict[] = [];
    for (const policy of this.#active[subject.kind]) {
      let ruledOut = asking.ruledOut(policy);
      while (ruledOut === 'wait') {
        await asking.settled();
        ruledOut = asking.ruledOut(policy);
      }
      verdicts.push(
        ruledOut === undefined
          ? await this.#ask(policy, { subject, at, asking })
          : new RuledOut(policy, ruledOut),
      );
    }
    return settleVerdicts(verdicts);
  }

  async #ask(policy: PlannedPolicy, run: CaseRun): Promise<PolicyVerdict> {
    const { rule } = policy;
    const plain = { ...PLAIN, policy: rule };
    const failures = new Map<string, string>();
    const answers = new Map<string, unknown>();
    const pending: Promise<unknown>[] = [];
    const lookup: Lookup = (fact, params) => {
      const answer = run.asking.answer(fact, params).catch((thrown: unknown) => {
        failures.set(fact, thrown instanceof Error ? thrown.message : String(thrown));
        throw thrown;
      });
      pending.push(
        answer.then(
          (value) => answers.set(questionOf(fact, params), value),
          () => undefined,
        ),
      );
      return answer;
    };
    const linked = this.#link(policy);
    const trace = await linked.evaluate(lookup, run.at).catch((thrown: unknown) => {
      if (failures.size === 0) throw thrown;
      return undefined;
    });
    // Which of several failing facts is the first is a matter of chance; all are waited for, and named in order.
    await Promise.all(pending);
    if (trace === undefined) {
      const withheld = [...failures]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([fact, reason]) => ({ fact, reason }));
      return { ...plain, held: false, trace: traceOf(rule.when, []), withheld };
    }
    if (!trace.held) return { ...plain, held: false, trace };
    const { decision, expired } = decisionOf(policy, trace, {
      target: { kind: run.subject.kind, id: identityOf(run.subject).id },
      at: run.at,
    });
    if (decision === undefined) return { ...plain, held: true, trace, expired };
    const decided: Decided = restsIncidents(decision)
      ? { ...decision, grounds: { ...this.#documentsOf(policy), facts: askedFacts(policy, answers) } }
      : decision;
    return { ...plain, held: true, trace, expired, decision: decided };
  }

  #documentsOf(policy: PlannedPolicy): Documents {
    const known = this.#documents.get(policy);
    if (known !== undefined) return known;
    const documents = documentsOf(policy, this.plan.context);
    this.#documents.set(policy, documents);
    return documents;
  }

  #link(policy: PlannedPolicy): LinkedPolicy {
    const known = this.#linked.get(policy);
    if (known !== undefined) return known;
    const linked = new LinkedPolicy(policy, this.plan.context);
    this.#linked.set(policy, linked);
    return linked;
  }

  /** What a source answers; a promise only where it needs time. Throws where nothing gives the fact, or the source does. */
  #asked(
    fact: string,
    params: Readonly<Record<string, unknown>>,
    { subject, at }: { readonly subject: PolicyCaseSubject; readonly at: EventTime },
  ): unknown {
    const source = this.#sources.get(fact);
    if (source === undefined) throw new Error('nothing gives this fact');
    const answer = source.lookup({ subject, params, at });
    return answer instanceof Promise ? this.#inTime(answer) : answer;
  }

  #inTime(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancel = this.#timer(this.#timeoutMs, () =>
        reject(new Error(`no answer within ${this.#timeoutMs} ms`)),
      );
      answer.then(
        (value) => {
          cancel();
          resolve(value);
        },
        (thrown: unknown) => {
          cancel();
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        },
      );
    });
  }
}

interface CaseRun {
  readonly subject: PolicyCaseSubject;
  readonly at: EventTime;
  readonly asking: Asking;
}

/** What most verdicts say. */
const PLAIN = { withheld: [], expired: false, overruled: [] } as const;

/** The verdict of most policies on most cases; its trace is made for whoever asks. */
class RuledOut implements PolicyVerdict {
  readonly policy: PlannedPolicy['rule'];
  readonly held = false;
  readonly withheld = PLAIN.withheld;
  readonly expired = PLAIN.expired;
  readonly overruled = PLAIN.overruled;
  readonly #results: TestResults;

  constructor({ rule }: PlannedPolicy, results: TestResults) {
    this.policy = rule;
    this.#results = results;
  }

  get trace(): ConditionTrace {
    return traceOf(this.policy.when, this.#results);
  }
}

/** Whether an incident may rest on it: only such decisions carry what they were made from. */
function restsIncidents({ target, escalate, verdict }: Decision): boolean {
  return target.kind === 'incident' || escalate !== undefined || verdict !== undefined;
}

/** The decision of a policy whose condition holds; undefined where nothing is left of it because its end has passed. */
export function decisionOf(
  { rule }: PlannedPolicy,
  trace: ConditionTrace,
  { target, at }: Pick<Decision, 'target' | 'at'>,
): { readonly decision: Decision | undefined; readonly expired: boolean } {
  const { suppress, ...effect } = rule.effect;
  const until = suppress === undefined ? undefined : endOf(suppress.until, at);
  const expired = until !== undefined && until <= at;
  const because = reasonOf(trace);
  const why = suppress === undefined ? rule.meta.title : `${rule.meta.title} (${suppress.reason})`;
  const decision: Decision = {
    at,
    by: `policy:${rule.meta.id}`,
    target,
    reason: cut(because === '' ? why : `${why}: ${because}`),
    hash: rule.meta.hash,
    ...effect,
    ...(suppress === undefined || until === undefined || expired
      ? {}
      : { suppress: { owner: suppress.owner, until } }),
  };
  return { decision: decidesAnything(decision) ? decision : undefined, expired };
}

function endOf(until: NonNullable<PolicyEffect['suppress']>['until'], at: EventTime): EventTime {
  return typeof until === 'number' ? until : eventTime(at + until.for);
}

function cut(text: string): string {
  return text.length > REASON_MAX ? `${text.slice(0, REASON_MAX - 1)}…` : text;
}

/** Sets the decisions against one another. */
function settleVerdicts(verdicts: readonly PolicyVerdict[]): PolicyOutcome {
  const proposals = verdicts.flatMap(({ policy, decision }) =>
    decision === undefined ? [] : [{ policy: policy.meta.id, decision }],
  );
  if (proposals.length === 0) return { verdicts, decisions: [] };
  const standing = new Map(prevail(proposals).map((one) => [one.policy, one] as const));
  const settled = verdicts.map((whole) => {
    if (whole.decision === undefined) return whole;
    const { decision: _, ...verdict } = whole;
    const left = standing.get(verdict.policy.meta.id);
    return {
      ...verdict,
      overruled: left?.overruled ?? [],
      ...(left?.decision === undefined ? {} : { decision: left.decision }),
    };
  });
  return {
    verdicts: settled,
    decisions: settled.flatMap(({ decision }) => (decision === undefined ? [] : [decision])),
  };
}

/** A verdict in words: what was decided or why not, for `explain`. */
export function verdictWords({ withheld, held, expired, decision }: PolicyVerdict): string {
  if (withheld.length > 0) {
    return `withheld: ${withheld.map(({ fact, reason }) => `${fact}: ${reason}`).join('; ')}`;
  }
  if (!held) return 'did not hold';
  const end = decision?.suppress === undefined ? '' : `, until ${formatTime(decision.suppress.until)}`;
  if (expired) return 'held, but its suppression has ended';
  return decision === undefined ? 'held, but was overruled' : `decided${end}`;
}
