import { TEST_LATENESS, TEST_START } from '../correlate/index.ts';
import { IncidentBuilder, type Sighting } from '../incident/index.ts';
import { entitiesOf } from '../ingest/index.ts';
import {
  attackTags,
  ENTITY_ROLES,
  ENTITY_TYPES,
  type Entity,
  type ExpectedIncident,
  eventTime,
  type GivenItem,
  type Incident,
  type IncidentTemplate,
  LEVELS,
  type RuleRef,
  type RuleTest,
  sha256,
  sha256Id,
} from '../model/index.ts';
import { assess } from '../score/index.ts';
import { type GivenEvents, repeatsOf, spanOf, varied } from './test-given.ts';

/** What became of a test of an incident template. */
export interface IncidentTestResult {
  readonly passed: boolean;
  /** What was expected and did not come, with what did. */
  readonly failures: readonly string[];
}

/** What tests of templates are run with. */
export interface IncidentTestContext {
  /** Every rule that fires, by id and by name. */
  readonly rules: ReadonlyMap<string, { readonly ref: RuleRef }>;
  readonly given: GivenEvents;
}

/** A sighting that reaches the builder. */
interface Arrival {
  readonly at: number;
  readonly sighting: Sighting;
  readonly restart: boolean;
}

/**
 * Runs a test of an incident template on a virtual clock: firings of rules, alerts of other products, or events through the detections,
 * as they arrive, through a builder that knows this template alone. What is expected is compared with the incidents of the template as they stand at
 * the end; one that was merged into another does not count.
 */
export function runIncidentTest(
  template: IncidentTemplate,
  test: RuleTest,
  context: IncidentTestContext,
): IncidentTestResult {
  const arrivals: Arrival[] = [];
  for (const item of test.given) {
    const came = arrivalsOf(item, test, context);
    if (typeof came === 'string') return { passed: false, failures: [came] };
    arrivals.push(...came);
  }
  arrivals.sort((a, b) => a.at - b.at);
  const incidents = deliver(template, arrivals);
  const failures = compare(test, incidents);
  const seen = incidents.map(described).join('; ') || 'no incident of this template';
  return { passed: failures.length === 0, failures: failures.map((text) => `${text}\nfound: ${seen}`) };
}

function deliver(template: IncidentTemplate, arrivals: readonly Arrival[]): readonly Incident[] {
  const options = { templates: [template] };
  let builder = new IncidentBuilder(options);
  const last = new Map<string, Incident>();
  const hear = (): void => {
    for (const incident of builder.take()) last.set(incident.id, incident);
  };
  let newest = Number.NEGATIVE_INFINITY;
  for (const { sighting, restart } of arrivals) {
    if (restart) {
      hear();
      builder = IncidentBuilder.restore(builder.snapshot(), options) ?? new IncidentBuilder(options);
    }
    builder.accept(sighting);
    newest = Math.max(newest, sighting.at);
    builder.advanceTo(newest - TEST_LATENESS);
    hear();
  }
  builder.finish();
  hear();
  return [...last.values()].filter(
    (incident) =>
      incident.template === template.meta.id &&
      incident.state !== 'redirected' &&
      incident.state !== 'retracted',
  );
}

/** What an item gives; a text says what is wrong with it. */
function arrivalsOf(
  item: GivenItem,
  test: RuleTest,
  { rules, given }: IncidentTestContext,
): readonly Arrival[] | string {
  const arrivals: Arrival[] = [];
  const delivered = item.delivered === undefined ? undefined : TEST_START + spanOf(item.delivered);
  const start = TEST_START + spanOf(item.at);
  for (const [n, time] of repeatsOf(item)) {
    const at = delivered === undefined ? time : delivered + time - start;
    const restart = item.restart === true && arrivals.length === 0;
    if (item.signal !== undefined || item.alert !== undefined) {
      const rule = item.alert === undefined ? rules.get(item.signal ?? '')?.ref : foreignRule(item.alert);
      if (rule === undefined) return `no loaded rule has the id or name '${item.signal ?? ''}'`;
      const fields = { ...item.fields, ...varied(item, n) };
      const entities = [...namedEntities(item.entities ?? [], n), ...fieldEntities(fields)];
      arrivals.push({
        at,
        restart,
        sighting: sightingOf({ rule, time, entities, content: `${n} ${JSON.stringify(fields)}` }),
      });
      continue;
    }
    const came = given.arrive({ item, n, time, logsource: 'any', test });
    if (typeof came === 'string') return came;
    for (const { signals } of came) {
      for (const { rule, end, entities, id } of signals) {
        arrivals.push({ at, restart, sighting: sightingOf({ rule, time: end, entities, content: id }) });
      }
    }
  }
  return arrivals;
}

