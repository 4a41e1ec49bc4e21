import { headlineOf } from '../compare/headline.ts';
import type { RunAnalysis } from '../compare/run.ts';
import { headlineText } from '../words/headline.ts';

/** The answer to the lab's question, a list item a line. */
export const answerLines = (analysis: RunAnalysis): string[] =>
  headlineOf(analysis).map((item) => {
    const text = headlineText(item, analysis.equivalencePercent);
    return item.code === 'nothing' ? text : `- ${text}`;
  });
