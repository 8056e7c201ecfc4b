import { readFile } from 'node:fs/promises';
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseAllDocuments,
} from 'yaml';
import type { Diagnostic, Place } from '../diagnostic/index.ts';
import { ADAPTER_CODES } from './errors.ts';
import { unreadable } from './file-trouble.ts';

/** One document of a YAML file, and where its parts stand. */
export interface YamlDocument {
  readonly value: unknown;
  /** The place of the part that keys and indexes lead to, or of the nearest part above it that is there. */
  locate(way: readonly (string | number)[]): Place;
}

/**
 * The documents of a YAML file that the operator wrote (mappings, value lists); rules do not come this way.
 * Reports TT9001, TT9002 and TT9009; there are documents only where nothing was reported.
 */
export async function readYamlFile(
  path: string,
): Promise<{ readonly documents: readonly YamlDocument[]; readonly diagnostics: readonly Diagnostic[] }> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (thrown) {
    const finding =
      thrown instanceof TypeError ? notYaml(path, 'it is not UTF-8 text') : unreadable(path, thrown);
    return { documents: [], diagnostics: [finding] };
  }
  return parseYaml(path, text);
}

/** The documents of a text that stands in a file of this name. Reports TT9009; there are documents only where nothing was reported. */
export function parseYaml(path: string, text: string): Awaited<ReturnType<typeof readYamlFile>> {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: path, line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
    const trees: readonly Document[] = Array.isArray(parsed) ? parsed : [];
    const faults = trees.flatMap((tree) => tree.errors);
    if (faults.length > 0) {
      const diagnostics = faults.map(({ message, pos }) => notYaml(path, message, placeAt(pos[0])));
      return { documents: [], diagnostics };
    }
    const documents = trees.map((tree) => ({
      value: tree.toJS(),
      locate: (way: readonly (string | number)[]) => placeAt(offsetOf(tree, way)),
    }));
    return { documents, diagnostics: [] };
  } catch (thrown) {
    // Too deep for the parser, or aliases that would unfold without end.
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { documents: [], diagnostics: [notYaml(path, reason)] };
  }
}

/** Offset of the deepest part on the way that is there; of a member of a map, that of its key. */
function offsetOf(tree: Document, way: readonly (string | number)[]): number {
  let node: unknown = tree.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const step of way) {
    if (isAlias(node)) node = node.resolve(tree);
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find(({ key }) => (isScalar(key) ? String(key.value) : undefined) === String(step))
      : undefined;
    const next: unknown = pair === undefined ? node.get(step, true) : pair.value;
    const shown: unknown = pair === undefined ? next : pair.key;
    if (!isNode(shown)) break;
    offset = shown.range?.[0] ?? offset;
    node = next;
  }
  return offset;
}

/** The finding that a file is not YAML (TT9009). */
export function notYaml(
  path: string,
  reason: string,
  at: Place = { file: path, line: 1, column: 1 },
): Diagnostic {
  return {
    code: ADAPTER_CODES.TT9009.code,
    severity: 'error',
    message: `${path} is not YAML: ${reason}`,
    at,
  };
}
