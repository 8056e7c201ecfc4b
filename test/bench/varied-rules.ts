import type { DetectionRule, Expression, FieldTest } from '../../engine/model/index.ts';

/** Literals shorter than this are left as they are: changed, they would be no more selective than before. */
const LENGTH_MIN = 4;
/** Fields that tell what kind of event it is: a variation looks at the same kind. */
const KIND_FIELDS: ReadonlySet<string> = new Set([
  'EventID',
  'Channel',
  'Provider_Name',
  'eventSource',
  'eventName',
  'operationName',
  'Operation',
]);

/**
 * So many rules: those given, then variations of them, each with the letters of its literals exchanged by a rule that the number of the
 * round fixes. A variation keeps the rule's fields, shapes, lengths, separators and logic, and is as selective as the rule, because its
 * words are no words. Expressions, networks, numbers and what tells the kind of event stay. Rules without a literal that can be changed
 * are not varied.
 */
export function variedRules(rules: readonly DetectionRule[], count: number): DetectionRule[] {
  const made = rules.slice(0, count);
  for (let round = 1; made.length < count; round++) {
    const before = made.length;
    for (const rule of rules) {
      if (made.length === count) break;
      const change = { round, changed: false };
      const expression = varied(rule.expression, change);
      if (!change.changed) continue;
      const { meta } = rule;
      made.push({
        ...rule,
        expression,
        meta: { ...meta, id: `${meta.id}-${round}`, hash: `${meta.hash}-${round}` },
      });
    }
    if (made.length === before) throw new Error('no rule can be varied');
  }
  return made;
}

interface Change {
  readonly round: number;
  changed: boolean;
}

function varied(node: Expression, change: Change): Expression {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { kind: node.kind, of: node.of.map((child) => varied(child, change)) };
    case 'not':
    case 'selection':
      return { ...node, of: varied(node.of, change) };
    case 'field':
      return KIND_FIELDS.has(node.field) ? node : { ...node, test: variedTest(node.test, change) };
    case 'keyword':
      return { ...node, test: variedTest(node.test, change) };
    case 'constant':
      return node;
  }
}

function variedTest<T extends FieldTest>(test: T, change: Change): T {
  if (test.kind === 'text') return { ...test, text: variedText(test.text, change) };
  if (test.kind !== 'glob') return test;
  const parts = test.parts.map((part) => (typeof part === 'string' ? variedText(part, change) : part));
  return { ...test, parts };
}

/** Every second letter, the first left alone, moved along the alphabet by the round and its place. */
function variedText(text: string, change: Change): string {
  if (text.length < LENGTH_MIN) return text;
  let letters = 0;
  const made = text.replaceAll(/[a-z]/gi, (letter) => {
    if (letters++ % 2 === 0) return letter;
    const base = letter < 'a' ? 65 : 97;
    const moved = (letter.charCodeAt(0) - base + 1 + ((change.round * 7 + letters) % 25)) % 26;
    return String.fromCharCode(base + moved);
  });
  if (made !== text) change.changed = true;
  return made;
}
