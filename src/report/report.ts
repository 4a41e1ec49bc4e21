import { analyseBetween, type BetweenAnalysis } from '../compare/between.ts';
import { analyseRun, type RunAnalysis } from '../compare/run.ts';
import type { Run } from '../results/run.ts';

/** What every format of a report is made from: stored runs and what they came to; plain data. */
export interface Report {
  /** When it was made, ISO 8601, UTC. */
  readonly made: string;
  /** Version of trafficlab that made it. */
  readonly trafficlab: string;
  /** In the order asked for; a run that others are compared with is among them. */
  readonly runs: readonly ReportedRun[];
  /** Runs against earlier runs, unpaired; see `makeReport`. */
  readonly between: readonly BetweenAnalysis[];
}

export interface ReportedRun {
  readonly run: Run;
  readonly analysis: RunAnalysis;
}

export interface ReportInput {
  readonly made: string;
  readonly trafficlab: string;
  readonly runs: readonly Run[];
}

/** Runs of one lab are compared with the first of them that was named; runs of different labs hold no cell in common. */
export function makeReport({ made, trafficlab, runs }: ReportInput): Report {
  const between = runs.flatMap((run, index) => {
    const first = runs.findIndex(({ plan }) => plan.lab.name === run.plan.lab.name);
    return first === index ? [] : [analyseBetween(run, runs[first]!)];
  });
  return { made, trafficlab, runs: runs.map((run) => ({ run, analysis: analyseRun(run) })), between };
}
