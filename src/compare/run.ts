import type { Plan, PlannedFamily } from '../lab/plan.ts';
import { type SeriesName, seriesNames } from '../lab/series.ts';
import type { Skip } from '../lab/skip.ts';
import { type FamilyOutcome, outcomeOf, type Run } from '../results/run.ts';
import { type Bridge, bridgesOf } from './bridge.ts';
import { type Cell, cellOf, isWhole } from './cell.ts';
import { type Comparison, compareAll } from './comparison.ts';
import { type Metric, verdictMetric } from './metric.ts';
import { cutShort } from './no-verdict.ts';
import { pairsOf } from './pairs.ts';
import { type Waterfall, waterfallsOf } from './waterfall.ts';

/** All that one run came to; plain data. */
export interface RunAnalysis {
  readonly directory: string;
  readonly lab: string;
  readonly question: string;
  readonly provider: Pick<Plan['provider'], 'name' | 'chosen'>;
  readonly equivalencePercent: number;
  readonly families: readonly FamilyAnalysis[];
  /** Ratios of different families to a member that they share. */
  readonly bridges: readonly Bridge[];
  readonly skips: readonly Skip[];
  readonly problems: readonly string[];
}

export interface FamilyAnalysis extends FamilyOutcome {
  readonly id: string;
  readonly title: string;
  readonly plannedBlocks: number;
  /** Blocks of which anything was recorded. */
  readonly seenBlocks: number;
  readonly tables: readonly Table[];
}

/** One series of one family. */
export interface Table {
  readonly series: SeriesName;
  readonly metric: Metric;
  readonly cells: readonly Cell[];
  readonly comparisons: readonly Comparison[];
  /** How many comparisons were tested: Holm's correction of their p values is over so many. */
  readonly tests: number;
  /** One for each mode where the lab's targets are hops of one way; else none. */
  readonly waterfalls: readonly Waterfall[];
}

/** Compares within one run, each family by itself: verdicts exist only on one kernel and one version (docs/method.md). */
export function analyseRun(run: Run): RunAnalysis {
  const { lab, provider } = run.plan;
  const families = run.plan.families.map((family) => analyseFamily(run, family));
  return {
    directory: run.directory,
    lab: lab.name,
    question: lab.question,
    provider: { name: provider.name, chosen: provider.chosen },
    equivalencePercent: lab.equivalence,
    families,
    bridges: bridgesOf(families),
    skips: skipsOf(run),
    problems: run.problems,
  };
}

function analyseFamily(run: Run, family: PlannedFamily): FamilyAnalysis {
  const outcome = outcomeOf(run, family.id);
  const seen = new Set(run.cells.filter((cell) => cell.family === family.id).map(({ block }) => block));
  const tables = seriesNames.flatMap((series) => {
    const cells = cellsOf(run, family, series);
    return cells.length === 0 ? [] : [tableOf(run, series, cells, outcome)];
  });
  return { id: family.id, title: family.title, plannedBlocks: family.order.length, seenBlocks: seen.size, tables, ...outcome };
}

/** The cells of a series in the order of the plan's scenarios. @param beside as of `cellOf`. */
export function cellsOf(run: Run, family: PlannedFamily, series: SeriesName, beside: readonly Run[] = [run]): Cell[] {
  const planned = new Set(family.order.flat().flatMap((cell) => (cell.series === series ? [cell.scenario] : [])));
  return family.scenarios.filter(({ id }) => planned.has(id)).map((scenario) => cellOf(run, family, scenario, series, beside));
}

function tableOf(run: Run, series: SeriesName, cells: readonly Cell[], outcome: FamilyOutcome): Table {
  const { reference, hops, equivalence } = run.plan.lab;
  const pairs = pairsOf(cells, { reference, hops }).map((pair) => {
    const because = cutShort(outcome, isWhole(pair.cell) && isWhole(pair.against));
    return { ...pair, ...(because ? { because } : {}) };
  });
  const comparisons = compareAll(pairs, equivalence);
  const waterfalls = hops ? waterfallsOf(cells) : [];
  return { series, metric: verdictMetric(series), cells, comparisons, tests: testsIn(comparisons), waterfalls };
}

/** Comparisons that were tested, whatever their verdict. */
export const testsIn = (comparisons: readonly Comparison[]): number =>
  comparisons.filter(({ adjustedP }) => adjustedP !== undefined).length;

function skipsOf(run: Run): RunAnalysis['skips'] {
  const all = [...run.plan.skips, ...run.skips.map(({ skip }) => skip)];
  return [...new Map(all.map((skip) => [JSON.stringify(skip), skip])).values()];
}
