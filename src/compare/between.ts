import { topologyName, tuningOf } from '../cluster/contract/topology.ts';
import type { PlannedFamily } from '../lab/plan.ts';
import { type SeriesName, seriesNames } from '../lab/series.ts';
import { outcomeOf, type Run } from '../results/run.ts';
import { type Cell, isWhole } from './cell.ts';
import { type Comparable, type Comparison, compareAll } from './comparison.ts';
import { type EnvironmentDifference, environmentDifferences } from './environment.ts';
import { type Metric, verdictMetric } from './metric.ts';
import { cellsOf, testsIn } from './run.ts';
import { outcomeObstacle } from './standing.ts';

/** A stored run against an earlier one, cell by cell, unpaired; plain data. */
export interface BetweenAnalysis {
  readonly run: StoredName;
  readonly against: StoredName;
  readonly equivalencePercent: number;
  /** In what their environments differ; shown before any figure. */
  readonly differences: readonly EnvironmentDifference[];
  readonly tables: readonly BetweenTable[];
  /** Cells that only one of the two has. */
  readonly unmatched: readonly { readonly side: 'run' | 'against'; readonly cell: Cell }[];
  readonly problems: readonly string[];
}

export interface StoredName {
  readonly directory: string;
  readonly lab: string;
  readonly provider: string;
}

export interface BetweenTable {
  readonly family: string;
  readonly title: string;
  readonly series: SeriesName;
  readonly metric: Metric;
  readonly comparisons: readonly Comparison[];
  readonly tests: number;
}

/**
 * Compares a stored run with another. Cells match by family, scenario and series, an ingress by its tuning too, which is in the scenario's
 * name only where a lab has several; the same scenario in another family is another
 * kernel or version, which no verdict crosses. The equivalence band is that of `against`, the run that sets the standard.
 */
export function analyseBetween(run: Run, against: Run): BetweenAnalysis {
  const [ours, theirs] = [allCells(run, [run, against]), allCells(against, [run, against])];
  const ourKeys = new Set(ours.map(key));
  const standard = new Map(theirs.map((cell) => [key(cell), cell]));
  const pairs = ours.flatMap((cell) => {
    const other = standard.get(key(cell));
    if (!other) return [];
    const sides = [
      { run, cell },
      { run: against, cell: other },
    ];
    const obstacle = sides.map((side) => outcomeObstacle(outcomeOf(side.run, cell.family), isWhole(side.cell))).find(Boolean);
    return [{ kind: 'run' as const, cell, against: other, ...(obstacle ? { obstacle } : {}) }];
  });
  const equivalencePercent = against.plan.lab.equivalence;
  const tables = run.plan.families.flatMap((family) => tablesOf(family, pairs, equivalencePercent));
  return {
    run: nameOf(run),
    against: nameOf(against),
    equivalencePercent,
    differences: environmentDifferences(run, against),
    tables,
    unmatched: [
      ...ours.filter((cell) => !standard.has(key(cell))).map((cell) => ({ side: 'run' as const, cell })),
      ...theirs.filter((cell) => !ourKeys.has(key(cell))).map((cell) => ({ side: 'against' as const, cell })),
    ],
    problems: [run, against].flatMap(({ directory, problems }) => problems.map((problem) => `${directory}: ${problem}`)),
  };
}

const allCells = (run: Run, both: readonly Run[]): Cell[] =>
  run.plan.families.flatMap((family) => seriesNames.flatMap((series) => cellsOf(run, family, series, both)));

function key({ family, scenario, series }: Cell): string {
  const { mode, services, position, topology, vantage, id } = scenario;
  const tuning = tuningOf(topology);
  const ingress = [mode, services, position, topologyName(topology), vantage, tuning];
  return JSON.stringify([family, ...(tuning === undefined ? [id] : ingress), series]);
}

function tablesOf({ id, title }: PlannedFamily, pairs: readonly Comparable[], equivalencePercent: number): BetweenTable[] {
  return seriesNames.flatMap((series) => {
    const rows = pairs.filter(({ cell }) => cell.family === id && cell.series === series);
    if (rows.length === 0) return [];
    const comparisons = compareAll(rows, equivalencePercent);
    return [{ family: id, title, series, metric: verdictMetric(series), comparisons, tests: testsIn(comparisons) }];
  });
}

const nameOf = ({ directory, plan }: Run): StoredName => ({ directory, lab: plan.lab.name, provider: plan.provider.name });
