import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventTime, eventTime, type FeedRule } from '../../model/index.ts';
import type { FeedCopies, FeedCopy } from './load-feeds.ts';

/** What is known of the last good copy of a feed. */
export interface CopyNote {
  /** Where it came from, for people. */
  readonly from: string;
  /** When it was fetched, or last confirmed to be what it was; microseconds. */
  readonly fetchedAt: number;
  /** What the server said of it, to ask only for what is newer. */
  readonly etag?: string;
  readonly lastModified?: string;
  /** TAXII: the time at which the last object was added. */
  readonly addedAfter?: string;
}

/**
 * The last good copies of fetched feeds: a file with what was sent and one with what is known of it, each replaced whole, the note last. A
 * feed that goes to another place begins anew.
 */
export class FeedStore implements FeedCopies {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async read(feed: FeedRule): Promise<FeedCopy | undefined> {
    const note = await this.note(feed);
    if (note === undefined) return undefined;
    try {
      const text = await readFile(this.#path(feed, 'body'), 'utf8');
      return {
        text,
        file: note.from,
        ...(note.fetchedAt === 0 ? {} : { seenAt: eventTime(note.fetchedAt) }),
      };
    } catch {
      return undefined;
    }
  }

  /** What is known of the copy; undefined where there is none that can be read. */
  async note(feed: FeedRule): Promise<CopyNote | undefined> {
    try {
      const note: unknown = JSON.parse(await readFile(this.#path(feed, 'json'), 'utf8'));
      return isNote(note) ? note : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a new copy. */
  async keep(feed: FeedRule, text: string, note: CopyNote): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await this.#replace(this.#path(feed, 'body'), text);
    await this.#replace(this.#path(feed, 'json'), JSON.stringify(note));
  }

  /** Keeps what was read from a file of a feed, where it is not what was kept before. */
  async keepFile(feed: FeedRule, text: string): Promise<void> {
    const etag = createHash('sha256').update(text).digest('hex');
    const known = await this.note(feed);
    if (known?.etag === etag || feed.origin.kind !== 'file') return;
    await this.keep(feed, text, { from: `the last good copy of ${feed.origin.path}`, fetchedAt: 0, etag });
  }

  /** Notes that the copy is still what the feed says. */
  async confirm(feed: FeedRule, note: CopyNote): Promise<void> {
    await this.#replace(this.#path(feed, 'json'), JSON.stringify(note));
  }

  #path(feed: FeedRule, ending: 'body' | 'json'): string {
    const key = createHash('sha256')
      .update(JSON.stringify([feed.name, feed.origin]))
      .digest('hex');
    return join(this.folder, `${key.slice(0, 32)}.${ending}`);
  }

  async #replace(path: string, text: string): Promise<void> {
    const next = `${path}.${process.pid}.new`;
    await writeFile(next, text, { flush: true });
    await rename(next, path);
  }
}

function isNote(value: unknown): value is CopyNote {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'from' in value &&
    typeof value.from === 'string' &&
    'fetchedAt' in value &&
    typeof value.fetchedAt === 'number' &&
    Number.isSafeInteger(value.fetchedAt)
  );
}

/** Whether a feed could not be read for longer than it may. */
export function isStale(
  feed: FeedRule,
  note: CopyNote | undefined,
  { now, since }: { readonly now: EventTime; readonly since: EventTime },
): boolean {
  return feed.origin.kind !== 'file' && now - (note?.fetchedAt ?? since) > feed.staleAfter;
}
