import type { IntelSnapshot, ObservableType } from '../../intel/index.ts';
import { type EntityType, formatTime } from '../../model/index.ts';
import type { FactQuestion, FactSource } from '../fact.ts';
import { askedEntities } from './entities.ts';
import type { IntelIndicator } from './intel.ts';

/** What of the kinds of entity feeds list. */
const OBSERVABLES: Partial<Readonly<Record<EntityType, ObservableType>>> = {
  ip: 'ip',
  domain: 'domain',
  host: 'domain',
  url: 'url',
  hash: 'hash',
  mailbox: 'email',
};

/**
 * The feeds of the ruleset as a source of the fact `intel`, each indicator with the confidence that is left at the time of the decision; what
 * a facts file says of intelligence (`beside`) comes behind. The snapshot is asked for at each question, so that a swap is seen.
 */
export class FeedFacts implements FactSource {
  readonly name = 'intel';
  readonly #snapshot: () => IntelSnapshot | undefined;
  readonly #beside: FactSource | undefined;

  constructor(snapshot: () => IntelSnapshot | undefined, beside?: FactSource) {
    this.#snapshot = snapshot;
    this.#beside = beside;
  }

  lookup(question: FactQuestion): unknown {
    const snapshot = this.#snapshot();
    const listed = askedEntities(question).flatMap(({ type, value }): readonly IntelIndicator[] => {
      const observable = OBSERVABLES[type];
      if (snapshot === undefined || observable === undefined) return [];
      return snapshot.match(observable, value, question.at).map((match) => ({
        type,
        value,
        feed: match.source,
        confidence: match.score / 100,
        ...(match.lastSeen === undefined ? {} : { since: formatTime(match.lastSeen) }),
      }));
    });
    const beside = (more: unknown): unknown => (Array.isArray(more) ? [...listed, ...more] : listed);
    const more = this.#beside?.lookup(question);
    return more instanceof Promise ? more.then(beside) : beside(more);
  }
}

/** Sources of facts with the feeds among them; a source of intelligence from a file is asked beside them. */
export function withFeeds(
  sources: readonly FactSource[],
  snapshot: (() => IntelSnapshot | undefined) | undefined,
): readonly FactSource[] {
  if (snapshot === undefined) return sources;
  const beside = sources.find(({ name }) => name === 'intel');
  return [...sources.filter((source) => source !== beside), new FeedFacts(snapshot, beside)];
}
