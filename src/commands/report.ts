import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import { defaultFormat, type FormatName, formatNames, formats } from '../report/formats.ts';
import { makeReport } from '../report/report.ts';
import { findRun, newestRuns } from '../results/directory.ts';
import { readRun } from '../results/read.ts';
import type { Run } from '../results/run.ts';
import { version } from '../version.ts';
import { refuseDifferent } from './compare.ts';
import { resultsDirectory } from './places.ts';
import { reportPlace } from './report-place.ts';
import { writeReport } from './write-report.ts';

export interface ReportOptions {
  /** Names of formats with commas between, or `all`. */
  readonly format?: string;
  /** A folder, or a file where there is one format of one file. */
  readonly out?: string;
  /** Set runs from different environments beside each other all the same; the report says so. */
  readonly force?: boolean;
  /** The folder that holds the results of all labs. */
  readonly results?: string;
}

/**
 * `trafficlab report [RUN ...]`: writes a report of stored runs and prints the path of every file, a line each.
 * @param args runs, each a path, a lab (its newest run) or the beginning of a run's name; none: the newest run of each lab.
 * @throws UsageError for no run at all, a run that cannot be found or read, or a format or place that cannot be.
 */
export async function reportCommand(args: readonly string[], options: ReportOptions = {}): Promise<ExitCode> {
  const results = resultsDirectory(options.results);
  const names = formatsNamed(options.format ?? defaultFormat);
  const runs = await readRuns(args, results);
  const place = await reportPlace(options.out, names, runs.length === 1 ? runs[0]!.directory : results);
  const report = makeReport({ made: new Date().toISOString(), trafficlab: version, runs });
  if (!options.force) refuseDifferent(report.between);
  for (const name of names)
    for (const path of await writeReport(await formats[name].render(report), place)) process.stdout.write(`${path}\n`);
  return exitCode.ok;
}

function formatsNamed(text: string): FormatName[] {
  const wanted = text.split(',').map((name) => name.trim());
  if (wanted.includes('all')) return [...formatNames];
  const unknown = wanted.filter((name) => !(formatNames as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new UsageError(`--format ${text}: there is no format ${unknown.map((name) => JSON.stringify(name)).join(', ')}`, {
      remedy: `formats are ${formatNames.join(', ')}, several with commas between, or all`,
    });
  return [...new Set(wanted as FormatName[])];
}

async function readRuns(args: readonly string[], results: string): Promise<Run[]> {
  const directories = [];
  for (const arg of args) directories.push(await findRun(arg, results));
  if (args.length === 0) directories.push(...(await newestRuns(results)));
  if (directories.length === 0)
    throw new UsageError(`no run to report: ${results} holds none`, {
      remedy: 'npm run lab makes one, as in: npm run lab smoke',
    });
  const runs = [];
  for (const directory of new Set(directories)) runs.push(await readRun(directory));
  return runs;
}
