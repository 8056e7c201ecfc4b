import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../../diagnostic/index.ts';
import {
  type FeedReading,
  type IntelSnapshot,
  readFeedText,
  SnapshotBuilder,
  type SnapshotReport,
  type WarningList,
} from '../../intel/index.ts';
import type { Digest, EventTime, FeedRule } from '../../model/index.ts';
import { ADAPTER_CODES } from '../errors.ts';

/** What a feed last sent. */
export interface FeedCopy {
  readonly text: string;
  /** What it is called in diagnostics: a file, or an address. */
  readonly file: string;
  /** When it was fetched; undefined of files, whose rows without a time do not decay. */
  readonly seenAt?: EventTime;
}

/** Where copies of fetched feeds are kept. */
export interface FeedCopies {
  /** The last good copy of a feed; undefined where it was never fetched. */
  read(feed: FeedRule): Promise<FeedCopy | undefined>;
  /** Keeps what was read from a feed's file, for when it cannot be read; absent where that is not wanted. */
  keepFile?(feed: FeedRule, text: string): Promise<void>;
}

/** One feed as it was loaded. */
export interface LoadedFeed {
  readonly feed: FeedRule;
  /** Undefined where there was nothing to read. */
  readonly copy: { readonly file: string; readonly seenAt: EventTime | undefined } | undefined;
  readonly reading: FeedReading;
}

/** Feeds, compiled into one snapshot. */
export interface LoadedFeeds {
  readonly snapshot: IntelSnapshot;
  readonly report: SnapshotReport;
  readonly feeds: readonly LoadedFeed[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What feeds are loaded with. */
export interface LoadFeedsOptions {
  readonly copies?: FeedCopies;
  readonly digest?: Digest;
}

/** A longer text would not fit into a string. */
const SIZE_MAX_BYTES = 400 * 1024 * 1024;
const NOTHING_READ: FeedReading = { read: 0, bad: 0, diagnostics: [] };

/**
 * Reads all feeds and compiles them. A feed that cannot be read says nothing and takes no other with it. Reports TT66xx of the rows, TT9040
 * (a file that cannot be read), TT9041 (never fetched) and TT9042 (a value of a warning list that is none).
 */
export async function loadFeeds(
  feeds: readonly FeedRule[],
  options: LoadFeedsOptions = {},
): Promise<LoadedFeeds> {
  const diagnostics: Diagnostic[] = [];
  const warnings = new Map<string, readonly WarningList[]>();
  for (const feed of feeds) warnings.set(feed.name, await warningsOf(feed, diagnostics));
  const builder = new SnapshotBuilder({
    sources: Object.fromEntries(
      feeds.map(({ name, decay, minConfidence }) => [name, { decay, minConfidence }]),
    ),
    sourceWarnings: Object.fromEntries(warnings),
    ...(options.digest === undefined ? {} : { digest: options.digest }),
  });
  const loaded: LoadedFeed[] = [];
  for (const feed of feeds) {
    const copy = await copyOf(feed, options.copies, diagnostics);
    if (copy === undefined) {
      loaded.push({ feed, copy: undefined, reading: NOTHING_READ });
      continue;
    }
    const { text, file, seenAt } = copy;
    const reading = readFeedText(feed, text, {
      sink: builder,
      file,
      ...(seenAt === undefined ? {} : { seenAt }),
    });
    diagnostics.push(...reading.diagnostics);
    loaded.push({ feed, copy: { file, seenAt }, reading });
  }
  const { snapshot, report } = builder.build();
  for (const { list, value } of report.unreadWarnings.slice(0, 20)) {
    const at = feeds.find(({ warnings: own }) => own.some(({ name }) => name === list))?.meta.source;
    const message = `'${value}' of the warning list '${list}' is no value that a feed could name`;
    diagnostics.push({
      code: 'TT9042',
      severity: ADAPTER_CODES.TT9042.severity,
      message,
      ...(at === undefined ? {} : { at }),
    });
  }
  return { snapshot, report, feeds: loaded, diagnostics };
}

async function copyOf(
  feed: FeedRule,
  copies: FeedCopies | undefined,
  diagnostics: Diagnostic[],
): Promise<FeedCopy | undefined> {
  if (feed.origin.kind === 'file') {
    const found = await besideOf(feed, feed.origin.path, diagnostics);
    if (found === undefined) return copies?.keepFile === undefined ? undefined : copies.read(feed);
    await copies?.keepFile?.(feed, found.text);
    return found;
  }
  const copy = await copies?.read(feed);
  if (copy === undefined) {
    diagnostics.push({
      code: 'TT9041',
      severity: ADAPTER_CODES.TT9041.severity,
      message: `the feed '${feed.name}' has never been fetched, so it lists nothing`,
      at: feed.meta.source,
      hint: 'fetch it with telltale intel fetch; the daemon does so by itself',
    });
  }
  return copy;
}

/** A file beside the feed's document. Links do not lead out of the folder either. */
async function besideOf(
  feed: FeedRule,
  path: string,
  diagnostics: Diagnostic[],
): Promise<FeedCopy | undefined> {
  const folder = dirname(feed.meta.source.file);
  const file = join(folder, path);
  try {
    const way = relative(await realpath(folder), await realpath(file));
    if (way === '..' || way.startsWith(`..${sep}`)) throw new Error('it leads out of the folder of the feed');
    const found = await stat(file);
    if (!found.isFile()) throw new Error('it is not a file');
    if (found.size > SIZE_MAX_BYTES) throw new Error(`it is larger than ${SIZE_MAX_BYTES / 1024 / 1024} MiB`);
    return { text: await readFile(file, 'utf8'), file };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    diagnostics.push({
      code: 'TT9040',
      severity: ADAPTER_CODES.TT9040.severity,
      message: `${file} cannot be read: ${reason}`,
      at: feed.meta.source,
      hint: 'the file is named from the folder of the feed document',
    });
    return undefined;
  }
}

async function warningsOf(feed: FeedRule, diagnostics: Diagnostic[]): Promise<readonly WarningList[]> {
  const lists: WarningList[] = [];
  for (const { name, values, file } of feed.warnings) {
    const copy = file === undefined ? undefined : await besideOf(feed, file, diagnostics);
    lists.push({ name, values: [...values, ...(copy === undefined ? [] : valuesOf(copy.text))] });
  }
  return lists;
}

/** A warning list of MISP (`{"list": […]}`), or one value a line. */
function valuesOf(text: string): readonly string[] {
  if (/^\s*\{/.test(text)) {
    try {
      const document: unknown = JSON.parse(text);
      const list =
        typeof document === 'object' && document !== null && 'list' in document ? document.list : [];
      return Array.isArray(list) ? list.map(String) : [];
    } catch {
      // What is no JSON is taken line by line, and its values are then reported as none.
    }
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
