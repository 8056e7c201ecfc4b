import { FeedStore, type LoadedFeeds, loadFeeds } from '../adapters/index.ts';
import { IntelSnapshot, type SnapshotParts } from '../intel/index.ts';
import type { FeedRule } from '../model/index.ts';
import { aside, nativeDigest } from '../runtime/index.ts';

/** Compiles feeds, as they stand on disk, to a snapshot. */
export type FeedCompiler = (feeds: readonly FeedRule[], copies: string) => Promise<LoadedFeeds>;

/** What the thread is given, and what it gives. */
export interface CompileOrder {
  readonly feeds: readonly FeedRule[];
  readonly copies: string;
}
export interface CompileAnswer extends Omit<LoadedFeeds, 'snapshot'> {
  readonly parts: SnapshotParts;
}

/** Compiles on this thread. Files that were read are kept as last good copies, too. */
export async function compileFeeds(feeds: readonly FeedRule[], copies: string): Promise<LoadedFeeds> {
  const store = new FeedStore(copies);
  return loadFeeds(feeds, {
    digest: nativeDigest,
    copies: { read: (feed) => store.read(feed), keepFile: (feed, text) => store.keepFile(feed, text) },
  });
}

/**
 * Compiles on a thread of its own, which ends with it: a million rows take seconds, in which batches go on. The tables come back in shared memory
 * and are not copied. Rejects where the thread ends without an answer.
 */
export async function compileFeedsAside(feeds: readonly FeedRule[], copies: string): Promise<LoadedFeeds> {
  const order: CompileOrder = { feeds, copies };
  const thread = new URL('./feed-compiler-thread.js', import.meta.url);
  const { parts, ...rest } = await aside<CompileAnswer>(thread, order);
  return { ...rest, snapshot: new IntelSnapshot(parts) };
}
