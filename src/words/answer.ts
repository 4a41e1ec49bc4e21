import { tuningOf } from '../cluster/contract/topology.ts';
import type { Comparison } from '../compare/comparison.ts';
import { higherIsBetter, type Metric } from '../compare/metric.ts';
import { notObserved, seriesTitle, servicesName } from '../compare/names.ts';
import type { RatioEstimate } from '../stats/ratio.ts';
import { count, interval, percent, ratio } from './format.ts';
import { noVerdictWords } from './no-verdict.ts';

/** One comparison in three parts. */
export interface Answer {
  /** Who is compared with whom, under what. */
  readonly about: string;
  /** What came out. */
  readonly finding: string;
  /** What that rests on; absent where there is no figure. */
  readonly basis?: string;
}

/** "ipvs against iptables (legacy), ClusterIP, new connections: 3.1 % slower [1.2 %, 5.0 %] (median, paired, 8 blocks)". */
export function answerText(comparison: Comparison, equivalencePercent: number): string {
  const { about, finding, basis } = answerOf(comparison, equivalencePercent);
  return `${about}: ${finding}${basis === undefined ? '' : ` ${basis}`}`;
}

/** The parts of that sentence. */
export function answerOf(comparison: Comparison, equivalencePercent: number): Answer {
  const { finding, basis } = outcome(comparison, equivalencePercent);
  const mark = proofMark(comparison);
  const more = [...(basis === undefined ? [] : [basis]), ...(mark === undefined ? [] : [`[${mark}]`])].join(' ');
  return { about: subject(comparison), finding, ...(more ? { basis: more } : {}) };
}

/** "mode, rules not observed": what nobody could look at on either side, where there is a verdict all the same. */
export function proofMark({ cell, against, verdict }: Comparison): string | undefined {
  const unobserved = [...cell.unobserved, ...against.unobserved];
  return unobserved.length > 0 && verdict.kind !== 'none' ? notObserved(unobserved) : undefined;
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

function outcome(
  { verdict, estimate, metric, paired }: Comparison,
  equivalencePercent: number,
): { readonly finding: string; readonly basis?: string } {
  if (verdict.kind === 'none') {
    const figures = estimate && { basis: `(${metricName(metric)} ${ratio(estimate.ratio)} ${interval(estimate.interval95)})` };
    return { finding: `no verdict: ${noVerdictWords(verdict.because).reason}`, ...figures };
  }
  if (!estimate) throw new TypeError('a verdict has an estimate');
  const basis = `(${metricName(metric)}, ${paired ? 'paired' : 'unpaired'}, ${count(estimate.n, 'block')})`;
  switch (verdict.kind) {
    case 'faster':
    case 'slower':
      return { finding: difference(estimate, metric, verdict.kind), basis };
    case 'equivalent':
      return { finding: `equivalent within ${equivalencePercent} %: ${signed(estimate)}`, basis };
    case 'cannot-tell': {
      const more =
        verdict.moreBlocks === undefined ? 'more blocks will not help' : `needs about ${count(verdict.moreBlocks, 'more block')}`;
      // What is significant alone may not be among many.
      const [low, high] = estimate.interval95;
      const among = low > 1 || high < 1 ? '; not significant after Holm correction' : '';
      return { finding: `cannot tell: ${signed(estimate)}`, basis: `${basis}${among}; ${more}` };
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
