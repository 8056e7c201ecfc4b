import { nearest } from '../../diagnostic/index.ts';
import { RULE_KINDS, type RuleKind } from '../../model/index.ts';
import { isPlainMap, type RuleDocument } from '../document.ts';
import { LANGUAGE_CODES } from '../errors.ts';
import type { Report } from '../finding.ts';

/** What a document can be: a rule of one of the kinds, or an overlay over rules. The key of its block has the same name. */
export type DocumentKind = RuleKind | 'overlay';

export const DOCUMENT_KINDS: readonly DocumentKind[] = [...RULE_KINDS, 'overlay'];

/** The kind of a document, told by its block. Reports TT1101 and TT1102. */
export function kindOf(document: RuleDocument, report: Report): DocumentKind | undefined {
  const { value } = document;
  const present = DOCUMENT_KINDS.filter((kind) => Object.hasOwn(value, kind));
  const [first] = present;
  if (first === undefined) {
    const keys = Object.keys(value);
    const misspelt = keys
      .map((key) => ({ key, near: nearest(key, DOCUMENT_KINDS) }))
      .find(({ near }) => near !== undefined);
    const hint =
      misspelt?.near === undefined
        ? `add one of ${DOCUMENT_KINDS.join(', ')}`
        : `did you mean '${misspelt.near}' where it says '${misspelt.key}'?`;
    const path = misspelt === undefined ? keys.slice(0, 1) : [misspelt.key];
    report({
      code: LANGUAGE_CODES.TT1101,
      message: 'no block tells what kind of rule this is',
      path,
      part: 'key',
      hint,
    });
    return undefined;
  }
  // A custom key of a Sigma rule may be called like a kind; a block is a map.
  const blocks = present.filter((kind) => kind === first || isPlainMap(value[kind]));
  const second = blocks[1];
  if (second === undefined) return first;
  const message = `a document is of one kind, but this one has both '${first}' and '${second}'`;
  report({
    code: LANGUAGE_CODES.TT1102,
    message,
    path: [second],
    part: 'key',
    hint: 'put the second block into a document of its own, behind ---',
  });
  return undefined;
}
