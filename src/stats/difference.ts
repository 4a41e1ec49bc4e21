import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Pair } from './paired.ts';
import { criticalT } from './student-t.ts';

/** How much more the first figure is than the second, in their unit, with a Student t interval. */
export interface DifferenceEstimate {
  readonly difference: number;
  readonly interval95: readonly [number, number];
  /** Blocks behind it. */
  readonly n: number;
}

/** Mean within-block difference. @throws RangeError for fewer than 2 pairs. */
export function pairedDifference(pairs: readonly Pair[]): DifferenceEstimate {
  if (pairs.length < 2) throw new RangeError(`a paired difference needs 2 pairs or more, not ${pairs.length}`);
  const differences = pairs.map(([figure, against]) => figure - against);
  const n = differences.length;
  const half = (criticalT(0.95, n - 1) * sampleStandardDeviation(differences)) / Math.sqrt(n);
  const difference = mean(differences);
  return { difference, interval95: [difference - half, difference + half], n };
}
