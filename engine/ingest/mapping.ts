import type { EntityRole, EntityType } from '../model/index.ts';
import type { AlertDocument } from './alert-spec.ts';
import { EMBEDDED_JSON_MAX, fromBase64 } from './base64.ts';
import type { CsvDocument } from './csv.ts';
import type { Derivation } from './derive.ts';

/**
 * One test for recognising a record. Plain data, so that it can be evaluated on a parsed record and on slots of raw bytes alike.
 * With no test named, the path must be there and not null. Texts are compared exactly, case included; an array, object or null has none.
 */
export interface DetectClause {
  readonly path: string;
  /** The path must be absent or null. */
  readonly absent?: true;
  /** The value must be an object (not an array), an array, or a scalar with a text. */
  readonly is?: 'object' | 'array' | 'scalar';
  /** The text is one of these. */
  readonly equals?: readonly string[];
  readonly startswith?: readonly string[];
  readonly endswith?: readonly string[];
  /** The text is base64, and what it stands for holds one of these; looked at last, as it is the costliest. */
  readonly decoded?: readonly string[];
}

/**
 * A value that tells kinds of events within one schema apart. It must have few distinct values; longer texts than 256 and, where
 * `values` are given, texts that are not among them count as "other".
 */
export interface DiscriminatorDocument {
  readonly name: string;
  /** Tried in order; the first present one gives the value. */
  readonly paths: readonly string[];
  /** The Sigma field that reads the very same paths, so that it is constant within a class. */
  readonly field?: string;
  readonly values?: readonly string[];
}

/** Sigma's products, categories and services of an event, as written in a mapping. */
export interface LogsourceDocument {
  readonly products?: readonly string[];
  readonly categories?: readonly string[];
  readonly services?: readonly string[];
}

/** Which fields name which entity, as written in a mapping. */
export interface EntityDocument {
  readonly type: EntityType;
  readonly role: EntityRole;
  readonly fields: readonly string[];
}

/** Field names by Sigma name: each a list of names or paths, the first present one wins. */
export type FieldTable = Readonly<Record<string, readonly string[]>>;

/** What holds for the events whose discriminators have these values. All rows that apply are merged, in order. */
export interface ClassDocument {
  /** By discriminator name; values are compared without case; `*` at an end matches any rest there, `-` alone "absent or other". */
  readonly when: Readonly<Record<string, readonly string[]>>;
  /** Categories and services add up over rows; products replace the mapping's own. */
  readonly logsource?: LogsourceDocument;
  /** As in the vocabulary; a field's first row wins over later rows and over the mapping. */
  readonly fields?: FieldTable;
  readonly entities?: readonly EntityDocument[];
  /** The events are alerts of another product; the first row that says so counts, before the mapping. */
  readonly alert?: AlertDocument;
  /** Fields that the record leaves unsaid, because every event of the class has the same text there. */
  readonly constants?: Readonly<Record<string, string>>;
}

/** Names and classes that several mappings share: one product's events in different JSON shapes. */
export interface VocabularyDocument {
  readonly vocabulary: string;
  readonly title: string;
  readonly logsource: LogsourceDocument;
  /** Sigma field name → native names, which the mapping's `paths` and `lookup` turn into raw paths. */
  readonly fields: FieldTable;
  readonly classes: readonly ClassDocument[];
  readonly entities: readonly EntityDocument[];
}

/** A message with names in braces, and what else is known of an event that has it. */
export interface TemplateDocument {
  readonly text: string;
  /** From which side the parts between are looked for; `left` where absent. */
  readonly from?: 'left' | 'right';
  readonly set?: Readonly<Record<string, string>>;
}

/**
 * A part of the record that has to be moved before dotted paths can reach it.
 * `pairs`: a list of {name, value} objects (or one such object) becomes members named so.
 * `children`: the members of each object below become members.
 * `json`: a text holding a JSON object becomes its members, one holding a list becomes that list, as the member `as`.
 * `join`: a list of scalars, or a text and the one at `also`, becomes one text, parted by blanks, as the member `as`.
 * `numbered`: what stands at `from`, whose name ends in 1, and at the names with 2, 3 and so on becomes one list, as the member `as`.
 * `text`: a message that fits one of `templates` (the first that does) becomes the members that it names, and its `set`.
 * `derive`: what `what` works out of a text becomes the member `as`.
 * The members are merged into the object at `into` (made where absent; the record itself where `into` is absent). What is there stays,
 * except that a list parsed from JSON takes the place of its text.
 */
export interface LiftDocument {
  readonly kind: 'pairs' | 'children' | 'json' | 'join' | 'text' | 'derive' | 'group' | 'numbered';
  readonly from: string;
  /** Only where the value at `from` is a list. */
  readonly is?: 'array';
  readonly into?: string;
  /** For `join`, and for what is derived of two texts: the path of the second. */
  readonly also?: string;
  /** For `json`: how the text is wrapped; as it is where absent. For `pairs`: `json` where a value is a text of JSON itself, quotes and all. */
  readonly encoding?: 'base64' | 'json';
  /** For `text`: messages as programs write them, see `parseTemplate`. */
  readonly templates?: readonly TemplateDocument[];
  /** For `derive`. */
  readonly what?: Derivation;
  /** For `join`, `numbered`, `derive`, and for lists in `json`: the name of the member that is made. */
  readonly as?: string;
  /** For `pairs` and `group`: paths of the name within one element, and for `pairs` of the value; the first present ones count. */
  readonly name?: readonly string[];
  readonly value?: readonly string[];
}

