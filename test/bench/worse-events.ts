import type { DetectionRule } from '../../engine/model/index.ts';
import { filledWith, HOSTILE_KINDS, type HostileEvent, hostileParts } from './hostile-events.ts';

const GENERATIONS = 12;
const BROOD = 8;
const KEPT = 6;
const PIECES_MAX = 400;

/** What an event of the search is made of: pieces of text, repeated, dealt out to the fields of a kind. */
interface Genome {
  readonly kind: number;
  readonly pieces: readonly string[];
  readonly fields: number;
}

/**
 * A search for costlier events, with a fixed seed: from pieces of literals and of what expressions nearly match, it keeps the events that
 * `costOf` calls costliest, and mutates them. Gives the costliest it has met.
 */
export function worseEvents(
  rules: readonly DetectionRule[],
  costOf: (event: HostileEvent) => number,
): HostileEvent[] {
  const random = randomFrom(20_261_124);
  const { literals, nearMatches } = hostileParts(rules);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const piece = (): string => {
    const from = random() < 0.5 ? pick(literals) : pick(nearMatches);
    const text = from ?? 'a';
    const cut = Math.floor(random() * text.length);
    return random() < 0.5 ? text.slice(0, 200) : text.slice(cut, cut + 1 + Math.floor(random() * 40));
  };
  const born = (): Genome => ({
    kind: Math.floor(random() * HOSTILE_KINDS.length),
    pieces: Array.from({ length: 1 + Math.floor(random() * PIECES_MAX) }, piece),
    fields: 1 + Math.floor(random() * 3),
  });
  const mutated = (genome: Genome): Genome => {
    const at = Math.floor(random() * genome.pieces.length);
    switch (Math.floor(random() * 5)) {
      case 0:
        return { ...genome, pieces: genome.pieces.toSpliced(at, 1, piece()) };
      case 1:
        return {
          ...genome,
          pieces: genome.pieces.toSpliced(at, 1 + Math.floor(random() * 20), piece(), piece()),
        };
      case 2:
        return {
          ...genome,
          pieces: [...genome.pieces, ...Array.from({ length: 40 }, piece)].slice(-PIECES_MAX),
        };
      case 3:
        return { ...genome, pieces: [genome.pieces[at] ?? 'a'] };
      default:
        return {
          ...genome,
          kind: Math.floor(random() * HOSTILE_KINDS.length),
          fields: 1 + Math.floor(random() * 3),
        };
    }
  };
  let best: { genome: Genome; cost: number }[] = [];
  for (let generation = 0; generation < GENERATIONS; generation++) {
    const young = Array.from({ length: BROOD }, () => {
      const parent = random() < 0.25 ? undefined : pick(best);
      return parent === undefined ? born() : mutated(parent.genome);
    });
    best = [...best, ...young.map((genome) => ({ genome, cost: costOf(eventOf(genome, generation)) }))]
      .sort((a, b) => b.cost - a.cost)
      .slice(0, KEPT);
  }
  return best.map(({ genome }, i) => eventOf(genome, i));
}

function eventOf({ kind, pieces, fields }: Genome, number: number): HostileEvent {
  const { name, head, fields: names } = HOSTILE_KINDS[kind] ?? { name: 'unknown', head: {}, fields: ['a'] };
  const used = names.slice(0, fields);
  const value = filledWith(pieces.join(''), Math.floor(1_040_000 / used.length));
  return {
    name: `found by search ${number} (${name}, ${pieces.length} pieces, ${used.length} fields)`,
    json: JSON.stringify({ ...head, ...Object.fromEntries(used.map((field) => [field, value])) }),
  };
}

/** The generator "mulberry32". */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
