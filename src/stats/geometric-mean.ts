import { mean, sampleStandardDeviation } from 'simple-statistics';
import { criticalT } from './student-t.ts';

/** Where a figure lies over its blocks. */
export interface MeanEstimate {
  readonly mean: number;
  /** Student t interval; absent for one figure alone, which has no spread. */
  readonly interval95?: readonly [number, number];
  readonly n: number;
}

/** Geometric mean, as ratios are made of, with the interval of the logarithms. @throws RangeError for no figure, or one not above zero. */
export function geometricMean(figures: readonly number[]): MeanEstimate {
  const n = figures.length;
  if (n === 0 || !figures.every((figure) => figure > 0))
    throw new RangeError(`no geometric mean of ${n === 0 ? 'nothing' : figures.find((figure) => !(figure > 0))}`);
  const logs = figures.map(Math.log);
  const middle = mean(logs);
  if (n === 1) return { mean: Math.exp(middle), n };
  const half = (criticalT(0.95, n - 1) * sampleStandardDeviation(logs)) / Math.sqrt(n);
  return { mean: Math.exp(middle), interval95: [Math.exp(middle - half), Math.exp(middle + half)], n };
}
