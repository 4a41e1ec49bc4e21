import { mean, sampleVariance } from 'simple-statistics';
import { type RatioEstimate, ratioEstimate } from './ratio.ts';

/**
 * Ratio of the geometric means of two unpaired sets of block figures: Welch's unequal variances t interval and test on the logarithms.
 * @throws RangeError for fewer than 2 figures on a side, or a figure that is not above zero.
 */
export function welch(figures: readonly number[], against: readonly number[]): RatioEstimate {
  const [a, b] = [side(figures), side(against)];
  const variance = a.variance + b.variance;
  const spread = a.variance ** 2 / (a.n - 1) + b.variance ** 2 / (b.n - 1);
  // Welch-Satterthwaite; without any spread its 0/0 is read as the fewest degrees of freedom it can have.
  const degreesOfFreedom = variance === 0 ? Math.min(a.n, b.n) - 1 : variance ** 2 / spread;
  return ratioEstimate(a.mean - b.mean, Math.sqrt(variance), degreesOfFreedom, Math.min(a.n, b.n));
}

function side(figures: readonly number[]) {
  const n = figures.length;
  if (n < 2) throw new RangeError(`an unpaired ratio needs 2 figures or more on each side, not ${n}`);
  if (!figures.every((figure) => figure > 0)) throw new RangeError(`no logarithm of ${figures.find((figure) => !(figure > 0))}`);
  const logs = figures.map(Math.log);
  return { n, mean: mean(logs), variance: sampleVariance(logs) / n };
}
