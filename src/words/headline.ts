import type { HeadlineItem } from '../compare/headline.ts';
import type { FamilyAnalysis } from '../compare/run.ts';
import { answerText, subject } from './answer.ts';
import { count } from './format.ts';
import { noVerdictWords } from './no-verdict.ts';
import { outcomeWords } from './outcome.ts';

/** One item of what a run says, one sentence. @param equivalencePercent of the lab. */
export function headlineText(item: HeadlineItem, equivalencePercent: number): string {
  switch (item.code) {
    case 'answer':
      return answerText(item.comparison, equivalencePercent);
    case 'no-verdict': {
      const { reason, remedy } = noVerdictWords(item.because);
      return `no verdict: ${reason}${remedy === undefined ? '' : ` (${remedy})`}: ${item.comparisons.map(subject).join('; ')}`;
    }
    case 'more':
      return `${item.comparisons} more comparisons are in the tables and do not change the answer`;
    case 'nothing':
      return 'Nothing was compared: no two cells of a family differ in one factor only.';
  }
}

/** How families ended that did not end well. */
export const deathLines = (families: readonly FamilyAnalysis[]): string[] =>
  families.flatMap(({ title, outcome, message, seenBlocks, plannedBlocks }) =>
    outcome === 'complete'
      ? []
      : [
          `${title} ${outcomeWords[outcome]}: ${seenBlocks} of ${count(plannedBlocks, 'block')} recorded${message ? ` (${message})` : ''}`,
        ],
  );
