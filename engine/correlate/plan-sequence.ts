import { nearest } from '../diagnostic/index.ts';
import type { CorrelationBody, SequenceStep, StepField, StepTest } from '../model/index.ts';
import { CODES } from './errors.ts';
import type {
  PlannedAbsence,
  PlannedSequence,
  PlannedStage,
  StageChoice,
  StageField,
  StageJoin,
  StageTest,
} from './plan.ts';
import type { Resolve } from './plan-rules.ts';
import type { PlanReport } from './rule-directory.ts';

type SequenceBody = Extract<CorrelationBody, { type: 'sequence' }>;

interface Context {
  readonly idOf: Resolve;
  readonly rules: readonly string[];
  readonly report: PlanReport;
  readonly body: SequenceBody;
}

/**
 * Sorts the steps of a sequence into stages (what must happen) and absences (what must not), and resolves joins: fields joined
 * with each other, directly or by way of others, form one set, and each stage is joined to the first earlier stage of its set.
 * Reports TT5007 and TT5008.
 */
export function planSequence(context: Context): PlannedSequence | undefined {
  const { body, report } = context;
  const { steps } = body;
  const problem = shapeProblem(steps);
  if (problem !== undefined) {
    report(CODES.TT5008, problem.message, problem.at === undefined ? {} : { at: problem.at });
    return undefined;
  }
  const labels = steps.map((step) => step.label);
  const stageOf = new Map<number, number>();
  for (const [index, step] of steps.entries()) if (!step.absent) stageOf.set(index, stageOf.size);
  const sets = joinedSets(body, { labels, report });
  if (sets === undefined) return undefined;

  const joinsOf = (index: number, limit: number): StageJoin[] => {
    const joins: StageJoin[] = [];
    for (const set of sets) {
      for (const own of set.filter((end) => end.step === index)) {
        const other = earliest(set, { stageOf, below: limit });
        if (other !== undefined) joins.push({ field: own.field, other });
      }
    }
    return joins;
  };

  const stages: Omit<PlannedStage, 'carry' | 'fields' | 'optional'>[] = [];
  let waiting: PlannedAbsence[] = [];
  let before: PlannedSequence['before'];
  let afterwards: PlannedSequence['afterwards'];
  for (const [index, step] of steps.entries()) {
    if (!step.absent) {
      const stage = stages.length;
      const testing = { step, labels, stageOf, stage, report };
      const where = testsOf(step.where, testing);
      const anyOf = step.anyOf?.map((set) => testsOf(set, testing));
      const choice = anyOf?.flatMap((set) => (set === undefined ? [] : [set]));
      if (where === undefined || choice?.length !== anyOf?.length) return undefined;
      stages.push({
        step: index,
        label: step.label,
        times: step.times,
        ...(step.distinct === undefined ? {} : { distinct: step.distinct }),
        ...(step.within === undefined ? {} : { withinMicros: step.within }),
        ...(step.after === undefined ? {} : { afterMicros: step.after }),
        where,
        ...(choice === undefined ? {} : { anyOf: choiceOf(choice) }),
        join: joinsOf(index, stage),
        absences: waiting,
      });
      waiting = [];
      continue;
    }
    const withinMicros = step.within;
    if (stages.length === 0) {
      if (withinMicros !== undefined) before = { step: index, join: joinsOf(index, 1), withinMicros };
    } else if (steps.slice(index + 1).some((later) => !later.absent)) {
      waiting.push({ step: index, join: joinsOf(index, stages.length) });
    } else if (withinMicros !== undefined) {
      afterwards = { step: index, join: joinsOf(index, stages.length), withinMicros };
    }
  }
  for (const set of sets) {
    for (const end of set) {
      if (set.filter((other) => other.step === end.step).length < 2 || set[0] === undefined) continue;
      report(CODES.TT5008, `the joins make two fields of step "${labels[end.step]}" equal`, {});
      return undefined;
    }
  }
  for (const [index, step] of steps.entries()) {
    if (!step.absent) continue;
    const from = stages.findIndex((stage) => stage.step > index);
    const limit = from < 0 ? stages.length : Math.max(1, from);
    for (const set of sets) {
      if (!set.some((end) => end.step === index) || earliest(set, { stageOf, below: limit }) !== undefined)
        continue;
      report(CODES.TT5008, `absent "${step.label}" is joined only to a step that comes after it`, {
        ...(step.at === undefined ? {} : { at: step.at }),
        hint: 'join it to a step before it as well, or put the field into group-by',
      });
      return undefined;
    }
  }
  const keys = sets.flatMap((set) => earliest(set, { stageOf, below: stages.length }) ?? []);
  const whole = stages.map((stage, index): PlannedStage => {
    const required = new Set([
      ...stage.join.map((join) => join.field),
      ...stage.where.map((test) => test.field),
      ...(stage.distinct === undefined ? [] : [stage.distinct]),
      ...neededFields({ stages, before, afterwards, keys }, index, 'always'),
    ]);
    const optional = new Set(
      [
        ...choices(stage).map((test) => test.field),
        ...neededFields({ stages, before, afterwards, keys }, index, 'in a choice'),
      ].filter((field) => !required.has(field)),
    );
    return {
      ...stage,
      fields: [...required, ...optional],
      ...(optional.size === 0 ? {} : { optional }),
      carry: carriedAfter({ stages, afterwards, keys }, index),
    };
  });
  const projected = sets.flatMap((set) =>
    set.flatMap((end) => {
      const of = earliest(set, { stageOf, below: stages.length });
      return of === undefined ? [] : [{ name: `${labels[end.step]}.${end.field}`, of }];
    }),
  );
  return {
    kind: 'sequence',
    stages: whole,
    ...(before === undefined ? {} : { before }),
    ...(afterwards === undefined ? {} : { afterwards }),
    stepRules: steps.map((step) => context.rules.indexOf(context.idOf(step.rule) ?? '')),
    keys,
    projected,
  };
}

