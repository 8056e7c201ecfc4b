import {
  type EventTime,
  type FeedRule,
  formatDuration,
  type RuleRef,
  type Signal,
  sha256,
  sha256Id,
} from '../model/index.ts';
import { scoreSignal } from '../score/index.ts';

/**
 * The rule behind the signal of a feed that could not be read for longer than it may: what it lists is old, and what is new is not seen. It is
 * the engine's own; no file holds it.
 */
export const FEED_STALE: RuleRef = {
  kind: 'detection',
  id: 'engine.feed_stale',
  title: 'Feed of threat intelligence is stale',
  version: 1,
  level: 'medium',
  confidence: 0.5,
  tags: [],
  hash: sha256('engine.feed_stale 1'),
};

/** The signal of a stale feed: one for each time it was read last, so that a repeat is the same signal. */
export function feedStaleSignal(
  feed: FeedRule,
  { lastRead, now }: { readonly lastRead: EventTime | undefined; readonly now: EventTime },
): Signal {
  return {
    id: sha256Id(`${FEED_STALE.hash}\n${feed.name}\n${lastRead ?? 'never'}`),
    rule: FEED_STALE,
    start: now,
    end: now,
    endNs: 0,
    entities: [],
    score: scoreSignal(FEED_STALE.level, FEED_STALE.confidence),
    evidence: [],
    values: new Map([
      ['feed', feed.name],
      ['stale_after', formatDuration(feed.staleAfter)],
    ]),
    group: [['feed', feed.name]],
  };
}
