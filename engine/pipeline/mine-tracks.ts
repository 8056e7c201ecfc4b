import type { EntityType, RuleRef, Signal } from '../model/index.ts';

/** Kinds of entity that things happen to or that act; what is shared by everything (files, domains) joins by accident. */
export const MINED: readonly EntityType[] = [
  'host',
  'user',
  'container',
  'cloud_resource',
  'mailbox',
  'application',
  'service',
  'ip',
  'session',
  'key',
  'process',
];

/** Signals of one rule on one entity, close together. */
export interface Episode {
  readonly rule: number;
  readonly time: number;
  last: number;
  readonly signal: Signal;
}

/** The episodes of one entity, in the order of time, and how many of each rule. */
export interface Track {
  readonly entity: string;
  readonly episodes: Episode[];
  readonly counts: Map<number, number>;
}

/** Rules by id, numbered in the order of their coming. */
export type RuleNumbers = Map<string, { readonly index: number; readonly ref: RuleRef }>;

/** Signals by kind of entity and entity, close ones of one rule as one episode, in the order of time. */
export function tracksOf(
  signals: readonly Signal[],
  from: { readonly episode: number; readonly refs: RuleNumbers },
): ReadonlyMap<EntityType, readonly Track[]> {
  const { refs } = from;
  const sorted = [...signals].sort((a, b) => a.end - b.end || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const by = new Map<string, Track>();
  const open = new Map<string, Episode>();
  const types = new Map<EntityType, Track[]>(MINED.map((type) => [type, []]));
  for (const signal of sorted) {
    const known = refs.get(signal.rule.id) ?? { index: refs.size, ref: signal.rule };
    refs.set(signal.rule.id, known);
    const names = new Set(signal.entities.map(({ type, value }) => `${type}:${value}`));
    for (const name of names) {
      const type = MINED.find((one) => name.startsWith(`${one}:`));
      const own = type === undefined ? undefined : types.get(type);
      if (own === undefined) continue;
      const key = `${known.index}\u0000${name}`;
      const before = open.get(key);
      if (before !== undefined && signal.end - before.last <= from.episode) {
        before.last = signal.end;
        continue;
      }
      let track = by.get(name);
      if (track === undefined) {
        track = { entity: name, episodes: [], counts: new Map() };
        by.set(name, track);
        own.push(track);
      }
      const episode = { rule: known.index, time: signal.end, last: signal.end, signal };
      open.set(key, episode);
      track.episodes.push(episode);
      track.counts.set(known.index, (track.counts.get(known.index) ?? 0) + 1);
    }
  }
  return types;
}

/** How long anything happened anywhere: windows with a signal in them. At least two, else nothing could be out of the ordinary. */
export function activeTime(signals: readonly Signal[], window: number): number {
  const windows = new Set(signals.map(({ end }) => Math.floor(end / window)));
  return Math.max(2, windows.size) * window;
}

/** By other rule the first episode on the track that follows one within a window and rests on other events. */
export function followers(track: Track, i: number, window: number): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  const from = track.episodes[i];
  if (from === undefined) return first;
  for (let j = i + 1; j < track.episodes.length; j++) {
    const episode = track.episodes[j];
    if (episode === undefined || episode.time - from.time > window) break;
    if (episode.rule === from.rule || first.has(episode.rule) || sameEvent(from, episode)) continue;
    first.set(episode.rule, j);
  }
  return first;
}

function sameEvent(a: Episode, b: Episode): boolean {
  if (a.signal.end === b.signal.end && a.signal.endNs === b.signal.endNs && a.signal.evidence.length === 0)
    return true;
  const events = new Set(a.signal.evidence.map(({ id }) => id));
  return b.signal.evidence.some(({ id }) => events.has(id));
}
