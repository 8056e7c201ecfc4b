import type { IncidentSettings } from './settings.ts';
import type { Sighting } from './sighting.ts';

/** Sightings of one alert close together: the first of them stands for all. */
export interface Recent {
  readonly sighting: Sighting;
  first: number;
  last: number;
  count: number;
}

/** Sightings of one alert within so long are one entry. */
const ENTRY = 60_000_000;
/** Entries kept for one subject, subjects kept in all: about 300 bytes an entry. */
const ENTRIES_MAX = 256;
const SUBJECTS_MAX = 20_000;
/** So many of the newest entries are looked at for one of the same alert. */
const LOOK_BACK = 8;

/** Recent activity as plain data. */
export interface SavedRecent {
  readonly subjects: readonly (readonly [string, readonly Recent[]])[];
  readonly watches: readonly (readonly [string, { readonly of: string; readonly until: number }])[];
}

/**
 * What happened of late on each subject without being notable: what is shown around an incident. And which case watches a subject for
 * what happens next on it. Bounded: the subject that was not heard of for longest goes first.
 */
export class RecentActivity {
  readonly #around: number;
  readonly #subjects = new Map<string, Recent[]>();
  readonly #watches = new Map<string, { of: string; until: number }>();

  constructor(settings: IncidentSettings) {
    this.#around = settings.around;
  }

  add(subject: string, sighting: Sighting, now: number): void {
    const known = this.#subjects.get(subject) ?? [];
    // Heard of last, so forgotten last.
    this.#subjects.delete(subject);
    const from = now - this.#around;
    const kept = (known[0]?.last ?? now) < from || known.length >= ENTRIES_MAX ? pruned(known, from) : known;
    this.#subjects.set(subject, kept);
    if (this.#subjects.size > SUBJECTS_MAX) {
      for (const oldest of this.#subjects.keys()) {
        this.#subjects.delete(oldest);
        break;
      }
    }
    for (let i = kept.length - 1; i >= 0 && i >= kept.length - LOOK_BACK; i--) {
      const entry = kept[i];
      if (entry === undefined || entry.sighting.alert !== sighting.alert || now - entry.first > ENTRY)
        continue;
      entry.last = Math.max(entry.last, now);
      entry.count++;
      return;
    }
    kept.push({ sighting, first: now, last: now, count: 1 });
  }

  /** What happened on a subject of late, taken out. */
  take(subject: string, now: number): readonly Recent[] {
    const entries = this.#subjects.get(subject);
    if (entries === undefined) return [];
    this.#subjects.delete(subject);
    return entries.filter(({ last }) => last >= now - this.#around);
  }

  /** Forgets one alert on a subject: it became more than that. */
  forget(subject: string, alert: string): void {
    const entries = this.#subjects.get(subject);
    if (entries === undefined) return;
    this.#subjects.set(
      subject,
      entries.filter(({ sighting }) => sighting.alert !== alert),
    );
  }

  /** The case `of` wants to know what happens on a subject for a while from now on. */
  watch(subject: string, of: string, now: number): void {
    this.#watches.delete(subject);
    this.#watches.set(subject, { of, until: now + this.#around });
    if (this.#watches.size <= SUBJECTS_MAX) return;
    for (const oldest of this.#watches.keys()) {
      this.#watches.delete(oldest);
      break;
    }
  }

  /** The case that watches a subject now. */
  watcher(subject: string, now: number): string | undefined {
    const watch = this.#watches.get(subject);
    if (watch === undefined) return undefined;
    if (now <= watch.until) return watch.of;
    this.#watches.delete(subject);
    return undefined;
  }

  /** One case became part of another. */
  rename(from: string, to: string): void {
    for (const watch of this.#watches.values()) if (watch.of === from) watch.of = to;
  }

  save(): SavedRecent {
    return { subjects: [...this.#subjects], watches: [...this.#watches] };
  }

  restore(saved: SavedRecent): void {
    for (const [subject, entries] of saved.subjects)
      this.#subjects.set(
        subject,
        entries.map((entry) => ({ ...entry })),
      );
    for (const [subject, watch] of saved.watches) this.#watches.set(subject, { ...watch });
  }
}

function pruned(entries: readonly Recent[], from: number): Recent[] {
  return entries.filter(({ last }) => last >= from).slice(-(ENTRIES_MAX - 1));
}
