import type { BaselineFeature } from '../../model/index.ts';
import type { Feature, FeatureFinding, Saved, Surroundings } from '../feature.ts';
import { Novelty, USAGE } from '../novelty.ts';
import { RAW_MAX } from '../probability.ts';
import { type Sighting, textsOf } from '../sighting.ts';

const DAY = 86_400_000_000;

/**
 * First seen and new term: a value that the entity has not used before, weighed by how many of its peers, or of all, use it.
 * Raw surprise = −log10 P(a new value) − log10 P(a new value that so few others use). See `novelty.ts` for the estimate, its bounds and
 * its guards. Cold start: an entity's first values are new to nobody's surprise while its votes are few, because the estimate leans
 * on the deployment's rate. Decay: a value not seen for `forget` is new again.
 */
export class CategoryFeature implements Feature {
  readonly spec: BaselineFeature & { readonly kind: 'category' | 'edge' };
  readonly fields: readonly string[];
  private readonly novelty: Novelty;
  private readonly among: 'peers' | 'tenant' | undefined;

  constructor(spec: BaselineFeature & { readonly kind: 'category' | 'edge' }, around: Surroundings) {
    this.spec = spec;
    this.fields = [spec.field];
    this.novelty = new Novelty(around, spec.forget / DAY);
    const scopes = spec.kind === 'edge' ? ['tenant'] : spec.scopes;
    this.among = scopes.includes('peers') ? 'peers' : scopes.includes('tenant') ? 'tenant' : undefined;
  }

  score(seen: Sighting): number | undefined {
    const texts = textsOf(seen, this.spec.field);
    if (texts.length === 0) return undefined;
    let most = 0;
    for (const text of texts) most = Math.max(most, this.scoreOf(seen, text));
    return most;
  }

  finding(seen: Sighting, limit: number): FeatureFinding {
    const texts = textsOf(seen, this.spec.field);
    const odd = [...texts].sort((a, b) => this.scoreOf(seen, b) - this.scoreOf(seen, a))[0] ?? '';
    const values = this.novelty.valuesOf(seen.entity);
    const usage = this.among === undefined ? 4 : this.novelty.usageOf(seen.entity, odd, this.among);
    const known = values.slice(0, 3).map(({ name, days }) => `${name} (${days} days)`);
    const others = this.among === 'peers' ? 'peers' : 'others';
    return {
      scope: usage === 4 ? (this.among ?? 'entity') : 'entity',
      actual: odd,
      typical:
        values.length === 0
          ? 'no value before'
          : `${values.length} known, most often ${known.join(', ')}; used by ${USAGE[usage]} of the ${others}`,
      nearest: nearestTo(
        odd,
        values.map(({ name }) => name),
      ),
      counterfactual:
        values[0] === undefined
          ? 'a value seen before'
          : `would not fire for ${values[0].name}${this.among === undefined || limit <= 0 ? '' : `, nor for a value that many ${others} use`}`,
    };
  }

  learn(seen: Sighting): void {
    for (const text of textsOf(seen, this.spec.field)) {
      const fresh = !this.novelty.hasUsed(seen.entity, text);
      const usage = fresh ? this.novelty.usageOf(seen.entity, text, this.among ?? 'tenant') : 0;
      this.novelty.learn(seen.entity, text, { day: seen.day, usage });
    }
  }

  close(): void {}

  forget(entity: number): void {
    this.novelty.forget(entity);
  }

  saveEntity(entity: number): Saved | undefined {
    return this.novelty.saveEntity(entity);
  }

  absorbEntity(entity: number, saved: Saved): void {
    this.novelty.absorbEntity(entity, saved);
  }

  saveTenant(): Saved {
    return this.novelty.saveTenant();
  }

  absorbTenant(saved: Saved): void {
    this.novelty.absorbTenant(saved);
  }

  describe(entity: number): Readonly<Record<string, readonly string[]>> {
    return {
      values: this.novelty
        .valuesOf(entity)
        .map(({ name }) => name)
        .sort(),
    };
  }

  private scoreOf(seen: Sighting, text: string): number {
    if (this.novelty.isNormal(seen.entity, text, seen.day)) return 0;
    const own = this.novelty.newDecades(seen.entity, seen.day);
    if (this.among === undefined) return own;
    const usage = this.novelty.usageOf(seen.entity, text, this.among);
    return Math.min(RAW_MAX, own + this.novelty.usageDecades(usage));
  }
}

/** The known values that share the longest beginning or end with this one. */
export function nearestTo(text: string, known: readonly string[]): readonly string[] {
  const shared = (other: string): number => Math.max(common(text, other, 1), common(text, other, -1));
  return [...known].sort((a, b) => shared(b) - shared(a) || (a < b ? -1 : 1)).slice(0, 3);
}

function common(a: string, b: string, step: 1 | -1): number {
  let length = 0;
  while (length < a.length && length < b.length) {
    const at = step === 1 ? length : -1 - length;
    if (a.at(at) !== b.at(at)) break;
    length++;
  }
  return length;
}