interface Problem {
  readonly message: string;
  readonly at?: SequenceStep['at'];
}

function shapeProblem(steps: readonly SequenceStep[]): Problem | undefined {
  const first = steps.findIndex((step) => !step.absent);
  const last = steps.findLastIndex((step) => !step.absent);
  if (first < 0) return { message: 'a sequence needs a step that must happen' };
  const at = (step: SequenceStep | undefined): { readonly at?: NonNullable<SequenceStep['at']> } =>
    step?.at === undefined ? {} : { at: step.at };
  if (first > 1)
    return { message: 'only one absent step may come before the first that must happen', ...at(steps[1]) };
  if (steps.length - 1 - last > 1) {
    return {
      message: 'only one absent step may come after the last that must happen',
      ...at(steps[last + 2]),
    };
  }
  const seen = new Set<string>();
  for (const [index, step] of steps.entries()) {
    if (seen.has(step.label))
      return { message: `two steps are called "${step.label}": name one with "as"`, ...at(step) };
    seen.add(step.label);
    const atEnd = index < first || index > last;
    if (step.absent && atEnd && step.within === undefined) {
      return {
        message: `absent "${step.label}" at the ${index < first ? 'beginning' : 'end'} needs "within"`,
        ...at(step),
      };
    }
    if (step.absent && !atEnd && step.within !== undefined) {
      return {
        message: `absent "${step.label}" between two steps lasts from one to the other: "within" belongs to the next step`,
        ...at(step),
      };
    }
    if (
      step.absent &&
      (step.times > 1 ||
        step.after !== undefined ||
        testsAtAll(step).length > 0 ||
        step.distinct !== undefined)
    ) {
      return { message: `absent "${step.label}" takes only "within" and "as"`, ...at(step) };
    }
    if (index === first && step.after !== undefined) {
      return { message: `step "${step.label}" is the first: "after" has nothing to count from`, ...at(step) };
    }
    if (step.times > 1 && testsAtAll(step).some((test) => 'step' in test.other)) {
      return {
        message: `step "${step.label}" cannot compare with another step and happen ${step.times} times`,
        ...at(step),
      };
    }
    if (first === 1 && index === first && step.times > 1) {
      return {
        message: `an absent step cannot come before "${step.label}", which must happen ${step.times} times`,
        ...at(step),
      };
    }
  }
  return undefined;
}

interface End {
  readonly step: number;
  readonly field: string;
}

/** Sets of fields that must be equal, each end once. */
function joinedSets(
  body: SequenceBody,
  context: { readonly labels: readonly string[]; readonly report: PlanReport },
): End[][] | undefined {
  const sets: End[][] = [];
  let broken = false;
  for (const join of body.join) {
    const ends = [join.left, join.right].map((end) => endOf(end, { ...context, at: join.at }));
    if (ends.includes(undefined)) {
      broken = true;
      continue;
    }
    const merged: End[] = [];
    for (const end of ends) {
      if (end === undefined) continue;
      const index = sets.findIndex((set) =>
        set.some((one) => one.step === end.step && one.field === end.field),
      );
      if (index >= 0) merged.push(...(sets.splice(index, 1)[0] ?? []));
      else if (!merged.some((one) => one.step === end.step && one.field === end.field)) merged.push(end);
    }
    sets.push(merged.sort((a, b) => a.step - b.step || (a.field < b.field ? -1 : 1)));
  }
  return broken ? undefined : sets;
}

