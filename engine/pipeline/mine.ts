import {
  type Duration,
  type EntityType,
  MICROS_PER_SECOND,
  type RuleRef,
  type Signal,
} from '../model/index.ts';
import { betaCumulative } from '../score/index.ts';
import { activeTime, followers, MINED, type RuleNumbers, type Track, tracksOf } from './mine-tracks.ts';

/** How patterns are looked for. */
export interface MiningOptions {
  /** The next part comes within so long. */
  readonly window: Duration;
  /** Signals of one rule on one entity closer than this are one episode. */
  readonly episode: Duration;
  /** Seen at least so often. */
  readonly seenMin: number;
  /** At least so many times as often as chance explains. */
  readonly liftMin: number;
  /** The chance of being wrong about any of the patterns, after correction for all that were looked at. */
  readonly significance: number;
  /** Rules in one pattern at most. */
  readonly partsMax: number;
}

const HOUR = 3600 * MICROS_PER_SECOND;

/** What `telltale incidents mine` asks where nothing is said. */
export const MINING_DEFAULTS: MiningOptions = {
  window: HOUR as Duration,
  episode: (HOUR / 2) as Duration,
  seenMin: 3,
  liftMin: 3,
  significance: 0.01,
  partsMax: 5,
};

/** One time that a pattern was seen: the first signal of the episode of each part. */
export interface PatternSighting {
  readonly entity: string;
  readonly signals: readonly Signal[];
}

/** Rules whose signals come on the same entity, one after the other, far more often than chance explains. */
export interface MinedPattern {
  readonly rules: readonly RuleRef[];
  readonly entity: EntityType;
  /** They come in this order; else in any. */
  readonly ordered: boolean;
  readonly seen: number;
  /** So often it would be by chance, given how often each comes on each entity. */
  readonly expected: number;
  /** Times that it could have been seen: episodes of what comes before the last part. */
  readonly trials: number;
  /** Probability of at least `seen` by chance, before and after correction for all patterns that were looked at (Holm). */
  readonly chance: number;
  readonly corrected: number;
  /** Distinct entities it was seen on. */
  readonly entities: number;
  /** In the order of time, at most `SIGHTINGS_MAX`. */
  readonly sightings: readonly PatternSighting[];
}

/** What was found in a recording. */
export interface Mining {
  /** The least likely by chance first. */
  readonly patterns: readonly MinedPattern[];
  /** Pairs and sequences of rules that were tested: each has the kind of entity it is about. */
  readonly lookedAt: number;
  readonly episodes: number;
  /** Time in which anything happened anywhere, microseconds: in whole windows. */
  readonly active: number;
}

/** Sightings kept of one pattern. */
const SIGHTINGS_MAX = 50;
/** Patterns that are looked at for a further part. */
const EXTENDED_MAX = 200;
/** From this share on, what comes in one order is a sequence. */
const ORDERED_SHARE = 0.8;
/** A pattern in the making: for each time that it was seen the track and the places in it. */
interface Found {
  readonly rules: readonly number[];
  readonly matches: readonly { readonly track: Track; readonly at: readonly number[] }[];
  readonly trials: number;
  readonly expected: number;
  readonly chance: number;
}

/**
 * Looks for pairs of rules, and from these for longer sequences, that come on the same entity within a window more often than chance explains.
 *
 * Episodes, not signals, are counted, and each at most once in a pattern. Two rules that fire on the same event are one thing told twice, and no pattern.
 * By chance an episode of A is followed by one of B on the entity with probability 1 − (1 − W/T)^n, n being the episodes of B there and T the time in
 * which anything happened anywhere: nights and gaps make nothing look close. How many follow is then a sum of unlike trials, whose upper tail the
 * binomial of the mean probability bounds from one above the mean on (Hoeffding 1956); its tail is exact (incomplete beta function). All pairs and
 * sequences that could have been seen are counted in the correction (Holm 1979).
 *
 * Pure: the same signals, in any order, give the same. Cost: for each episode those within a window of it on its entity; memory: the episodes.
 */
