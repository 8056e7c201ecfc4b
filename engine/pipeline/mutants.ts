import {
  type Bound,
  type Comparison,
  type CorrelationBody,
  type CorrelationRule,
  type DetectionRule,
  duration,
  type Expression,
  formatDuration,
  type Presence,
} from '../model/index.ts';

/** A rule with one thing changed. */
export interface Mutant<R> {
  /** What was changed, after "when": `the selection 'known' is left out`. */
  readonly change: string;
  readonly rule: R;
}

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  lt: 'gte',
  lte: 'gt',
  gt: 'lte',
  gte: 'lt',
  eq: 'lt',
};

/**
 * The mutants of a detection: each operand of an `and` left out (selections, and the fields inside them), each selection of an `or` of the condition, each
 * `not` removed, each comparison turned round. Values of a list are left alone: a test a value is too much to ask.
 */
export function detectionMutants(rule: DetectionRule): readonly Mutant<DetectionRule>[] {
  return changesOf(rule.expression, 'condition').map(({ change, to }) => ({
    change,
    rule: { ...rule, expression: to },
  }));
}

interface Change {
  readonly change: string;
  readonly to: Expression;
}

function changesOf(expression: Expression, where: 'condition' | 'selection'): Change[] {
  switch (expression.kind) {
    case 'selection':
      return changesOf(expression.of, 'selection').map(({ change, to }) => ({
        change: `${change} in '${expression.name}'`,
        to: { ...expression, of: to },
      }));
    case 'not':
      return [
        { change: `the \`not\` before ${nameOf(expression.of)} is removed`, to: expression.of },
        ...changesOf(expression.of, where).map(
          ({ change, to }): Change => ({ change, to: { ...expression, of: to } }),
        ),
      ];
    case 'and':
    case 'or': {
      const { kind, of } = expression;
      const dropped = kind === 'and' || where === 'condition' ? of.length : 0;
      return [
        ...of.slice(0, of.length > 1 ? dropped : 0).map((one, i): Change => {
          const rest = of.filter((_, k) => k !== i);
          const [only] = rest;
          return {
            change: `${nameOf(one)} is left out`,
            to: rest.length === 1 && only !== undefined ? only : { kind, of: rest },
          };
        }),
        // What is inside the members of a list of values is one test among many alike.
        ...(kind === 'or' &&
        where === 'selection' &&
        of.every((one) => one.kind === 'field' || one.kind === 'keyword')
          ? []
          : of.flatMap((one, i) =>
              changesOf(one, where).map(
                ({ change, to }): Change => ({ change, to: { kind, of: of.with(i, to) } }),
              ),
            )),
      ];
    }
    case 'field': {
      const { test } = expression;
      if (test.kind !== 'compare' && test.kind !== 'time_part') return [];
      const op = OPPOSITE[test.op];
      return [
        {
          change: `\`${expression.field}\` is compared by ${op}, not ${test.op}`,
          to: { ...expression, test: { ...test, op } },
        },
      ];
    }
    case 'keyword':
    case 'constant':
      return [];
    default:
      return expression satisfies never;
  }
}

function nameOf(expression: Expression): string {
  switch (expression.kind) {
    case 'selection':
      return `'${expression.name}'`;
    case 'not':
      return `\`not\` ${nameOf(expression.of)}`;
    case 'field':
      return `\`${expression.field}\``;
    case 'keyword':
      return 'a keyword';
    case 'constant':
      return 'a constant';
    case 'and':
    case 'or': {
      const names = [...new Set(expression.of.map(nameOf))];
      return names.length > 3 ? `${names.slice(0, 3).join(', ')} …` : names.join(` ${expression.kind} `);
    }
    default:
      return expression satisfies never;
  }
}

/** By one step: the edge of the bound itself. */
const NEXT: Readonly<Record<Bound['op'], Bound['op']>> = {
  gte: 'gt',
  gt: 'gte',
  lte: 'lt',
  lt: 'lte',
  eq: 'neq',
  neq: 'eq',
};

