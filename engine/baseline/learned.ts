import type { Diagnostic } from '../diagnostic/index.ts';
import { type BaselineRule, canonicalJson, eventTime, formatTime, sha256 } from '../model/index.ts';
import { type Baseline, type BaselineState, type BaselineStats, LEARNT_FORM } from './baseline.ts';
import { BASELINE_RUN_CODES } from './errors.ts';

/** With more entities than this, their lines stand in sixteen files. */
const ONE_FILE_MAX = 5000;

/** A file of a learnt baseline. */
export interface LearnedFile {
  readonly name: string;
  readonly text: string;
}

/** Alarms a day with the interval that holds 95 % (Garwood, Biometrika 28, 1936, by the approximation of Wilson and Hilferty). */
export interface AlarmRate {
  readonly alarms: number;
  readonly days: number;
  readonly perDay: number;
  readonly low: number;
  readonly high: number;
}

/** What a learnt baseline says of itself. */
export interface Manifest {
  readonly version: typeof LEARNT_FORM;
  readonly rule: {
    readonly id: string;
    readonly name?: string;
    readonly title: string;
    readonly version: number;
    readonly hash: string;
  };
  /** The first and last event, as ISO times. */
  readonly window: { readonly from: string; readonly until: string };
  readonly events: number;
  readonly entities: number;
  readonly features: readonly string[];
  /** Over the ids of the events in their order. */
  readonly input: string;
  /** Over the files beside the manifest. */
  readonly digest: string;
  /** Found prequentially: each event judged by what the ones before had taught. */
  readonly alarms: AlarmRate;
  readonly budget: { readonly perDay: number; readonly scope: string; readonly threshold: number };
  /** Entity names are pseudonyms. */
  readonly pseudonyms: boolean;
  /** Against the version before, where there was one. */
  readonly drift?: {
    readonly entities: { readonly added: number; readonly gone: number; readonly changed: number };
    readonly threshold: number;
  };
  readonly stats: Omit<BaselineStats, 'budget' | 'daysLive'>;
}

/** What is told about learning besides the state. */
export interface LearnedAbout {
  readonly input: string;
  readonly pseudonyms: boolean;
  readonly drift?: Manifest['drift'];
}

/** A rate of alarms with its interval. */
export function alarmRate(alarms: number, days: number): AlarmRate {
  const per = (count: number): number => (days > 0 ? Math.round((1000 * count) / days) / 1000 : 0);
  // Wilson and Hilferty: the cube root of a χ² is nearly normal.
  const bound = (count: number, z: number): number =>
    count === 0 && z < 0 ? 0 : count * (1 - 1 / (9 * count) + z / (3 * Math.sqrt(count))) ** 3;
  const low = alarms === 0 ? 0 : bound(alarms, -1.96);
  const high = bound(alarms + 1, 1.96);
  return { alarms, days: Math.round(100 * days) / 100, perDay: per(alarms), low: per(low), high: per(high) };
}

/** The files of a learnt baseline: canonical, so that equal states are equal bytes; one entity a line, sorted. */
export function renderLearned(baseline: Baseline, about: LearnedAbout): readonly LearnedFile[] {
  const { tenant, entities } = withoutPlaces(baseline.snapshot('file'));
  const { rule } = baseline;
  const { budget, daysLive, ...stats } = baseline.stats();
  const lines = entities.map((entity) => ({
    key: entity.key.join('\u0000'),
    text: `${canonicalJson(entity)}\n`,
  }));
  const shards = new Map<string, string>();
  for (const { key, text } of lines) {
    const shard =
      lines.length <= ONE_FILE_MAX ? 'entities.ndjson' : `entities-${sha256(key).slice(0, 1)}.ndjson`;
    shards.set(shard, (shards.get(shard) ?? '') + text);
  }
  const files = [
    { name: 'tenant.json', text: `${tenantText(tenant)}\n` },
    ...[...shards].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => ({ name, text })),
  ];
  const { id, name, title, version, hash } = rule.meta;
  const manifest: Manifest = {
    version: LEARNT_FORM,
    rule: { id, ...(name === undefined ? {} : { name }), title, version, hash },
    window: { from: timeText(tenant.first), until: timeText(tenant.now) },
    events: stats.events,
    entities: entities.length,
    features: rule.features.map((feature) => feature.name),
    input: about.input,
    digest: digestOf(files),
    alarms: alarmRate(stats.alarms, daysLive),
    budget: {
      perDay: rule.budget.perDay,
      scope: rule.budget.scope,
      threshold: Math.round(1000 * budget.threshold) / 1000,
    },
    pseudonyms: about.pseudonyms,
    ...(about.drift === undefined ? {} : { drift: about.drift }),
    stats,
  };
  return [{ name: 'manifest.json', text: `${JSON.stringify(manifest, null, 2)}\n` }, ...files];
}

