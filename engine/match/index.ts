/**
 * Floor 2 · match: what a test of a rule means, and how it is decided.
 * Holds the operators (text, globs, regular expressions, networks, numbers, parts of a time), the slow and obvious reference
 * evaluator, explanations, and the automata that the detection index is built from.
 * Invariants: no I/O, no clock; case is folded by Unicode simple folding, which never changes a length; every operator costs
 * at most O(text × pattern), and a regular expression is linear in the text.
 * Deliberately absent: YAML and modifiers (language), the choice of which rules look at an event (detect).
 */
export { compileCidr, type Network, type ParsedNetwork, parseAddress, parseNetwork } from './cidr.ts';
export { compareNumbers, numericValue } from './compare.ts';
export { MATCH_CODES } from './errors.ts';
export { type ExplainNode, explain, explainExpression } from './explain.ts';
export type { MissReason } from './explain-miss.ts';
export { type RenderOptions, renderExplanation } from './explain-render.ts';
export { conditionWords, itemWords } from './explain-words.ts';
export { type CompiledExpression, compileExpression, expressionFault } from './expression/compile.ts';
export { Fired } from './fired.ts';
export { foldCodePoint, foldPairs, foldTable, foldText, foldUnit, textOfUnits, unitsOf } from './fold.ts';
export { GRAM_MAX, GramIndex, type GramPattern, gramIndexes } from './gram-index.ts';
export { LineFilter } from './line-filter.ts';
export {
  compileReference,
  DEPTH_MAX,
  type ExpressionTester,
  evaluate,
  fieldValues,
  keywordTexts,
  type ReferenceEvent,
  type ReferenceOptions,
  type SetLookup,
} from './reference.ts';
export { compileFoldedGlob, compileText, globWeight, scalarText } from './text.ts';
export { timePart } from './time-part.ts';
export { type TrieAnchor, UnitTrie } from './unit-trie.ts';
