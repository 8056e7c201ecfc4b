import { isSameCourse, namesCourse } from './course.ts';
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
/** Cases that may watch one subject. */
const WATCHES_MAX = 8;
const NOBODY: readonly string[] = [];
/** So many of the newest entries are looked at for one of the same alert. */
const LOOK_BACK = 8;

/** Who wants to know what happens on a subject, and until when. */
interface Watch {
  readonly of: string;
  readonly until: number;
}

/** Recent activity as plain data. */
export interface SavedRecent {
  readonly subjects: readonly (readonly [string, readonly Recent[]])[];
  readonly watches: readonly (readonly [string, readonly Watch[]])[];
  /** Up to when what is old was forgotten last; absent in states from before it was kept, and where nothing was. */
  readonly forgotten?: number;
}

/**
 * What happened of late on each subject without being notable: what is shown around an incident. And which case watches a subject for
 * what happens next on it. Bounded: the subject that was not heard of for longest goes first.
 */
export class RecentActivity {
  readonly #around: number;
  readonly #subjects = new Map<string, Recent[]>();
  /** By subject, whoever asked last first. */
  readonly #watches = new Map<string, readonly Watch[]>();
  /** A case that was found late asks for what was before: what has been forgotten by then is part of the state. */
  #forgotten = Number.NEGATIVE_INFINITY;

  constructor(settings: IncidentSettings) {
    this.#around = settings.around;
  }

  add(subject: string, sighting: Sighting, now: number): void {
    const known = this.#subjects.get(subject) ?? [];
    // Heard of last, so forgotten last.
    this.#subjects.delete(subject);
    const from = now - this.#around;
    // Before it has a place of its own: with nothing in it yet it would be forgotten as well.
    this.#forgetOld(from);
    const kept = (known[0]?.last ?? now) < from || known.length >= ENTRIES_MAX ? pruned(known, from) : known;
    this.#subjects.set(subject, kept);
    for (let i = kept.length - 1; i >= 0 && i >= kept.length - LOOK_BACK; i--) {
      const entry = kept[i];
      if (entry === undefined || entry.sighting.alert !== sighting.alert || now - entry.first > ENTRY)
        continue;
      if (!isSameCourse(entry.sighting, sighting)) continue;
      entry.last = Math.max(entry.last, now);
      entry.count++;
      return;
    }
    kept.push({ sighting, first: now, last: now, count: 1 });
  }

  /**
   * Whoever was not heard of within the time around a case is of no more use; he was heard of longest ago, so he stands first. Now and then, and many
   * at once: a map walks over what was deleted at its front each time. O(1), amortised.
   */
  #forgetOld(from: number): void {
    const full = this.#subjects.size > SUBJECTS_MAX;
    if (!full && from - this.#forgotten < ENTRY) return;
    this.#forgotten = from;
    const most = full ? SUBJECTS_MAX * 0.9 : SUBJECTS_MAX;
    for (const [subject, entries] of this.#subjects) {
      if (entries.some(({ last }) => last >= from) && this.#subjects.size <= most) return;
      this.#subjects.delete(subject);
    }
  }

  /** What happened on a subject of late and belongs to who asks, taken out; what names courses of action, and not his, stays for others. */
  take(subject: string, now: number, belongs: (sighting: Sighting) => boolean): readonly Recent[] {
    const entries = this.#subjects.get(subject);
    if (entries === undefined) return [];
    const taken: Recent[] = [];
    const left: Recent[] = [];
    for (const entry of entries) {
      if (entry.last < now - this.#around) continue;
      if (belongs(entry.sighting)) taken.push(entry);
      else if (namesCourse(entry.sighting)) left.push(entry);
    }
    if (left.length === 0) this.#subjects.delete(subject);
    else this.#subjects.set(subject, left);
    return taken;
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
    const others = (this.#watches.get(subject) ?? []).filter(
      (watch) => watch.of !== of && now <= watch.until,
    );
    this.#watches.delete(subject);
    this.#watches.set(subject, [{ of, until: now + this.#around }, ...others].slice(0, WATCHES_MAX));
    if (this.#watches.size <= SUBJECTS_MAX) return;
    for (const oldest of this.#watches.keys()) {
      this.#watches.delete(oldest);
      break;
    }
  }

  /** The cases that watch a subject now, whichever asked last first. */
  watchers(subject: string, now: number): readonly string[] {
    const watches = this.#watches.get(subject);
    if (watches === undefined) return NOBODY;
    const ids = watches.filter(({ until }) => now <= until).map(({ of }) => of);
    if (ids.length === 0) this.#watches.delete(subject);
    return ids;
  }

  /** One case became part of another. */
  rename(from: string, to: string): void {
    for (const [subject, watches] of this.#watches) {
      if (!watches.some(({ of }) => of === from)) continue;
      const renamed = watches.map(({ of, until }) => ({ of: of === from ? to : of, until }));
      this.#watches.set(
        subject,
        renamed.filter(({ of }, i) => renamed.findIndex((other) => other.of === of) === i),
      );
    }
  }

  save(): SavedRecent {
    return {
      subjects: [...this.#subjects],
      watches: [...this.#watches],
      ...(Number.isFinite(this.#forgotten) ? { forgotten: this.#forgotten } : {}),
    };
  }

  restore(saved: SavedRecent): void {
    this.#forgotten = saved.forgotten ?? Number.NEGATIVE_INFINITY;
    for (const [subject, entries] of saved.subjects)
      this.#subjects.set(
        subject,
        entries.map((entry) => ({ ...entry })),
      );
    for (const [subject, watch] of saved.watches) this.#watches.set(subject, watch);
  }
}

function pruned(entries: readonly Recent[], from: number): Recent[] {
  return entries.filter(({ last }) => last >= from).slice(-(ENTRIES_MAX - 1));
}
