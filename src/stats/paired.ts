import { mean, sampleStandardDeviation } from 'simple-statistics';
import { type RatioEstimate, ratioEstimate } from './ratio.ts';

/** One block's figures of the two cells that are compared; both above zero. */
export type Pair = readonly [figure: number, against: number];

/**
 * Mean within-block log ratio with a t interval and t test. What slows a whole block slows both of its cells, and cancels.
 * @throws RangeError for fewer than 2 pairs, or a figure that is not above zero.
 */
export function paired(pairs: readonly Pair[]): RatioEstimate {
  if (pairs.length < 2) throw new RangeError(`a paired ratio needs 2 pairs or more, not ${pairs.length}`);
  const logRatios = pairs.map(([figure, against]) => {
    if (!(figure > 0 && against > 0)) throw new RangeError(`no ratio of ${figure} to ${against}`);
    return Math.log(figure / against);
  });
  const n = logRatios.length;
  return ratioEstimate(mean(logRatios), sampleStandardDeviation(logRatios) / Math.sqrt(n), n - 1, n);
}
