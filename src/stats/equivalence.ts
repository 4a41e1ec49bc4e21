import type { RatioEstimate } from './ratio.ts';

/**
 * Whether a ratio is 1 within some percent: its 90 % interval lies inside, which is two one-sided tests at 5 % (TOST).
 * @param percent half the band: 5 means 0.95 to 1.05.
 */
export function equivalent(estimate: RatioEstimate, percent: number): boolean {
  const [low, high] = estimate.interval90;
  return low >= 1 - percent / 100 && high <= 1 + percent / 100;
}