function endOf(
  end: StepField,
  context: {
    readonly labels: readonly string[];
    readonly report: PlanReport;
    readonly at?: SequenceStep['at'];
  },
): End | undefined {
  const step = context.labels.indexOf(end.step);
  if (step >= 0) return { step, field: end.field };
  const near = nearest(end.step, context.labels);
  context.report(CODES.TT5007, `no step is called "${end.step}"`, {
    ...(context.at === undefined ? {} : { at: context.at }),
    hint: near === undefined ? `the steps are ${context.labels.join(', ')}` : `did you mean "${near}"?`,
  });
  return undefined;
}

/** The field of the first stage below the limit in a set. */
function earliest(
  set: readonly End[],
  context: { readonly stageOf: ReadonlyMap<number, number>; readonly below: number },
): StageField | undefined {
  for (const end of set) {
    const stage = context.stageOf.get(end.step);
    if (stage !== undefined && stage < context.below) return { stage, field: end.field };
  }
  return undefined;
}

/** Every test of a step, whether it must hold or may be one of several. */
function testsAtAll({ where, anyOf }: SequenceStep): readonly StepTest[] {
  return [...where, ...(anyOf ?? []).flat()];
}

function choiceOf(sets: readonly (readonly StageTest[])[]): StageChoice {
  const isAgainstStep = sets.some((set) => set.some((test) => 'stage' in test.other));
  return { sets, against: isAgainstStep ? 'steps' : 'constants' };
}

function choices(stage: Pick<PlannedStage, 'anyOf'>): readonly StageTest[] {
  return stage.anyOf?.sets.flat() ?? [];
}

function testsOf(
  written: readonly StepTest[],
  context: {
    readonly step: SequenceStep;
    readonly labels: readonly string[];
    readonly stageOf: ReadonlyMap<number, number>;
    readonly stage: number;
    readonly report: PlanReport;
  },
): StageTest[] | undefined {
  const { step } = context;
  const tests: StageTest[] = [];
  for (const { field, op, other } of written) {
    if (!('step' in other)) {
      tests.push({ field, op, other });
      continue;
    }
    const end = endOf(other, { ...context, at: step.at });
    if (end === undefined) return undefined;
    const stage = context.stageOf.get(end.step);
    if (stage === undefined || stage >= context.stage) {
      context.report(
        CODES.TT5007,
        `step "${step.label}" compares with "${other.step}", which does not happen before it`,
        {
          ...(step.at === undefined ? {} : { at: step.at }),
        },
      );
      return undefined;
    }
    tests.push({ field, op, other: { stage, field: end.field } });
  }
  return tests;
}

interface Drafted {
  readonly stages: readonly Omit<PlannedStage, 'carry' | 'fields' | 'optional'>[];
  readonly before?: PlannedSequence['before'];
  readonly afterwards?: PlannedSequence['afterwards'];
  readonly keys: readonly StageField[];
}

/** A field of a stage that a later one (one past the last for what must not happen afterwards) asks for; by a test that need not hold, `in a choice`. */
interface Reference {
  readonly by: number;
  readonly of: StageField;
  readonly asked: 'always' | 'in a choice';
}

function references(drafted: Drafted): readonly Reference[] {
  const found: Reference[] = [];
  const asked = 'always';
  for (const [by, stage] of drafted.stages.entries()) {
    for (const join of stage.join) found.push({ by, of: join.other, asked });
    for (const test of stage.where) if ('stage' in test.other) found.push({ by, of: test.other, asked });
    for (const test of choices(stage))
      if ('stage' in test.other) found.push({ by, of: test.other, asked: 'in a choice' });
    for (const absence of stage.absences)
      for (const join of absence.join) found.push({ by, of: join.other, asked });
  }
  const end = drafted.stages.length;
  for (const join of drafted.afterwards?.join ?? []) found.push({ by: end, of: join.other, asked });
  for (const of of drafted.keys) found.push({ by: end, of, asked });
  return found;
}

/** Fields of one stage that others refer to. */
function neededFields(drafted: Drafted, stage: number, asked: Reference['asked']): string[] {
  const fields = references(drafted)
    .filter((one) => one.of.stage === stage && one.asked === asked)
    .map(({ of }) => of.field);
  if (stage === 0 && asked === 'always')
    fields.push(...(drafted.before?.join ?? []).map((join) => join.other.field));
  return fields;
}

/** What a run that has done this stage must remember. */
function carriedAfter(drafted: Drafted, stage: number): StageField[] {
  const carried = new Map<string, StageField>();
  for (const { by, of } of references(drafted)) {
    if (by > stage && of.stage <= stage) carried.set(`${of.stage}.${of.field}`, of);
  }
  return [...carried.values()].sort((a, b) => a.stage - b.stage || (a.field < b.field ? -1 : 1));
}
