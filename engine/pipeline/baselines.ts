import { Baseline, type BaselineState, type BaselineStats, LEARNT_FORM } from '../baseline/index.ts';
import {
  type BaselineRule,
  canonicalJson,
  type DetectionRule,
  type EventTime,
  type RuleRef,
  type Signal,
  sha256,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';
import { restoredDecided, type SavedDecided, savedDecided } from './case-snapshot.ts';
import { ruleRef } from './rule-ref.ts';
import { type LastSignal, SignalOrder } from './signal-order.ts';

/** Baselines as plain data. */
export interface SavedBaselines {
  readonly states: Readonly<Record<string, BaselineState>>;
  /** By rule: what its state depended on. */
  readonly shapes?: Readonly<Record<string, string>>;
  readonly waiting: readonly SavedDecided[];
  readonly last: LastSignal | null;
  /** What they began with: rule, end, and observations passed over. */
  readonly learnt?: readonly (readonly [rule: string, until: number, passedOver: number])[];
}

/**
 * The hidden detection of a baseline: its `select`, whose firings are the observations. They carry the fields that the features ask for, come in
 * order from whatever thread detects, and go no further than the baselines.
 */
export function observing(rule: BaselineRule): DetectionRule {
  const { meta, logsource, select } = rule;
  return { kind: 'detection', meta, logsource, expression: select, fields: [], tests: [] };
}

/** Whether a signal is an observation for baselines, and not something found. */
export function isObservation(signal: Signal): boolean {
  return signal.rule.kind === 'baseline' && signal.baseline === undefined;
}

/** The signals that are no observations; the list itself where it holds none. */
export function withoutObservations(signals: readonly Signal[]): readonly Signal[] {
  return signals.some(isObservation) ? signals.filter((signal) => !isObservation(signal)) : signals;
}

/** The fields whose values a rule's observations must carry. */
export function observedFields(rule: BaselineRule): readonly string[] {
  return Baseline.fieldsOf(rule);
}

/**
 * All baselines of a ruleset at work. Observations are taken in any order and worked on in event-time order once the watermark has passed
 * them, so that neither files, threads nor batches matter. Signals of rules in shadow are counted and do not come out.
 */
export class Baselines {
  readonly #baselines: ReadonlyMap<string, Baseline>;
  readonly #shapes: Readonly<Record<string, string>>;
  readonly #order = new SignalOrder();
  /** By rule: the end of what was learnt before, and observations from before it. */
  readonly #learnt = new Map<string, { readonly until: number; passedOver: number }>();
  #shadowed = 0;

  constructor(
    rules: readonly BaselineRule[],
    options: { readonly pseudonym?: (part: string) => string } = {},
  ) {
    this.#shapes = Object.fromEntries(rules.map((rule) => [rule.meta.id, shapeOf(rule)]));
    this.#baselines = new Map(
      rules.map((rule) => {
        const ref: RuleRef = ruleRef('baseline', rule.meta);
        // An anomaly alone is never above medium.
        const level = ref.level === 'high' || ref.level === 'critical' ? 'medium' : ref.level;
        return [
          rule.meta.id,
          new Baseline(rule, { ref, score: scoreSignal(level, ref.confidence), ...options }),
        ];
      }),
    );
  }

  /** Takes the observations among these signals; the others are left alone. */
  take(signals: readonly Signal[]): void {
    if (this.#baselines.size === 0) return;
    for (const signal of signals) {
      if (!isObservation(signal)) continue;
      const learnt = this.#learnt.get(signal.rule.id);
      if (learnt !== undefined && signal.end < learnt.until) learnt.passedOver++;
      else this.#order.push({ at: signal.end, signal });
    }
  }

  /** No observation of before this time will come any more: what that is worth, in event time. */
  advanceTo(watermark: EventTime): readonly Signal[] {
    const found = this.#work(watermark);
    for (const baseline of this.#baselines.values()) this.#keep(baseline.advance(watermark), found);
    return found;
  }

  /** The end of a recording. */
  finish(): readonly Signal[] {
    const found = this.#work(Number.POSITIVE_INFINITY);
    for (const baseline of this.#baselines.values()) this.#keep(baseline.finish(), found);
    return found.sort((a, b) => a.end - b.end || (a.id < b.id ? -1 : 1));
  }

  /** The baseline of a rule, by the rule's id. */
  get(ruleId: string): Baseline | undefined {
    return this.#baselines.get(ruleId);
  }

  /** By rule. */
  stats(): ReadonlyMap<string, BaselineStats> {
    return new Map([...this.#baselines].map(([id, baseline]) => [id, baseline.stats()]));
  }

  /** Signals of rules in shadow: counted, said to nobody. */
  get shadowed(): number {
    return this.#shadowed;
  }

  /** By rule: the state as plain data. Observations that wait for the watermark are not in it: take a snapshot at a watermark. */
  snapshot(): Readonly<Record<string, BaselineState>> {
    return Object.fromEntries([...this.#baselines].map(([id, baseline]) => [id, baseline.snapshot()]));
  }

  /** Takes saved states in, by rule; those of rules that are no longer here, or of another form, are left out: such a rule learns anew. */
  restore(states: Readonly<Record<string, BaselineState>>): void {
    for (const [id, state] of Object.entries(states)) {
      if (state.version === LEARNT_FORM) this.#baselines.get(id)?.absorb(state);
    }
  }

  /**
   * Begins with what was learnt from a recording, by rule. Observations from before its end are in it already: should they come again, they are
   * passed over and counted, and neither judged nor learnt twice.
   */
  begin(states: Readonly<Record<string, BaselineState>>): void {
    this.restore(states);
    for (const [id, { tenant }] of Object.entries(states)) {
      if (this.#baselines.has(id)) this.#learnt.set(id, { until: tenant.now, passedOver: 0 });
    }
  }

  /** By rule that began with what was learnt: where that ends, and how many observations from before were passed over. */
  get learnt(): ReadonlyMap<string, { readonly until: number; readonly passedOver: number }> {
    return this.#learnt;
  }

  /** The whole state, what waits for the watermark included, as plain data that JSON keeps. */
  save(): SavedBaselines {
    return {
      states: this.snapshot(),
      shapes: this.#shapes,
      waiting: this.#order.contents().map(savedDecided),
      last: this.#order.last ?? null,
      ...(this.#learnt.size === 0
        ? {}
        : {
            learnt: [...this.#learnt].map(
              ([rule, { until, passedOver }]) => [rule, until, passedOver] as const,
            ),
          }),
    };
  }

  /** Takes a whole state in; states of rules that are no longer here are left out, and so are those of rules that learn something else now. */
  load(saved: SavedBaselines): void {
    const { states, shapes } = saved;
    this.restore(
      Object.fromEntries(
        Object.entries(states).filter(([id]) => shapes === undefined || shapes[id] === this.#shapes[id]),
      ),
    );
    for (const [rule, until, passedOver] of saved.learnt ?? []) {
      if (this.#baselines.has(rule)) this.#learnt.set(rule, { until, passedOver });
    }
    const waiting = saved.waiting.filter(({ signal }) => this.#baselines.has(signal.rule.id));
    this.#order.restore(waiting.map(restoredDecided), saved.last ?? undefined, this.#order.copies);
  }

  #work(until: number): Signal[] {
    const found: Signal[] = [];
    for (let next = this.#order.take(until); next !== undefined; next = this.#order.take(until)) {
      const baseline = this.#baselines.get(next.signal.rule.id);
      if (baseline !== undefined) this.#keep(baseline.accept(next.signal), found);
    }
    return found;
  }

  #keep(signals: readonly Signal[], into: Signal[]): void {
    for (const signal of signals) {
      if (signal.baseline?.shadow === true) this.#shadowed++;
      else into.push(signal);
    }
  }
}

/** What a baseline's state depends on: an edit that leaves it alone (budgets, texts, levels) can take the state over. */
function shapeOf({ logsource, select, entity, features, peers }: BaselineRule): string {
  const { type, role, key } = entity;
  return sha256(canonicalJson({ logsource, select, entity: { type, role, key }, features, peers }));
}
