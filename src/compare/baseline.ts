import type { SeriesName } from '../lab/series.ts';
import type { Check, ProofRecord } from '../results/schema.ts';
import type { BetweenAnalysis, StoredName } from './between.ts';
import { type Cell, isWhole } from './cell.ts';
import type { Comparison } from './comparison.ts';
import { higherIsBetter, type Metric } from './metric.ts';
import type { NoVerdict } from './no-verdict.ts';
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
  | { readonly kind: 'lost'; readonly because: Loss }
  /** The whole interval lies on the good side of the tolerance. */
  | { readonly kind: 'held' }
  | { readonly kind: 'cannot-tell'; readonly because: NoVerdict | { readonly code: 'interval-too-wide' } };

/** What a cell has less of than its baseline had: itself, proof, windows, blocks, or validity. */
export type Loss =
  | { readonly code: 'missing' }
  | { readonly code: 'unproven'; readonly unproven: readonly Unproven[] }
  | { readonly code: 'unmeasured' }
  /** What could be looked at in the baseline's run, and in this one not. */
  | { readonly code: 'unobserved'; readonly subjects: readonly ProofRecord['subject'][] }
  | { readonly code: 'fewer-blocks'; readonly blocks: number; readonly planned: number }
  | { readonly code: 'failed-checks'; readonly checks: readonly Omit<Check, 'ok'>[] };

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
      ...gone.map(({ cell }) => checked(cell, { kind: 'lost', because: { code: 'missing' } })),
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
  const loss = lossOf(cell, against);
  if (loss) return { kind: 'lost', because: loss };
  if (verdict.kind === 'none') return { kind: 'cannot-tell', because: verdict.because };
  if (!estimate || adjustedP === undefined) throw new TypeError('a verdict has an estimate');
  const [low, high] = estimate.interval95;
  const [better, worse] = higherIsBetter(metric)
    ? [low >= 1 - tolerancePercent / 100, high < 1 - tolerancePercent / 100]
    : [high <= 1 + tolerancePercent / 100, low > 1 + tolerancePercent / 100];
  if (worse && adjustedP < ALPHA) return { kind: 'worse', metric, ratio: estimate.ratio, interval95: estimate.interval95 };
  return better ? { kind: 'held' } : { kind: 'cannot-tell', because: { code: 'interval-too-wide' } };
}

function lossOf(cell: Cell, against: Cell): Loss | undefined {
  const { standing } = cell;
  if (standing.kind === 'unproven') return { code: 'unproven', unproven: standing.unproven };
  if (standing.kind === 'unmeasured') return { code: 'unmeasured' };
  if (cell.unobserved.length > 0 && against.unobserved.length === 0)
    return { code: 'unobserved', subjects: cell.unobserved.map(({ subject }) => subject) };
  if (isWhole(against) && !isWhole(cell))
    return { code: 'fewer-blocks', blocks: cell.blocks.length, planned: cell.plannedBlocks };
  if (standing.kind === 'ranked' || against.standing.kind !== 'ranked') return undefined;
  const failed = cell.failedChecks.filter(({ unranks }) => unranks);
  return { code: 'failed-checks', checks: failed.map(({ name, seen }) => ({ name, seen })) };
}
