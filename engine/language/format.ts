import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { type Diagnostic, hasErrors } from '../diagnostic/index.ts';
import { canonicalJson } from '../model/index.ts';
import { type RuleFile, readDocuments } from './document.ts';
import { DEFAULT_LIMITS } from './limits.ts';

/** What a file looks like in canonical form; undefined, with what is wrong, where it cannot be read. */
export interface Formatted {
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The order of a document's keys: who it is, what it is about, what it does, what is to be known of it, its tests. Keys not named stay before `tests`. */
const TOP_KEYS = [
  'title',
  'id',
  'name',
  'related',
  'action',
  'rule',
  'version',
  'status',
  'description',
  'references',
  'author',
  'owner',
  'date',
  'modified',
  'tags',
  'logsource',
  'detection',
  'filter',
  'overlay',
  'correlation',
  'baseline',
  'incident',
  'policy',
  'feed',
  'fields',
  'falsepositives',
  'level',
  'confidence',
  'entities',
  'suppress',
  'remediation',
] as const;
const LAST_KEYS = ['tests'] as const;

/** The order of the keys of blocks, by the key they stand under; `condition` of selections comes last. */
const BLOCK_KEYS: Readonly<Record<string, readonly string[]>> = {
  logsource: ['product', 'category', 'service', 'definition'],
  correlation: [
    'type',
    'rules',
    'steps',
    'join',
    'until',
    'group-by',
    'aliases',
    'timespan',
    'window',
    'half_life',
    'weights',
    'condition',
    'warmup',
    'min_tactics',
    'min_sources',
  ],
};
const CONDITION_LAST = new Set(['detection', 'filter', 'select']);

/**
 * Writes a rule file in canonical form: keys in one order, two blanks of indentation, no folded lines, one line end at the end. Comments, the kind of
 * quotes and the choice of flow or block style stay as written, and so does every value: where one would change, the text is given back as it is.
 * `format(format(x)) = format(x)`. Cost: that of reading with positions.
 */
export function formatRules(file: RuleFile): Formatted {
  // Hostile texts are refused here, before the parser that keeps comments sees them.
  const { diagnostics } = readDocuments(file, DEFAULT_LIMITS);
  if (hasErrors(diagnostics)) return { text: undefined, diagnostics };
  const before = file.text.startsWith('\ufeff') ? file.text.slice(1) : file.text;
  const text = written(before);
  if (text === undefined || meaning(text) !== meaning(before)) return { text: file.text, diagnostics };
  return { text, diagnostics };
}

function read(text: string): readonly Document[] | undefined {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  return documents;
}

function written(text: string): string | undefined {
  const documents = read(text);
  if (documents === undefined) return undefined;
  return documents
    .map((document, i) => {
      if (isMap(document.contents)) order(document.contents);
      // A file of several documents separates them; the first needs no mark.
      if (document.directives !== undefined) document.directives.docStart = null;
      const one = document.toString({
        lineWidth: 0,
        indent: 2,
        indentSeq: true,
        flowCollectionPadding: false,
      });
      return i === 0 ? one : `---\n${one}`;
    })
    .join('');
}

/** What the documents say, for comparison: values only, the order of keys apart. */
function meaning(text: string): string | undefined {
  return read(text)
    ?.map((document) => canonicalJson(document.toJS()))
    .join('\n');
}

function order(map: YAMLMap): void {
  keepHead(map);
  sort(map, (key) => rank(TOP_KEYS, key, LAST_KEYS));
  for (const { key, value } of map.items) {
    if (!isScalar(key) || !isMap(value)) continue;
    const name = String(key.value);
    const keys = BLOCK_KEYS[name];
    if (keys !== undefined) sort(value, (member) => rank(keys, member, []));
    if (CONDITION_LAST.has(name))
      sort(value, (member) => (member === 'condition' ? 2 : member === 'timeframe' ? 1 : 0));
  }
}

function rank(first: readonly string[], key: string, last: readonly string[]): number {
  const at = first.indexOf(key);
  if (at >= 0) return at;
  const end = last.indexOf(key);
  return end < 0 ? first.length : first.length + 1 + end;
}

/** Sorts the pairs of a map, equal ranks in the order written. A blank line or comment before a key goes with it. */
function sort(map: YAMLMap, rankOf: (key: string) => number): void {
  // An alias must stand behind its anchor, wherever the two are.
  if (hasAnchors(map)) return;
  const ranked = map.items.map((pair, i) => ({ pair, i, rank: isPair(pair) ? rankOf(keyOf(pair)) : 0 }));
  ranked.sort((a, b) => a.rank - b.rank || a.i - b.i);
  map.items = ranked.map(({ pair }) => pair);
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

function hasAnchors(node: unknown): boolean {
  if (isMap(node)) return node.anchor !== undefined || node.items.some(({ value }) => hasAnchors(value));
  if (isSeq(node)) return node.anchor !== undefined || node.items.some(hasAnchors);
  return isScalar(node) && node.anchor !== undefined;
}

/** A comment above everything is about the document, not about the key that happens to come first. */
function keepHead(map: YAMLMap): void {
  const key: unknown = map.items[0]?.key;
  if (!isScalar(key) || typeof key.commentBefore !== 'string') return;
  map.commentBefore = [map.commentBefore, key.commentBefore]
    .filter((one) => typeof one === 'string')
    .join('\n');
  key.commentBefore = null;
}
