import { type BaselineCheck, type CheckedCell, failedCells } from '../compare/baseline.ts';
import { seriesTitle } from '../compare/names.ts';
import { unprovenText } from '../words/problem.ts';
import { metricName } from './answers.ts';
import { count, interval, ratio } from './format.ts';

/** What a baseline check came to: one line that counts, then one for each cell that failed it. */
export function baselineLines(check: BaselineCheck): string[] {
  const { run, baseline, tolerancePercent, cells } = check;
  const of = (wanted: CheckedCell['outcome']['kind']) => cells.filter(({ outcome }) => outcome.kind === wanted).length;
  const counts = [
    `${of('worse')} worse by more than ${tolerancePercent} %`,
    `${of('lost')} lost`,
    `${of('held')} held`,
    `${of('cannot-tell')} cannot tell`,
  ];
  return [
    `baseline check ${failedCells(check).length > 0 ? 'FAILED' : 'passed'}: ${run.directory} against ${baseline.directory}: ${count(cells.length, 'cell')}: ${counts.join(', ')}`,
    ...failedCells(check).map(failureLine),
  ];
}

function failureLine({ mode, place, series, outcome }: CheckedCell): string {
  const name = `${mode}, ${place}, ${seriesTitle(series)}`;
  if (outcome.kind === 'worse')
    return `worse: ${name}: ${ratio(outcome.ratio)} ${interval(outcome.interval95)} times the ${metricName(outcome.metric)} of the baseline`;
  if (outcome.kind !== 'lost') return '';
  const { reason, unproven = [] } = outcome;
  return `lost: ${name}: ${reason}${unproven.length > 0 ? `: ${unproven.map(unprovenText).join('; ')}` : ''}`;
}
