import type { SeriesName } from '../lab/series.ts';
import type { BetweenAnalysis, StoredName } from './between.ts';
import { type Cell, isWhole } from './cell.ts';
import type { Comparison } from './comparison.ts';
import { higherIsBetter, type Metric } from './metric.ts';
import { notProven } from './names.ts';
import type { Unproven } from './unproven.ts';
import { ALPHA } from './verdict.ts';

/** Whether a run holds what an earlier one, its baseline, had; plain data. */
export interface BaselineCheck {
  readonly run: StoredName;
  readonly baseline: StoredName;
  /** So much worse counts as a regression, and nothing less. */
  readonly tolerancePercent: number;
  /** One for each cell of the baseline that had figures, in the order of the tables. */
  readonly cells: readonly CheckedCell[];
}

export interface CheckedCell {
  readonly family: string;
  readonly scenario: string;
  readonly series: SeriesName;
  readonly mode: string;
  readonly place: string;
  readonly outcome: CheckOutcome;
}

export type CheckOutcome =
  /** Beyond the tolerance with the whole 95 % interval, and significant after Holm's correction. */
  | { readonly kind: 'worse'; readonly metric: Metric; readonly ratio: number; readonly interval95: readonly [number, number] }
  /** Had figures that counted, and has them no more. */
  | { readonly kind: 'lost'; readonly reason: string; readonly unproven?: readonly Unproven[] }
  /** The whole interval lies on the good side of the tolerance. */
  | { readonly kind: 'held' }
  | { readonly kind: 'cannot-tell'; readonly reason: string };

/** A check fails where a cell is worse or lost; never because something cannot be told, nor for "slower" within the tolerance. */
export const failedCells = ({ cells }: BaselineCheck): readonly CheckedCell[] =>
  cells.filter(({ outcome: { kind } }) => kind === 'worse' || kind === 'lost');

/** Checks a run against its baseline. @param tolerancePercent 0 or more, below 100. */
export function checkBaseline({ run, against, tables, unmatched }: BetweenAnalysis, tolerancePercent: number): BaselineCheck {
  const both = tables.flatMap(({ comparisons }) => comparisons).filter((comparison) => comparison.against.figures);
  const gone = unmatched.filter(({ side, cell }) => side === 'against' && cell.figures);
  return {
    run,
    baseline: against,
    tolerancePercent,
    cells: [
      ...both.map((comparison) => checked(comparison.cell, outcomeOf(comparison, tolerancePercent))),
      ...gone.map(({ cell }) => checked(cell, { kind: 'lost', reason: 'this run does not have it' })),
    ],
  };
}

const checked = ({ family, scenario, series, mode, place }: Cell, outcome: CheckOutcome): CheckedCell => ({
  family,
  scenario: scenario.id,
  series,
  mode,
  place,
  outcome,
});

function outcomeOf({ cell, against, metric, estimate, adjustedP, verdict }: Comparison, tolerancePercent: number): CheckOutcome {
  const reason = lossOf(cell, against);
  if (reason !== undefined)
    return { kind: 'lost', reason, ...(cell.standing.kind === 'unproven' ? { unproven: cell.standing.unproven } : {}) };
  if (!estimate || adjustedP === undefined)
    return { kind: 'cannot-tell', reason: verdict.kind === 'none' ? verdict.reason : 'no figures' };
  const [low, high] = estimate.interval95;
  const [better, worse] = higherIsBetter(metric)
    ? [low >= 1 - tolerancePercent / 100, high < 1 - tolerancePercent / 100]
    : [high <= 1 + tolerancePercent / 100, low > 1 + tolerancePercent / 100];
  if (worse && adjustedP < ALPHA) return { kind: 'worse', metric, ratio: estimate.ratio, interval95: estimate.interval95 };
  return better
    ? { kind: 'held' }
    : { kind: 'cannot-tell', reason: `the 95 % interval reaches past ${tolerancePercent} % worse` };
}

/** What a cell has less of than its baseline had: proof, windows, blocks, or validity. */
function lossOf(cell: Cell, against: Cell): string | undefined {
  const { standing } = cell;
  if (standing.kind === 'unproven') return 'not proven';
  if (standing.kind === 'unmeasured') return 'not measured';
  if (cell.unobserved.length > 0 && against.unobserved.length === 0) return notProven(cell.unobserved);
  if (isWhole(against) && !isWhole(cell)) return `only ${cell.blocks.length} of ${cell.plannedBlocks} blocks were recorded`;
  if (standing.kind === 'ranked' || against.standing.kind !== 'ranked') return undefined;
  const failed = cell.failedChecks.filter(({ unranks }) => unranks);
  return `failed ${failed.map(({ name, seen }) => `${name} (${seen})`).join(', ')}`;
}
