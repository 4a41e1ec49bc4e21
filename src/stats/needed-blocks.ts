import { criticalT } from './student-t.ts';

/** Fewer blocks than this give no verdict (docs/method.md). */
export const FEWEST_BLOCKS = 6;
/** What a search for a number of blocks gives up at. */
export const MOST_BLOCKS = 100_000;

/**
 * The fewest blocks, 6 or more, with which the interval reaches no further than `halfWidth` to either side.
 * @param spread standard deviation of the within-block log ratios, as seen or, in a plan, as assumed.
 * @param halfWidth on the log scale, above zero: `logBand(5)` for 5 %.
 * @returns at most 100,000, where it may not be enough.
 */
export function neededBlocks(spread: number, halfWidth: number, confidence = 0.95): number {
  const enough = (blocks: number) => (criticalT(confidence, blocks - 1) * spread) / Math.sqrt(blocks) <= halfWidth;
  let [low, high] = [FEWEST_BLOCKS, FEWEST_BLOCKS];
  while (!enough(high)) {
    if (high >= MOST_BLOCKS) return MOST_BLOCKS;
    low = high;
    high = Math.min(MOST_BLOCKS, high * 2);
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** An equivalence band of so many percent as a distance from 0 on the log scale; the nearer of its two ends. */
export const logBand = (percent: number): number => Math.log1p(percent / 100);
