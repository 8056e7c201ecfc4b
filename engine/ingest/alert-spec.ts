import { LEVELS, type Level, type Scalar, TACTICS } from '../model/index.ts';
import { firstPresent, resolvePath, textOf } from './path.ts';

/** How the severities of another product become levels. */
export interface SeverityDocument {
  /** Raw paths of the severity, the first present one counts. */
  readonly paths: readonly string[];
  /** Level by the severity's text, without case. Texts that are names of levels need none. */
  readonly levels?: Readonly<Record<string, string>>;
  /** Level by the least number that has it. */
  readonly from?: Readonly<Record<string, string>>;
}

/**
 * Where records of a schema are alerts of another product: each becomes a signal under its own name. All paths are raw paths into the
 * record, tried in order.
 */
export interface AlertDocument {
  /** What the ids of its rules begin with; the mapping's id where absent. */
  readonly product?: string;
  /** What the product calls the finding. A record without one is no alert. */
  readonly name: readonly string[];
  /** A stable id of the product's own rule; where absent, the name tells rules apart. */
  readonly id?: readonly string[];
  readonly severity?: SeverityDocument;
  /** The level where the record has no severity that can be read; medium where absent. */
  readonly level?: string;
  /** Paths of a confidence, 0–1 or 0–100. */
  readonly confidence?: readonly string[];
  /** Paths of tags, tactics and techniques. */
  readonly tags?: readonly string[];
  /** Paths of what tells one alert from another; entities do where absent. */
  readonly group?: readonly string[];
}

/** An alert of another product, as a record tells it. */
export interface ReadAlert {
  readonly name: string;
  /** The product's own id of its rule, where it has one. */
  readonly id?: string;
  readonly level: Level;
  /** 0–1, where the product says so. */
  readonly confidence?: number;
  readonly tags: readonly string[];
  readonly group?: readonly (readonly [string, Scalar])[];
}

/** Names longer than this are cut: they are titles, not messages. */
export const ALERT_NAME_MAX = 200;
const TAGS_MAX = 32;

/** Reads a record as an alert; undefined where it has no name. Cost: O(paths of the spec). */
export function readAlert(spec: AlertDocument, record: unknown): ReadAlert | undefined {
  const read = (path: string): unknown => resolvePath(record, path);
  const text = (paths: readonly string[] | undefined): string | undefined => {
    const found = paths === undefined ? undefined : firstPresent(read, paths);
    return textOf(Array.isArray(found) ? found[0] : found)?.trim();
  };
  const name = text(spec.name);
  if (name === undefined || name === '') return undefined;
  const id = text(spec.id);
  const confidence = confidenceOf(text(spec.confidence));
  const group = spec.group?.map((path) => [path, text([path]) ?? null] as const);
  return {
    name: name.length > ALERT_NAME_MAX ? `${name.slice(0, ALERT_NAME_MAX - 1)}…` : name,
    ...(id === undefined || id === '' ? {} : { id }),
    level: levelOf(spec, text(spec.severity?.paths)),
    ...(confidence === undefined ? {} : { confidence }),
    tags: tagsOf((spec.tags ?? []).flatMap((path) => allTexts(read(path)))),
    ...(group === undefined ? {} : { group }),
  };
}

function levelOf({ severity, level }: AlertDocument, text: string | undefined): Level {
  const otherwise = LEVELS.find((one) => one === level) ?? 'medium';
  if (text === undefined || text === '') return otherwise;
  const lower = text.toLowerCase();
  const named = Object.entries(severity?.levels ?? {}).find(([key]) => key.toLowerCase() === lower)?.[1];
  const known = LEVELS.find((one) => one === (named ?? lower));
  if (known !== undefined) return known;
  const number = Number(text);
  if (Number.isNaN(number)) return otherwise;
  let best: Level | undefined;
  for (const one of LEVELS) {
    const from = severity?.from?.[one];
    if (from !== undefined && number >= Number(from)) best = one;
  }
  return best ?? (severity?.from === undefined ? otherwise : 'informational');
}

function confidenceOf(text: string | undefined): number | undefined {
  const number = text === undefined || text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(number) || number < 0) return undefined;
  return Math.min(1, number > 1 ? number / 100 : number);
}

function allTexts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => allTexts(item));
  const text = textOf(value);
  return text === undefined ? [] : text.split(/[,;|]/);
}

/** Techniques and tactics of ATT&CK by number or name become Sigma's tags; other words stay what they are, as one lower-case word. */
function tagsOf(texts: readonly string[]): readonly string[] {
  const tags = new Set<string>();
  for (const text of texts) {
    if (tags.size >= TAGS_MAX) break;
    const tag = tagOf(text.trim());
    if (tag !== '') tags.add(tag);
  }
  return [...tags];
}

function tagOf(text: string): string {
  const technique = /\bT\d{4}(?:\.\d{3})?\b/.exec(text)?.[0];
  if (technique !== undefined) return `attack.${technique.toLowerCase()}`;
  const tactic = /\bTA\d{4}\b/.exec(text)?.[0];
  const bare = text.replace(/^(?:mitre|attack)[_.\s-]+/i, '');
  const letters = lettersOf(bare);
  const known = TACTICS.find(({ id, name }) =>
    tactic !== undefined ? id === tactic : lettersOf(name) === letters,
  );
  if (known !== undefined) return `attack.${known.name}`;
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 64);
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, '');
}