function sightingOf(from: {
  readonly rule: RuleRef;
  readonly time: number;
  readonly entities: readonly Entity[];
  readonly content: string;
}): Sighting {
  const { rule, time, entities } = from;
  const { severity, confidence, score } = assess({
    level: rule.level,
    prior: rule.confidence,
    adjustments: [],
  });
  const names = entities.map(({ type, value }) => `${type}:${value}`).join(' ');
  return {
    id: sha256Id(`${rule.id}\n${time}\n${names}\n${from.content}`),
    alert: sha256Id(`${rule.id}\n${names}`),
    rule,
    time: eventTime(time),
    at: time,
    timeNs: 0,
    entities,
    tactics: attackTags(rule.tags).tactics,
    severity,
    confidence,
    score,
  };
}

/** The rule that stands for an alert of another product. */
function foreignRule(alert: Readonly<Record<string, unknown>>): RuleRef {
  const title = String(alert['title']);
  const { tags, level, confidence } = alert;
  const hash = sha256(`alert of another product\n${title}`);
  return {
    kind: 'detection',
    id: `test:${hash.slice(0, 12)}`,
    title,
    version: 1,
    level: LEVELS.find((one) => one === level) ?? 'medium',
    confidence: typeof confidence === 'number' ? confidence : 0.5,
    tags: Array.isArray(tags) ? tags.map(String) : [],
    hash,
  };
}

/** `type:value` or `type/role:value`; `{n}` is the number of the repeat. */
function namedEntities(texts: readonly string[], n: number): Entity[] {
  return texts.flatMap((text) => {
    const colon = text.indexOf(':');
    const [name, part] = text.slice(0, colon).split('/');
    const type = ENTITY_TYPES.find((one) => one === name);
    const role = ENTITY_ROLES.find((one) => one === part) ?? 'actor';
    const value = text.slice(colon + 1).replaceAll('{n}', String(n));
    return type === undefined ? [] : [{ type, role, value }];
  });
}

function fieldEntities(fields: Readonly<Record<string, unknown>>): readonly Entity[] {
  return entitiesOf({
    entities: [],
    fields: { get: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined) },
  });
}

function compare(test: RuleTest, found: readonly Incident[]): string[] {
  const { incidents } = test.expect;
  if (incidents === undefined) return ['a test of an incident template expects `incidents`'];
  if (typeof incidents === 'number') {
    return found.length === incidents ? [] : [`expected ${incidents} incidents, got ${found.length}`];
  }
  return incidents.flatMap((wanted) => {
    const misses = found.map((incident) => missOf(wanted, incident));
    if (misses.some((miss) => miss === undefined)) return [];
    const nearest = misses.find((miss) => miss !== undefined);
    return [
      `no incident is as expected (${JSON.stringify(wanted)})${nearest === undefined ? '' : `: ${nearest}`}`,
    ];
  });
}

/** What of an incident is not as expected; undefined where all is. */
function missOf(wanted: ExpectedIncident, incident: Incident): string | undefined {
  const evidence = incident.members.filter(({ role }) => role === 'evidence');
  const parts = new Set(evidence.flatMap(({ part }) => (part === undefined ? [] : [part])));
  const entities = new Set(incident.entities.map(({ type, value }) => `${type}:${value}`.toLowerCase()));
  const stages = incident.stages.map(({ tactic }) => tactic);
  const story = incident.story.map(({ text }) => text).join('\n');
  if (wanted.title !== undefined && wanted.title !== incident.title)
    return `its title is '${incident.title}'`;
  if (wanted.severity !== undefined && wanted.severity !== incident.severity)
    return `its severity is ${incident.severity}`;
  if (wanted.state !== undefined && wanted.state !== incident.state) return `its state is ${incident.state}`;
  if (wanted.alerts !== undefined && wanted.alerts !== evidence.length)
    return `it has ${evidence.length} alerts`;
  const part = wanted.parts?.find((name) => !parts.has(name));
  if (part !== undefined) return `it has no part '${part}', but ${[...parts].join(', ') || 'none'}`;
  if (wanted.stages !== undefined && wanted.stages.join(' ') !== stages.join(' '))
    return `its stages are ${stages.join(', ') || 'none'}`;
  const entity = wanted.entities?.find((one) => !entities.has(one.toLowerCase()));
  if (entity !== undefined) return `it does not name ${entity}, but ${[...entities].join(', ')}`;
  if (wanted.story !== undefined && !story.includes(wanted.story)) return `its story is: ${story}`;
  return undefined;
}

function described(incident: Incident): string {
  const parts = new Set(incident.members.flatMap(({ part }) => (part === undefined ? [] : [part])));
  return `'${incident.title}', ${incident.severity}, ${incident.state}, parts ${[...parts].join(', ') || 'none'}, stages ${incident.stages.map(({ tactic }) => tactic).join(', ') || 'none'}`;
}
