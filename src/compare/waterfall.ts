import { type DifferenceEstimate, pairedDifference } from '../stats/difference.ts';
import { FEWEST_BLOCKS } from '../stats/needed-blocks.ts';
import type { Cell } from './cell.ts';
import type { UnobservedProof } from './unproven.ts';

/** What each hop of one way adds to the median latency, in microseconds; plain data. */
export interface Waterfall {
  readonly mode: string;
  readonly steps: readonly WaterfallStep[];
}

export interface WaterfallStep {
  readonly place: string;
  /** What could not be looked at, as in the hop's cell; absent where all was. */
  readonly unobserved?: readonly UnobservedProof[];
  /** Median latency of all windows together; absent where the cell has no figures. */
  readonly p50?: number;
  /** Against the step before, paired by block; absent for the first, and where a side is not ranked or blocks are too few for a verdict. */
  readonly added?: DifferenceEstimate;
}

/** The hops of a lab's way in the order of its targets, one waterfall for each mode. */
export function waterfallsOf(cells: readonly Cell[]): Waterfall[] {
  const clusters = [...new Set(cells.map(({ scenario }) => scenario.cluster))];
  return clusters.map((cluster) => {
    const hops = cells.filter(({ scenario }) => scenario.cluster === cluster);
    return { mode: hops[0]!.mode, steps: hops.map((cell, index) => stepOf(cell, hops[index - 1])) };
  });
}

function stepOf(cell: Cell, before: Cell | undefined): WaterfallStep {
  const pairs = cell.blocks.flatMap(({ block, p50 }) => {
    const other = before?.blocks.find((one) => one.block === block);
    // A window without an answer has no median; where it was one of many the cell is ranked all the same.
    return other && p50 > 0 && other.p50 > 0 ? [[p50, other.p50] as const] : [];
  });
  return {
    place: cell.place,
    ...(cell.unobserved.length > 0 ? { unobserved: cell.unobserved } : {}),
    ...(cell.figures ? { p50: cell.figures.p50 } : {}),
    ...(before && pairs.length >= FEWEST_BLOCKS && [cell, before].every(isRanked) ? { added: pairedDifference(pairs) } : {}),
  };
}

const isRanked = ({ standing }: Cell): boolean => standing.kind === 'ranked';
