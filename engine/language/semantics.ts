import { canonicalJson, type Expression, type FieldTest, type Logsource, sha256 } from '../model/index.ts';

/**
 * The semantics hash of a rule: SHA-256 (hex) over canonical JSON of its kind, its logsource and what it looks for. Left out is what
 * does not change when it fires: titles, comments, ids, level, confidence, entities, tests, the names of selections, the order of keys, of
 * list values and of operands, repeats of the same operand.
 */
export function detectionHash(
  kind: 'detection' | 'filter',
  logsource: Logsource,
  expression: Expression,
): string {
  return sha256(
    `{"expression":${expressionText(expression)},"kind":"${kind}","logsource":${canonicalJson(logsource)}}`,
  );
}

/** The semantics hash of a document whose block this room does not look into: its kind and block as canonical JSON. */
export function blockHash(kind: string, block: unknown): string {
  return sha256(canonicalJson({ kind, block }));
}

/** The semantics hash of a document with filters on what it reads, each by its own hash; their order does not matter. */
export function filteredHash(hash: string, filters: readonly string[]): string {
  return sha256(canonicalJson({ hash, filters: [...new Set(filters)].sort() }));
}

/**
 * Canonical JSON of an expression's normal form: selections are transparent, `and` in `and` and `or` in `or` are flat, operands sorted by
 * their text and without repeats, one operand stands for itself. Equal texts mean the same; the converse is not claimed.
 */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'selection':
      return expressionText(expression.of);
    case 'not':
      return `{"kind":"not","of":${expressionText(expression.of)}}`;
    case 'and':
    case 'or': {
      const texts: string[] = [];
      collect(expression.kind, expression, texts);
      texts.sort();
      const distinct = texts.filter((text, i) => text !== texts[i - 1]);
      const only = distinct[0];
      if (only !== undefined && distinct.length === 1) return only;
      return `{"kind":"${expression.kind}","of":[${distinct.join(',')}]}`;
    }
    case 'constant':
      return `{"kind":"constant","value":${expression.value}}`;
    case 'field':
      return `{"field":${JSON.stringify(expression.field)},"kind":"field","test":${testText(expression.test)}}`;
    case 'keyword':
      return `{"kind":"keyword","test":${testText(expression.test)}}`;
  }
}

function collect(kind: 'and' | 'or', expression: Expression, texts: string[]): void {
  const inner = expression.kind === 'selection' ? expression.of : expression;
  if (inner.kind === kind) for (const child of inner.of) collect(kind, child, texts);
  else if (inner.kind === 'selection') collect(kind, inner, texts);
  else texts.push(expressionText(inner));
}

// Texts are nine in ten of all tests; this is `canonicalJson` written out for them.
function testText(test: FieldTest): string {
  if (test.kind !== 'text') return canonicalJson(test);
  return `{"cased":${test.cased},"kind":"text","shape":"${test.shape}","text":${JSON.stringify(test.text)}}`;
}
