import { FeedStore, type LoadedFeeds, loadFeeds } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import type { IntelSnapshot } from '../intel/index.ts';
import type { Ruleset } from '../pipeline/index.ts';
import { nativeDigest } from '../runtime/index.ts';
import { FEED_COPIES } from './feed-copies.ts';

/** The feeds of a ruleset, loaded from their files and from the last good copies. */
export async function openFeeds(ruleset: Ruleset, copies: string = FEED_COPIES): Promise<LoadedFeeds> {
  return loadFeeds(ruleset.feeds, { digest: nativeDigest, copies: new FeedStore(copies) });
}

/** What the feeds of a ruleset say, for commands that look at recorded events; undefined where there are no feeds. */
export async function openIntel(
  ruleset: Ruleset,
): Promise<{ readonly snapshot: IntelSnapshot | undefined; readonly diagnostics: readonly Diagnostic[] }> {
  if (ruleset.feeds.length === 0) return { snapshot: undefined, diagnostics: [] };
  const { snapshot, diagnostics } = await openFeeds(ruleset);
  return { snapshot, diagnostics };
}
