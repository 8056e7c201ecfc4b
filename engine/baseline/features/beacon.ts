import type { BaselineFeature } from '../../model/index.ts';
import { type Feature, type FeatureFinding, figure, type Saved, type Surroundings } from '../feature.ts';
import { chiSquaredLowerDecades } from '../probability.ts';
import { type Sighting, textsOf } from '../sighting.ts';

/** Destinations watched of one entity; the least recent gives way. */
const DESTINATIONS_MAX = 16;
/** Contacts nearer than this are one contact: a page load is not a rhythm. */
const TOGETHER_SECONDS = 10;
/** Intervals beyond this weigh less and less: a rhythm that changed shows. */
const INTERVALS_MAX = 32;
/** Destinations counted in all. */
const TENANT_MAX = 100_000;

/** What is known of the contacts to one destination. */
interface Rhythm {
  readonly to: string;
  last: number;
  /** Intervals, their sum in seconds and the sum of their logarithms. */
  n: number;
  sum: number;
  sumLn: number;
  /** The number of intervals at which it is judged next. */
  next: number;
}

/**
 * Beaconing: contacts to one destination at intervals more regular than chance. Of n intervals, G = ln(mean) − mean(ln) is 0 where all are
 * alike and about 0.58 for contacts at random (exponential intervals). Bartlett's test (Proceedings of the Royal Society A 160, 1937, for
 * scales of exponentials): 2nG/(1 + (n + 1)/(6n)) is χ² with n − 1 degrees of freedom; raw surprise = −log10 of its lower tail. Jitter of
 * 20 per cent leaves G at 0.007.
 * Judged after `contacts` intervals and at every doubling, so that a long rhythm speaks a few times and not each time. A destination that a
 * tenth of all entities, or three at least, contact is shared infrastructure and never odd.
 * State: 16 destinations of 6 values an entity; 100,000 counts in all. Decay: beyond 32 intervals old ones fade. Cost: O(16).
 */
