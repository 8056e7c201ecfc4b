import {
  attackTags,
  type Entity,
  type IncidentTemplate,
  type Level,
  type Logsource,
  type RuleMeta,
  type RuleReference,
  type Severity,
  type Technique,
  tacticTitle,
} from '../model/index.ts';
import { assess } from '../score/index.ts';
import type { Ruleset } from './ruleset.ts';

/** One alert or incident that a ruleset can produce. */
export interface ReferenceEntry {
  readonly kind: 'alert' | 'incident';
  /** Of an alert the kind of its rule; of an incident its shape. */
  readonly of: string;
  readonly id: string;
  readonly name?: string;
  readonly title: string;
  readonly version: number;
  readonly status: string;
  readonly description?: string;
  readonly level: Level;
  /** The prior: how likely a firing is malicious. */
  readonly confidence: number;
  /** What follows from level and prior alone; of an incident the least it is. */
  readonly severity: Severity;
  /** Titles in the order of an attack. */
  readonly tactics: readonly string[];
  readonly techniques: readonly Technique[];
  /** Entities that the rule itself names; the well-known fields give more. */
  readonly entities: readonly Pick<Entity, 'type' | 'role'>[];
  readonly remediation: readonly string[];
  readonly falsepositives: readonly string[];
  /** What must be collected, through all rules that it rests on. */
  readonly logsources: readonly Logsource[];
  /** Rules that it rests on, by title. */
  readonly restsOn: readonly string[];
  readonly file: string;
}

/**
 * Every alert and incident that the loaded rules can produce, by kind and title. Rules whose firings only serve correlations make no alerts and
 * are left out.
 */
export function referenceOf(ruleset: Ruleset): ReferenceEntry[] {
  const sources = new Sources(ruleset);
  const muted = new Set(ruleset.correlationPlan.muted);
  const entries = [
    ...ruleset.detections
      .filter(({ meta }) => !muted.has(meta.id))
      .map((rule) => alertEntry(rule.kind, rule.meta, { logsources: [rule.logsource], restsOn: [] })),
    ...ruleset.correlations
      .filter(({ meta }) => !muted.has(meta.id))
      .map((rule) => alertEntry(rule.kind, rule.meta, sources.of(rule.rules.map(textOf)))),
    ...ruleset.templates.map((template) => incidentEntry(template, sources)),
  ];
  return entries.sort((a, b) => compare(a.kind, b.kind) || compare(a.title, b.title) || compare(a.id, b.id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function textOf(reference: RuleReference): string {
  return reference.text;
}

interface Ground {
  readonly logsources: readonly Logsource[];
  readonly restsOn: readonly string[];
}

function alertEntry(of: string, meta: RuleMeta, ground: Ground): ReferenceEntry {
  const { severity } = assess({ level: meta.level, prior: meta.confidence, adjustments: [] });
  return { kind: 'alert', of, ...common(meta), severity, ...ground };
}

function incidentEntry(template: IncidentTemplate, sources: Sources): ReferenceEntry {
  const named = template.parts.flatMap(({ select }) => select.rules);
  const types = [...new Set(template.join.flat().map(({ type }) => type))];
  return {
    kind: 'incident',
    of: template.shape,
    ...common(template.meta),
    ...(template.story === undefined ? {} : { description: template.meta.description ?? template.story }),
    severity: template.severity,
    entities: types.map((type) => ({ type, role: 'actor' })),
    ...sources.of(named),
  };
}

function common(meta: RuleMeta): Omit<ReferenceEntry, 'kind' | 'of' | 'severity' | 'logsources' | 'restsOn'> {
  const { tactics, techniques } = attackTags(meta.tags);
  return {
    id: meta.id,
    ...(meta.name === undefined ? {} : { name: meta.name }),
    title: meta.title,
    version: meta.version,
    status: meta.status,
    ...(meta.description === undefined ? {} : { description: meta.description }),
    level: meta.level,
    confidence: meta.confidence,
    tactics: tactics.map(tacticTitle),
    techniques,
    entities: meta.entities.map(({ type, role }) => ({ type, role })),
    remediation: meta.remediation,
    falsepositives: meta.falsepositives,
    file: meta.source.file,
  };
}

/** Finds what rules rest on, through correlations over correlations. */
class Sources {
  readonly #logsource = new Map<string, { readonly title: string; readonly logsource: Logsource }>();
  readonly #rests = new Map<string, { readonly title: string; readonly rules: readonly string[] }>();

  constructor({ detections, correlations }: Ruleset) {
    for (const { meta, logsource } of detections) {
      for (const key of [meta.id, meta.name])
        if (key !== undefined) this.#logsource.set(key, { title: meta.title, logsource });
    }
    for (const { meta, rules } of correlations) {
      const rest = { title: meta.title, rules: rules.map(textOf) };
      for (const key of [meta.id, meta.name]) if (key !== undefined) this.#rests.set(key, rest);
    }
  }

  /** Log sources and titles of rules by id or name, each once, sorted. */
  of(names: readonly string[]): Ground {
    const logsources = new Map<string, Logsource>();
    const titles = new Set<string>();
    const seen = new Set<string>();
    const visit = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      const detection = this.#logsource.get(name);
      if (detection !== undefined) {
        titles.add(detection.title);
        logsources.set(logsourceText(detection.logsource), detection.logsource);
      }
      const correlation = this.#rests.get(name);
      if (correlation !== undefined) {
        titles.add(correlation.title);
        correlation.rules.forEach(visit);
      }
    };
    names.forEach(visit);
    return {
      logsources: [...logsources].sort(([a], [b]) => compare(a, b)).map(([, one]) => one),
      restsOn: [...titles].sort(compare),
    };
  }
}

/** A log source in words: `windows · process_creation`; `any` where it names nothing. */
export function logsourceText({ product, category, service }: Logsource): string {
  return [product, category, service].filter((part) => part !== undefined).join(' · ') || 'any';
}
