/** One figure of a family. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Figures of one name, as they stand when they are asked for. */
export interface MetricFamily {
  /** With its unit last, after Prometheus' custom: `telltale_source_lag_seconds`. */
  readonly name: string;
  readonly help: string;
  /** A counter never falls while the process lives. */
  readonly kind: 'counter' | 'gauge';
  readonly samples: readonly MetricSample[];
}
