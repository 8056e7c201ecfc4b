import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  visit,
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
 * Writes a rule file in canonical form: keys in one order, two blanks of indentation, one line end at the end. Comments, the kind of quotes, the choice
 * of flow or block style and where long texts and lists are folded stay as written, and so does every value: where one would change, the text is given
 * back as it is.
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
      const folded = keepFolded(document, text);
      if (isMap(document.contents)) order(document.contents);
      // A file of several documents separates them; the first needs no mark.
      if (document.directives !== undefined) document.directives.docStart = null;
      const one = document.toString({
        lineWidth: 0,
        indent: 2,
        indentSeq: true,
        flowCollectionPadding: false,
      });
      const whole = unfolded(one, folded);
      return i === 0 ? whole : `---\n${whole}`;
    })
    .join('');
}

/** What stands over several lines in the source, or could be spelt in another way, and stays as it is, by the name that stands for it meanwhile. */
type FoldedParts = ReadonlyMap<string, { readonly source: string; readonly indent: number }>;

/**
 * Puts a name in the place of every plain, quoted or folded text and every flow collection that was written over several lines, and of every scalar
 * whose spelling is a choice: whoever folded it did so for the reader, and folding it anew would change lines that nobody touched.
 */
function keepFolded(document: Document, text: string): FoldedParts {
  const parts = new Map<string, { source: string; indent: number }>();
  let mark = 'folded';
  while (text.includes(mark)) mark += 'x';
  visit(document, {
    Node(key, node) {
      if (key === 'key' || !node.range) return undefined;
      const [from, to] = node.range;
      // The line end behind a folded block belongs to it and is written anyway.
      const source = text.slice(from, to).trimEnd();
      if (source.includes('\r')) return undefined;
      if (source.includes('\n')) {
        if (!isScalarOrFlow(node) && !isPlainBlock(node, source)) return undefined;
      } else if (!isSpelt(node, source)) return undefined;
      // An alias or a tag is written with its node, and an anchor inside must not get lost.
      if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org')) return undefined;
      if (hasAnchors(node)) return undefined;
      const name = `${mark}${parts.size}`;
      parts.set(name, { source, indent: indentAt(text, from) });
      const stand = new Scalar(name);
      stand.comment = node.comment ?? null;
      stand.commentBefore = node.commentBefore ?? null;
      stand.spaceBefore = node.spaceBefore ?? false;
      return stand;
    },
  });
  return parts;
}

function isScalarOrFlow(node: Node): boolean {
  if (isScalar(node))
    return node.type === 'PLAIN' || node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  return isCollection(node) && node.flow === true;
}

/** Whether a scalar could be spelt in other ways: a number (62e9 is one), a text with escapes, which may be there because the characters are unseen. */
function isSpelt(node: Node, source: string): boolean {
  if (!isScalar(node)) return false;
  return typeof node.value === 'number' || (node.type === 'QUOTE_DOUBLE' && source.includes('\\'));
}

/** A folded block whose header says nothing of indentation or of blank lines at its end. */
function isPlainBlock(node: Node, source: string): boolean {
  return isScalar(node) && node.type === 'BLOCK_FOLDED' && !node.comment && /^>-?\n/.test(source);
}

/** The text with what the names stand for; its lines keep their distance from where the first one begins. */
function unfolded(text: string, parts: FoldedParts): string {
  let whole = text;
  for (const [name, { source, indent }] of parts) {
    const at = nameAt(whole, name);
    const shift = indentAt(whole, at) - indent;
    const [first = '', ...rest] = source.split('\n');
    const lines = rest.map((line) => {
      const body = line.trimStart();
      return body === '' ? '' : `${' '.repeat(Math.max(0, line.length - body.length + shift))}${body}`;
    });
    whole = `${whole.slice(0, at)}${[first, ...lines].join('\n')}${whole.slice(at + name.length)}`;
  }
  return whole;
}

/** Where the name stands that is not the beginning of a longer one. */
function nameAt(text: string, name: string): number {
  let at = text.indexOf(name);
  while (/\d/.test(text.charAt(at + name.length))) at = text.indexOf(name, at + 1);
  return at;
}

/** By how many blanks the line is indented on which this place lies. */
function indentAt(text: string, at: number): number {
  const line = text.lastIndexOf('\n', at - 1) + 1;
  return /^ */.exec(text.slice(line, at))?.[0].length ?? 0;
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
