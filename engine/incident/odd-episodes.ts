/** How odd a subject was at a time: the bits of a candidate on that subject alone. */
export interface OddEpisode {
  /** Id of the candidate. */
  readonly of: string;
  readonly at: number;
  readonly bits: number;
}

/** Episodes kept for one subject, subjects kept in all. */
const EPISODES_MAX = 64;
const SUBJECTS_MAX = 50_000;

/**
 * What was odd on each subject without becoming an incident: the yardstick for what is found around one. Bounded; the oldest go first.
 */
export class OddEpisodes {
  readonly #by = new Map<string, OddEpisode[]>();

  add(subject: string, episode: OddEpisode): void {
    const known = this.#by.get(subject);
    if (known === undefined) {
      this.#by.set(subject, [episode]);
      if (this.#by.size > SUBJECTS_MAX) {
        for (const oldest of this.#by.keys()) {
          this.#by.delete(oldest);
          break;
        }
      }
    } else {
      known.push(episode);
      if (known.length > EPISODES_MAX) known.shift();
    }
  }

  /** How often something at least so odd happens on any of these subjects, a microsecond: their own past, and a share of the average's each. */
  rate(
    subjects: readonly string[],
    of: { readonly bits: number; readonly except: string; readonly watched: number },
  ): number {
    const like = (episodes: readonly OddEpisode[]): number =>
      episodes.filter(({ bits, of: id }) => bits >= of.bits && id !== of.except).length;
    let all = 0;
    for (const episodes of this.#by.values()) all += like(episodes);
    const average = all / Math.max(1, this.#by.size);
    let own = 0;
    for (const subject of subjects) own += like(this.#by.get(subject) ?? []);
    // One share of the average, however many subjects: theirs is in the sum already.
    return (own + average) / of.watched;
  }

  save(): readonly (readonly [string, readonly OddEpisode[]])[] {
    return [...this.#by];
  }

  restore(saved: readonly (readonly [string, readonly OddEpisode[]])[]): void {
    for (const [subject, episodes] of saved) this.#by.set(subject, [...episodes]);
  }
}