export class BeaconFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'beacon' };
  readonly fields: readonly string[];
  private readonly around: Surroundings;
  private readonly rhythms: (Rhythm[] | undefined)[] = [];
  private readonly users = new Map<string, number>();

  constructor(spec: BaselineFeature & { readonly kind: 'beacon' }, around: Surroundings) {
    this.spec = spec;
    this.around = around;
    this.fields = [spec.field];
  }

  score(seen: Sighting): number | undefined {
    const texts = textsOf(seen, this.spec.field);
    if (texts.length === 0) return undefined;
    // Every contact is a chance to be odd, though few are judged.
    let most = 0;
    for (const to of texts) most = Math.max(most, this.scoreOf(seen, to) ?? 0);
    return most;
  }

  finding(seen: Sighting): FeatureFinding {
    const texts = textsOf(seen, this.spec.field);
    const to =
      [...texts].sort((a, b) => (this.scoreOf(seen, b) ?? 0) - (this.scoreOf(seen, a) ?? 0))[0] ?? '';
    const rhythm = this.rhythmOf(seen.entity, to);
    const next = rhythm === undefined ? undefined : withInterval(rhythm, seen.time);
    const mean = next === undefined ? 0 : next.sum / next.n;
    const others = (this.rhythms[seen.entity] ?? []).filter((one) => one.to !== to && one.n >= 3);
    return {
      scope: 'entity',
      actual: `${next?.n ?? 0} contacts to ${to}, one in ${figure(mean)} s, jitter ${figure(100 * jitterOf(next))} %`,
      typical:
        others.length === 0
          ? 'no rhythm of any other destination'
          : `jitter of other destinations: ${others
              .slice(0, 3)
              .map((one) => `${one.to} ${figure(100 * jitterOf(one))} %`)
              .join(', ')}`,
      nearest: [...others]
        .sort((a, b) => jitterOf(a) - jitterOf(b))
        .slice(0, 3)
        .map((one) => one.to),
      counterfactual: `would not fire for intervals as irregular as chance (jitter of 100 %), or for a destination that ${this.sharedLeast()} entities contact`,
    };
  }

  learn(seen: Sighting): void {
    for (const to of textsOf(seen, this.spec.field)) this.contact(seen, to);
  }

  close(): void {}

  forget(entity: number): void {
    this.rhythms[entity] = undefined;
  }

  saveEntity(entity: number): Saved | undefined {
    return this.rhythms[entity]?.map(({ to, last, n, sum, sumLn, next }) => [to, last, n, sum, sumLn, next]);
  }

  absorbEntity(entity: number, saved: Saved): void {
    const list = this.rhythms[entity] ?? [];
    this.rhythms[entity] = list;
    for (const [to, last, n, sum, sumLn, next] of saved as [
      string,
      number,
      number,
      number,
      number,
      number,
    ][]) {
      const known = list.find((one) => one.to === to);
      if (known === undefined) {
        if (list.length < DESTINATIONS_MAX) list.push({ to, last, n, sum, sumLn, next });
        continue;
      }
      known.last = Math.max(known.last, last);
      known.n += n;
      known.sum += sum;
      known.sumLn += sumLn;
      known.next = Math.max(known.next, next);
      this.users.set(to, (this.users.get(to) ?? 1) - 1);
    }
  }

  saveTenant(): Saved {
    return [...this.users];
  }

  absorbTenant(saved: Saved): void {
    for (const [to, many] of saved as [string, number][])
      this.users.set(to, (this.users.get(to) ?? 0) + many);
  }

  describe(entity: number): Readonly<Record<string, readonly string[]>> {
    const regular = (this.rhythms[entity] ?? []).filter(
      (one) => one.n >= this.spec.contacts && jitterOf(one) < 0.3,
    );
    return regular.length === 0 ? {} : { rhythms: regular.map((one) => one.to).sort() };
  }

  private rhythmOf(entity: number, to: string): Rhythm | undefined {
    return this.rhythms[entity]?.find((one) => one.to === to);
  }

  private sharedLeast(): number {
    return Math.max(3, Math.ceil(this.around.entityCount() / 10));
  }

  private scoreOf(seen: Sighting, to: string): number | undefined {
    const rhythm = this.rhythmOf(seen.entity, to);
    if (rhythm === undefined || rhythm.n + 1 < rhythm.next) return undefined;
    if ((this.users.get(to) ?? 0) >= this.sharedLeast()) return undefined;
    const next = withInterval(rhythm, seen.time);
    if (next === undefined) return undefined;
    const { n, sum, sumLn } = next;
    const g = Math.max(1e-9, Math.log(sum / n) - sumLn / n);
    return chiSquaredLowerDecades((2 * n * g) / (1 + (n + 1) / (6 * n)), n - 1);
  }

  private contact(seen: Sighting, to: string): void {
    let list = this.rhythms[seen.entity];
    if (list === undefined) {
      list = [];
      this.rhythms[seen.entity] = list;
    }
    const at = list.findIndex((one) => one.to === to);
    const known = list[at];
    if (known === undefined) {
      this.countUser(to);
      if (list.length >= DESTINATIONS_MAX) list.splice(leastRecent(list), 1);
      list.push({ to, last: seen.time, n: 0, sum: 0, sumLn: 0, next: this.spec.contacts });
      return;
    }
    const next = withInterval(known, seen.time);
    if (next === undefined) return;
    if (next.n >= known.next) known.next *= 2;
    known.last = seen.time;
    // Beyond the most intervals all fade alike; the number that decides when it is judged goes on.
    const keep = next.n > INTERVALS_MAX ? INTERVALS_MAX / next.n : 1;
    known.n = next.n * keep;
    known.sum = next.sum * keep;
    known.sumLn = next.sumLn * keep;
    if (keep < 1 && known.next > INTERVALS_MAX) known.next = Number.MAX_SAFE_INTEGER;
  }

  private countUser(to: string): void {
    if (!this.users.has(to) && this.users.size >= TENANT_MAX) {
      for (const oldest of this.users.keys()) {
        this.users.delete(oldest);
        break;
      }
    }
    this.users.set(to, (this.users.get(to) ?? 0) + 1);
  }
}

/** The rhythm with the interval that ends now; undefined where the contact belongs to the last one. */
function withInterval(rhythm: Rhythm, time: number): Pick<Rhythm, 'n' | 'sum' | 'sumLn'> | undefined {
  const seconds = (time - rhythm.last) / 1_000_000;
  if (seconds < TOGETHER_SECONDS) return undefined;
  return { n: rhythm.n + 1, sum: rhythm.sum + seconds, sumLn: rhythm.sumLn + Math.log(seconds) };
}

/** The spread of the intervals as a share of their mean, from G: for small spreads G is half its square. */
function jitterOf(rhythm: Pick<Rhythm, 'n' | 'sum' | 'sumLn'> | undefined): number {
  if (rhythm === undefined || rhythm.n === 0) return 1;
  const g = Math.max(0, Math.log(rhythm.sum / rhythm.n) - rhythm.sumLn / rhythm.n);
  return Math.min(1, Math.sqrt(2 * g));
}

function leastRecent(list: readonly Rhythm[]): number {
  let at = 0;
  for (let i = 1; i < list.length; i++) if ((list[i]?.last ?? 0) < (list[at]?.last ?? 0)) at = i;
  return at;
}
