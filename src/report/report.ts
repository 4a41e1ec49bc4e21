import { type BaselineCheck, checkBaseline } from '../compare/baseline.ts';
import { analyseBetween, type BetweenAnalysis } from '../compare/between.ts';
import { analyseRun, type RunAnalysis } from '../compare/run.ts';
import type { Run } from '../results/run.ts';

/** What every format of a report is made from: stored runs and what they came to; plain data. */
export interface Report {
  /** When it was made, ISO 8601, UTC. */
  readonly made: string;
  /** Version of trafficlab that made it. */
  readonly trafficlab: string;
  /** In the order asked for, a baseline last; every run that others are compared with is among them. */
  readonly runs: readonly ReportedRun[];
  /** Runs against others, unpaired: each against the baseline, or without one each against the first of its lab. */
  readonly between: readonly BetweenAnalysis[];
  /** One for each run where a baseline was named. */
  readonly checks: readonly BaselineCheck[];
}

export interface ReportedRun {
  readonly run: Run;
  readonly analysis: RunAnalysis;
}

export interface ReportInput {
  readonly made: string;
  readonly trafficlab: string;
  /** None twice. */
  readonly runs: readonly Run[];
  readonly baseline?: Baseline | undefined;
}

export interface Baseline {
  /** Not among the runs. */
  readonly run: Run;
  /** How much worse a run may be; absent: what the baseline's lab calls equivalent. */
  readonly tolerancePercent?: number | undefined;
}

export function makeReport({ made, trafficlab, runs, baseline }: ReportInput): Report {
  const between = baseline ? runs.map((run) => analyseBetween(run, baseline.run)) : againstFirst(runs);
  const tolerance = baseline?.tolerancePercent ?? baseline?.run.plan.lab.equivalence;
  return {
    made,
    trafficlab,
    runs: [...runs, ...(baseline ? [baseline.run] : [])].map((run) => ({ run, analysis: analyseRun(run) })),
    between,
    checks: tolerance === undefined ? [] : between.map((analysis) => checkBaseline(analysis, tolerance)),
  };
}

/** The runs that a report is about: a baseline is only what they are held up against. */
export const runsAsked = ({ runs, checks }: Report): readonly ReportedRun[] =>
  runs.filter(({ run }) => !checks.some(({ baseline }) => baseline.directory === run.directory));

/** Runs of different labs are left alone: they hold no cell in common. */
function againstFirst(runs: readonly Run[]): BetweenAnalysis[] {
  return runs.flatMap((run, index) => {
    const first = runs.findIndex(({ plan }) => plan.lab.name === run.plan.lab.name);
    return first === index ? [] : [analyseBetween(run, runs[first]!)];
  });
}