/**
 * The mutants of a correlation: its edge moved, its time span halved and doubled, a group-by field, a rule, a step, a join, a test or counter-evidence left out, a
 * `not` removed, its order dropped.
 */
export function correlationMutants(rule: CorrelationRule): readonly Mutant<CorrelationRule>[] {
  const mutants: Mutant<CorrelationRule>[] = [];
  const add = (change: string, to: Partial<CorrelationRule>): void => {
    mutants.push({ change, rule: { ...rule, ...to } });
  };
  for (const micros of [Math.ceil(rule.timespan / 2), rule.timespan * 2]) {
    const timespan = duration(micros);
    add(`the timespan is ${formatDuration(timespan)}, not ${formatDuration(rule.timespan)}`, { timespan });
  }
  for (const name of rule.groupBy) {
    add(`it is not grouped by \`${name}\``, { groupBy: rule.groupBy.filter((one) => one !== name) });
  }
  rule.counter.forEach((counter, i) => {
    add(`the counter-evidence '${counter.rule.text}' is left out`, {
      counter: rule.counter.filter((_, k) => k !== i),
    });
  });
  mutants.push(...bodyMutants(rule));
  return mutants;
}

function bodyMutants(rule: CorrelationRule): Mutant<CorrelationRule>[] {
  const { body } = rule;
  const withBody = (change: string, to: CorrelationBody): Mutant<CorrelationRule> => ({
    change,
    rule: { ...rule, body: to },
  });
  switch (body.type) {
    case 'temporal':
      if (body.condition === undefined) return withoutOneRule(rule);
      return presenceChanges(body.condition).map(({ change, to }) =>
        withBody(change, { ...body, condition: to }),
      );
    case 'temporal_ordered':
      return [withBody('the order does not matter', { type: 'temporal' }), ...withoutOneRule(rule)];
    case 'sequence':
      return sequenceMutants(rule, body);
    case 'first_seen':
      return body.fields.length < 2
        ? []
        : body.fields.map((field) =>
            withBody(`\`${field}\` is left out`, {
              ...body,
              fields: body.fields.filter((one) => one !== field),
            }),
          );
    case 'risk':
      return [
        ...boundChanges(body.bounds).map(({ change, to }) => withBody(change, { ...body, bounds: to })),
        ...(body.minTactics > 1 ? [withBody('one tactic is enough', { ...body, minTactics: 1 })] : []),
        ...(body.minSources > 1 ? [withBody('one source is enough', { ...body, minSources: 1 })] : []),
      ];
    default:
      return boundChanges(body.bounds).map(({ change, to }) => withBody(change, { ...body, bounds: to }));
  }
}

function boundChanges(
  bounds: readonly Bound[],
): { readonly change: string; readonly to: readonly Bound[] }[] {
  return bounds.map((bound, i) => {
    const op = NEXT[bound.op];
    return {
      change: `the bound is ${op} ${bound.value}, not ${bound.op} ${bound.value}`,
      to: bounds.with(i, { ...bound, op }),
    };
  });
}

function withoutOneRule(rule: CorrelationRule): Mutant<CorrelationRule>[] {
  if (rule.rules.length < 2) return [];
  return rule.rules.map((one, i) => ({
    change: `the rule '${one.text}' is left out`,
    rule: { ...rule, rules: rule.rules.filter((_, k) => k !== i) },
  }));
}

function presenceChanges(presence: Presence): { readonly change: string; readonly to: Presence }[] {
  switch (presence.kind) {
    case 'rule':
      return [];
    case 'not':
      return [{ change: `the \`not\` before '${presenceName(presence.of)}' is removed`, to: presence.of }];
    case 'at_least':
      return [-1, 1]
        .map((by) => presence.count + by)
        .filter((count) => count > 0 && count <= presence.of.length)
        .map((count) => ({
          change: `${count} are enough, not ${presence.count}`,
          to: { ...presence, count },
        }));
    case 'weight':
      return [
        {
          change: `the weights must reach ${presence.atLeast + 1}, not ${presence.atLeast}`,
          to: { ...presence, atLeast: presence.atLeast + 1 },
        },
      ];
    default: {
      const { kind, of } = presence;
      return [
        ...of.flatMap((one, i) => {
          const rest = of.filter((_, k) => k !== i);
          const [only] = rest;
          if (only === undefined) return [];
          return [
            {
              change: `'${presenceName(one)}' is left out`,
              to: rest.length === 1 ? only : { kind, of: rest },
            },
          ];
        }),
        ...of.flatMap((one, i) =>
          presenceChanges(one).map(({ change, to }) => ({ change, to: { kind, of: of.with(i, to) } })),
        ),
      ];
    }
  }
}

