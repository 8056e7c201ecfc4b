import { type AlertPlan, alertFields, planAlerts } from '../alert/index.ts';
import { type CorrelationPlan, planCorrelations, requiredFields } from '../correlate/index.ts';
import { type DetectionPlan, planDetections } from '../detect/index.ts';
import { compareDiagnostics, type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import {
  effectiveDetections,
  effectiveOthers,
  type LoadedRules,
  type LoadOptions,
  loadRules,
  type RuleFile,
  readBaseline,
  readCorrelation,
  readIncidentTemplate,
  type TestCheck,
} from '../language/index.ts';
import { expressionFault } from '../match/index.ts';
import {
  type BaselineRule,
  type CorrelationRule,
  canonicalJson,
  type DetectionRule,
  type EntitySpec,
  type FeedRule,
  type IncidentTemplate,
  type RuleRef,
  sha256,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';
import { observedFields, observing } from './baselines.ts';
import { feedNames, intelAsks, matching, nearestFeed, readFeeds } from './intel.ts';
import type { FeedNames, IntelAsk } from './intel-lookup.ts';
import { ruleRef } from './rule-ref.ts';

/** What an engine runs on: plain data that can be handed to another thread. */
export interface RunnableRuleset {
  /** SHA-256 over the rules' semantics hashes, ids, levels and confidences. */
  readonly hash: string;
  /** By detection, behind them by baseline, and behind those by feed: what signals say of their rule. */
  readonly refs: readonly RuleRef[];
  /** By the same: the entities that the rule itself names; empty where the defaults apply. */
  readonly entities: readonly (readonly EntitySpec[])[];
  /** By the same: the fields whose values its signals carry, because a correlation, a baseline or an alert's text asks for them. */
  readonly projected: readonly (readonly string[])[];
  /** By the same, of baselines: the fields that name whom the rule is about, of whom what is asked for is worked out. */
  readonly subjects: readonly (readonly string[])[];
  /** By the same: what the rule asks of feeds. */
  readonly intel: readonly (readonly IntelAsk[])[];
  /** By what rules call them: the feeds that are meant. */
  readonly feedNames: FeedNames;
  readonly plan: DetectionPlan;
}

/** All rules compiled together: immutable. */
export interface Ruleset extends RunnableRuleset {
  /** The effective detections (overlays and filters applied), in the order of files and documents. */
  readonly detections: readonly DetectionRule[];
  /** The correlations that could be planned, and their plan. */
  readonly correlations: readonly CorrelationRule[];
  readonly correlationPlan: CorrelationPlan;
  /** The baselines, in the order of files and documents. */
  readonly baselines: readonly BaselineRule[];
  /** The feeds of threat intelligence, in the order of files and documents. */
  readonly feeds: readonly FeedRule[];
  /** The incident templates, in the order of files and documents. */
  readonly templates: readonly IncidentTemplate[];
  /** How signals of each rule become alerts. */
  readonly alertPlan: AlertPlan;
  /** What was loaded, before overlays and filters. */
  readonly loaded: LoadedRules;
}

/** What the stages behind detection need of a ruleset: small beside the detections, and plain data. */
export type StageRules = Pick<Ruleset, 'baselines' | 'correlationPlan' | 'alertPlan' | 'templates'>;

/** A compiled ruleset with everything found on the way; usable even where some rules were refused. */
export interface CompiledRuleset {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  /** True where some document was refused. */
  readonly broken: boolean;
}

/**
 * The way of a rule: texts → documents → model → overlays and filters → plan. A rule that cannot be used is left out with its
 * findings; the others stand. Findings come sorted by place.
 */
export function compileRuleset(files: readonly RuleFile[], options: LoadOptions = {}): CompiledRuleset {
  const checked = { checkTest, ...options };
  const { rules, diagnostics: loading } = loadRules(files, checked);
  return compileLoaded(rules, loading, checked);
}

/** What the matcher cannot run is told where it is written, with the other findings of its document. */
const checkTest: TestCheck = (test) => (test.kind === 'expression' ? expressionFault(test) : undefined);

/** The second half of `compileRuleset`, for rules that were loaded before. */
export function compileLoaded(
  loaded: LoadedRules,
  found: readonly Diagnostic[] = [],
  options: LoadOptions = {},
): CompiledRuleset {
  const { detections, diagnostics: resolving } = effectiveDetections(loaded);
  const { others, diagnostics: overlaying } = effectiveOthers(loaded);
  const learning = others
    .filter(({ kind }) => kind === 'baseline')
    .map((other) => readBaseline(other, options));
  const baselines = learning.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const listening = readFeeds(others.filter(({ kind }) => kind === 'feed'));
  const feeds = listening.value ?? [];
  const names = feedNames(feeds);
  // Baselines observe and feeds match through detections of their own, behind all others.
  const hidden = [...baselines.map(observing), ...feeds.map(matching)];
  const { plan, diagnostics: planning } = planDetections([...detections, ...hidden], {
    sets: {
      has: (set) => feeds.length > 0 && Object.hasOwn(names, set),
      nearest: (set) => nearestFeed(set, feeds),
    },
  });
  const firing = [...detections, ...baselines, ...feeds];
  const read = others.filter(({ kind }) => kind === 'correlation').map(readCorrelation);
  const all = read.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const planned = planCorrelations(
    all,
    firing.map(({ meta, kind, logsource }) => ({ ...meta, kind, logsource })),
    { score: scoreSignal },
  );
  const correlationPlan = planned.value ?? { nodes: [], muted: [] };
  const usable = new Set(correlationPlan.nodes.map((node) => node.rule.id));
  const correlations = all.filter((rule) => usable.has(rule.meta.id));
  const refs = firing.map(({ kind, meta }) => ruleRef(kind, meta));
  const named = new Set([...detections, ...all].flatMap(({ meta }) => [meta.id, meta.name ?? meta.id]));
  for (const { meta } of others) named.add(meta.id).add(meta.name ?? meta.id);
  const shaped = others
    .filter(({ kind }) => kind === 'incident')
    .map((other) => readIncidentTemplate(other, named));
  const templates = shaped.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const diagnostics = [
    ...found,
    ...resolving,
    ...overlaying,
    ...planning,
    ...read.flatMap((one) => one.diagnostics),
    ...learning.flatMap((one) => one.diagnostics),
    ...listening.diagnostics,
    ...planned.diagnostics,
    ...shaped.flatMap((one) => one.diagnostics),
  ].sort(compareDiagnostics);
  const alerting = [
    ...firing.map(({ kind, meta }, i) => ({
      ref: refs[i] ?? ruleRef(kind, meta),
      meta,
    })),
    ...correlations.map((rule) => ({
      ref: ruleRef('correlation', rule.meta),
      meta: rule.meta,
      anomaly: isAnomaly(rule),
    })),
  ];
  const alertPlan = planAlerts(alerting, correlationPlan.muted);
  const everyRule = [
    ...alerting.map(({ ref }) => ref),
    ...templates.map((rule) => ruleRef('incident', rule.meta)),
  ];
  const hash = sha256(
    canonicalJson(everyRule.map(({ id, hash, level, confidence }) => ({ id, hash, level, confidence }))),
  );
  const fields = requiredFields(correlationPlan);
  const shown = new Map(alertPlan.rules.map((rule) => [rule.rule.id, alertFields(rule)]));
  return {
    ruleset: {
      hash,
      refs,
      entities: firing.map((rule) => rule.meta.entities),
      subjects: firing.map((rule) => (rule.kind === 'baseline' ? rule.entity.key : [])),
      projected: firing.map((rule) => [
        ...new Set([
          ...(rule.kind === 'baseline' ? observedFields(rule) : []),
          ...(fields.get(rule.meta.id) ?? []),
          ...(shown.get(rule.meta.id) ?? []),
        ]),
      ]),
      intel: [...detections, ...hidden].map(({ expression }) => intelAsks(expression)),
      feedNames: names,
      plan,
      detections,
      correlations,
      correlationPlan,
      baselines,
      feeds,
      templates,
      alertPlan,
      loaded,
    },
    diagnostics,
    broken: hasErrors(diagnostics),
  };
}

/** Types that say only that something is new or rare: nothing but an anomaly speaks for them. */
function isAnomaly({ body }: CorrelationRule): boolean {
  return body.type === 'first_seen' || body.type === 'value_rarity';
}

/** The part of a ruleset that an engine on another thread needs. */
export function runnable(ruleset: Ruleset): RunnableRuleset {
  const { hash, refs, entities, projected, subjects, intel, feedNames: names, plan } = ruleset;
  return { hash, refs, entities, projected, subjects, intel, feedNames: names, plan };
}
