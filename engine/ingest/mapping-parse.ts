import {
  type Checked,
  type CodeDeclaration,
  type Diagnostic,
  nearest,
  type Place,
} from '../diagnostic/index.ts';
import { INGEST_CODES } from './errors.ts';
import type { MappingDocument } from './mapping.ts';
import { unknownVocabulary } from './mapping-problems.ts';
import { MAPPING_SHAPE, type Shape } from './mapping-shape.ts';
import { VOCABULARIES } from './mappings/all.ts';
import { textOf } from './path.ts';

/** Finds the place of a part of a document, by the keys and indices on the way to it. */
export type Locator = (way: readonly (string | number)[]) => Place | undefined;

/**
 * Checks a mapping that somebody wrote, as decoded from YAML or JSON. All findings are reported: TT2010 (shape), TT2011 (unknown key),
 * TT2012 (recognises everything), TT2013 (unknown discriminator), TT2015 (unknown vocabulary). There is a value only where none is an
 * error. Numbers and booleans among the texts to compare become texts.
 */
export function parseMapping(value: unknown, locate: Locator = () => undefined): Checked<MappingDocument> {
  const checker = new Checker(locate);
  const checked = checker.check(MAPPING_SHAPE, value, []);
  if (checker.diagnostics.length > 0) return { value: undefined, diagnostics: checker.diagnostics };
  // The shape has been checked member by member just now.
  const document = checked as MappingDocument;
  checkMeaning(document, checker);
  return { value: checker.diagnostics.length > 0 ? undefined : document, diagnostics: checker.diagnostics };
}

type Way = readonly (string | number)[];

class Checker {
  readonly diagnostics: Diagnostic[] = [];
  readonly #locate: Locator;

  constructor(locate: Locator) {
    this.#locate = locate;
  }

  report(
    declaration: CodeDeclaration,
    way: Way,
    said: { readonly message: string; readonly hint?: string },
  ): void {
    const at = this.place(way);
    this.diagnostics.push({
      code: declaration.code,
      severity: declaration.severity,
      ...said,
      ...(at === undefined ? {} : { at }),
    });
  }

  place(way: Way): Place | undefined {
    return this.#locate(way);
  }

  check(shape: Shape, value: unknown, way: Way): unknown {
    switch (shape.kind) {
      case 'text':
        return this.#text(shape, value, way);
      case 'true':
        if (value !== true) this.#wrong(way, value, 'true, or to be left out');
        return value;
      case 'list':
        if (!Array.isArray(value)) return this.#wrong(way, value, 'a list');
        if (value.length < (shape.min ?? 0)) this.#wrong(way, value, 'a list with at least one member');
        return value.map((item, i) => this.check(shape.of, item, [...way, i]));
      case 'table':
        if (!isObject(value)) return this.#wrong(way, value, 'an object');
        return Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key, this.check(shape.of, item, [...way, key])]),
        );
      case 'object':
        return this.#object(shape, value, way);
    }
  }

  #text(shape: Extract<Shape, { readonly kind: 'text' }>, value: unknown, way: Way): unknown {
    const text = shape.scalar ? textOf(value) : typeof value === 'string' ? value : undefined;
    if (text === undefined || text === '') return this.#wrong(way, value, 'a text');
    if (shape.values !== undefined && !shape.values.includes(text)) {
      const near = nearest(text, shape.values);
      this.report(INGEST_CODES.TT2010, way, {
        message: `'${text}' is none of the known values`,
        hint: near === undefined ? `Known values: ${shape.values.join(', ')}.` : `Did you mean '${near}'?`,
      });
    }
    if (shape.pattern !== undefined && !shape.pattern.test(text))
      this.#wrong(way, value, shape.says ?? 'another text');
    return text;
  }

  #object(shape: Extract<Shape, { readonly kind: 'object' }>, value: unknown, way: Way): unknown {
    if (!isObject(value)) return this.#wrong(way, value, 'an object');
    const members = new Map(Object.entries(shape.members));
    const checked: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      const member = members.get(key);
      if (member !== undefined) checked.push([key, this.check(member.shape, item, [...way, key])]);
      else this.#unknownKey(key, [...members.keys()], [...way, key]);
    }
    for (const [key, member] of members) {
      if (member.required && !Object.hasOwn(value, key)) {
        this.report(INGEST_CODES.TT2010, way, { message: `'${key}' is missing`, hint: member.description });
      }
    }
    return Object.fromEntries(checked);
  }

  #unknownKey(key: string, known: readonly string[], way: Way): void {
    const near = nearest(key, known);
    this.report(INGEST_CODES.TT2011, way, {
      message: `nobody reads the key '${key}'`,
      hint: near === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean '${near}'?`,
    });
  }

  #wrong(way: Way, value: unknown, wanted: string): undefined {
    const name = way.length === 0 ? 'the mapping' : `'${way.join('.')}'`;
    this.report(INGEST_CODES.TT2010, way, {
      message: `${name} is ${described(value)}; it has to be ${wanted}`,
    });
    return undefined;
  }
}

function checkMeaning(document: MappingDocument, checker: Checker): void {
  if (document.mapping === 'unknown') {
    checker.report(INGEST_CODES.TT2010, ['mapping'], {
      message: "'unknown' is the name for records that no mapping recognises",
      hint: 'Take another id.',
    });
  }
  document.detect.forEach((group, i) => {
    if (group.some((clause) => !clause.absent)) return;
    checker.report(INGEST_CODES.TT2012, ['detect', i], {
      message: 'this group asks for nothing to be present, so every record would be of this mapping',
      hint: 'Name a path that only such records have.',
    });
  });
  const names = (document.discriminators ?? []).map((one) => one.name);
  document.classes?.forEach((row, i) => {
    for (const name of Object.keys(row.when)) {
      // A vocabulary's discriminators are named by the mapping, too.
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      checker.report(INGEST_CODES.TT2013, ['classes', i, 'when', name], {
        message: `there is no discriminator '${name}'`,
        hint:
          near === undefined
            ? `Discriminators here: ${names.join(', ') || 'none'}.`
            : `Did you mean '${near}'?`,
      });
    }
  });
  document.lift?.forEach((one, i) => {
    if (one.kind !== 'join' || one.as !== undefined) return;
    checker.report(INGEST_CODES.TT2010, ['lift', i], {
      message: "'as' is missing",
      hint: 'A joined text needs a name.',
    });
  });
  const known = VOCABULARIES.map((one) => one.vocabulary);
  if (document.vocabulary !== undefined && !known.includes(document.vocabulary)) {
    checker.diagnostics.push(unknownVocabulary(document.vocabulary, known, checker.place(['vocabulary'])));
  }
}

function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string'
    ? `the text '${value.slice(0, 40)}'`
    : `the ${typeof value} ${String(value)}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
