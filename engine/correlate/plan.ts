import type { Bound, CorrelationRule, MeasureType, RuleRef, SequenceStep } from '../model/index.ts';
import type { RolePresence } from './presence.ts';

/** What one node does with the signals of one rule it listens to. */
export interface InputPlan {
  readonly ruleId: string;
  /** Positions in the node's list of rules (for a sequence: step numbers); empty where the rule is only counter-evidence. */
  readonly roles: readonly number[];
  /** The rule's own field for each group-by name, aliases resolved. */
  readonly groupFields: readonly string[];
  /** The rule's own field for each value field. */
  readonly valueFields: readonly string[];
  /** Positions in the node's counter-evidence. */
  readonly counters: readonly number[];
  /** Positions in the node's counter-evidence whose source this rule keeps alive. */
  readonly alive: readonly number[];
  /** The rule ends the runs of a sequence. */
  readonly until: boolean;
  /** Its weight in a risk. */
  readonly weight: number;
}

/** A field of an earlier step, resolved. */
export interface PlannedStepField {
  readonly step: number;
  readonly field: string;
}

/** A step with its joins resolved: each pair compares a field of this step's signal with one of an earlier step's. */
export interface PlannedStep {
  readonly label: string;
  readonly rule: number;
  readonly absent: boolean;
  readonly times: number;
  readonly distinct?: string;
  readonly within?: number;
  readonly after?: number;
  readonly where: readonly {
    readonly field: string;
    readonly op: SequenceStep['where'][number]['op'];
    readonly other: PlannedStepField | { readonly value: string | number | boolean };
  }[];
  readonly join: readonly { readonly field: string; readonly other: PlannedStepField }[];
}

/** What a node computes. */
export type PlannedBody =
  | {
      readonly kind: 'measure';
      readonly type: MeasureType;
      readonly bounds: readonly Bound[];
      readonly percentile: number;
      readonly minEvents: number;
    }
  | { readonly kind: 'temporal'; readonly condition: RolePresence }
  | { readonly kind: 'ordered' }
  | { readonly kind: 'sequence'; readonly steps: readonly PlannedStep[] }
  | { readonly kind: 'first_seen'; readonly warmupMicros: number }
  | {
      readonly kind: 'risk';
      readonly bounds: readonly Bound[];
      readonly halfLifeMicros: number;
      readonly minTactics: number;
      readonly minSources: number;
    };

/** One correlation rule, its references resolved: plain data, printable, cloneable. */
export interface NodePlan {
  readonly rule: RuleRef;
  /** Place in the topological order: a node only reads nodes of lower rank. */
  readonly rank: number;
  /** How long the node waits beyond the sources' lateness: its own and that of every node it reads. */
  readonly latenessMicros: number;
  /** Ids of the rules listened to, by position: what `roles` and `weights` point at. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanMicros: number;
  readonly window: CorrelationRule['window'];
  readonly emit: CorrelationRule['emit'];
  readonly onNull: CorrelationRule['onNull'];
  readonly ties: CorrelationRule['ties'];
  readonly sameEvent: CorrelationRule['sameEvent'];
  readonly cased: boolean;
  readonly late: CorrelationRule['late'];
  readonly afterMatch: CorrelationRule['afterMatch'];
  readonly stateOnEdit: CorrelationRule['stateOnEdit'];
  readonly suppress?: { readonly forMicros: number; readonly by: readonly string[] };
  readonly counter: readonly {
    readonly withinMicros: number;
    readonly effect: 'veto' | 'lower';
    readonly factor: number;
    readonly aliveMicros?: number;
  }[];
  readonly limits: CorrelationRule['limits'];
  readonly inputs: readonly InputPlan[];
  readonly body: PlannedBody;
  /** Another correlation reads its signals. */
  readonly feeds: boolean;
}

/** All correlation rules of a ruleset, in an order in which each comes after those it reads. */
export interface CorrelationPlan {
  readonly nodes: readonly NodePlan[];
  /** Rules that only serve correlations and shall not alert by themselves (`generate` not set). */
  readonly muted: readonly string[];
}

/** Fields each rule's signals must carry for these correlations, by rule id, sorted. What the detection stage projects. */
export function requiredFields(plan: CorrelationPlan): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, Set<string>>();
  const want = (ruleId: string, field: string): void => {
    const wanted = fields.get(ruleId) ?? new Set<string>();
    wanted.add(field);
    fields.set(ruleId, wanted);
  };
  for (const node of plan.nodes) {
    for (const input of node.inputs) {
      for (const field of [...input.groupFields, ...input.valueFields]) want(input.ruleId, field);
    }
    if (node.body.kind === 'risk' && node.body.minSources > 1) {
      for (const input of node.inputs) want(input.ruleId, SOURCE_FIELD);
    }
    if (node.body.kind !== 'sequence') continue;
    const ruleOf = (step: number): string =>
      node.rules[node.body.kind === 'sequence' ? (node.body.steps[step]?.rule ?? -1) : -1] ?? '';
    for (const [index, step] of node.body.steps.entries()) {
      if (step.distinct !== undefined) want(ruleOf(index), step.distinct);
      for (const join of step.join) {
        want(ruleOf(index), join.field);
        want(ruleOf(join.other.step), join.other.field);
      }
      for (const test of step.where) {
        want(ruleOf(index), test.field);
        if ('step' in test.other) want(ruleOf(test.other.step), test.other.field);
      }
    }
  }
  return new Map([...fields].map(([ruleId, wanted]) => [ruleId, [...wanted].sort()]));
}

/** A field no event has: where the signal's event came from (its schema), for `risk` with `min_sources`. */
export const SOURCE_FIELD = '@source';
