// Long because the five shapes stand side by side: each is a few lines over the same kept sightings.
import {
  type AlertSelector,
  type Entity,
  formatTime,
  type IncidentTemplate,
  type JoinKey,
  LEVELS,
  type TemplatePart,
  tacticRank,
} from '../model/index.ts';
import { spanText } from './links.ts';
import type { IncidentSettings } from './settings.ts';
import { entityKey, type Sighting } from './sighting.ts';

/** A template's shape, found. */
export interface ShapeMatch {
  readonly template: IncidentTemplate;
  /** Alerts by part, in the order of time; one sighting an alert. */
  readonly parts: readonly { readonly name: string; readonly sightings: readonly Sighting[] }[];
  /** The join key that its alerts share. */
  readonly key: string;
  /** What they share, in words. */
  readonly shared: string;
  readonly title: string;
  readonly story: string | undefined;
  readonly counter: readonly { readonly reason: string; readonly factor: number; readonly signal: string }[];
  /** Every sighting that it rests on, and those that speak against it. */
  readonly basis: readonly Sighting[];
}

/** A sighting that a template keeps. */
export interface Kept {
  readonly sighting: Sighting;
  /** Index of the part, −1 for counter-evidence only. */
  readonly part: number;
  readonly counter: readonly number[];
  readonly keys: readonly string[];
}

/** What templates keep, by their id. */
export type SavedTemplates = readonly (readonly [string, readonly Kept[]])[];

interface Running {
  readonly template: IncidentTemplate;
  kept: Kept[];
  /** By join key: what names it. */
  readonly byKey: Map<string, Kept[]>;
  /** What a rule is to this template; −2 where nothing. */
  readonly memo: Map<string, { readonly part: number; readonly counter: readonly number[] }>;
}

/** Sightings that a theme follows from link to link at most. */
const THEME_MAX = 200;
/** Sightings kept under one key. */
const KEY_MAX = 200;
/** Alerts of one part that a match lists. */
const PART_MAX = 20;

/**
 * Looks for the shapes of templates in the stream of sightings, whatever their weight. A sighting counts for the first part that it fits. Bounded: per
 * template and key the newest sightings are kept. Cost: nothing for rules that no template names, else the sightings under its keys.
 */
export class TemplateRunner {
  readonly #running: readonly Running[];
  readonly #limit: number;
  readonly #moment: number;

  constructor(templates: readonly IncidentTemplate[], settings: IncidentSettings) {
    this.#running = templates.map((template) => ({ template, kept: [], byKey: new Map(), memo: new Map() }));
    this.#limit = settings.limits.template;
    this.#moment = settings.moment;
  }

  /** The shapes that this sighting completes or adds to. */
  observe(sighting: Sighting): readonly ShapeMatch[] {
    let found: ShapeMatch[] | undefined;
    for (const running of this.#running) {
      const match = this.#observe(running, sighting);
      if (match === undefined) continue;
      found ??= [];
      found.push(match);
    }
    return found ?? [];
  }

  /** What is kept, by template id. */
  save(): SavedTemplates {
    return this.#running.map(({ template, kept }) => [template.meta.id, kept]);
  }

  restore(saved: SavedTemplates): void {
    const known = new Map(saved);
    for (const running of this.#running) {
      for (const kept of known.get(running.template.meta.id) ?? []) keepIn(running, kept);
    }
  }

