import { paired } from '../stats/paired.ts';
import type { RatioEstimate } from '../stats/ratio.ts';
import { welch } from '../stats/welch.ts';
import type { Cell } from './cell.ts';
import { type Metric, otherMetrics, verdictMetric } from './metric.ts';
import type { PairKind } from './pairs.ts';
import { type Judgeable, type Judgement, judge, type Obstacle } from './verdict.ts';

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
  readonly obstacle?: Obstacle;
}

/** Compares all pairs of one table; the p values of all of them are corrected together (measurement.md, 7). */
export function compareAll(table: readonly Comparable[], equivalencePercent: number): Comparison[] {
  const rows = table.map((row) => {
    const metric = verdictMetric(row.cell.series);
    const estimate = estimateOf(row, metric);
    const obstacle = cellObstacle(row.cell) ?? cellObstacle(row.against) ?? kernelObstacle(row) ?? row.obstacle;
    const judgeable: Judgeable = { metric, ...(estimate ? { estimate } : {}), ...(obstacle ? { obstacle } : {}) };
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

function cellObstacle({ standing, mode, place, failedChecks }: Cell): Obstacle | undefined {
  const name = `${mode}, ${place}`;
  if (standing.kind === 'unproven') return { reason: `${name} is not proven` };
  if (standing.kind === 'unmeasured') return { reason: `${name} was not measured` };
  if (standing.kind === 'ranked') return undefined;
  const failed = failedChecks.filter(({ unranks }) => unranks);
  return { reason: `${name} failed ${failed.map((check) => check.name).join(', ')}`, remedy: failed[0]!.remedy };
}

function kernelObstacle({ cell, against }: Comparable): Obstacle | undefined {
  if (cell.kernel === undefined || against.kernel === undefined) return { reason: 'the kernel was not recorded' };
  if (cell.kernel !== against.kernel) return { reason: `kernels ${cell.kernel} and ${against.kernel} differ` };
  if (cell.kubernetes !== against.kubernetes)
    return { reason: `Kubernetes versions ${cell.kubernetes ?? 'none'} and ${against.kubernetes ?? 'none'} differ` };
  return undefined;
}
