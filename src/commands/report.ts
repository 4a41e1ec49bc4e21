import { failedCells } from '../compare/baseline.ts';
import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import type { CommandOptions } from '../options/table.ts';
import { print } from '../process/standard-output.ts';
import { defaultFormat, type FormatName, formatNames, formats } from '../report/formats.ts';
import { mapLabels, plainLabel, plainText } from '../report/plain.ts';
import { makeReport } from '../report/report.ts';
import { version } from '../version.ts';
import { baselineLines } from '../words/baseline.ts';
import { refuseDifferent } from './compare.ts';
import { resultsDirectory } from './places.ts';
import { reportPlace } from './report-place.ts';
import { reportedRuns } from './reported-runs.ts';
import { writeReport } from './write-report.ts';

export type ReportOptions = CommandOptions<'report'>;

/**
 * `trafficlab report [RUN ...]`: writes a report of stored runs and prints the path of every file, a line each; then what a baseline
 * check came to.
 * @param args runs, each a path, a lab (its newest run) or the beginning of a run's name; none: the newest run of each lab.
 * @returns 1 where a cell is worse than the baseline beyond the tolerance, proven by its whole 95 % interval and Holm's correction, or
 *   where the baseline had figures that count and the run has not; else 0, whatever the verdicts are and whatever cannot be told.
 * @throws UsageError for no run at all, a run that cannot be found or read, or a format or place that cannot be.
 */
export async function reportCommand(args: readonly string[], options: ReportOptions = {}): Promise<ExitCode> {
  const results = resultsDirectory(options.results);
  const names = formatsNamed(options.format ?? defaultFormat);
  const tolerancePercent = toleranceOf(options);
  const { runs, baseline } = await reportedRuns(args, options.baseline, results);
  const place = await reportPlace(options.out, names, runs.length === 1 ? runs[0]!.directory : results);
  const report = makeReport({
    made: new Date().toISOString(),
    trafficlab: version,
    runs,
    baseline: baseline && { run: baseline, tolerancePercent },
  });
  if (!options.force) refuseDifferent(report.between);
  for (const name of names)
    for (const path of await writeReport(await formats[name].render(report), place)) print(`${plainText(path)}\n`);
  for (const check of report.checks) print(`${baselineLines(mapLabels(check, plainLabel)).join('\n')}\n`);
  return report.checks.some((check) => failedCells(check).length > 0) ? exitCode.failed : exitCode.ok;
}

function formatsNamed(text: string): FormatName[] {
  const wanted = text.split(',').map((name) => name.trim());
  if (wanted.includes('all')) return [...formatNames];
  const unknown = wanted.filter((name) => !(formatNames as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new UsageError(`--format ${text}: unknown format ${unknown.map((name) => JSON.stringify(name)).join(', ')}`, {
      remedy: `use ${formatNames.join(', ')} or all; separate several with commas`,
    });
  return [...new Set(wanted as FormatName[])];
}

function toleranceOf({ tolerance, baseline }: ReportOptions): number | undefined {
  if (tolerance === undefined) return undefined;
  if (baseline === undefined)
    throw new UsageError(`--tolerance ${tolerance} needs --baseline`, {
      remedy: 'add the run to compare with, such as --baseline results/ipvs/20261101T100000000Z-netns-1a2b3c4d',
    });
  const percent = Number(String(tolerance).trim() || Number.NaN);
  if (percent >= 0 && percent < 100) return percent;
  throw new UsageError(`--tolerance ${tolerance}: expected a percentage from 0 to below 100`);
}
