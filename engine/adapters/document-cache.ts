import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FILE = 'documents.json';
const FORMAT = 'telltale documents 1';
/** Documents kept that this run did not ask for, so that two rule folders in turn do not evict each other. */
const IDLE_MAX = 10_000;

/** Values that were read from texts before, found again by the text. Values are plain JSON data. */
export interface DocumentCache {
  /** The value kept for a text, or undefined. The caller must not change it. */
  get(text: string): unknown;
  set(text: string, value: unknown): void;
  /** Writes what is new. Gives false where the folder cannot be written; a cache that fails only costs time. */
  save(): Promise<boolean>;
}

/** `$XDG_CACHE_HOME/telltale`, else `~/.cache/telltale` (XDG Base Directory Specification). */
export function defaultCacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'telltale');
}

/**
 * Opens the cache in a folder. Keys are SHA-256 of the text together with `reader`, which must name whatever decides what a text is
 * read as (the version of the package). A file that is damaged, or of another format, counts as empty. It is replaced
 * in one step, so a reader sees the old or the new one, never a half.
 */
export async function openDocumentCache(folder: string, reader: string): Promise<DocumentCache> {
  const kept = await load(join(folder, FILE));
  const used = new Set<string>();
  let changed = false;
  const keyOf = (text: string): string =>
    createHash('sha256').update(reader).update('\0').update(text).digest('hex');
  return {
    get(text) {
      const key = keyOf(text);
      const value = kept.get(key);
      if (value !== undefined) used.add(key);
      return value;
    },
    set(text, value) {
      const key = keyOf(text);
      kept.set(key, value);
      used.add(key);
      changed = true;
    },
    async save() {
      if (!changed) return true;
      const idle = [...kept.keys()].filter((key) => !used.has(key)).slice(-IDLE_MAX);
      const documents = Object.fromEntries([...idle, ...used].map((key) => [key, kept.get(key)]));
      const stored = await store(folder, JSON.stringify({ format: FORMAT, documents }));
      if (stored) changed = false;
      return stored;
    },
  };
}

async function load(path: string): Promise<Map<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return new Map();
    const { format, documents } = { format: undefined, documents: undefined, ...parsed };
    if (format !== FORMAT || typeof documents !== 'object' || documents === null) return new Map();
    return new Map(Object.entries(documents));
  } catch {
    return new Map();
  }
}

async function store(folder: string, text: string): Promise<boolean> {
  const draft = join(folder, `.${FILE}.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, join(folder, FILE));
    return true;
  } catch {
    await rm(draft, { force: true }).catch(() => undefined);
    return false;
  }
}
