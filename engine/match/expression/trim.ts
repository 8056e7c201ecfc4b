import { choice, EMPTY, type Node, repeat, sequence } from './node.ts';

/**
 * An expression that matches somewhere in exactly the same texts, with less to match: what may be repeated at either end need
 * only be there as often as it must (`.*a{2,9}` becomes `a{2,}`, `x\d+` becomes `x\d`). A longer match always holds a shorter one
 * there, whatever conditions stand inside. A count of two or more keeps no upper end, since open-ended repetitions are the
 * ones whose copies the automaton can drop.
 */
export function trimForSearch(node: Node): Node {
  return trimEnd(trimEnd(node, 'first'), 'last');
}

type End = 'first' | 'last';

function trimEnd(node: Node, end: End): Node {
  switch (node.kind) {
    case 'choice':
      return choice(node.of.map((member) => trimEnd(member, end)));
    case 'sequence': {
      const at = end === 'first' ? 0 : node.of.length - 1;
      const before = node.of[at] ?? EMPTY;
      const after = trimEnd(before, end);
      if (after === before) return node;
      const rest = node.of.toSpliced(at, 1, after);
      // What was trimmed away altogether leaves another node at the end.
      return after.kind === 'empty' ? trimEnd(sequence(rest), end) : sequence(rest);
    }
    case 'repeat': {
      if (node.min === 0) return EMPTY;
      if (node.min === 1) return trimEnd(node.of, end);
      return node.max === Infinity ? node : repeat(node.of, node.min, Infinity);
    }
    default:
      return node;
  }
}
