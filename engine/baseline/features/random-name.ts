import type { BaselineFeature } from '../../model/index.ts';
import { type Feature, type FeatureFinding, figure, type Saved } from '../feature.ts';
import { normalTailDecades } from '../probability.ts';
import { type Sighting, textsOf } from '../sighting.ts';
import { nearestTo } from './category.ts';

/** a–z, 0–9, hyphen, anything else, and the edge of a name. */
const LETTERS = 39;
const EDGE = 38;
/** Names remembered, so that a name is one vote; the oldest gives way. */
const NAMES_MAX = 50_000;
/** Names too short to tell anything. */
const LENGTH_LEAST = 7;
/** A name this far out is not learnt from until it comes again on another day. */
const QUARANTINE_DECADES = 3;
/** Silent before so many names. */
const NAMES_LEAST = 200;

/**
 * Random-looking names, such as generated domains: how improbable the letters of a name are by a model of the letters of the
 * deployment's own names. The model gives each letter after the two before it, backing off to one and to none (trigrams with
 * Witten–Bell smoothing; Bell, Cleary and Witten, "Text Compression", 1990). A name's figure is its mean −log2 probability a letter;
 * raw surprise = −log10 of the normal tail of (figure − mean)/spread over the names so far, times a root of the length (longer names say more).
 * Of a domain name the longest label besides the last is looked at. A name is judged when it is first seen, and learnt once; one that is far
 * out is learnt only when it comes again on another day.
 * State: 62,439 counters and 50,000 names in all, nothing an entity. Cost: O(length). Merge: counts add up.
 */
