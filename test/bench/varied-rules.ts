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
 * round fixes. A variation keeps the rule's fields, shapes, lengths, separators and logic. Expressions, networks, numbers, what tells the
 * kind of event and what is excepted stay. Only rules that cannot hold without a changed literal are varied: the others would fire as
 * before, once a variation, and the cost of signals would be measured.
 */
export function variedRules(rules: readonly DetectionRule[], count: number): DetectionRule[] {
  const made = rules.slice(0, count);
  for (let round = 1; made.length < count; round++) {
    const before = made.length;
    for (const rule of rules) {
      if (made.length === count) break;
      const { node, selective } = varied(rule.expression, round);
      if (!selective) continue;
      const { meta } = rule;
      made.push({
        ...rule,
        expression: node,
        meta: { ...meta, id: `${meta.id}-${round}`, hash: `${meta.hash}-${round}` },
      });
    }
    if (made.length === before) throw new Error('no rule can be varied');
  }
  return made;
}

interface Varied {
  readonly node: Expression;
  /** Whether it cannot hold without a changed literal. */
  readonly selective: boolean;
}

function varied(node: Expression, round: number): Varied {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const of = node.of.map((child) => varied(child, round));
      const isSelective = (child: Varied): boolean => child.selective;
      return {
        node: { kind: node.kind, of: of.map((child) => child.node) },
        selective: node.kind === 'and' ? of.some(isSelective) : of.every(isSelective),
      };
    }
    case 'selection': {
      const of = varied(node.of, round);
      return { node: { ...node, of: of.node }, selective: of.selective };
    }
    case 'field': {
      if (KIND_FIELDS.has(node.field)) return { node, selective: false };
      const test = variedTest(node.test, round);
      return { node: { ...node, test }, selective: test !== node.test };
    }
    case 'keyword': {
      const test = variedTest(node.test, round);
      return { node: { ...node, test }, selective: test !== node.test };
    }
    case 'not':
    case 'constant':
      return { node, selective: false };
  }
}

/** The test with its literals changed; the same object where none is. */
function variedTest<T extends FieldTest>(test: T, round: number): T {
  if (test.kind === 'text') {
    const text = variedText(test.text, round);
    return text === test.text ? test : { ...test, text };
  }
  if (test.kind !== 'glob') return test;
  const parts = test.parts.map((part) => (typeof part === 'string' ? variedText(part, round) : part));
  return parts.every((part, i) => part === test.parts[i]) ? test : { ...test, parts };
}

/** Every second letter, the first left alone, moved along the alphabet by the round and its place. */
function variedText(text: string, round: number): string {
  if (text.length < LENGTH_MIN) return text;
  let letters = 0;
  return text.replaceAll(/[a-z]/gi, (letter) => {
    if (letters++ % 2 === 0) return letter;
    const base = letter < 'a' ? 65 : 97;
    const moved = (letter.charCodeAt(0) - base + 1 + ((round * 7 + letters) % 25)) % 26;
    return String.fromCharCode(base + moved);
  });
}