export function minePatterns(signals: readonly Signal[], options: MiningOptions = MINING_DEFAULTS): Mining {
  const refs: RuleNumbers = new Map();
  const byType = tracksOf(signals, { episode: options.episode, refs });
  const rules = [...refs.values()].map(({ ref }) => ref);
  const active = activeTime(signals, options.window);
  const tested: {
    readonly entity: EntityType;
    readonly found: Found;
    readonly reverse: Found | undefined;
  }[] = [];
  let lookedAt = 0;
  for (const [entity, tracks] of byType) {
    const pairs = pairsOf(tracks, { options, active });
    lookedAt += pairs.lookedAt;
    const level: { found: Found; reverse: Found | undefined }[] = pairs.found.map((found) => ({
      found,
      reverse: pairs.found.find(({ rules: [a, b] }) => a === found.rules[1] && b === found.rules[0]),
    }));
    for (const one of level) tested.push({ entity, ...one });
    let longest = promising(
      level.map(({ found }) => found),
      options,
    );
    for (let parts = 3; parts <= options.partsMax && longest.length > 0; parts++) {
      const longer = longest.map((found) => extended(found, { options, active }));
      lookedAt += longer.reduce((sum, one) => sum + one.lookedAt, 0);
      const found = longer.flatMap((one) => one.found);
      for (const one of found) tested.push({ entity, found: one, reverse: undefined });
      longest = promising(found, options);
    }
  }
  const patterns = significant(tested, { options, lookedAt, rules });
  let episodes = 0;
  for (const tracks of byType.values()) for (const track of tracks) episodes += track.episodes.length;
  return { patterns, lookedAt, episodes, active };
}

interface Chance {
  readonly options: MiningOptions;
  readonly active: number;
}

/** Probability that an episode of a rule comes on an entity within a window of a given moment. */
function chanceOn(track: Track, rule: number, { options, active }: Chance): number {
  const episodes = track.counts.get(rule) ?? 0;
  return 1 - (1 - options.window / active) ** episodes;
}

function pairsOf(
  tracks: readonly Track[],
  chance: Chance,
): { readonly found: readonly Found[]; readonly lookedAt: number } {
  const matches = new Map<string, Found['matches'][number][]>();
  const possible = new Map<string, { trials: number; expected: number }>();
  for (const track of tracks) {
    for (const [a, episodes] of track.counts) {
      for (const b of track.counts.keys()) {
        if (a === b) continue;
        const key = `${a} ${b}`;
        const known = possible.get(key) ?? { trials: 0, expected: 0 };
        known.trials += episodes;
        known.expected += episodes * chanceOn(track, b, chance);
        possible.set(key, known);
      }
    }
    for (const [i, episode] of track.episodes.entries()) {
      for (const [rule, j] of followers(track, i, chance.options.window)) {
        const key = `${episode.rule} ${rule}`;
        add(matches, key, { track, at: [i, j] });
      }
    }
  }
  const found = [...matches].map(([key, all]): Found => {
    const { trials, expected } = possible.get(key) ?? { trials: 0, expected: 0 };
    const own = once(all);
    const rules = key.split(' ').map(Number);
    return { rules, matches: own, trials, expected, chance: tail(own.length, trials, expected) };
  });
  return { found, lookedAt: possible.size };
}

function extended(
  { rules, matches }: Found,
  chance: Chance,
): { readonly found: readonly Found[]; readonly lookedAt: number } {
  const longer = new Map<string, Found['matches'][number][]>();
  const possible = new Map<string, { trials: number; expected: number }>();
  for (const { track, at } of matches) {
    for (const rule of track.counts.keys()) {
      if (rules.includes(rule)) continue;
      const known = possible.get(String(rule)) ?? { trials: 0, expected: 0 };
      known.trials++;
      known.expected += chanceOn(track, rule, chance);
      possible.set(String(rule), known);
    }
    const last = at.at(-1);
    if (last === undefined) continue;
    for (const [rule, j] of followers(track, last, chance.options.window)) {
      if (!rules.includes(rule)) add(longer, String(rule), { track, at: [...at, j] });
    }
  }
  const found = [...longer].map(([rule, all]): Found => {
    const { trials, expected } = possible.get(rule) ?? { trials: 0, expected: 0 };
    const own = once(all);
    return {
      rules: [...rules, Number(rule)],
      matches: own,
      trials,
      expected,
      chance: tail(own.length, trials, expected),
    };
  });
  return { found, lookedAt: possible.size };
}

/** No episode twice as the same part: of those that would, the earliest match stands. */
function once(matches: readonly Found['matches'][number][]): Found['matches'] {
  const taken = new Map<Track, Set<string>>();
  return matches.filter(({ track, at }) => {
    const own = taken.get(track) ?? new Set();
    taken.set(track, own);
    const names = at.map((place, part) => `${part} ${place}`);
    if (names.some((name) => own.has(name))) return false;
    for (const name of names) own.add(name);
    return true;
  });
}

