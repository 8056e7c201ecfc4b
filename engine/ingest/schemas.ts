import type { Checked, Diagnostic } from '../diagnostic/index.ts';
import type { Logsource } from '../model/index.ts';
import { DEFAULT_ENTITIES } from './entities.ts';
import { buildClass, type EventClass, knownTexts, unknownClass } from './event-class.ts';
import { linkMapping, type Mapping, type MappingDocument, mappingApplies } from './mapping.ts';
import { duplicateMapping, unknownVocabulary } from './mapping-problems.ts';
import { MAPPINGS, VOCABULARIES } from './mappings/all.ts';

/** Classes kept in each of the two generations of the cache. */
export const CLASSES_MAX = 4096;

type Node = Map<string | undefined, Node | EventClass>;

/**
 * The mappings in order of priority, and the classes of events met so far. The first mapping that applies to a record is the one that
 * counts: those given by the user in their order, then ours in the order of `mappings/all.ts`.
 */
export class Schemas {
  readonly mappings: readonly Mapping[];
  readonly unknown: EventClass;
  #young = new Map<string, Node>();
  #old = new Map<string, Node>();
  #youngCount = 0;

  constructor(mappings: readonly Mapping[], unknownLogsource: 'any' | Logsource) {
    this.mappings = mappings;
    this.unknown = unknownClass(unknownLogsource, DEFAULT_ENTITIES);
  }

  /** The mapping of a record, by reading raw paths: the reference for a scanner's own way. Cost: O(mappings). */
  recognise(read: (path: string) => unknown): Mapping | undefined {
    return this.mappings.find((mapping) => mappingApplies(mapping, read));
  }

  /**
   * The class of a record's mapping and discriminator texts (in the order of `mapping.discriminators`; undefined where the first
   * present path has no text or none is present). The same object for the same inputs while it is cached. The cache holds at most twice
   * `CLASSES_MAX` classes: when the young generation is full, it becomes the old one, and what is used again moves over.
   */
  classOf(mapping: Mapping | undefined, discriminators: readonly (string | undefined)[]): EventClass {
    if (mapping === undefined) return this.unknown;
    const texts = knownTexts(mapping, discriminators);
    const young = find(this.#young, mapping.id, texts);
    if (young !== undefined) return young;
    const found = find(this.#old, mapping.id, texts) ?? buildClass(mapping, texts, DEFAULT_ENTITIES);
    if (this.#youngCount >= CLASSES_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCount = 0;
    }
    this.#youngCount++;
    store(this.#young, { id: mapping.id, texts, found });
    return found;
  }
}

function find(
  roots: ReadonlyMap<string, Node>,
  id: string,
  texts: readonly (string | undefined)[],
): EventClass | undefined {
  let node: Node | EventClass | undefined = roots.get(id);
  for (const text of texts) node = node instanceof Map ? node.get(text) : undefined;
  if (texts.length === 0 && node instanceof Map) return leaf(node.get(undefined));
  return leaf(node);
}

function leaf(node: Node | EventClass | undefined): EventClass | undefined {
  return node instanceof Map ? undefined : node;
}

function store(
  roots: Map<string, Node>,
  entry: { readonly id: string; readonly texts: readonly (string | undefined)[]; readonly found: EventClass },
): void {
  let node: Node = roots.get(entry.id) ?? new Map();
  roots.set(entry.id, node);
  const way = entry.texts.length === 0 ? [undefined] : entry.texts;
  way.forEach((text, i) => {
    if (i === way.length - 1) {
      node.set(text, entry.found);
      return;
    }
    const next = node.get(text);
    const child: Node = next instanceof Map ? next : new Map();
    node.set(text, child);
    node = child;
  });
}

/** What a set of schemas is made of besides our own mappings. */
export interface SchemasOptions {
  /** The user's mappings, which come before ours; one with the id of ours takes its place. */
  readonly extra?: readonly MappingDocument[];
  /** What events are that no mapping recognises. Default `any`: every rule may look. */
  readonly unknownLogsource?: 'any' | Logsource;
}

/** Links the mappings. Reports TT2014 for two mappings of one id and TT2015 for a vocabulary that is not there; the others stay usable. */
export function createSchemas(options: SchemasOptions = {}): Checked<Schemas> {
  const diagnostics: Diagnostic[] = [];
  const extra = options.extra ?? [];
  const documents = new Map<string, MappingDocument>();
  for (const document of extra) {
    if (documents.has(document.mapping)) diagnostics.push(duplicateMapping(document.mapping));
    else documents.set(document.mapping, document);
  }
  for (const document of MAPPINGS)
    if (!documents.has(document.mapping)) documents.set(document.mapping, document);
  const linked: Mapping[] = [];
  for (const document of documents.values()) {
    const vocabulary = VOCABULARIES.find((one) => one.vocabulary === document.vocabulary);
    if (document.vocabulary !== undefined && vocabulary === undefined) {
      diagnostics.push(
        unknownVocabulary(
          document.vocabulary,
          VOCABULARIES.map((one) => one.vocabulary),
        ),
      );
    } else linked.push(linkMapping(document, vocabulary));
  }
  return { value: new Schemas(linked, options.unknownLogsource ?? 'any'), diagnostics };
}
