import { median } from 'simple-statistics';

/** Ten robust standard deviations (1.4826 median absolute deviations each); hyperfine's threshold for a warning. */
const THRESHOLD = 14.826;

/**
 * Which figures lie so far from the median that something else ran then. They are for the reader: nothing is ever dropped for it.
 * @returns indices. None where more than half of the figures are the same, since then any other would be one.
 */
export function outliers(figures: readonly number[]): number[] {
  if (figures.length < 3) return [];
  const centre = median([...figures]);
  const deviations = figures.map((figure) => Math.abs(figure - centre));
  const typical = median(deviations);
  if (typical === 0) return [];
  return deviations.flatMap((deviation, index) => (deviation > THRESHOLD * typical ? [index] : []));
}
