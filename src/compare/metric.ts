import type { SeriesName } from '../lab/series.ts';

/** What two cells are compared by; latencies are microseconds. */
export type Metric = 'rate' | 'p50' | 'p99';

/** One cell's window in one block. */
export interface BlockFigures {
  readonly block: number;
  /** Requests per second. */
  readonly rate: number;
  /** Median, interpolated within the histogram's bucket. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * The one metric of a series that gets a verdict. With keep-alive a closed loop's rate says all; a new connection's cost is a latency,
 * and its median is the figure that one slow connection does not move.
 */
export const verdictMetric = (series: SeriesName): Metric => (series === 'keep-alive' ? 'rate' : 'p50');

/** The metrics that get a ratio and an interval only. First packets are sent one by one, so they have no rate. */
export const otherMetrics = (series: SeriesName): readonly Metric[] =>
  series === 'keep-alive' ? ['p50', 'p99'] : series === 'new-connection' ? ['p99', 'rate'] : ['p99'];

export const higherIsBetter = (metric: Metric): boolean => metric === 'rate';