/** A mapping as written: YAML data, or one of the objects in `mappings/`. */
export interface MappingDocument {
  /** The schema's id, lower-case words joined by `-`. */
  readonly mapping: string;
  readonly title: string;
  readonly vocabulary?: string;
  /** Any of the groups; within a group all of the clauses. */
  readonly detect: readonly (readonly DetectClause[])[];
  readonly lift?: readonly LiftDocument[];
  readonly discriminators?: readonly DiscriminatorDocument[];
  readonly logsource?: LogsourceDocument;
  /**
   * Raw-path templates for a native name: `{}` is the name, `{camel}` the same with each key's first letter in lower case, `{pascal}` the
   * camel one with the very first letter in upper case. Default: `{}`.
   */
  readonly lookup?: readonly string[];
  /** Raw paths of a native name, instead of `lookup`. */
  readonly paths?: FieldTable;
  /** Sigma field name → native names; wins over the vocabulary's. */
  readonly fields?: FieldTable;
  readonly classes?: readonly ClassDocument[];
  /** Raw paths of the event time, tried in order; the first that can be read counts. */
  readonly time: readonly string[];
  /** Raw paths of an id that is unique to the record in its deployment; leave out where there is none. */
  readonly id?: readonly string[];
  readonly entities?: readonly EntityDocument[];
  /** The records are alerts of another product: each is a signal of its own. */
  readonly alert?: AlertDocument;
  /** The records are rows of a table in a text file. */
  readonly csv?: CsvDocument;
}

/** A mapping with its vocabulary merged in, ready for building classes. */
export interface Mapping {
  readonly id: string;
  readonly title: string;
  readonly detect: readonly (readonly DetectClause[])[];
  readonly lifts: readonly LiftDocument[];
  /** Paths by discriminator, in the order in which `classOf` takes their texts. */
  readonly discriminators: readonly (readonly string[])[];
  readonly discriminatorSpecs: readonly DiscriminatorDocument[];
  readonly logsource: LogsourceDocument;
  readonly lookup: readonly string[];
  readonly paths: FieldTable;
  readonly fields: FieldTable;
  readonly classes: readonly ClassDocument[];
  readonly timePaths: readonly string[];
  readonly idPaths: readonly string[];
  readonly entities: readonly EntityDocument[];
  readonly alert?: AlertDocument;
  readonly csv?: CsvDocument;
}

/** Merges a mapping with its vocabulary; the mapping's own rows and fields come first. */
export function linkMapping(document: MappingDocument, vocabulary: VocabularyDocument | undefined): Mapping {
  const specs = document.discriminators ?? [];
  return {
    id: document.mapping,
    title: document.title,
    detect: document.detect,
    lifts: document.lift ?? [],
    discriminators: specs.map((spec) => spec.paths),
    discriminatorSpecs: specs,
    logsource: document.logsource ?? vocabulary?.logsource ?? {},
    lookup: document.lookup ?? ['{}'],
    paths: document.paths ?? {},
    fields: { ...vocabulary?.fields, ...document.fields },
    classes: [...(document.classes ?? []), ...(vocabulary?.classes ?? [])],
    timePaths: document.time,
    idPaths: document.id ?? [],
    entities: [...(document.entities ?? []), ...(vocabulary?.entities ?? [])],
    ...(document.alert === undefined ? {} : { alert: document.alert }),
    ...(document.csv === undefined ? {} : { csv: document.csv }),
  };
}

/** Whether a record is of this mapping. `read` gives the value at a raw path (undefined: absent). */
export function mappingApplies(mapping: Mapping, read: (path: string) => unknown): boolean {
  return mapping.detect.some((group) => group.every((clause) => clauseHolds(clause, read(clause.path))));
}

/** Whether one clause holds for the value at its path. */
export function clauseHolds(clause: DetectClause, value: unknown): boolean {
  if (clause.absent) return value === undefined || value === null;
  if (value === undefined || value === null) return false;
  if (clause.is !== undefined && kindOf(value) !== clause.is) return false;
  if (!asksForText(clause)) return true;
  if (typeof value === 'object') return false;
  const text = String(value);
  return (
    (clause.equals?.includes(text) ?? true) &&
    (clause.startswith?.some((start) => text.startsWith(start)) ?? true) &&
    (clause.endswith?.some((end) => text.endsWith(end)) ?? true) &&
    (clause.decoded === undefined || decodedHolds(text, clause.decoded))
  );
}

/** Whether a clause looks at the text, and not only at whether and as what the value is there. */
export function asksForText({ equals, startswith, endswith, decoded }: DetectClause): boolean {
  return equals !== undefined || startswith !== undefined || endswith !== undefined || decoded !== undefined;
}

function decodedHolds(text: string, parts: readonly string[]): boolean {
  if (text.length > EMBEDDED_JSON_MAX) return false;
  const plain = fromBase64(text);
  return plain !== undefined && parts.some((part) => plain.includes(part));
}

function kindOf(value: unknown): 'object' | 'array' | 'scalar' {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'object' ? 'object' : 'scalar';
}
