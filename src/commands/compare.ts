import { analyseBetween, type BetweenAnalysis } from '../compare/between.ts';
import { analyseRun } from '../compare/run.ts';
import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import type { CommandOptions } from '../options/table.ts';
import { print } from '../process/standard-output.ts';
import { differenceLines } from '../report/difference-lines.ts';
import { betweenJson, runJson } from '../report/json.ts';
import { mapLabels, plainLabel } from '../report/plain.ts';
import { renderAnalysis, renderBetween, type TextOptions } from '../report/text.ts';
import { findRun } from '../results/directory.ts';
import { readRun } from '../results/read.ts';
import type { Run } from '../results/run.ts';
import { resultsDirectory } from './places.ts';
import { terminalText } from './terminal-text.ts';

export type CompareOptions = CommandOptions<'compare'>;

/**
 * `trafficlab compare A [B ...]`: one run's verdicts, or later runs against the first, printed to standard output.
 * @param args runs, each a path, a lab (its newest run) or the beginning of a run's name.
 * @returns 0 whatever the verdicts are.
 */
export async function compareCommand(args: readonly string[], options: CompareOptions = {}): Promise<ExitCode> {
  print(`${await compareText(args, { ...options, ...terminalText() })}\n`);
  return exitCode.ok;
}

/**
 * What `compareCommand` prints, without the last newline.
 * @throws UsageError for no run, a run that cannot be found or read, or runs of different environments without `force`.
 */
export async function compareText(args: readonly string[], options: CompareOptions & TextOptions): Promise<string> {
  const runs: Run[] = [];
  for (const arg of args) runs.push(await readRun(await findRun(arg, resultsDirectory(options.results))));
  const [first, ...later] = runs;
  if (!first)
    throw new UsageError('compare needs a run', {
      remedy: 'give a lab for its newest run, for example: trafficlab compare ipvs',
    });
  if (later.length === 0) {
    const analysis = analyseRun(first);
    return options.json ? runJson(analysis) : renderAnalysis(analysis, options);
  }
  if (later.some(({ directory }) => directory === first.directory))
    throw new UsageError(`${first.directory}: a run cannot be compared with itself`, {
      remedy: 'give the earlier run first, then later runs of the same lab',
    });
  const analyses = later.map((run) => analyseBetween(run, first));
  if (!options.force) refuseDifferent(analyses);
  return options.json ? betweenJson(analyses) : renderBetween(analyses, options);
}

/** @throws UsageError where environments differ. */
export function refuseDifferent(analyses: readonly BetweenAnalysis[]): void {
  const lines = analyses.flatMap(({ run, against, differences }) =>
    differences.length === 0
      ? []
      : [
          `${run.directory} (now) against ${against.directory} (then):`,
          ...differenceLines(mapLabels(differences, plainLabel)).map((line) => `  ${line}`),
        ],
  );
  if (lines.length === 0) return;
  throw new UsageError(`these runs come from different environments:\n${lines.join('\n')}`, {
    remedy: 'these reasons alone change the figures; --force compares the runs anyway, and the output says so',
  });
}
