import type { Assessment, ScoreTerm, Severity, SeverityFacts } from '../model/index.ts';
import { SEVERITIES } from '../model/index.ts';
import { PRIOR_STRENGTH, precisionOf } from './beta.ts';
import { LEVEL_IMPACT } from './score.ts';

/**
 * Where severities begin. High wants both: an impact (level and asset) of at least `high`, and more likely true than not. The others go
 * by the score, impact × confidence × 100: medium from what a rule of level medium scores that nobody has tested yet, low from a
 * rule of level low that is no longer kept.
 */
export const SEVERITY_FROM = { highImpact: 0.75, highConfidence: 0.5, mediumScore: 10, lowScore: 2 } as const;

/** A surprise of so many decades halves the doubt that is left of an anomaly; six of them leave an eighth. */
const SURPRISE_HALVES = 2;

/**
 * Derives confidence, score and severity, and keeps every term in the order in which it was applied: prior → measured precision →
 * counter-evidence → intelligence → surprise → decisions; then impact → asset → score; then severity with its caps. Anomaly alone is never
 * above medium.
 */
export function assess(facts: SeverityFacts): Assessment {
  const terms: ScoreTerm[] = [];
  const confidence = confidenceOf(facts, terms);
  const impact = impactOf(facts, terms);
  const score = Math.round(Math.min(1, impact) * confidence * 1000) / 10;
  terms.push({
    name: 'score',
    operation: 'set',
    value: score,
    after: score,
    reason: `impact ${show(impact)} × confidence ${show(confidence)} × 100`,
  });
  return { confidence, score, severity: severityOf(facts, { impact, confidence, score }, terms), terms };
}

function confidenceOf(facts: SeverityFacts, terms: ScoreTerm[]): number {
  let now = clamp(facts.prior);
  const apply = (name: string, operation: ScoreTerm['operation'], value: number, reason: string): void => {
    if (operation === 'set') now = value;
    else if (operation === 'multiply') now *= value;
    else if (operation === 'add') now += value;
    else now = Math.min(now, value);
    now = round(clamp(now));
    terms.push({ name, operation, value: round(value), after: now, reason });
  };
  apply('prior', 'set', now, "the rule's confidence before anything was measured");
  const { verdicts, counter, intel, surprise } = facts;
  if (verdicts !== undefined) {
    const precision = precisionOf(now, verdicts);
    if (precision.verdicts > 0) {
      const said = `${verdicts.truePositive} of ${precision.verdicts} verdicts true positive`;
      const interval = `90 % interval ${show(precision.low)}–${show(precision.high)}`;
      apply(
        'precision',
        'set',
        precision.mean,
        `${said}; the prior weighs as ${PRIOR_STRENGTH} verdicts; ${interval}`,
      );
    }
  }
  if (counter !== undefined && counter < 1)
    apply('counter', 'multiply', counter, 'counter-evidence that the correlation found');
  if (intel !== undefined) {
    const gain = (1 - now) * clamp(intel.confidence);
    apply(
      'intel',
      'add',
      gain,
      `indicator ${intel.name} with confidence ${show(intel.confidence)} (noisy-or)`,
    );
  }
  if (surprise !== undefined && surprise > 0) {
    const gain = (1 - now) * (1 - 2 ** (-surprise / SURPRISE_HALVES)) * 0.5;
    apply('surprise', 'add', gain, `${show(surprise)} decades from what is usual for the entity`);
  }
  for (const { by, reason, confidence } of facts.adjustments) {
    if (confidence === undefined) continue;
    const value = confidence.operation === 'multiply' ? confidence.value : clamp(confidence.value);
    apply(by, confidence.operation, value, reason);
  }
  return now;
}

function impactOf(facts: SeverityFacts, terms: ScoreTerm[]): number {
  let impact = LEVEL_IMPACT[facts.level];
  terms.push({
    name: 'impact',
    operation: 'set',
    value: impact,
    after: impact,
    reason: `level ${facts.level}`,
  });
  if (facts.asset !== undefined && facts.asset.weight !== 1) {
    const { weight, entity, reason } = facts.asset;
    impact = round(impact * Math.max(0, weight));
    terms.push({
      name: 'asset',
      operation: 'multiply',
      value: weight,
      after: impact,
      reason: `${entity.type} ${entity.value}: ${reason}`,
    });
  }
  return impact;
}

function severityOf(
  facts: SeverityFacts,
  figures: { readonly impact: number; readonly confidence: number; readonly score: number },
  terms: ScoreTerm[],
): Severity {
  const { impact, confidence, score } = figures;
  let at: number;
  if (impact >= SEVERITY_FROM.highImpact && confidence >= SEVERITY_FROM.highConfidence) at = 3;
  else if (score >= SEVERITY_FROM.mediumScore) at = 2;
  else at = score >= SEVERITY_FROM.lowScore ? 1 : 0;
  const set = (name: string, operation: 'set' | 'cap', to: number, reason: string): void => {
    at = to;
    terms.push({ name, operation, value: to, after: to, reason });
  };
  set('severity', 'set', at, `${nameOf(at)}: ${reasonFor(at)}`);
  if (facts.anomalyOnly && at > 2)
    set('anomaly', 'cap', 2, 'nothing but an anomaly speaks for it: at most medium');
  for (const { by, reason, severity } of facts.adjustments) {
    if (severity?.floor !== undefined && at < SEVERITIES.indexOf(severity.floor))
      set(by, 'set', SEVERITIES.indexOf(severity.floor), `at least ${severity.floor}: ${reason}`);
    if (severity?.ceiling !== undefined && at > SEVERITIES.indexOf(severity.ceiling))
      set(by, 'cap', SEVERITIES.indexOf(severity.ceiling), `at most ${severity.ceiling}: ${reason}`);
  }
  return nameOf(at);
}

function reasonFor(at: number): string {
  if (at === 3) return 'likely compromised, and confident in the intent';
  if (at === 2) return 'suspicious';
  return at === 1 ? 'maybe benign or blocked' : 'interesting only inside an incident';
}

function nameOf(at: number): Severity {
  return SEVERITIES[at] ?? 'informational';
}

function clamp(share: number): number {
  return Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share));
}

/** Four decimals: enough to order by, and the same text on every machine. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function show(value: number): string {
  return String(Math.round(value * 100) / 100);
}