/**
 * The state without the places at which its latest events stood: what was learnt is the same wherever the recording lay, and a path of
 * somebody's machine has no business in a repository.
 */
function withoutPlaces<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  // The shape stays what it was; only optional members of event references go.
  if (Array.isArray(value)) return value.map(withoutPlaces) as T;
  const isEvent = 'id' in value && 'time' in value && 'timeNs' in value;
  const members = Object.entries(value).filter(([key]) => !isEvent || (key !== 'file' && key !== 'line'));
  return Object.fromEntries(members.map(([key, member]) => [key, withoutPlaces(member)])) as T;
}

/** A learnt baseline read back. */
export interface Learned {
  readonly manifest: Manifest;
  readonly state: BaselineState;
}

/**
 * Reads the files of a learnt baseline. `where` names the folder in findings. Reports TT5201 and TT5203; with a rule also TT5202.
 * What is known of a feature that the rule no longer has is left out; a feature that was not there starts empty.
 */
export function readLearned(
  files: readonly LearnedFile[],
  where: string,
  rule?: BaselineRule,
): { readonly value: Learned | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const text = (name: string): string | undefined => files.find((file) => file.name === name)?.text;
  const manifest = parsed(text('manifest.json'));
  const tenant = parsed(text('tenant.json'));
  const shards = files.filter(({ name }) => /^entities(?:-[0-9a-f])?\.ndjson$/.test(name));
  const entities = shards.flatMap((file) =>
    file.text
      .split('\n')
      .filter((line) => line !== '')
      .map(parsed),
  );
  if (!isManifest(manifest) || tenant === undefined || entities.includes(undefined)) {
    return {
      value: undefined,
      diagnostics: [finding('TT5201', `${where}: what was learnt cannot be read`, where)],
    };
  }
  const beside = files.filter(
    ({ name }) => name === 'tenant.json' || shards.some((shard) => shard.name === name),
  );
  if (digestOf([...beside].sort(byName)) !== manifest.digest) {
    return {
      value: undefined,
      diagnostics: [finding('TT5203', `${where}: the files are not those that were learnt`, where)],
    };
  }
  const sorted = (entities as BaselineState['entities'][number][]).sort((a, b) =>
    a.key.join('\u0000') < b.key.join('\u0000') ? -1 : 1,
  );
  const state: BaselineState = {
    version: LEARNT_FORM,
    tenant: tenant as BaselineState['tenant'],
    entities: sorted,
  };
  const diagnostics =
    rule === undefined || rule.meta.hash === manifest.rule.hash
      ? []
      : [finding('TT5202', `${where}: learnt for another version of '${manifest.rule.title}'`, where)];
  return {
    value: { manifest, state: rule === undefined ? state : fitted(state, manifest, rule) },
    diagnostics,
  };
}

/** A state whose features stand in the order of a rule that may have others. */
function fitted(state: BaselineState, manifest: Manifest, rule: BaselineRule): BaselineState {
  const names = rule.features.map((feature) => feature.name);
  if (names.join('\n') === manifest.features.join('\n')) return state;
  const known = names.filter((name) => manifest.features.includes(name));
  // Features must stand where they stood: what is new comes last, or the whole starts anew.
  const same =
    known.every((name, i) => manifest.features[i] === name) && known.length === manifest.features.length;
  if (same) return state;
  return { version: LEARNT_FORM, tenant: { ...state.tenant, tails: [], features: [] }, entities: [] };
}

