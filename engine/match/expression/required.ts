import { foldCodePoint } from '../fold.ts';
import { type CharSet, sizeOf } from './char-set.ts';
import type { Node } from './node.ts';

const EXACT_MAX = 16;
const EXACT_LENGTH_MAX = 64;
const CLASS_MAX = 4;
const CLAUSE_MAX = 64;
const CLAUSES_MAX = 16;

/** Of these literals, folded, one is in every match once the text is folded. */
type Clause = readonly string[];

/**
 * What is known of the texts that a node matches: either exactly which they are once folded (`exact`), or clauses that all hold.
 * After the trigram queries of Cox, "Regular Expression Matching with a Trigram Index" (2012), with whole literals.
 */
type Knowledge = { readonly exact: readonly string[] } | { readonly clauses: readonly Clause[] };

const NOTHING_KNOWN: Knowledge = { clauses: [] };

/** Clauses that every matching text fulfils, the most telling first: those whose shortest literal is longest, then the fewest. */
export function requiredLiterals(node: Node): readonly Clause[] {
  const clauses = clausesOf(knowledge(node));
  const unique = new Map(clauses.map((clause) => [clause.join('\0'), clause]));
  return [...unique.values()]
    .sort((a, b) => shortest(b) - shortest(a) || a.length - b.length)
    .slice(0, CLAUSES_MAX);
}

function knowledge(node: Node): Knowledge {
  switch (node.kind) {
    case 'empty':
    case 'assert':
    case 'look':
      return { exact: [''] };
    case 'set':
      return classKnowledge(node.set);
    case 'sequence':
      return sequenceKnowledge(node.of.map(knowledge));
    case 'choice':
      return choiceKnowledge(node.of.map(knowledge));
    case 'repeat':
      return repeatKnowledge(knowledge(node.of), node.min, node.max);
  }
}

function classKnowledge(set: CharSet): Knowledge {
  if (sizeOf(set) > CLASS_MAX * 4) return NOTHING_KNOWN;
  const folded = new Set<string>();
  for (let i = 0; i < set.length; i += 2) {
    for (let code = set[i] ?? 0; code <= (set[i + 1] ?? 0); code++)
      folded.add(String.fromCodePoint(foldCodePoint(code)));
  }
  return folded.size > CLASS_MAX ? NOTHING_KNOWN : { exact: [...folded] };
}

/** Neighbouring exact members grow together into longer literals, as long as they stay few. */
function sequenceKnowledge(members: readonly Knowledge[]): Knowledge {
  const clauses: Clause[] = [];
  let run: readonly string[] = [''];
  let whole = true;
  for (const member of members) {
    if ('exact' in member) {
      const joined = product(run, member.exact);
      if (joined !== undefined) {
        run = joined;
        continue;
      }
      clauses.push(...clausesOf({ exact: run }));
      run = member.exact;
    } else {
      clauses.push(...clausesOf({ exact: run }), ...member.clauses);
      run = [''];
    }
    whole = false;
  }
  return whole ? { exact: run } : { clauses: [...clauses, ...clausesOf({ exact: run })] };
}

function product(left: readonly string[], right: readonly string[]): readonly string[] | undefined {
  if (left.length * right.length > EXACT_MAX) return undefined;
  const joined = new Set(left.flatMap((a) => right.map((b) => a + b)));
  for (const text of joined) if (text.length > EXACT_LENGTH_MAX) return undefined;
  return [...joined];
}

function choiceKnowledge(branches: readonly Knowledge[]): Knowledge {
  const exact = new Set<string>();
  let allExact = true;
  for (const branch of branches) {
    if ('exact' in branch) for (const text of branch.exact) exact.add(text);
    else allExact = false;
  }
  if (allExact && exact.size <= EXACT_MAX) return { exact: [...exact] };
  // One clause of each branch, joined: whichever branch matches, its clause holds.
  const joined = new Set<string>();
  for (const branch of branches) {
    const [best] = [...clausesOf(branch)].sort((a, b) => shortest(b) - shortest(a) || a.length - b.length);
    if (best === undefined) return NOTHING_KNOWN;
    for (const literal of best) joined.add(literal);
  }
  return joined.size > CLAUSE_MAX ? NOTHING_KNOWN : { clauses: [[...joined]] };
}

function repeatKnowledge(of: Knowledge, min: number, max: number): Knowledge {
  if (min === 0) {
    if (max === 1 && 'exact' in of) return { exact: [...new Set(['', ...of.exact])] };
    return NOTHING_KNOWN;
  }
  if ('exact' in of) {
    let copies: readonly string[] | undefined = [''];
    for (let i = 0; i < min && copies !== undefined; i++) copies = product(copies, of.exact);
    if (copies !== undefined)
      return min === max ? { exact: copies } : { clauses: clausesOf({ exact: copies }) };
  }
  return { clauses: clausesOf(of) };
}

function clausesOf(known: Knowledge): readonly Clause[] {
  if ('clauses' in known) return known.clauses;
  return known.exact.includes('') ? [] : [minimal(known.exact)];
}

/** Without the literals that hold another one of the same clause. */
function minimal(literals: readonly string[]): Clause {
  return literals.filter((text) => !literals.some((other) => other !== text && text.includes(other)));
}

function shortest(clause: Clause): number {
  return Math.min(...clause.map((literal) => literal.length));
}