/** P(X ≥ seen) of a binomial with this mean: exact. At or below the mean nothing is remarkable. */
function tail(seen: number, trials: number, expected: number): number {
  if (seen < expected + 1 || trials === 0) return 1;
  const p = Math.min(1, expected / trials);
  return seen > trials ? 0 : betaCumulative(p, seen, trials - seen + 1);
}

/** Patterns that are worth a look for a further part: seen often enough, and not by chance as far as this can be told so far. */
function promising(found: readonly Found[], { seenMin, significance }: MiningOptions): readonly Found[] {
  return found
    .filter(({ matches, chance }) => matches.length >= seenMin && chance <= significance)
    .sort((a, b) => a.chance - b.chance || compareRules(a.rules, b.rules))
    .slice(0, EXTENDED_MAX);
}

function significant(
  tested: readonly {
    readonly entity: EntityType;
    readonly found: Found;
    readonly reverse: Found | undefined;
  }[],
  from: { readonly options: MiningOptions; readonly lookedAt: number; readonly rules: readonly RuleRef[] },
): readonly MinedPattern[] {
  const { options, lookedAt, rules } = from;
  const sorted = [...tested].sort(
    (a, b) =>
      a.found.chance - b.found.chance ||
      b.found.rules.length - a.found.rules.length ||
      MINED.indexOf(a.entity) - MINED.indexOf(b.entity) ||
      compareRules(a.found.rules, b.found.rules),
  );
  const kept: { readonly pattern: MinedPattern; readonly found: Found }[] = [];
  const known = new Set<string>();
  let corrected = 0;
  for (const [rank, { entity, found, reverse }] of sorted.entries()) {
    corrected = Math.max(corrected, Math.min(1, found.chance * Math.max(1, lookedAt - rank)));
    if (corrected > options.significance) break;
    const seen = found.matches.length;
    if (seen < options.seenMin || seen < options.liftMin * found.expected) continue;
    const backwards = reverse?.matches.length ?? 0;
    const ordered = found.rules.length > 2 || seen >= ORDERED_SHARE * (seen + backwards);
    // In any order the two directions are one pattern; about several kinds of entity the least likely is told.
    const key = (ordered ? [...found.rules] : [...found.rules].sort((a, b) => a - b)).join(' ');
    if (known.has(key)) continue;
    known.add(key);
    kept.push({ found, pattern: patternOf(found, { entity, ordered, corrected, rules }) });
  }
  return kept
    .filter(({ found }) => !kept.some((other) => covers(other.found, found)))
    .map(({ pattern }) => pattern);
}

/** A longer pattern that is seen nearly as often tells all that the shorter one does. */
function covers(longer: Found, shorter: Found): boolean {
  return (
    longer.rules.length > shorter.rules.length &&
    longer.matches.length >= ORDERED_SHARE * shorter.matches.length &&
    inOrder(shorter.rules, longer.rules)
  );
}

function inOrder(some: readonly number[], all: readonly number[]): boolean {
  let at = -1;
  return some.every((rule) => {
    at = all.indexOf(rule, at + 1);
    return at >= 0;
  });
}

function patternOf(
  found: Found,
  from: {
    readonly entity: EntityType;
    readonly ordered: boolean;
    readonly corrected: number;
    readonly rules: readonly RuleRef[];
  },
): MinedPattern {
  const sightings = found.matches
    .map(({ track, at }) => ({
      entity: track.entity,
      signals: at.flatMap((place) => track.episodes[place]?.signal ?? []),
    }))
    .sort((a, b) => (a.signals[0]?.end ?? 0) - (b.signals[0]?.end ?? 0) || (a.entity < b.entity ? -1 : 1));
  return {
    rules: found.rules.flatMap((index) => from.rules[index] ?? []),
    entity: from.entity,
    ordered: from.ordered,
    seen: found.matches.length,
    expected: found.expected,
    trials: found.trials,
    chance: found.chance,
    corrected: from.corrected,
    entities: new Set(sightings.map(({ entity }) => entity)).size,
    sightings: sightings.slice(0, SIGHTINGS_MAX),
  };
}

function compareRules(a: readonly number[], b: readonly number[]): number {
  return a.length - b.length || a.reduce((found, rule, i) => found || rule - (b[i] ?? 0), 0);
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}
