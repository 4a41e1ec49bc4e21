import { type DifferenceEstimate, pairedDifference } from '../stats/difference.ts';
import type { Cell } from './cell.ts';

/** What each hop of one way adds to the median latency, in microseconds; plain data. */
export interface Waterfall {
  readonly mode: string;
  readonly steps: readonly WaterfallStep[];
}

export interface WaterfallStep {
  readonly place: string;
  /** Median latency of all windows together; absent where the cell has no figures. */
  readonly p50?: number;
  /** Against the step before, paired by block; absent for the first, and where a side has no figures. */
  readonly added?: DifferenceEstimate;
}

/** The hops of a lab's way in the order of its targets, one waterfall for each mode. */
export function waterfallsOf(cells: readonly Cell[]): Waterfall[] {
  const modes = [...new Set(cells.map(({ mode }) => mode))];
  return modes.map((mode) => {
    const hops = cells.filter((cell) => cell.mode === mode);
    return { mode, steps: hops.map((cell, index) => stepOf(cell, hops[index - 1])) };
  });
}

function stepOf(cell: Cell, before: Cell | undefined): WaterfallStep {
  const pairs = cell.blocks.flatMap(({ block, p50 }) => {
    const other = before?.blocks.find((one) => one.block === block);
    return other ? [[p50, other.p50] as const] : [];
  });
  return {
    place: cell.place,
    ...(cell.figures ? { p50: cell.figures.p50 } : {}),
    ...(pairs.length > 1 ? { added: pairedDifference(pairs) } : {}),
  };
}
