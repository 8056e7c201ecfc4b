import type { CharSet } from './char-set.ts';

/** A condition on a position, which consumes nothing. Lines end at `\n` only; `text_end` is the very end. */
export type Assertion = 'text_start' | 'text_end' | 'line_start' | 'line_end' | 'word' | 'not_word';

/**
 * The tree of an expression. Since expressions are only asked whether they match somewhere, captures, laziness and the order of
 * alternatives are dropped while parsing: none of them changes the answer.
 */
export type Node =
  | { readonly kind: 'empty' }
  /** One character out of a set; an empty set never matches. */
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'look'; readonly of: Node; readonly behind: boolean; readonly negated: boolean }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly Node[] }
  /** `max` is Infinity where there is none. */
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number };

/** Matches the empty text. */
export const EMPTY: Node = { kind: 'empty' };

/** Nodes one behind the other; sequences inside are flattened. */
export function sequence(nodes: readonly Node[]): Node {
  const of = nodes.flatMap((node) =>
    node.kind === 'sequence' ? node.of : node.kind === 'empty' ? [] : [node],
  );
  const [only] = of;
  if (only === undefined) return EMPTY;
  return of.length === 1 ? only : { kind: 'sequence', of };
}

/** Any of the nodes. */
export function choice(nodes: readonly Node[]): Node {
  const [only] = nodes;
  if (only === undefined) return { kind: 'set', set: [] };
  return nodes.length === 1 ? only : { kind: 'choice', of: nodes };
}

/** The node repeated; the trivial counts are resolved. */
export function repeat(of: Node, min: number, max: number): Node {
  if (max === 0 || of.kind === 'empty') return EMPTY;
  return min === 1 && max === 1 ? of : { kind: 'repeat', of, min, max };
}
