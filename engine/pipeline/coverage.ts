import { type CorrelationRule, type DetectionRule, type RuleMeta, TACTICS } from '../model/index.ts';
import type { Ruleset } from './ruleset.ts';

/** A technique (or sub-technique) that rules are tagged with. */
export interface CoveredTechnique {
  /** `T1059` or `T1059.001`. */
  readonly id: string;
  readonly rules: readonly RuleMeta[];
  /** The noisy-or of the rules' confidences: how far a firing of one of them is to be trusted, 0–1. */
  readonly confidence: number;
  /** How many of the rules have tests. */
  readonly tested: number;
}

/** What a set of rules says that it covers. */
export interface AttackCoverage {
  /** By id, sorted. */
  readonly techniques: readonly CoveredTechnique[];
  /** Of each tactic how many rules are tagged with it. */
  readonly tactics: ReadonlyMap<string, number>;
  /** Rules with no technique in their tags. */
  readonly untagged: readonly RuleMeta[];
}

/** Reads the tags `attack.…` of detections and correlations: what the rules' authors say of them, not what they were seen to find. */
export function attackCoverage(ruleset: Pick<Ruleset, 'detections' | 'correlations'>): AttackCoverage {
  const rules: readonly (DetectionRule | CorrelationRule)[] = [
    ...ruleset.detections,
    ...ruleset.correlations,
  ];
  const techniques = new Map<string, { readonly rules: RuleMeta[]; tested: number }>();
  const tactics = new Map<string, number>(TACTICS.map(({ name }) => [name, 0]));
  const untagged: RuleMeta[] = [];
  for (const { meta, tests } of rules) {
    const tags = [...new Set(meta.tags.map((tag) => tag.toLowerCase()))];
    const ids = tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1]?.toUpperCase() ?? []);
    if (ids.length === 0) untagged.push(meta);
    for (const id of ids) {
      const known = techniques.get(id) ?? { rules: [], tested: 0 };
      known.rules.push(meta);
      if (tests.length > 0) known.tested++;
      techniques.set(id, known);
    }
    for (const tag of tags) {
      const tactic = tag.slice('attack.'.length).replaceAll('_', '-');
      if (tag.startsWith('attack.') && tactics.has(tactic))
        tactics.set(tactic, (tactics.get(tactic) ?? 0) + 1);
    }
  }
  const covered = [...techniques].map(
    ([id, { rules: named, tested }]): CoveredTechnique => ({
      id,
      rules: named,
      confidence: 1 - named.reduce((rest, { confidence }) => rest * (1 - confidence), 1),
      tested,
    }),
  );
  covered.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { techniques: covered, tactics, untagged };
}

/** The techniques that another set covers and this one does not; one that is covered by a sub-technique, or by its parent, is named apart. */
export function coverageGaps(
  own: AttackCoverage,
  other: AttackCoverage,
): { readonly missing: readonly CoveredTechnique[]; readonly partly: readonly CoveredTechnique[] } {
  const ids = new Set(own.techniques.map(({ id }) => id));
  const stems = new Set([...ids].map(stem));
  const absent = other.techniques.filter(({ id }) => !ids.has(id));
  return {
    missing: absent.filter(({ id }) => !stems.has(stem(id))),
    partly: absent.filter(({ id }) => stems.has(stem(id))),
  };
}

function stem(id: string): string {
  return id.split('.')[0] ?? id;
}

/** A layer of the ATT&CK Navigator (its layer format 4.5): each technique scored 0–100 by confidence, its rules in the comment. */
export function navigatorLayer(coverage: AttackCoverage, name: string): Readonly<Record<string, unknown>> {
  return {
    name,
    versions: { layer: '4.5', navigator: '5.0.0' },
    domain: 'enterprise-attack',
    description:
      'Techniques that rules are tagged with; the score is how far a firing of one of them is to be trusted, in per cent.',
    techniques: coverage.techniques.map(({ id, rules, confidence, tested }) => ({
      techniqueID: id,
      score: Math.round(confidence * 100),
      comment: rules.map(({ title }) => title).join('\n'),
      enabled: true,
      showSubtechniques:
        !id.includes('.') && coverage.techniques.some((other) => other.id.startsWith(`${id}.`)),
      metadata: [
        { name: 'rules', value: String(rules.length) },
        { name: 'with tests', value: String(tested) },
      ],
    })),
    gradient: { colors: ['#ffffff', '#66b1ff', '#0b5cad'], minValue: 0, maxValue: 100 },
    legendItems: [],
    showTacticRowBackground: false,
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
  };
}
