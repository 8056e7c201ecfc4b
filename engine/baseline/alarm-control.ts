/** How a raised threshold comes down again. */
export type Release =
  /** By so much of a step for each unit of what passes (an evaluation, a microsecond): quantile tracking proper. */
  | { readonly kind: 'rate'; readonly rate: number }
  /** What it stands above its least is halved in so many units. */
  | { readonly kind: 'half_life'; readonly units: number };

/** What an alarm control is made of. */
export interface AlarmControlOptions {
  /** The threshold to begin with. */
  readonly start: number;
  /** The threshold never falls below this, nor rises above `greatest`. */
  readonly least: number;
  readonly greatest: number;
  /** What one alarm adds to the threshold. */
  readonly step: number;
  readonly release: Release;
}

/**
 * A threshold that follows the alarms it lets through: θ += g·(alarms − q·passed), which settles where a share q of what passes is an
 * alarm (stochastic quantile tracking after Robbins and Monro, Annals of Mathematical Statistics 22, 1951; as online conformal control,
 * Gibbs and Candès, NeurIPS 2021). The alarms of a numeric series and the false-alarm budget of a rule are kept by this one mechanism:
 * the series counts rows and releases by half-life, a budget counts time and releases by its rate.
 * State: one number. Cost: O(1).
 */
export class AlarmControl {
  readonly options: AlarmControlOptions;
  private now: number;
  private readonly keep: number;

  constructor(options: AlarmControlOptions) {
    this.options = options;
    this.now = options.start;
    this.keep = options.release.kind === 'half_life' ? 2 ** (-1 / options.release.units) : 1;
  }

  /** What a score must reach. */
  get threshold(): number {
    return this.now;
  }

  /** So many units passed (one where not said), with or without an alarm. */
  pass(units = 1): void {
    const { least, step, release } = this.options;
    if (release.kind === 'rate') this.now = Math.max(least, this.now - step * release.rate * units);
    else this.now = least + (this.now - least) * (units === 1 ? this.keep : this.keep ** units);
  }

  /** An alarm was raised. */
  alarm(): void {
    this.now = Math.min(this.options.greatest, this.now + this.options.step);
  }

  /** Takes a threshold back. */
  restore(threshold: number): void {
    this.now = threshold;
  }
}
