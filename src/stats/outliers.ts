import { median } from 'simple-statistics';

/** Ten robust standard deviations (1.4826 median absolute deviations each); hyperfine's threshold for a warning. */
const THRESHOLD = 14.826;
/** Deviations are taken as typically this share of the median at least: a coarse clock gives most blocks one figure, and a deviation of 0. */
const SMALLEST_DEVIATION = 0.005;

/**
 * Which figures lie so far from the median that something else ran then. They are for the reader: nothing is ever dropped for it.
 * @param figures above zero.
 * @returns indices.
 */
export function outliers(figures: readonly number[]): number[] {
  if (figures.length < 3) return [];
  const centre = median([...figures]);
  const deviations = figures.map((figure) => Math.abs(figure - centre));
  const typical = Math.max(median(deviations), SMALLEST_DEVIATION * centre);
  return deviations.flatMap((deviation, index) => (deviation > THRESHOLD * typical ? [index] : []));
}