/** What two versions of a learnt baseline say of the same entity, in words: a line an entity that changed. */
export function learnedDifferences(
  before: Baseline,
  after: Baseline,
): readonly { readonly entity: string; readonly text: string }[] {
  const a = before.describe();
  const b = after.describe();
  return [...new Set([...a.keys(), ...b.keys()])].sort().flatMap((entity) => {
    const old = a.get(entity);
    const now = b.get(entity);
    if (old === undefined) return [{ entity, text: 'new' }];
    if (now === undefined) return [{ entity, text: 'gone' }];
    const words = [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((feature) =>
      featureDifference(feature, old[feature] ?? {}, now[feature] ?? {}),
    );
    return words.length === 0 ? [] : [{ entity, text: words.join(', ') }];
  });
}

const SLIGHT = 0.05;
type Described = Readonly<Record<string, number | string | readonly string[]>>;

function featureDifference(feature: string, old: Described, now: Described): string[] {
  const unit = typeof now['unit'] === 'string' ? ` ${now['unit']}` : '';
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key): string[] => {
    const from = old[key];
    const to = now[key];
    if (canonicalJson(from ?? null) === canonicalJson(to ?? null) || key === 'unit') return [];
    const label = `${feature} ${key.replaceAll('_', ' ')}`;
    if (Array.isArray(from) || Array.isArray(to)) {
      const had = Array.isArray(from) ? from : [];
      const has = Array.isArray(to) ? to : [];
      const added = has.filter((one) => !had.includes(one));
      const gone = had.filter((one) => !has.includes(one));
      const list = (sign: string, items: readonly string[]): string =>
        items.length === 0
          ? ''
          : ` ${sign}${items.length} (${items.slice(0, 3).join(', ')}${items.length > 3 ? ', …' : ''})`;
      return [`${label}${list('+', added)}${list('−', gone)}`];
    }
    // A mean moves with every event: what is less than a twentieth is told by the line of the file alone.
    if (typeof from === 'number' && typeof to === 'number' && Math.abs(to - from) < SLIGHT * Math.abs(from))
      return [];
    return [`${label} ${String(from ?? '–')} → ${String(to ?? '–')}${key === 'threshold' ? unit : ''}`];
  });
}

/** Chained over ids in their order: the same events in the same order have the same digest. */
export function inputDigest(ids: readonly string[]): string {
  let digest = sha256('');
  for (let from = 0; from < ids.length; from += 1024)
    digest = sha256(`${digest}\n${ids.slice(from, from + 1024).join('\n')}`);
  return digest;
}

function digestOf(files: readonly LearnedFile[]): string {
  return sha256(
    [...files]
      .sort(byName)
      .map(({ name, text }) => `${name} ${sha256(text)}`)
      .join('\n'),
  );
}

function byName(a: LearnedFile, b: LearnedFile): number {
  return a.name < b.name ? -1 : 1;
}

/** What is known of all together, a line a feature, so that a difference shows where it is. */
function tenantText({ features, tails, ...rest }: BaselineState['tenant']): string {
  const lines = (list: readonly unknown[]): string => list.map((one) => `\n${canonicalJson(one)}`).join(',');
  return `{"rest":${canonicalJson(rest)},\n"tails":[${lines(tails)}],\n"features":[${lines(features)}]}`;
}

function timeText(time: number): string {
  return time < 0 ? 'never' : formatTime(eventTime(time));
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('rest' in value)) return value;
    const { rest, ...lists } = value;
    return { ...(rest as object), ...lists };
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is Manifest {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === LEARNT_FORM &&
    'rule' in value &&
    'digest' in value &&
    'features' in value
  );
}

function finding(code: keyof typeof BASELINE_RUN_CODES, message: string, file: string): Diagnostic {
  const { severity } = BASELINE_RUN_CODES[code];
  return {
    code,
    severity,
    message,
    at: { file, line: 1, column: 1 },
    hint: 'learn again: telltale baseline learn',
  };
}
