import { tuningOf } from '../cluster/contract/topology.ts';
import type { Comparison } from '../compare/comparison.ts';
import { higherIsBetter, type Metric } from '../compare/metric.ts';
import { isIptables, notProven, seriesTitle, servicesName } from '../compare/names.ts';
import type { RunAnalysis } from '../compare/run.ts';
import type { RatioEstimate } from '../stats/ratio.ts';
import { count, interval, percent, ratio } from './format.ts';

/** One comparison as a sentence of its own. */
export interface Answer {
  readonly comparison: Comparison;
  readonly text: string;
}

/**
 * What a run says, a sentence per comparison, what decides between modes first. The way to the pod itself is left to the tables
 * unless nothing else was compared, or nothing but the two backends of iptables: then what entering costs is the question.
 */
export function answersOf(analysis: RunAnalysis): Answer[] {
  const comparisons = analysis.families.flatMap(({ tables }) => tables.flatMap((table) => table.comparisons));
  const beyondPod = comparisons.filter(({ kind, cell }) => kind !== 'pod' && cell.scenario.topology.entry !== 'pod');
  const ofPod = comparisons.filter(({ kind }) => kind === 'pod');
  const onlyBackends = beyondPod.every(
    ({ kind, cell, against }) => kind === 'reference' && isIptables(cell.scenario.mode) && isIptables(against.scenario.mode),
  );
  const rank = ({ kind }: Comparison) =>
    ['reference', 'position', 'services', 'hop', 'controller', 'exposure', 'tuning', 'pod', 'run'].indexOf(kind);
  const chosen = onlyBackends ? [...ofPod, ...beyondPod] : [...beyondPod].sort((one, other) => rank(one) - rank(other));
  return chosen.map((comparison) => ({ comparison, text: answer(comparison, analysis.equivalencePercent) }));
}

/** "ipvs against iptables (legacy), ClusterIP, new connections: 3.1 % slower [1.2 %, 5.0 %] (median, paired, 8 blocks)". */
export function answer(comparison: Comparison, equivalencePercent: number): string {
  const mark = proofMark(comparison);
  return `${subject(comparison)}: ${outcome(comparison, equivalencePercent)}${mark === undefined ? '' : ` [${mark}]`}`;
}

/** "mode, rules not proven": what nobody could look at on either side, where there is a verdict all the same. */
export function proofMark({ cell, against, verdict }: Comparison): string | undefined {
  const unobserved = [...cell.unobserved, ...against.unobserved];
  return unobserved.length > 0 && verdict.kind !== 'none' ? notProven(unobserved) : undefined;
}

/** Who is compared with whom, under what. */
export const subject = (comparison: Comparison): string => `${sides(comparison)}, ${seriesTitle(comparison.cell.series)}`;

/** Who is compared with whom. */
export function sides({ kind, cell, against }: Comparison): string {
  switch (kind) {
    case 'reference':
      return `${cell.mode} against ${against.mode}, ${cell.place}`;
    case 'pod':
      return `${cell.mode}, ${cell.place} against ${against.place}`;
    case 'position':
      return `${cell.mode}, ${cell.place} against ${against.scenario.position} in the rules`;
    case 'services':
      return `${cell.mode}, ${cell.place} against ${servicesName(against.scenario.services)}`;
    case 'hop':
      return `${cell.mode}, ${cell.place} after ${against.place}`;
    case 'controller':
    case 'exposure':
      return `${cell.place} against ${against.place}`;
    case 'tuning':
      return `${cell.place} against ${tuningOf(against.scenario.topology)}`;
    case 'run':
      return `${cell.mode}, ${cell.place}`;
  }
}

const metricNames: Record<Metric, string> = { rate: 'request rate', p50: 'median latency', p99: 'p99 latency' };

export const metricName = (metric: Metric): string => metricNames[metric];

function outcome({ verdict, estimate, metric, paired }: Comparison, equivalencePercent: number): string {
  if (verdict.kind === 'none' || !estimate) {
    const reason = verdict.kind === 'none' ? verdict.reason : 'no figures';
    return `no verdict: ${reason}${estimate ? ` (${metricName(metric)} ${ratio(estimate.ratio)} ${interval(estimate.interval95)})` : ''}`;
  }
  const evidence = `(${metricName(metric)}, ${paired ? 'paired' : 'unpaired'}, ${count(estimate.n, 'block')})`;
  switch (verdict.kind) {
    case 'faster':
    case 'slower':
      return `${difference(estimate, metric, verdict.kind)} ${evidence}`;
    case 'equivalent':
      return `equivalent within ${equivalencePercent} %: ${signed(estimate)} ${evidence}`;
    case 'cannot-tell': {
      const more =
        verdict.moreBlocks === undefined ? 'no number of blocks would do' : `about ${count(verdict.moreBlocks, 'more block')}`;
      // Holm's correction: what would do alone may not do among many.
      const [low, high] = estimate.interval95;
      const among = low > 1 || high < 1 ? ', which is not certain enough among so many verdicts' : '';
      return `cannot tell: ${signed(estimate)} ${evidence}${among}; to tell: ${more}`;
    }
  }
}

/** From double up a percentage misleads ("250 % slower"), so it becomes how many times. */
function difference({ ratio: value, interval95 }: RatioEstimate, metric: Metric, kind: 'faster' | 'slower'): string {
  if (value >= 2) return `${kind}, ${ratio(value)} times as much ${interval(interval95)}`;
  // The percentage is counted in the direction of the word: 3 % slower [1 %, 5 %], be it less rate or more latency.
  const lower = (kind === 'slower') === higherIsBetter(metric);
  const change = (end: number) => (lower ? 1 - end : end - 1);
  const [low, high] = lower ? [interval95[1], interval95[0]] : interval95;
  return `${percent(change(value))} ${kind} [${percent(change(low))}, ${percent(change(high))}]`;
}

const signed = ({ ratio: value, interval95: [low, high] }: RatioEstimate): string =>
  `${percent(value - 1, true)} [${percent(low - 1, true)}, ${percent(high - 1, true)}]`;
