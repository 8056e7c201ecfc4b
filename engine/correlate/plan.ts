import type { Bound, CorrelationRule, Expression, MeasureType, RuleRef } from '../model/index.ts';
import { filterFields } from './filter.ts';
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
  /** Firings on which this does not hold, by the values they carry, are not looked at: the filters that name the correlation. */
  readonly filter?: Expression;
}

/** A field of a step that must happen, by the step's place among those (its stage). */
export interface StageField {
  readonly stage: number;
  readonly field: string;
}

/** A field of the signal at hand that must equal a field of an earlier stage. */
export interface StageJoin {
  readonly field: string;
  readonly other: StageField;
}

/** A test of the signal at hand: against a constant, or against a field of an earlier stage. */
export interface StageTest {
  readonly field: string;
  readonly op: Bound['op'];
  readonly other: StageField | { readonly value: string | number | boolean };
}

/** Sets of tests, of which one must hold: of one, all. */
export interface StageChoice {
  readonly sets: readonly (readonly StageTest[])[];
  /** Whether some test is against an earlier stage. */
  readonly against: 'constants' | 'steps';
}

/** Something that must not happen, between two stages, before the first or after the last. */
export interface PlannedAbsence {
  /** Place in the steps as written; inputs point at it. */
  readonly step: number;
  readonly join: readonly StageJoin[];
}

/** A step that must happen. */
export interface PlannedStage {
  readonly step: number;
  readonly label: string;
  readonly times: number;
  readonly distinct?: string;
  readonly withinMicros?: number;
  readonly afterMicros?: number;
  readonly where: readonly StageTest[];
  /** Sets of tests, of which one must hold as well. */
  readonly anyOf?: StageChoice;
  readonly join: readonly StageJoin[];
  /** All fields of the step's signals that anything refers to; a signal without one of them is no use, but for those that are optional. */
  readonly fields: readonly string[];
  /** Of the fields, those that only one of several sets of tests asks for: without one, those tests do not hold. */
  readonly optional?: ReadonlySet<string>;
  /** Values that a run up to here must remember for what is still to come. */
  readonly carry: readonly StageField[];
  /** Must not happen between the stage before and this one. */
  readonly absences: readonly PlannedAbsence[];
}

/** A sequence with its steps sorted into what must and what must not happen. */
export interface PlannedSequence {
  readonly kind: 'sequence';
  readonly stages: readonly PlannedStage[];
  readonly before?: PlannedAbsence & { readonly withinMicros: number };
  readonly afterwards?: PlannedAbsence & { readonly withinMicros: number };
  /** Rule position of every step as written. */
  readonly stepRules: readonly number[];
  /** One field for each set of joined fields, for display and for telling matches apart. */
  readonly keys: readonly StageField[];
  /** Every joined field, as the signal carries it: `label.field`. */
  readonly projected: readonly { readonly name: string; readonly of: StageField }[];
}

/** A figure over a window, and what it is held against. */
export type PlannedMeasure = Extract<PlannedBody, { kind: 'measure' }>;

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
  | PlannedSequence
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
  /** What its signals score, 0–100, before counter-evidence. */
  readonly score: number;
  /** Place in the topological order: a node only reads nodes of lower rank. */
  readonly rank: number;
  /** How long the node waits beyond the sources' lateness: its own and that of every node it reads. */
  readonly latenessMicros: number;
  /** Ids of the rules listened to, by position: what `roles` and `weights` point at. */
  readonly rules: readonly string[];
  /** What people call them, by the same position. */
  readonly names: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanMicros: number;
  readonly window: CorrelationRule['window'];
  readonly emit: CorrelationRule['emit'];
  readonly onNull: CorrelationRule['onNull'];
  readonly ties: CorrelationRule['ties'];
  readonly sameEvent: CorrelationRule['sameEvent'];
  readonly cased: boolean;
  readonly late: CorrelationRule['late'];
  /** With `late: revise`: how much later than the frontier a signal may come and still be put in its place. */
  readonly reviseMicros: number;
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
      const filtered = input.filter === undefined ? [] : filterFields(input.filter);
      for (const field of [...input.groupFields, ...input.valueFields, ...filtered])
        want(input.ruleId, field);
    }
    if (node.body.kind === 'risk' && node.body.minSources > 1) {
      for (const input of node.inputs) want(input.ruleId, SOURCE_FIELD);
    }
    if (node.body.kind !== 'sequence') continue;
    const { body } = node;
    const ruleOf = (step: number): string => node.rules[body.stepRules[step] ?? -1] ?? '';
    for (const stage of body.stages) {
      for (const field of stage.fields) want(ruleOf(stage.step), field);
      for (const absence of stage.absences)
        for (const { field } of absence.join) want(ruleOf(absence.step), field);
    }
    for (const absence of [body.before, body.afterwards]) {
      for (const { field } of absence?.join ?? []) want(ruleOf(absence?.step ?? -1), field);
    }
  }
  return new Map([...fields].map(([ruleId, wanted]) => [ruleId, [...wanted].sort()]));
}

/** A field no event has: where the signal's event came from (its schema), for `risk` with `min_sources`. */
export const SOURCE_FIELD = '@source';
