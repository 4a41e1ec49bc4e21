import { seriesTitle } from '../../../compare/names.ts';
import { metricName } from '../../../words/answer.ts';
import { baselineLines } from '../../../words/baseline.ts';
import { differenceLines } from '../../difference-lines.ts';
import { list } from '../list.ts';
import { html } from '../markup.ts';
import { runName } from '../run-name.ts';
import type { ReportSection } from '../section.ts';
import { verdictTable } from '../verdict-table.ts';

/** Runs against earlier ones, unpaired, with what a baseline check came to. */
export const betweenRuns: ReportSection = ({ shown: { between, checks } }) => {
  if (between.length === 0) return undefined;
  return {
    id: 'between',
    title: checks.length > 0 ? 'Against the baseline' : 'Between runs',
    body: html`${list(checks.flatMap(baselineLines))}
${between.map(
  ({
    run,
    against,
    tables,
    differences,
    unmatched,
    equivalencePercent,
  }) => html`<p>Now: ${runName(run.directory)}. Then: ${runName(against.directory)}. Unpaired.</p>
${list([
  ...differenceLines(differences).map((line) => `environments differ: ${line}`),
  ...unmatched.map(
    ({ side, cell }) => `only ${side === 'run' ? 'now' : 'then'}: ${cell.mode}, ${cell.place}, ${seriesTitle(cell.series)}`,
  ),
])}
${tables.map(({ title, series, metric, comparisons, tests }) =>
  verdictTable({
    caption: `now against then, ${title}, ${seriesTitle(series)}, ${metricName(metric)}`,
    equivalencePercent,
    comparisons,
    tests,
  }),
)}`,
)}`,
  };
};
