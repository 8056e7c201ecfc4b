import type { BaselineFeature } from '../../model/index.ts';
import { type Feature, type FeatureFinding, figure, type Saved } from '../feature.ts';
import { decades } from '../probability.ts';
import { type Sighting, textsOf } from '../sighting.ts';
import { nearestTo } from './category.ts';

const DAY = 86_400_000_000;
/** Values held; the one least recently first seen gives way. */
const VALUES_MAX = 200_000;
const BUCKETS = 48;

interface Count {
  votes: number;
  /** Who was the last to use it, and on which day: repeats on one day by one entity are one vote. */
  entity: number;
  day: number;
}

/**
 * Rarity: a value that is seldom seen anywhere, new or not. Raw surprise = −log10 of the share of all votes that went to values with as
 * few votes as this one (to the power of two), which is a tail probability. A vote is an entity and a day; only the last voter of a value is
 * remembered, so that two entities that alternate vote more often.
 * State: 200,000 values and 48 sums in all, nothing an entity. Decay: a value not seen for `forget` starts anew. Cold start: with few votes
 * in all nothing is rare. Guard: one entity cannot vote a value up within a day.
 */
export class RarityFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'rarity' };
  readonly fields: readonly string[];
  private readonly forgetDays: number;
  private readonly counts = new Map<string, Count>();
  /** By the binary logarithm of a value's votes: all votes of such values. */
  private readonly mass = new Float64Array(BUCKETS);
  private total = 0;

  constructor(spec: BaselineFeature & { readonly kind: 'rarity' }) {
    this.spec = spec;
    this.fields = [spec.field];
    this.forgetDays = spec.forget / DAY;
  }

  score(seen: Sighting): number | undefined {
    const texts = textsOf(seen, this.spec.field);
    if (texts.length === 0) return undefined;
    let most = 0;
    for (const text of texts) most = Math.max(most, this.scoreOf(text, seen));
    return most;
  }

  finding(seen: Sighting): FeatureFinding {
    const texts = textsOf(seen, this.spec.field);
    const odd = [...texts].sort((a, b) => this.scoreOf(b, seen) - this.scoreOf(a, seen))[0] ?? '';
    const known = [...this.counts].sort((a, b) => b[1].votes - a[1].votes);
    const usual = known
      .slice(0, 3)
      .map(([name, { votes }]) => `${name} (${figure((100 * votes) / this.total)} %)`);
    return {
      scope: 'tenant',
      actual: `${odd}, ${this.counts.get(odd)?.votes ?? 0} of ${figure(this.total)} votes`,
      typical: usual.join(', '),
      nearest: nearestTo(
        odd,
        known.slice(0, 1000).map(([name]) => name),
      ),
      counterfactual: `would not fire for ${known[0]?.[0] ?? 'a value often seen'}`,
    };
  }

  learn(seen: Sighting): void {
    for (const text of textsOf(seen, this.spec.field)) this.vote(text, seen);
  }

  close(): void {}

  forget(): void {}

  saveEntity(): undefined {
    return undefined;
  }

  absorbEntity(): void {}

  saveTenant(): Saved {
    return { counts: [...this.counts].map(([name, { votes, entity, day }]) => [name, votes, entity, day]) };
  }

  absorbTenant(saved: Saved): void {
    const { counts } = saved as { counts: [string, number, number, number][] };
    for (const [name, votes, entity, day] of counts) {
      const known = this.counts.get(name);
      if (known !== undefined) this.move(known.votes, -known.votes);
      const merged = { votes: votes + (known?.votes ?? 0), entity, day: Math.max(day, known?.day ?? day) };
      this.counts.set(name, merged);
      this.move(merged.votes, merged.votes);
    }
  }

  describe(): Readonly<Record<string, number>> {
    return {};
  }

  private scoreOf(text: string, { day }: Sighting): number {
    const known = this.counts.get(text);
    const votes = known === undefined || day - known.day > this.forgetDays ? 0 : known.votes;
    let rarer = 1;
    for (let bucket = 0; bucket <= bucketOf(votes); bucket++) rarer += this.mass[bucket] ?? 0;
    return votes === 0
      ? decades(1 / (this.total + 1) + (this.mass[0] ?? 0) / (this.total + 1))
      : decades(rarer / (this.total + 1));
  }

  private vote(text: string, { entity, day }: Sighting): void {
    let known = this.counts.get(text);
    if (known !== undefined && known.entity === entity && known.day === day) return;
    if (known !== undefined && day - known.day > this.forgetDays) {
      this.move(known.votes, -known.votes);
      known = undefined;
    }
    if (known === undefined) {
      if (this.counts.size >= VALUES_MAX) {
        for (const [oldest, { votes }] of this.counts) {
          this.counts.delete(oldest);
          this.move(votes, -votes);
          break;
        }
      }
      this.counts.set(text, { votes: 1, entity, day });
      this.move(1, 1);
      return;
    }
    this.move(known.votes, -known.votes);
    known.votes++;
    known.entity = entity;
    known.day = day;
    this.move(known.votes, known.votes);
  }

  private move(votes: number, mass: number): void {
    const bucket = bucketOf(votes);
    this.mass[bucket] = (this.mass[bucket] ?? 0) + mass;
    this.total += mass;
  }
}

function bucketOf(votes: number): number {
  return votes < 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log2(votes)));
}
