import { observablesOf } from '../intel/index.ts';

/** Texts remembered in each of two generations; what falls out is told once more. */
const TEXTS_MAX = 16_384;
/** So many different actors are told of one text; whom many ask for is no secret any more. */
const ACTORS_MAX = 32;

/** What one text was told of. */
interface Telling {
  /** Nothing that a feed could list, or told of enough actors. */
  done: boolean;
  readonly actors: string[];
}

/**
 * Which texts that feeds were asked about are new on a day, by who dealt with them: what must be remembered of an event so that an indicator
 * which comes later finds it. Most texts come again and again, and cost one look into a map. Two generations of 16,384 texts of at most 32 actors.
 */
export class ObservedTexts {
  #day = Number.NaN;
  #young = new Map<string, Telling>();
  #old = new Map<string, Telling>();
  #asked: string[] = [];

  /** A feed is asked about this text of the event in hand. */
  see(text: string): void {
    const known = this.#young.get(text);
    if (known?.done === true) return;
    this.#asked.push(text);
  }

  /** The texts of the event that are new of its actor on the day; `actor` is asked only where one may be. */
  take(day: number, actor: () => string): readonly string[] {
    if (this.#asked.length === 0) return NOTHING;
    const asked = this.#asked;
    this.#asked = [];
    if (day !== this.#day) {
      this.#day = day;
      this.#young = new Map();
      this.#old = new Map();
    }
    let who: string | undefined;
    let fresh: string[] | undefined;
    for (const text of asked) {
      const telling = this.#tellingOf(text);
      if (telling.done) continue;
      who ??= actor();
      if (telling.actors.includes(who)) continue;
      telling.actors.push(who);
      telling.done = telling.actors.length >= ACTORS_MAX;
      fresh ??= [];
      fresh.push(text);
    }
    return fresh ?? NOTHING;
  }

  #tellingOf(text: string): Telling {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const telling = this.#old.get(text) ?? { done: observablesOf(text).length === 0, actors: [] };
    if (this.#young.size >= TEXTS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, telling);
    return telling;
  }
}

const NOTHING: readonly string[] = [];
