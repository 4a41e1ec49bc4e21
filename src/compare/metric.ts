import { type Metric, type SeriesName, seriesTable } from '../lab/series.ts';

export type { Metric } from '../lab/series.ts';

/** One cell's window in one block. */
export interface BlockFigures {
  readonly block: number;
  /** Requests per second. */
  readonly rate: number;
  /** Median, interpolated within the histogram's bucket. */
  readonly p50: number;
  readonly p99: number;
}

/** The one metric of a series that gets a verdict. */
export const verdictMetric = (series: SeriesName): Metric => seriesTable[series].verdict;

/** The metrics that get a ratio and an interval only. */
export const otherMetrics = (series: SeriesName): readonly Metric[] => seriesTable[series].others;

export const higherIsBetter = (metric: Metric): boolean => metric === 'rate';
