import { Gauge, Histogram, type Registry } from 'prom-client';

/** One series of a histogram, already counted. */
export interface CountedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** One for each bound and one for what is above; not cumulative. */
  readonly buckets: readonly number[];
  /** In the metric's unit. */
  readonly sum: number;
}

export interface CountedHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly registry: Registry;
  /** Upper bounds in the metric's unit, inclusive, without infinity. */
  readonly bounds: readonly number[];
  readonly series: readonly CountedSeries[];
}

/**
 * A histogram that was counted elsewhere. The library's own can only be fed one observation at a time; this one stands in its
 * place in the registry and has the same form, which is taken from an empty one of the library's.
 */
export class CountedHistogram extends Gauge {
  readonly #empty: Histogram;
  readonly #options: CountedHistogramOptions;

  constructor(options: CountedHistogramOptions) {
    const { name, help, registry } = options;
    super({ name, help, registers: [registry] });
    this.#empty = new Histogram({ name, help, registers: [] });
    this.#options = options;
  }

  override async get(): ReturnType<Histogram['get']> {
    const { name, bounds, series } = this.#options;
    const values = series.flatMap(({ labels, buckets, sum }) => {
      let below = 0;
      const cumulative = buckets.map((count, index) => {
        below += count;
        return {
          metricName: `${name}_bucket`,
          labels: { ...labels, le: bounds[index] ?? '+Inf' },
          value: below,
        };
      });
      return [
        ...cumulative,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: below },
      ];
    });
    return { ...(await this.#empty.get()), values };
  }
}
