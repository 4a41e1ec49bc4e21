import { paired } from '../stats/paired.ts';
import type { RatioEstimate } from '../stats/ratio.ts';
import { welch } from '../stats/welch.ts';
import type { Cell } from './cell.ts';
import { type Metric, otherMetrics, verdictMetric } from './metric.ts';
import type { NoVerdict } from './no-verdict.ts';
import type { PairKind } from './pairs.ts';
import { type Judgeable, type Judgement, judge } from './verdict.ts';

/** Two cells beside each other: how many times the second's figure the first's is, and what that comes to. */
export interface Comparison extends Judgement {
  /** `run`: the same cell of two stored runs. */
  readonly kind: PairKind | 'run';
  readonly cell: Cell;
  readonly against: Cell;
  /** By blocks that both ran in; else block figures of two runs, unpaired. */
  readonly paired: boolean;
  readonly metric: Metric;
  /** Of `metric`; absent where a side has no figures, or there are fewer than two blocks. */
  readonly estimate?: RatioEstimate;
  /** Of the other metrics, without a test. */
  readonly others: readonly { readonly metric: Metric; readonly estimate: RatioEstimate }[];
}

export interface Comparable {
  readonly kind: Comparison['kind'];
  readonly cell: Cell;
  readonly against: Cell;
  /** Why these two get no verdict whatever their figures; the cells' own reasons are found here. */
  readonly because?: NoVerdict;
}

/** Compares all pairs of one table; the p values of all of them are corrected together (docs/method.md). */
export function compareAll(table: readonly Comparable[], equivalencePercent: number): Comparison[] {
  const rows = table.map((row) => {
    const metric = verdictMetric(row.cell.series);
    const estimate = estimateOf(row, metric);
    const because = unusable(row.cell) ?? unusable(row.against) ?? otherGround(row) ?? row.because;
    const judgeable: Judgeable = { metric, ...(estimate ? { estimate } : {}), ...(because ? { because } : {}) };
    return { row, judgeable };
  });
  const judgements = judge(
    rows.map(({ judgeable }) => judgeable),
    equivalencePercent,
  );
  return rows.map(({ row, judgeable: { metric, estimate } }, index) => ({
    kind: row.kind,
    cell: row.cell,
    against: row.against,
    paired: row.kind !== 'run',
    metric,
    ...(estimate ? { estimate } : {}),
    others: otherMetrics(row.cell.series).flatMap((other) => {
      const found = estimateOf(row, other);
      return found ? [{ metric: other, estimate: found }] : [];
    }),
    ...judgements[index]!,
  }));
}

function estimateOf({ kind, cell, against }: Comparable, metric: Metric): RatioEstimate | undefined {
  const [ours, theirs] = [figuresOf(cell, metric), figuresOf(against, metric)];
  if (kind === 'run') return ours.size < 2 || theirs.size < 2 ? undefined : welch([...ours.values()], [...theirs.values()]);
  const pairs = [...ours].flatMap(([block, figure]) => {
    const other = theirs.get(block);
    return other === undefined ? [] : [[figure, other] as const];
  });
  return pairs.length < 2 ? undefined : paired(pairs);
}

/** By block; a window without an answer has no figure, and its errors take the cell out of the ranking. */
const figuresOf = ({ blocks }: Cell, metric: Metric): ReadonlyMap<number, number> =>
  new Map(blocks.filter((block) => block[metric] > 0).map((block) => [block.block, block[metric]]));

/** Why a cell's figures decide nothing. */
function unusable({ standing, mode, place, failedChecks }: Cell): NoVerdict | undefined {
  switch (standing.kind) {
    case 'unproven':
      return { code: 'unproven', mode, place, unproven: standing.unproven };
    case 'unmeasured':
      return { code: 'unmeasured', mode, place };
    case 'ranked':
      return undefined;
    case 'unranked': {
      const failed = failedChecks.filter(({ unranks }) => unranks);
      return { code: 'failed-checks', mode, place, checks: failed.map(({ name, seen }) => ({ name, seen })) };
    }
  }
}

/** Another kernel or another version of Kubernetes. */
function otherGround({ cell, against }: Comparable): NoVerdict | undefined {
  if (cell.kernel === undefined || against.kernel === undefined) return { code: 'kernel-unknown' };
  if (cell.kernel !== against.kernel) return { code: 'kernels-differ', kernels: [cell.kernel, against.kernel] };
  if (cell.kubernetes !== against.kubernetes)
    return { code: 'versions-differ', versions: [cell.kubernetes ?? null, against.kubernetes ?? null] };
  return undefined;
}
