import { criticalT, twoSidedP } from './student-t.ts';

/** How many times the second figure the first is, with how sure that is. Ratios are geometric means; 1 is "no difference". */
export interface RatioEstimate {
  readonly ratio: number;
  /** Student t intervals of the ratio, not corrected for others: lower and upper end. */
  readonly interval95: readonly [number, number];
  readonly interval90: readonly [number, number];
  /** Two-sided, of the hypothesis that the ratio is 1; not corrected for other tests. */
  readonly p: number;
  /** Blocks behind it; unpaired: of the smaller side. */
  readonly n: number;
  /** Natural logarithm of the ratio, its standard error and the degrees of freedom: what the above is made of. */
  readonly logRatio: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

export function ratioEstimate(logRatio: number, standardError: number, degreesOfFreedom: number, n: number): RatioEstimate {
  const interval = (confidence: number): [number, number] => {
    const half = criticalT(confidence, degreesOfFreedom) * standardError;
    return [Math.exp(logRatio - half), Math.exp(logRatio + half)];
  };
  // Without any spread there is nothing to test against: equal figures give 0/0.
  const p = standardError === 0 ? Number(logRatio === 0) : twoSidedP(logRatio / standardError, degreesOfFreedom);
  return {
    ratio: Math.exp(logRatio),
    interval95: interval(0.95),
    interval90: interval(0.9),
    p,
    n,
    logRatio,
    standardError,
    degreesOfFreedom,
  };
}