function presenceName(presence: Presence): string {
  switch (presence.kind) {
    case 'rule':
      return presence.rule.text;
    case 'not':
      return `not ${presenceName(presence.of)}`;
    case 'weight':
      return 'the weights';
    case 'at_least':
      return `${presence.count} of [${presence.of.map(presenceName).join(', ')}]`;
    default:
      return presence.of.map(presenceName).join(` ${presence.kind} `);
  }
}

type Sequence = Extract<CorrelationBody, { type: 'sequence' }>;

function sequenceMutants(rule: CorrelationRule, body: Sequence): Mutant<CorrelationRule>[] {
  const mutants: Mutant<CorrelationRule>[] = [];
  const add = (change: string, to: Partial<Sequence>): void => {
    const next: Sequence = { ...body, ...to };
    mutants.push({ change, rule: { ...rule, body: next, rules: next.steps.map((step) => step.rule) } });
  };
  body.steps.forEach((step, i) => {
    const change = (to: Partial<typeof step>): readonly (typeof step)[] =>
      body.steps.with(i, { ...step, ...to });
    const { within, after, ...bare } = step;
    if (body.steps.filter((one) => !one.absent).length > 1 || step.absent) {
      const named = (of: { readonly step: string }): boolean => of.step === step.label;
      add(`the step '${step.label}' is left out`, {
        steps: body.steps
          .filter((_, k) => k !== i)
          .map(({ anyOf, ...one }) => {
            const left = anyOf?.filter((set) => !set.some(({ other }) => 'step' in other && named(other)));
            return {
              ...one,
              where: one.where.filter(({ other }) => !('step' in other && named(other))),
              ...(left === undefined || left.length === 0 ? {} : { anyOf: left }),
            };
          }),
        join: body.join.filter(({ left, right }) => !named(left) && !named(right)),
      });
    }
    if (step.times > 1)
      add(`the step '${step.label}' comes ${step.times - 1} times, not ${step.times}`, {
        steps: change({ times: step.times - 1 }),
      });
    step.where.forEach((test, k) => {
      add(`the test of \`${test.field}\` in the step '${step.label}' is left out`, {
        steps: change({ where: step.where.filter((_, n) => n !== k) }),
      });
    });
    step.anyOf?.forEach((set, k, all) => {
      if (all.length < 2) return;
      add(
        `the test of \`${set.map(({ field }) => field).join(', ')}\` is no choice of the step '${step.label}'`,
        {
          steps: change({ anyOf: all.filter((_, n) => n !== k) }),
        },
      );
    });
    if (within !== undefined && !step.absent) {
      add(`the step '${step.label}' has no \`within\``, {
        steps: body.steps.with(i, { ...bare, ...(after === undefined ? {} : { after }) }),
      });
    }
    if (after !== undefined) {
      add(`the step '${step.label}' has no \`after\``, {
        steps: body.steps.with(i, { ...bare, ...(within === undefined ? {} : { within }) }),
      });
    }
  });
  body.join.forEach(({ left, right }, i) => {
    add(`the join of ${left.step}.${left.field} and ${right.step}.${right.field} is left out`, {
      join: body.join.filter((_, k) => k !== i),
    });
  });
  body.until.forEach((until, i) => {
    add(`the \`until\` '${until.text}' is left out`, { until: body.until.filter((_, k) => k !== i) });
  });
  return mutants;
}
