import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricFamily } from '../runtime/index.ts';

/**
 * Metrics in the text form of Prometheus. Figures are read from those who keep them when somebody asks, so that they cost nothing meanwhile; those of
 * the process itself come with them.
 */
export class PrometheusMetrics {
  readonly #families: () => readonly MetricFamily[];
  readonly #process = new Registry();

  constructor(families: () => readonly MetricFamily[]) {
    this.#families = families;
    collectDefaultMetrics({ register: this.#process });
  }

  async text(): Promise<{ readonly type: string; readonly text: string }> {
    const registry = new Registry();
    for (const { name, help, kind, samples } of this.#families()) {
      // The library would write a figure of its own for it.
      if (samples.length === 0) continue;
      const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
      const settings = { name, help, labelNames, registers: [registry] };
      if (kind === 'counter') {
        const counter = new Counter(settings);
        for (const { labels, value } of samples) counter.inc({ ...labels }, value);
      } else {
        const gauge = new Gauge(settings);
        for (const { labels, value } of samples) gauge.set({ ...labels }, value);
      }
    }
    const text = await Registry.merge([registry, this.#process]).metrics();
    return { type: registry.contentType, text };
  }
}
