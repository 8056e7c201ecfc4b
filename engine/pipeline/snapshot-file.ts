import { savedRules } from '../correlate/index.ts';
import type { Ruleset } from './ruleset.ts';
import type { StateAtEnd } from './stages.ts';

/** The version of the file; another is refused. */
const VERSION = 1;

/** A correlation of a snapshot: what tells whether its state fits a later rule, and how much of it there is. */
export interface SnapshotRule {
  readonly id: string;
  readonly title: string;
  readonly hash: string;
  readonly shape: string;
  /** Groups and signals held. */
  readonly items: number;
}

/** A snapshot file, read. */
export interface Snapshot {
  /** Hash of the ruleset it was taken with. */
  readonly ruleset: string;
  /** Microseconds; undefined where no signal had come. */
  readonly watermark: number | undefined;
  readonly rules: readonly SnapshotRule[];
  /** The state itself, as `Correlator.restore` takes it. */
  readonly state: Uint8Array;
}

/** A snapshot as one JSON document: what each correlation is, and the state of all of them (base64). */
export function snapshotText({ hash, correlationPlan }: Ruleset, state: StateAtEnd): string {
  const titles = new Map(correlationPlan.nodes.map(({ rule }) => [rule.id, rule.title]));
  const correlations = savedRules(correlationPlan).map(
    (rule): SnapshotRule => ({
      ...rule,
      title: titles.get(rule.id) ?? rule.id,
      items: state.items.get(rule.id) ?? 0,
    }),
  );
  const watermark = Number.isFinite(state.watermark) ? state.watermark : null;
  const document = {
    telltale: 'snapshot',
    version: VERSION,
    ruleset: hash,
    watermark,
    correlations,
    state: toBase64(state.bytes),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** Reads a snapshot; a text says why it is none. */
export function parseSnapshot(text: string): Snapshot | string {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (typeof read !== 'object' || read === null) return 'it is no snapshot of Telltale';
  // What is asked of the parts is looked at below.
  const { telltale, version, ruleset, watermark, correlations, state } = read as Readonly<
    Record<string, unknown>
  >;
  if (telltale !== 'snapshot') return 'it is no snapshot of Telltale';
  if (version !== VERSION)
    return `it is a snapshot of version ${String(version)}, and this is version ${VERSION}`;
  const bytes = typeof state === 'string' ? fromBase64(state) : undefined;
  if (
    typeof ruleset !== 'string' ||
    bytes === undefined ||
    !Array.isArray(correlations) ||
    !correlations.every(isRule)
  ) {
    return 'parts of it are missing';
  }
  return {
    ruleset,
    watermark: typeof watermark === 'number' ? watermark : undefined,
    rules: correlations,
    state: bytes,
  };
}

function isRule(value: unknown): value is SnapshotRule {
  if (typeof value !== 'object' || value === null) return false;
  const rule = value as Readonly<Record<string, unknown>>;
  return (
    ['id', 'title', 'hash', 'shape'].every((key) => typeof rule[key] === 'string') &&
    typeof rule['items'] === 'number'
  );
}

/** `btoa` takes one unit a byte, and a call takes only so many arguments. */
const PIECE = 32_768;

function toBase64(bytes: Uint8Array): string {
  let units = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    units += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(units);
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
}