export class RandomNameFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'random_name' };
  readonly fields: readonly string[];
  /** Letters after two, after one, and by themselves; and how often a pair, or a letter, was followed by any. */
  private readonly threes = new Float64Array(LETTERS ** 3);
  private readonly pairs = new Float64Array(LETTERS ** 2);
  private readonly single = new Float64Array(LETTERS);
  private readonly twos = new Float64Array(LETTERS ** 2);
  private readonly ones = new Float64Array(LETTERS);
  /** Different letters seen after two, and after one. */
  private readonly kindsAfterTwo = new Float64Array(LETTERS ** 2);
  private readonly kindsAfterOne = new Float64Array(LETTERS);
  private letters = 0;
  /** By name: the day it was first seen, negative once it is learnt. */
  private readonly names = new Map<string, number>();
  private learnt = 0;
  private mean = 0;
  private variance = 0;

  constructor(spec: BaselineFeature & { readonly kind: 'random_name' }) {
    this.spec = spec;
    this.fields = [spec.field];
  }

  score(seen: Sighting): number | undefined {
    let most: number | undefined;
    for (const text of textsOf(seen, this.spec.field)) {
      const name = partOf(text);
      if (name.length < LENGTH_LEAST || this.names.has(name)) continue;
      most = Math.max(most ?? 0, this.rawOf(name));
    }
    return most;
  }

  finding(seen: Sighting, limit: number): FeatureFinding {
    const names = textsOf(seen, this.spec.field).map(partOf);
    const odd = [...names].sort((a, b) => this.rawOf(b) - this.rawOf(a))[0] ?? '';
    const known: string[] = [];
    for (const [name, day] of this.names) if (day < 0 && known.length < 5000) known.push(name);
    return {
      scope: 'tenant',
      actual: `${odd}: ${figure(this.bitsOf(odd))} bits a letter`,
      typical: `${figure(this.mean)} bits a letter, spread ${figure(Math.sqrt(this.variance))}, over ${this.learnt} names`,
      nearest: nearestTo(odd, known),
      counterfactual: `would not fire for a name below ${figure(this.mean + Math.sqrt(2 * limit) * Math.sqrt(this.variance))} bits a letter`,
    };
  }

  learn(seen: Sighting): void {
    for (const text of textsOf(seen, this.spec.field)) {
      const name = partOf(text);
      if (name.length < LENGTH_LEAST) continue;
      const first = this.names.get(name);
      if (first !== undefined && first < 0) continue;
      if (first === undefined && this.rawOf(name) >= QUARANTINE_DECADES) this.note(name, seen.day);
      else if (first === undefined || first !== seen.day) {
        this.note(name, -1);
        this.learnName(name);
      }
    }
  }

  close(): void {}

  forget(): void {}

  saveEntity(): undefined {
    return undefined;
  }

  absorbEntity(): void {}

  saveTenant(): Saved {
    return {
      threes: sparse(this.threes),
      learnt: this.learnt,
      mean: this.mean,
      variance: this.variance,
      names: [...this.names],
    };
  }

  absorbTenant(saved: Saved): void {
    const { threes, learnt, mean, variance, names } = saved as {
      threes: [number, number][];
      learnt: number;
      mean: number;
      variance: number;
      names: [string, number][];
    };
    for (const [at, many] of threes) this.count(at, many);
    const sum = this.learnt + learnt;
    if (sum > 0) {
      const share = learnt / sum;
      const apart = mean - this.mean;
      this.variance += (variance - this.variance) * share + share * (1 - share) * apart * apart;
      this.mean += apart * share;
    }
    this.learnt = sum;
    for (const [name, day] of names) this.note(name, Math.min(day, this.names.get(name) ?? day));
  }

  describe(): Readonly<Record<string, number>> {
    return {};
  }

  private rawOf(name: string): number {
    if (this.learnt < NAMES_LEAST) return 0;
    const spread = Math.max(0.1, Math.sqrt(this.variance));
    // The spread is that of names of common length; a longer name's mean has less.
    return normalTailDecades(
      ((this.bitsOf(name) - this.mean) / spread) * Math.sqrt(Math.min(2, name.length / 12)),
    );
  }

  private bitsOf(name: string): number {
    let bits = 0;
    let a = EDGE;
    let b = EDGE;
    for (let i = 0; i < name.length; i++) {
      const c = letterOf(name.charCodeAt(i));
      bits -= Math.log2(this.probability(a, b, c));
      a = b;
      b = c;
    }
    return bits / Math.max(1, name.length);
  }

  private probability(a: number, b: number, c: number): number {
    const pair = a * LETTERS + b;
    const afterTwo = this.twos[pair] ?? 0;
    const afterOne = this.ones[b] ?? 0;
    const none = ((this.single[c] ?? 0) + 1) / (this.letters + LETTERS);
    const kindsOne = this.kindsAfterOne[b] ?? 0;
    const one =
      afterOne === 0 ? none : ((this.pairs[b * LETTERS + c] ?? 0) + kindsOne * none) / (afterOne + kindsOne);
    const kindsTwo = this.kindsAfterTwo[pair] ?? 0;
    return afterTwo === 0
      ? one
      : ((this.threes[pair * LETTERS + c] ?? 0) + kindsTwo * one) / (afterTwo + kindsTwo);
  }

  private learnName(name: string): void {
    const bits = this.bitsOf(name);
    let a = EDGE;
    let b = EDGE;
    for (let i = 0; i < name.length; i++) {
      const c = letterOf(name.charCodeAt(i));
      this.count((a * LETTERS + b) * LETTERS + c, 1);
      a = b;
      b = c;
    }
    // The first names are judged by a model that knows nothing: their figures are not those of later ones.
    const weight = Math.min(2000, Math.max(1, this.learnt - NAMES_LEAST / 2));
    const apart = bits - this.mean;
    const spread = Math.sqrt(this.variance);
    const cut = this.learnt < NAMES_LEAST ? apart : Math.max(-4 * spread, Math.min(4 * spread, apart));
    this.mean += cut / (weight + 1);
    this.variance += (cut * cut - this.variance) / (weight + 1);
    this.learnt++;
  }

  private count(at: number, many: number): void {
    const pair = Math.floor(at / LETTERS);
    const b = pair % LETTERS;
    const c = at % LETTERS;
    if ((this.threes[at] ?? 0) === 0) this.kindsAfterTwo[pair] = (this.kindsAfterTwo[pair] ?? 0) + 1;
    this.threes[at] = (this.threes[at] ?? 0) + many;
    this.twos[pair] = (this.twos[pair] ?? 0) + many;
    if ((this.pairs[b * LETTERS + c] ?? 0) === 0) this.kindsAfterOne[b] = (this.kindsAfterOne[b] ?? 0) + 1;
    this.pairs[b * LETTERS + c] = (this.pairs[b * LETTERS + c] ?? 0) + many;
    this.ones[b] = (this.ones[b] ?? 0) + many;
    this.single[c] = (this.single[c] ?? 0) + many;
    this.letters += many;
  }

  private note(name: string, day: number): void {
    if (!this.names.has(name) && this.names.size >= NAMES_MAX) {
      for (const oldest of this.names.keys()) {
        this.names.delete(oldest);
        break;
      }
    }
    this.names.set(name, day);
  }
}

/** The longest label of a domain name besides the last; the whole of a name without dots. In lower case. */
function partOf(text: string): string {
  const labels = text
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '');
  if (labels.length < 2) return labels[0] ?? '';
  return labels
    .slice(0, -1)
    .reduce((longest, label) => (label.length > longest.length ? label : longest), '');
}

function letterOf(unit: number): number {
  if (unit >= 97 && unit <= 122) return unit - 97;
  if (unit >= 48 && unit <= 57) return unit - 22;
  return unit === 45 ? 36 : 37;
}

function sparse(cells: Float64Array): [number, number][] {
  const pairs: [number, number][] = [];
  cells.forEach((many, at) => {
    if (many > 0) pairs.push([at, many]);
  });
  return pairs;
}
