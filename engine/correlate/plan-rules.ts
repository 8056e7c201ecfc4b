import { type Checked, type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import { filterFits } from '../language/index.ts';
import type { CorrelationRule, Level, Logsource, Presence, RuleRef, RuleReference } from '../model/index.ts';
import { CODES } from './errors.ts';
import type { CorrelationPlan, InputPlan, NodePlan, PlannedBody } from './plan.ts';
import { planSequence } from './plan-sequence.ts';
import type { RolePresence } from './presence.ts';
import { checkProjection } from './projection.ts';
import { Directory, type KnownRule, type PlanReport, withAt } from './rule-directory.ts';

/** How rules are planned. */
export interface PlanOptions {
  /** What a rule's signals score, 0–100; half of its confidence in per cent where absent. */
  readonly score?: (level: Level, confidence: number) => number;
}

/** Finds what a reference means; undefined (and reported) where it means nothing. */
export type Resolve = (reference: RuleReference) => string | undefined;

/**
 * Resolves all references, checks how the rules fit together and gives the plan: plain data, in an order in which each
 * correlation comes after those it reads. `known` holds every loaded rule that is not among `rules`. A rule with an error is
 * left out, and so is every correlation that reads it. Reports TT5001–TT5009. O(rules × references).
 */
export function planCorrelations(
  rules: readonly CorrelationRule[],
  known: readonly KnownRule[],
  options: PlanOptions = {},
): Checked<CorrelationPlan> {
  const diagnostics: Diagnostic[] = [];
  const directory = new Directory([...known, ...rules.map((rule) => ({ ...rule.meta, kind: rule.kind }))]);
  const byId = new Map(rules.map((rule) => [rule.meta.id, rule]));
  const logsources = new Map(known.map((rule) => [rule.id, rule.logsource]));
  const logsourceOf = (ruleId: string): Logsource | undefined => logsources.get(ruleId);
  const nameOf = (ruleId: string): string => directory.nameOf(ruleId);
  const drafts = new Map<string, NodePlan>();
  const failed = new Set<string>();
  const visiting: string[] = [];
  const ordered: NodePlan[] = [];

  const visit = (rule: CorrelationRule): void => {
    const { id } = rule.meta;
    if (drafts.has(id) || failed.has(id)) return;
    const found: Diagnostic[] = [];
    const report: PlanReport = (code, message, more) => {
      found.push({
        code: code.code,
        severity: code.severity,
        message,
        at: more.at ?? rule.meta.source,
        ...(more.hint === undefined ? {} : { hint: more.hint }),
      });
    };
    visiting.push(id);
    const resolved = new Map<string, string>();
    for (const reference of referencesOf(rule)) {
      const target = directory.resolve(reference, report);
      if (target === undefined) continue;
      resolved.set(reference.text, target);
      const child = byId.get(target);
      if (child === undefined) continue;
      if (visiting.includes(target)) {
        const circle = [...visiting.slice(visiting.indexOf(target)), target];
        const names = circle.map((member) => byId.get(member)?.meta.name ?? member);
        report(
          CODES.TT5003,
          `correlations refer to each other in a circle: ${names.join(' → ')}`,
          withAt(reference),
        );
      } else {
        visit(child);
      }
    }
    visiting.pop();
    const plan = hasErrors(found)
      ? undefined
      : planNode(rule, {
          resolved,
          drafts,
          byId,
          report,
          rank: ordered.length,
          options,
          logsourceOf,
          nameOf,
        });
    diagnostics.push(...found);
    const unusable = [...resolved.values()].some((target) => byId.has(target) && !drafts.has(target));
    if (plan === undefined || unusable || hasErrors(found)) {
      failed.add(id);
      return;
    }
    drafts.set(id, plan);
    ordered.push(plan);
  };
  for (const rule of rules) visit(rule);

  const read = new Set(ordered.flatMap((node) => node.inputs.map((input) => input.ruleId)));
  const nodes = ordered.map((node) => ({ ...node, feeds: read.has(node.rule.id) }));
  return { value: { nodes, muted: mutedOf(rules, drafts) }, diagnostics };
}

/** Rules that only feed correlations: Sigma's `generate` is false, unless one correlation says otherwise. */
function mutedOf(rules: readonly CorrelationRule[], drafts: ReadonlyMap<string, NodePlan>): string[] {
  const muted = new Set<string>();
  const loud = new Set<string>();
  for (const rule of rules) {
    for (const ruleId of drafts.get(rule.meta.id)?.rules ?? []) (rule.generate ? loud : muted).add(ruleId);
  }
  return [...muted].filter((ruleId) => !loud.has(ruleId)).sort();
}

/** Every reference a rule makes, wherever it stands. */
function referencesOf(rule: CorrelationRule): RuleReference[] {
  const references: RuleReference[] = [...rule.rules];
  for (const counter of rule.counter) {
    references.push(counter.rule);
    if (counter.alive !== undefined) references.push(counter.alive.rule);
  }
  const { body } = rule;
  if (body.type === 'temporal' && body.condition !== undefined)
    references.push(...presenceReferences(body.condition));
  if (body.type === 'sequence') references.push(...body.steps.map((step) => step.rule), ...body.until);
  if (body.type === 'risk') references.push(...body.weights.map((weight) => weight.rule));
  return references;
}

function presenceReferences(presence: Presence): RuleReference[] {
  switch (presence.kind) {
    case 'rule':
      return [presence.rule];
    case 'not':
      return presenceReferences(presence.of);
    case 'weight':
      return presence.weights.map((weight) => weight.rule);
    default:
      return presence.of.flatMap(presenceReferences);
  }
}

/** What planning one rule needs to know of the others. */
interface Surroundings {
  readonly resolved: ReadonlyMap<string, string>;
  readonly drafts: ReadonlyMap<string, NodePlan>;
  readonly byId: ReadonlyMap<string, CorrelationRule>;
  readonly report: PlanReport;
  readonly rank: number;
  readonly options: PlanOptions;
  readonly logsourceOf: (ruleId: string) => Logsource | undefined;
  readonly nameOf: (ruleId: string) => string;
}

function planNode(rule: CorrelationRule, around: Surroundings): NodePlan | undefined {
  const { resolved, report } = around;
  const idOf: Resolve = (reference) => resolved.get(reference.text);
  const rules = listedRules(rule, { idOf, report });
  const body = planBody(rule, { idOf, rules, report });
  if (body === undefined) return undefined;
  const { logsourceOf } = around;
  const inputs = planInputs(rule, { idOf, rules, body, report, logsourceOf });
  const children = inputs.flatMap((input) => around.drafts.get(input.ruleId) ?? []);
  checkProjection({ inputs, byId: around.byId, report });
  const { meta, suppress } = rule;
  return {
    rule: ruleRef(rule),
    score: around.options.score?.(meta.level, meta.confidence) ?? meta.confidence * 50,
    rank: around.rank,
    latenessMicros: children.reduce((most, child) => Math.max(most, child.latenessMicros), rule.lateness),
    rules,
    names: rules.map(around.nameOf),
    groupBy: rule.groupBy,
    timespanMicros: rule.timespan,
    window: rule.window,
    emit: rule.emit,
    onNull: rule.onNull,
    ties: rule.ties,
    sameEvent: rule.sameEvent,
    cased: rule.cased,
    late: rule.late,
    reviseMicros: rule.late === 'revise' ? (rule.reviseFor ?? rule.timespan) : 0,
    afterMatch: rule.afterMatch,
    stateOnEdit: rule.stateOnEdit,
    ...(suppress === undefined ? {} : { suppress: { forMicros: suppress.for, by: suppress.by } }),
    counter: rule.counter.map((counter) => ({
      withinMicros: counter.within,
      effect: counter.effect,
      factor: counter.factor,
      ...(counter.alive === undefined ? {} : { aliveMicros: counter.alive.within }),
    })),
    limits: rule.limits,
    inputs,
    body,
    feeds: false,
  };
}

function ruleRef(rule: CorrelationRule): RuleRef {
  const { id, name, title, version, level, confidence, tags, hash } = rule.meta;
  return {
    kind: 'correlation',
    id,
    ...(name === undefined ? {} : { name }),
    title,
    version,
    level,
    confidence,
    tags,
    hash,
  };
}

/** The ids of the rules listed, by position; for a sequence those of its steps, each once. */
function listedRules(
  rule: CorrelationRule,
  context: { readonly idOf: Resolve; readonly report: PlanReport },
): string[] {
  const { body } = rule;
  if (body.type === 'sequence') {
    return [...new Set(body.steps.flatMap((step) => context.idOf(step.rule) ?? []))];
  }
  const ids: string[] = [];
  for (const reference of rule.rules) {
    const id = context.idOf(reference);
    if (id === undefined) continue;
    if (ids.includes(id)) {
      context.report(CODES.TT5006, `"${reference.text}" is a rule that is listed already`, withAt(reference));
    } else {
      ids.push(id);
    }
  }
  return ids;
}

function planBody(
  rule: CorrelationRule,
  context: { readonly idOf: Resolve; readonly rules: readonly string[]; readonly report: PlanReport },
): PlannedBody | undefined {
  const { body } = rule;
  const { rules, idOf } = context;
  switch (body.type) {
    case 'temporal':
      return {
        kind: 'temporal',
        condition:
          body.condition === undefined
            ? { kind: 'and', of: rules.map((_, role) => ({ kind: 'role', role }) as const) }
            : planPresence(body.condition, (reference) => rules.indexOf(idOf(reference) ?? '')),
      };
    case 'temporal_ordered':
      return { kind: 'ordered' };
    case 'sequence':
      return planSequence({ ...context, body });
    case 'first_seen':
      return { kind: 'first_seen', warmupMicros: body.warmup ?? 0 };
    case 'risk':
      return {
        kind: 'risk',
        bounds: body.bounds,
        halfLifeMicros: body.halfLife,
        minTactics: body.minTactics,
        minSources: body.minSources,
      };
    default:
      return {
        kind: 'measure',
        type: body.type,
        bounds: body.bounds,
        percentile: body.percentile ?? 50,
        minEvents: body.minEvents,
      };
  }
}

function planPresence(presence: Presence, roleOf: (reference: RuleReference) => number): RolePresence {
  switch (presence.kind) {
    case 'rule':
      return { kind: 'role', role: roleOf(presence.rule) };
    case 'not':
      return { kind: 'not', of: planPresence(presence.of, roleOf) };
    case 'weight':
      return {
        kind: 'weight',
        weights: presence.weights.map((w) => ({ role: roleOf(w.rule), weight: w.weight })),
        atLeast: presence.atLeast,
      };
    case 'at_least':
      return {
        kind: 'at_least',
        count: presence.count,
        of: presence.of.map((part) => planPresence(part, roleOf)),
      };
    default:
      return { kind: presence.kind, of: presence.of.map((part) => planPresence(part, roleOf)) };
  }
}

function planInputs(
  rule: CorrelationRule,
  context: {
    readonly idOf: Resolve;
    readonly rules: readonly string[];
    readonly body: PlannedBody;
    readonly report: PlanReport;
    /** Undefined for a rule that has none: another correlation. */
    readonly logsourceOf: (ruleId: string) => Logsource | undefined;
  },
): InputPlan[] {
  const { idOf, rules, body } = context;
  const aliases = resolveAliases(rule, context);
  const fieldOf = (name: string, ruleId: string): string => aliases.get(name)?.get(ruleId) ?? name;
  const valueNames = 'fields' in rule.body ? rule.body.fields : [];
  const until = rule.body.type === 'sequence' ? rule.body.until.map(idOf) : [];
  const listening = new Set<string>(rules);
  for (const counter of rule.counter) {
    for (const reference of [counter.rule, ...(counter.alive === undefined ? [] : [counter.alive.rule])]) {
      const id = idOf(reference);
      if (id !== undefined) listening.add(id);
    }
  }
  for (const id of until) if (id !== undefined) listening.add(id);
  const weights = rule.body.type === 'risk' ? rule.body.weights : [];
  return [...listening].map((ruleId) => {
    const position = rules.indexOf(ruleId);
    const roles =
      body.kind === 'sequence'
        ? body.stepRules.flatMap((at, index) => (at === position ? [index] : []))
        : position < 0
          ? []
          : [position];
    return {
      ruleId,
      roles: position < 0 ? [] : roles,
      groupFields: rule.groupBy.map((name) => fieldOf(name, ruleId)),
      valueFields: position < 0 ? [] : valueNames.map((name) => fieldOf(name, ruleId)),
      counters: rule.counter.flatMap((counter, index) => (idOf(counter.rule) === ruleId ? [index] : [])),
      alive: rule.counter.flatMap((counter, index) =>
        counter.alive !== undefined && idOf(counter.alive.rule) === ruleId ? [index] : [],
      ),
      until: until.includes(ruleId),
      weight: weights.find((weight) => idOf(weight.rule) === ruleId)?.weight ?? 1,
      ...filterOf(rule, context.logsourceOf(ruleId)),
    };
  });
}

/** The filters of a correlation that are asked about the firings of a rule: those whose logsource fits it, and all of them for a correlation. */
function filterOf(
  { filters = [] }: CorrelationRule,
  logsource: Logsource | undefined,
): Pick<InputPlan, 'filter'> {
  const asked = filters.filter((one) => logsource === undefined || filterFits(one.logsource, logsource));
  const of = asked.map(({ by, expression }) => ({ kind: 'selection', name: by, of: expression }) as const);
  const [only] = of;
  if (only === undefined) return {};
  return { filter: of.length === 1 ? only : { kind: 'and', of } };
}

/** Alias → rule id → field. */
function resolveAliases(
  rule: CorrelationRule,
  context: { readonly idOf: Resolve; readonly rules: readonly string[]; readonly report: PlanReport },
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const references = referencesOf(rule);
  const ids = new Map(references.map((reference) => [reference.text, context.idOf(reference)]));
  const resolved = new Map<string, Map<string, string>>();
  for (const [alias, fields] of rule.aliases) {
    const byRule = new Map<string, string>();
    for (const [text, field] of fields) {
      const id = ids.get(text) ?? [...ids.values()].find((one) => one === text);
      if (id === undefined) {
        context.report(
          CODES.TT5009,
          `alias "${alias}" maps a field of "${text}", which this correlation does not list`,
          {
            hint: `it lists ${[...ids.keys()].join(', ')}`,
          },
        );
      } else {
        byRule.set(id, field);
      }
    }
    resolved.set(alias, byRule);
  }
  return resolved;
}
