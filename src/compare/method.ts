import type { Comparison } from './comparison.ts';
import { ALPHA } from './verdict.ts';

/** How the verdicts of one table were come to, and what its intervals are; every report says it from this and from nowhere else. */
export interface VerdictMethod {
  /** Comparisons that were tested; Holm's correction is over them. */
  readonly tests: number;
  /** Student's t test on the log ratios within blocks, or Welch's on the block figures of two runs. */
  readonly test: 'paired-t' | 'welch';
  /** The p value, corrected, under which a difference is faster or slower. */
  readonly different: { readonly alpha: number; readonly correction: 'holm' };
  /** The interval that lies within so many percent of 1; two one-sided tests, each at half of what the interval leaves out. */
  readonly equivalent: { readonly percent: number; readonly confidence: number; readonly correction: 'none' };
  /** The intervals that are shown. */
  readonly interval: { readonly confidence: number; readonly correction: 'none' };
}

export const methodOf = (
  { tests, comparisons }: { readonly tests: number; readonly comparisons: readonly Comparison[] },
  equivalencePercent: number,
): VerdictMethod => ({
  tests,
  test: comparisons.some(({ paired }) => paired) ? 'paired-t' : 'welch',
  different: { alpha: ALPHA, correction: 'holm' },
  equivalent: { percent: equivalencePercent, confidence: 1 - 2 * ALPHA, correction: 'none' },
  interval: { confidence: 1 - ALPHA, correction: 'none' },
});
