import { analyseRun } from '../compare/run.ts';
import { UsageError } from '../errors.ts';
import { findRun, newestRuns } from '../results/directory.ts';
import { readRun } from '../results/read.ts';
import type { Run } from '../results/run.ts';

/**
 * The runs that a report is about, each once, and the baseline apart from them.
 * @param args as `findRun` takes them; none: the newest run of each lab, or of the baseline's lab where there is one.
 * @throws UsageError where there is no run, or a baseline that cannot be one of these runs'.
 */
export async function reportedRuns(
  args: readonly string[],
  baselineArgument: string | undefined,
  results: string,
): Promise<{ readonly runs: readonly Run[]; readonly baseline: Run | undefined }> {
  const baseline = baselineArgument === undefined ? undefined : await readRun(await findRun(baselineArgument, results));
  const directories = new Set(args.length > 0 ? await found(args, results) : await newest(baseline, results));
  if (directories.size === 0)
    throw new UsageError(`no runs in ${results}`, {
      remedy: 'make one, for example: npm run lab smoke',
    });
  const runs = [];
  for (const directory of directories) runs.push(await readRun(directory));
  if (baseline) refuseBaseline(baseline, runs);
  return { runs, baseline };
}

async function found(args: readonly string[], results: string): Promise<string[]> {
  const directories = [];
  for (const arg of args) directories.push(await findRun(arg, results));
  return directories;
}

async function newest(baseline: Run | undefined, results: string): Promise<string[]> {
  return baseline ? [await findRun(baseline.plan.lab.name, results)] : newestRuns(results);
}

/** A check of nothing must not pass. */
function refuseBaseline(baseline: Run, runs: readonly Run[]): void {
  const { directory, plan } = baseline;
  if (runs.some((run) => run.directory === directory))
    throw new UsageError(`the baseline ${directory} is the reported run itself`, { remedy: 'use an earlier run as --baseline' });
  const stranger = runs.find((run) => run.plan.lab.name !== plan.lab.name);
  if (stranger)
    throw new UsageError(
      `the baseline is a run of lab ${plan.lab.name}, ${stranger.directory} of lab ${stranger.plan.lab.name}: they have no cell in common`,
      { remedy: `use runs of ${plan.lab.name}` },
    );
  const tables = analyseRun(baseline).families.flatMap((family) => family.tables);
  if (!tables.some(({ cells }) => cells.some(({ figures }) => figures)))
    throw new UsageError(`the baseline ${directory} has no cell with figures`, { remedy: 'use a run with measured cells' });
}
