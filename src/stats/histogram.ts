import { build, encodeIntoCompressedBase64, JsHistogram } from 'hdr-histogram-js';
import { HISTOGRAM_RANGE, histogramCounts } from './histogram-payload.ts';

/** Latencies in microseconds, 1 us to 1 minute, 3 significant digits. Immutable to its readers; `record` is for generators. */
export type LatencyHistogram = JsHistogram;

export interface LatencySummary {
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
}

const { lowest: LOWEST_US, highest: HIGHEST_US, digits: DIGITS } = HISTOGRAM_RANGE;
const MOST_IN_32_BITS = 2 ** 32 - 1;

export const createHistogram = (): LatencyHistogram => histogramOf(32);

/** @param bits of a count. 32 are three times as fast as 'packed', and a reader holds few histograms at a time. */
function histogramOf(bits: 32 | 64): LatencyHistogram {
  const built = build({
    lowestDiscernibleValue: LOWEST_US,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: DIGITS,
    bitBucketSize: bits,
    useWebAssembly: false,
  });
  return plain(built);
}

/** Records one latency in microseconds; what lies outside 1 us to 1 minute counts as the nearer end. */
export function record(histogram: LatencyHistogram, us: number): void {
  histogram.recordValue(Math.min(HIGHEST_US, Math.max(LOWEST_US, Math.round(us))));
}

/** HdrHistogram V2, compressed, base64: what `results.ndjson` keeps. */
export const encode = (histogram: LatencyHistogram): string => encodeIntoCompressedBase64(histogram);

/** The histogram that `encode` made a text of. hdr-histogram-js' own decoder trusts its input. @throws what `histogramCounts` throws. */
export function decode(base64: string): LatencyHistogram {
  const counts = histogramCounts(base64);
  const histogram = histogramOf(counts.some((count) => count > MOST_IN_32_BITS) ? 64 : 32);
  for (let index = 0; index < counts.length; index++) histogram.setCountAtIndex(index, counts[index]!);
  histogram.establishInternalTackingValues(counts.length);
  return histogram;
}

/** All the values of several histograms in a new one: percentiles are never averaged. */
export function merge(histograms: readonly LatencyHistogram[]): LatencyHistogram {
  const wide = histograms.reduce((total, { totalCount }) => total + totalCount, 0) > MOST_IN_32_BITS;
  const sum = histogramOf(wide ? 64 : 32);
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}

/** Microseconds; all zero where nothing was recorded. */
export function summarise(histogram: LatencyHistogram): LatencySummary {
  if (histogram.totalCount === 0) return { min: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0 };
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
  return {
    min: histogram.minNonZeroValue,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue,
    mean: histogram.mean,
  };
}

/** How many different values were recorded; a clock too coarse for what it times shows here. */
export const distinctValues = (histogram: LatencyHistogram): number => buckets(histogram).length;

/**
 * The median, interpolated inside the bucket it falls in (the grouped median). A plain median moves in whole microseconds, 7 % of
 * a first packet of 14 us: two windows alike to a hair would differ "significantly" for standing on two sides of a rounding edge.
 * @returns microseconds, NaN where nothing was recorded.
 */
export function interpolatedMedian(histogram: LatencyHistogram): number {
  const half = histogram.totalCount / 2;
  let below = 0;
  for (const { from, width, count } of buckets(histogram)) {
    // Values were rounded, not truncated: the bucket of 14 us stands for 13.5 to 14.5.
    if (below + count >= half) return from - 0.5 + ((half - below) / count) * width;
    below += count;
  }
  return Number.NaN;
}

function buckets(histogram: LatencyHistogram): { from: number; width: number; count: number }[] {
  const found = [];
  const values = histogram.recordedValuesIterator;
  values.reset();
  while (values.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = values.next();
    const from = histogram.lowestEquivalentValue(valueIteratedTo);
    found.push({ from, width: histogram.sizeOfEquivalentValueRange(valueIteratedTo), count: countAtValueIteratedTo });
  }
  return found;
}

function plain(histogram: unknown): LatencyHistogram {
  if (histogram instanceof JsHistogram) return histogram;
  throw new TypeError('hdr-histogram-js built a WebAssembly histogram where a plain one was asked for');
}
