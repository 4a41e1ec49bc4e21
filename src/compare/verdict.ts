import { equivalent } from '../stats/equivalence.ts';
import { holm } from '../stats/holm.ts';
import { FEWEST_BLOCKS, logBand, MOST_BLOCKS, neededBlocks } from '../stats/needed-blocks.ts';
import type { RatioEstimate } from '../stats/ratio.ts';
import { higherIsBetter, type Metric } from './metric.ts';

/** What a comparison came to. */
export type Verdict =
  | { readonly kind: 'faster' | 'slower' | 'equivalent' }
  /** `moreBlocks` would settle it if ratio and spread stay as seen; absent where even 100,000 would not. */
  | { readonly kind: 'cannot-tell'; readonly moreBlocks?: number }
  | { readonly kind: 'none'; readonly reason: string; readonly remedy?: string };

/** Why there can be no verdict. */
export type Obstacle = Omit<Extract<Verdict, { kind: 'none' }>, 'kind'>;

/** What is judged: a ratio, and what stands against judging it. */
export interface Judgeable {
  readonly metric: Metric;
  readonly estimate?: RatioEstimate;
  readonly obstacle?: Obstacle;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Holm's, over all that was tested here, for faster and slower alone; absent where this was not tested. */
  readonly adjustedP?: number;
}

/** Probability with which a table in which nothing differs may hold any "faster" or "slower". */
export const ALPHA = 0.05;

/** Verdicts of one table: p values corrected for how many were tested (Holm), equivalence by its own interval. Same order as given. */
export function judge(table: readonly Judgeable[], equivalencePercent: number): Judgement[] {
  const obstacles = table.map(({ estimate, obstacle }) => obstacle ?? estimateObstacle(estimate));
  const tested = table.flatMap(({ estimate }, index) => (estimate && !obstacles[index] ? [{ index, p: estimate.p }] : []));
  const adjusted = new Map(holm(tested.map(({ p }) => p)).map((p, rank) => [tested[rank]!.index, p]));
  return table.map(({ estimate, metric }, index) => {
    const obstacle = obstacles[index];
    if (obstacle || !estimate) return { verdict: { kind: 'none', reason: 'nothing to compare', ...obstacle } };
    const adjustedP = adjusted.get(index)!;
    return { verdict: verdictOf(estimate, metric, adjustedP, equivalencePercent, tested.length), adjustedP };
  });
}

function estimateObstacle(estimate: RatioEstimate | undefined): Obstacle | undefined {
  if (!estimate || estimate.n < FEWEST_BLOCKS) {
    const blocks = estimate?.n ?? 0;
    return {
      reason: `${blocks === 0 ? 'no block holds' : blocks === 1 ? 'one block holds' : `${blocks} blocks hold`} both, and a verdict needs ${FEWEST_BLOCKS}`,
      remedy: `run the lab with ${FEWEST_BLOCKS} blocks or more`,
    };
  }
  // No spread at all is a clock too coarse or a counter that does not count; a t test on it would be certain of anything.
  if (estimate.standardError === 0)
    return { reason: 'every block gave the very same ratio', remedy: 'look at the raw windows; longer ones may tell them apart' };
  return undefined;
}

function verdictOf(estimate: RatioEstimate, metric: Metric, adjustedP: number, percent: number, tests: number): Verdict {
  // By its 90 % interval, without a correction. First, because a difference may be beyond doubt and still too small to matter: the lab file says what matters.
  if (equivalent(estimate, percent)) return { kind: 'equivalent' };
  if (adjustedP < ALPHA) return { kind: estimate.ratio > 1 === higherIsBetter(metric) ? 'faster' : 'slower' };
  const more = moreBlocks(estimate, percent, tests);
  return { kind: 'cannot-tell', ...(more === undefined ? {} : { moreBlocks: more }) };
}

/**
 * How many more blocks would settle it: until the interval is narrow enough to lie inside the band, or to leave 1 outside, whichever
 * comes first. The latter at the level that Holm's correction asks of the smallest p of the table.
 */
function moreBlocks({ logRatio, standardError, n }: RatioEstimate, percent: number, tests: number): number | undefined {
  const spread = standardError * Math.sqrt(n);
  const [distance, band] = [Math.abs(logRatio), logBand(percent)];
  const toDiffer = distance > 0 ? neededBlocks(spread, distance, 1 - ALPHA / Math.max(1, tests)) : MOST_BLOCKS;
  const toBeEquivalent = distance < band ? neededBlocks(spread, band - distance, 0.9) : MOST_BLOCKS;
  const needed = Math.min(toDiffer, toBeEquivalent);
  return needed >= MOST_BLOCKS ? undefined : Math.max(1, needed - n);
}
