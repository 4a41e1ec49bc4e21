import type { Comparison } from './comparison.ts';
import { isIptables } from './names.ts';
import type { NoVerdict } from './no-verdict.ts';
import type { RunAnalysis } from './run.ts';

/** What a run says, in its order; `src/words/headline.ts` says it. */
export type HeadlineItem =
  | { readonly code: 'answer'; readonly comparison: Comparison }
  /** Comparisons without a verdict for one reason. */
  | { readonly code: 'no-verdict'; readonly because: NoVerdict; readonly comparisons: readonly Comparison[] }
  /** How many comparisons are left to the tables. */
  | { readonly code: 'more'; readonly comparisons: number }
  | { readonly code: 'nothing' };

/** More answers than these are no answer. */
const MOST_ANSWERS = 12;

/** The answer to the lab's question. Of many comparisons those that decide something, at the worst place among the rules. */
export function headlineOf(analysis: RunAnalysis): HeadlineItem[] {
  const all = answersOf(analysis);
  if (all.length === 0) return [{ code: 'nothing' }];
  if (all.length <= MOST_ANSWERS) return collapsed(all);
  const shown = all.filter(({ kind, cell, verdict }) => {
    const position = cell.scenario.position ?? 'last';
    return kind !== 'services' && position === 'last' && verdict.kind !== 'none' && verdict.kind !== 'cannot-tell';
  });
  const rest = all.length - shown.length;
  return [...collapsed(shown), ...(rest > 0 ? [{ code: 'more' as const, comparisons: rest }] : [])];
}

/** Comparisons with a verdict, then those without one, together by their reason. */
export function collapsed(comparisons: readonly Comparison[]): HeadlineItem[] {
  const without = new Map<string, Extract<HeadlineItem, { code: 'no-verdict' }>>();
  for (const comparison of comparisons) {
    const { verdict } = comparison;
    if (verdict.kind !== 'none') continue;
    const key = JSON.stringify(verdict.because);
    const before = without.get(key)?.comparisons ?? [];
    without.set(key, { code: 'no-verdict', because: verdict.because, comparisons: [...before, comparison] });
  }
  return [
    ...comparisons
      .filter(({ verdict }) => verdict.kind !== 'none')
      .map((comparison) => ({ code: 'answer' as const, comparison })),
    ...without.values(),
  ];
}

/**
 * What decides between modes first. The way to the pod itself is left to the tables
 * unless nothing else was compared, or nothing but the two backends of iptables: then what entering costs is the question.
 */
function answersOf(analysis: RunAnalysis): readonly Comparison[] {
  const comparisons = analysis.families.flatMap(({ tables }) => tables.flatMap((table) => table.comparisons));
  const beyondPod = comparisons.filter(({ kind, cell }) => kind !== 'pod' && cell.scenario.topology.entry !== 'pod');
  const ofPod = comparisons.filter(({ kind }) => kind === 'pod');
  const onlyBackends = beyondPod.every(
    ({ kind, cell, against }) => kind === 'reference' && isIptables(cell.scenario.mode) && isIptables(against.scenario.mode),
  );
  const rank = ({ kind }: Comparison) =>
    ['reference', 'position', 'services', 'hop', 'controller', 'exposure', 'tuning', 'pod', 'run'].indexOf(kind);
  return onlyBackends ? [...ofPod, ...beyondPod] : [...beyondPod].sort((one, other) => rank(one) - rank(other));
}