  #observe(running: Running, sighting: Sighting): ShapeMatch | undefined {
    const { template } = running;
    const role = roleOf(running, sighting);
    if (role.part < 0 && role.counter.length === 0) return undefined;
    const keys = keysOf(template, sighting.entities);
    if (keys.length === 0) return undefined;
    const kept: Kept = { sighting, part: role.part, counter: role.counter, keys };
    this.#forget(running, sighting.time);
    keepIn(running, kept);
    let best: ShapeMatch | undefined;
    for (const key of keys) {
      const near = template.shape === 'theme' ? reach(running, kept) : (running.byKey.get(key) ?? []);
      const from = sighting.time - template.timespan;
      const members = near.filter((one) => one.part >= 0 && one.sighting.time >= from);
      const chosen = choose(template, { members, moment: this.#moment });
      if (chosen !== undefined && (best === undefined || size(chosen) > size(best.parts))) {
        best = matchOf(template, { chosen, near, key });
      }
      if (template.shape === 'theme') break;
    }
    return best;
  }

  #forget(running: Running, now: number): void {
    const longest = running.template.counter.reduce<number>(
      (most, { within }) => Math.max(most, within),
      running.template.timespan,
    );
    const full = running.kept.length >= this.#limit;
    const first = running.kept[0];
    if (!full && (first === undefined || first.sighting.time >= now - 2 * longest)) return;
    const from = now - longest;
    const kept = running.kept.filter(({ sighting }) => sighting.time >= from);
    const rest = full ? kept.slice(-Math.floor(this.#limit / 2)) : kept;
    running.kept = [];
    running.byKey.clear();
    for (const one of rest) keepIn(running, one);
  }
}

function keepIn(running: Running, kept: Kept): void {
  running.kept.push(kept);
  for (const key of kept.keys) {
    const known = running.byKey.get(key);
    if (known === undefined) running.byKey.set(key, [kept]);
    else {
      known.push(kept);
      if (known.length > KEY_MAX) known.shift();
    }
  }
}

/** Which part a sighting fits, and which counter-evidence; asked once a rule where its alerts do not differ. */
function roleOf(
  running: Running,
  sighting: Sighting,
): { readonly part: number; readonly counter: readonly number[] } {
  const { template, memo } = running;
  // What a selector asks of the single sighting, not of its rule, are the entities.
  const asks =
    template.parts.some(({ select }) => select.entities.length > 0) ||
    template.counter.some(({ select }) => select.entities.length > 0);
  const key = asks
    ? `${sighting.rule.id}\u0000${sighting.entities.map(({ type }) => type).join(' ')}`
    : sighting.rule.id;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const part = partsOf(template).findIndex(({ select }) => fits(select, sighting));
  const counter = template.counter.flatMap(({ select }, i) => (fits(select, sighting) ? [i] : []));
  const role = { part, counter };
  if (memo.size < 100_000) memo.set(key, role);
  return role;
}

const ANYTHING: TemplatePart = {
  name: 'alert',
  select: { rules: [], tags: [], tactics: [], techniques: [], titles: [], entities: [] },
  times: 1,
  optional: false,
};

/** The parts of a template; one that takes everything where it names none (kill chain, shared process). */
function partsOf(template: IncidentTemplate): readonly TemplatePart[] {
  return template.parts.length === 0 ? [ANYTHING] : template.parts;
}

/** Whether an alert fits every member of a selector that is written. */
export function fits(select: AlertSelector, sighting: Sighting): boolean {
  const { rule, tactics } = sighting;
  if (select.rules.length > 0 && !select.rules.some((name) => name === rule.id || name === rule.name))
    return false;
  if (select.tags.length > 0 && !select.tags.some((tag) => rule.tags.some((own) => fitsText(tag, own))))
    return false;
  if (select.tactics.length > 0 && !select.tactics.some((tactic) => tactics.includes(tactic))) return false;
  if (select.techniques.length > 0 && !rule.tags.some((tag) => isTechnique(tag, select.techniques)))
    return false;
  if (select.titles.length > 0 && !select.titles.some((title) => fitsText(title, rule.title))) return false;
  if (!select.entities.every((type) => sighting.entities.some((entity) => entity.type === type)))
    return false;
  return select.level === undefined || LEVELS.indexOf(rule.level) >= LEVELS.indexOf(select.level);
}

function isTechnique(tag: string, wanted: readonly string[]): boolean {
  const id = tag.toUpperCase().replace(/^ATTACK\./, '');
  return wanted.some((technique) => id === technique || id.startsWith(`${technique}.`));
}

/** A text with `*` for anything, without regard to case. */
function fitsText(pattern: string, text: string): boolean {
  const pieces = pattern.toLowerCase().split('*');
  const lower = text.toLowerCase();
  const [first = '', ...rest] = pieces;
  if (rest.length === 0) return lower === first;
  if (!lower.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const piece of rest) {
    const found = lower.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return lower.length - last.length >= at && lower.endsWith(last);
}

/** Every alternative of the join with the values that a sighting has for it. */
function keysOf(template: IncidentTemplate, entities: readonly Entity[]): string[] {
  const keys: string[] = [];
  template.join.forEach((whole, i) => {
    let partial: string[] = [''];
    for (const key of whole) {
      const values = entities.filter((entity) => isKey(entity, key)).map(entityKey);
      partial = partial.flatMap((before) => values.map((value) => `${before}\u0000${value}`));
      if (partial.length > 16) partial.length = 16;
    }
    for (const one of partial) keys.push(`${i}${one}`);
  });
  return [...new Set(keys)];
}

function isKey(entity: Entity, key: JoinKey): boolean {
  return entity.type === key.type && (key.role === undefined || entity.role === key.role);
}

/** Of a theme: everything that can be reached from a sighting by any of the keys, within the timespan. */
function reach(running: Running, start: Kept): Kept[] {
  const from = start.sighting.time - running.template.timespan;
  const seen = new Set<Kept>([start]);
  for (const one of seen) {
    if (seen.size >= THEME_MAX) break;
    for (const key of one.keys) {
      for (const other of running.byKey.get(key) ?? []) {
        if (seen.size < THEME_MAX && other.sighting.time >= from) seen.add(other);
      }
    }
  }
  return [...seen].sort(byTime);
}

function byTime(a: Kept, b: Kept): number {
  return (
    a.sighting.time - b.sighting.time ||
    (a.sighting.id < b.sighting.id ? -1 : a.sighting.id > b.sighting.id ? 1 : 0)
  );
}

type Chosen = ReadonlyMap<number, readonly Kept[]>;

/** What a shape is looked for in: in the order of time. */
interface Choice {
  readonly sorted: readonly Kept[];
  /** Within so long is one moment, microseconds. */
  readonly moment: number;
}

/** Tactics one after the other: how many, over how many moments, and since when the last of these runs. */
interface ChainRow {
  readonly length: number;
  readonly moments: number;
  readonly since: number;
}

function size(chosen: Chosen | ShapeMatch['parts']): number {
  let sum = 0;
  if (Array.isArray(chosen)) for (const { sightings } of chosen) sum += sightings.length;
  else for (const kept of (chosen as Chosen).values()) sum += kept.length;
  return sum;
}

/** The sightings that make the shape, by part; undefined where it does not hold. */
function choose(
  template: IncidentTemplate,
  { members, moment }: { readonly members: readonly Kept[]; readonly moment: number },
): Chosen | undefined {
  const sorted = [...members].sort(byTime);
  switch (template.shape) {
    case 'sequence':
      return sequence(template, sorted);
    case 'kill_chain':
      return killChain(template, { sorted, moment });
    case 'shared_process':
      return sharedProcess(template, sorted);
    case 'same_entity':
    case 'theme': {
      const by = grouped(sorted);
      const rules = new Set(sorted.map(({ sighting }) => sighting.rule.id));
      return rules.size >= template.minSources ? enough(template, by) : undefined;
    }
  }
}

function grouped(sorted: readonly Kept[]): Map<number, Kept[]> {
  const by = new Map<number, Kept[]>();
  for (const one of sorted) {
    const own = by.get(one.part);
    if (own === undefined) by.set(one.part, [one]);
    else own.push(one);
  }
  return by;
}

/** Whether enough parts are complete; parts that are not do not belong. */
function enough(template: IncidentTemplate, by: ReadonlyMap<number, readonly Kept[]>): Chosen | undefined {
  const parts = partsOf(template);
  const complete = new Map([...by].filter(([part, own]) => own.length >= (parts[part]?.times ?? 1)));
  const least = template.minParts ?? parts.filter(({ optional }) => !optional).length;
  const needed =
    template.minParts !== undefined || parts.every(({ optional }, i) => optional || complete.has(i));
  return needed && complete.size >= Math.max(1, least) ? complete : undefined;
}

/**
 * One part after the other: each part is complete before the next begins. The latest beginning that leads to a match is taken, so that a
 * newer start never hides an older match, nor an old start one that keeps the distances.
 */
function sequence(template: IncidentTemplate, sorted: readonly Kept[]): Chosen | undefined {
  const parts = template.parts;
  const chosen = new Map<number, readonly Kept[]>();
  let before = Number.POSITIVE_INFINITY;
  let within: number | undefined;
  // From the end: the last sightings of the last part, then the latest of the part before them.
  for (let p = parts.length - 1; p >= 0; p--) {
    const part = parts[p];
    if (part === undefined) continue;
    const limit = before;
    const own = sorted.filter(
      (one) =>
        one.part === p &&
        one.sighting.time < limit &&
        (within === undefined || limit - one.sighting.time <= within),
    );
    if (own.length < part.times) {
      if (part.optional) continue;
      if (template.minParts === undefined) return undefined;
      continue;
    }
    chosen.set(p, own);
    const first = own[own.length - part.times]?.sighting.time;
    if (first !== undefined) before = first;
    within = part.within;
  }
  const least = template.minParts ?? 1;
  return chosen.size >= least ? new Map([...chosen].reverse()) : undefined;
}

/** Moments apart in which the steps of a kill chain must have been seen at least: one script takes many steps at once. */
const MOMENTS_LEAST = 3;

/**
 * Tactics on one resource that come in the order of the kill chain: the longest such row, and of rows as long the one over most moments. What comes
 * within a moment may be one script, so the row must go over several.
 */
function killChain(template: IncidentTemplate, from: Choice): Chosen | undefined {
  const { sorted, moment } = from;
  const first = new Map<number, { readonly time: number; readonly order: number }>();
  for (const { sighting } of sorted) {
    for (const tactic of sighting.tactics) {
      const order = tacticRank(tactic);
      if (!first.has(order)) first.set(order, { time: sighting.time, order });
    }
  }
  const steps = [...first.values()].sort((a, b) => a.time - b.time || a.order - b.order);
  const least = Math.min(template.minTactics, MOMENTS_LEAST);
  const rows: ChainRow[] = [];
  for (const [i, step] of steps.entries()) {
    let row: ChainRow = { length: 1, moments: 1, since: step.time };
    for (let j = 0; j < i; j++) {
      const before = rows[j];
      const other = steps[j];
      if (before === undefined || other === undefined || other.order >= step.order) continue;
      const apart = step.time - before.since > moment;
      const longer = {
        length: before.length + 1,
        moments: before.moments + (apart ? 1 : 0),
        since: apart ? step.time : before.since,
      };
      if (longer.length > row.length || (longer.length === row.length && longer.moments > row.moments))
        row = longer;
    }
    rows.push(row);
  }
  if (!rows.some(({ length, moments }) => length >= template.minTactics && moments >= least))
    return undefined;
  const by = grouped(sorted.filter(({ sighting }) => sighting.tactics.length > 0));
  return template.parts.length === 0 ? by : enough(template, by);
}

function sharedProcess(template: IncidentTemplate, sorted: readonly Kept[]): Chosen | undefined {
  const hosts = new Set<string>();
  for (const { sighting } of sorted)
    for (const entity of sighting.entities) if (entity.type === 'host') hosts.add(entity.value);
  return hosts.size >= template.minHosts ? enough(template, grouped(sorted)) : undefined;
}

/** The same shape over fewer sightings; undefined where it does not hold over them. */
export function narrowed(
  match: ShapeMatch,
  sightings: readonly Sighting[],
  { moment }: IncidentSettings,
): ShapeMatch | undefined {
  const { template, key } = match;
  const parts = partsOf(template);
  const near = sightings.flatMap((sighting): Kept[] => {
    const keys = keysOf(template, sighting.entities);
    const part = parts.findIndex(({ select }) => fits(select, sighting));
    const counter = template.counter.flatMap(({ select }, i) => (fits(select, sighting) ? [i] : []));
    return keys.includes(key) ? [{ sighting, part, counter, keys }] : [];
  });
  const members = near.filter(({ part }) => part >= 0);
  const chosen = choose(template, { members, moment });
  return chosen === undefined
    ? undefined
    : { ...matchOf(template, { chosen, near, key }), counter: match.counter, basis: match.basis };
}

function matchOf(
  template: IncidentTemplate,
  { chosen, near, key }: { readonly chosen: Chosen; readonly near: readonly Kept[]; readonly key: string },
): ShapeMatch {
  const parts = [...chosen].map(([part, kept]) => ({
    name: partsOf(template)[part]?.name ?? 'alert',
    sightings: onePerAlert(kept),
  }));
  const all = [...chosen.values()].flat().sort(byTime);
  const first = all[0]?.sighting.time ?? 0;
  const last = all.at(-1)?.sighting.time ?? 0;
  const spoke: Sighting[] = [];
  const counter = template.counter.flatMap((one, i) => {
    const against = near.find(
      ({ counter: of, sighting }) =>
        of.includes(i) && sighting.time >= first - one.within && sighting.time <= last + one.within,
    );
    if (against === undefined) return [];
    spoke.push(against.sighting);
    return [{ reason: one.reason, factor: one.factor, signal: against.sighting.id }];
  });
  const values = valuesOf(template, chosen, all);
  return {
    template,
    parts,
    key,
    shared: key.split('\u0000').slice(1).join(' and '),
    title: filledIn(template.title ?? template.meta.title, values),
    story: template.story === undefined ? undefined : filledIn(template.story, values),
    counter,
    basis: [...all.map(({ sighting }) => sighting), ...spoke],
  };
}

function onePerAlert(kept: readonly Kept[]): readonly Sighting[] {
  const first = new Map<string, Sighting>();
  for (const { sighting } of kept) if (!first.has(sighting.alert)) first.set(sighting.alert, sighting);
  return [...first.values()].slice(0, PART_MAX);
}

/** What placeholders stand for: entity types over all alerts, and by part. */
function valuesOf(
  template: IncidentTemplate,
  chosen: Chosen,
  all: readonly Kept[],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  describe(values, '', all);
  for (const [part, kept] of chosen) describe(values, `${partsOf(template)[part]?.name ?? 'alert'}.`, kept);
  return values;
}

function describe(values: Map<string, string>, prefix: string, kept: readonly Kept[]): void {
  const [first] = kept;
  const last = kept.at(-1);
  if (first === undefined || last === undefined) return;
  values.set(`${prefix}count`, String(kept.length));
  values.set(`${prefix}title`, first.sighting.rule.title);
  values.set(`${prefix}first`, formatTime(first.sighting.time));
  values.set(`${prefix}last`, formatTime(last.sighting.time));
  const byType = new Map<string, Set<string>>();
  for (const { sighting } of kept) {
    for (const { type, value } of sighting.entities) {
      const own = byType.get(type) ?? new Set();
      own.add(value);
      byType.set(type, own);
    }
  }
  for (const [type, own] of byType) {
    const shown = [...own].slice(0, 3).join(', ');
    values.set(`${prefix}${type}`, own.size > 3 ? `${shown} and ${own.size - 3} more` : shown);
  }
  if (prefix === '') values.set('span', spanText(last.sighting.time - first.sighting.time));
}

/** Fills `{{name}}`; what has no value is said to be unknown. */
function filledIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\{\{\s*([^{}]*?)\s*\}\}/g,
    (_, name: string) => values.get(name) ?? `(${name} unknown)`,
  );
}
