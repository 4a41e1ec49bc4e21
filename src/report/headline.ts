import type { FamilyAnalysis, RunAnalysis } from '../compare/run.ts';
import { unprovenText } from '../words/problem.ts';
import { type Answer, answersOf, subject } from './answers.ts';
import { count } from './format.ts';

/** The answer to the lab's question, a list item a line. */
export const answerLines = (analysis: RunAnalysis): string[] =>
  answersOf(analysis).length === 0 ? [NOTHING] : answerSentences(analysis).map((sentence) => `- ${sentence}`);

/** The same without the marks of a list. */
export function answerSentences(analysis: RunAnalysis): string[] {
  const answers = answersOf(analysis);
  return answers.length === 0 ? [NOTHING] : headline(answers);
}

const NOTHING = 'Nothing was compared: no two cells of a family differ in one factor only.';

/** More answers than these are no answer. */
const MOST_ANSWERS = 12;

/** Of many answers those that decide something, at the worst place among the rules; the rest is left to the tables. */
function headline(answers: readonly Answer[]): string[] {
  if (answers.length <= MOST_ANSWERS) return sentences(answers);
  const shown = answers.filter(({ comparison: { kind, cell, verdict } }) => {
    const position = cell.scenario.position ?? 'last';
    return kind !== 'services' && position === 'last' && verdict.kind !== 'none' && verdict.kind !== 'cannot-tell';
  });
  const rest = answers.length - shown.length;
  return [
    ...sentences(shown),
    ...(rest > 0 ? [`${rest} more comparisons are in the tables; those not named here decide nothing, or say the same`] : []),
  ];
}

/** Answers, and in place of many lines with the same reason for no verdict, the reason once. */
export const collapsed = (answers: readonly Answer[]): string[] => sentences(answers).map((sentence) => `- ${sentence}`);

function sentences(answers: readonly Answer[]): string[] {
  const verdicts = answers.filter(({ comparison }) => comparison.verdict.kind !== 'none');
  const reasons = new Map<string, Answer[]>();
  for (const entry of answers) {
    const { verdict, cell, against } = entry.comparison;
    if (verdict.kind !== 'none') continue;
    const [unproven] = [cell, against].flatMap(({ standing }) => (standing.kind === 'unproven' ? standing.unproven : []));
    const more = verdict.remedy ?? (unproven && unprovenText(unproven));
    const reason = verdict.reason + (more ? ` (${more})` : '');
    reasons.set(reason, [...(reasons.get(reason) ?? []), entry]);
  }
  return [
    ...verdicts.map(({ text }) => text),
    ...[...reasons].map(
      ([reason, entries]) => `no verdict: ${reason}: ${entries.map((entry) => subject(entry.comparison)).join('; ')}`,
    ),
  ];
}

/** How families ended that did not end well. */
export function deathLines(families: readonly FamilyAnalysis[]): string[] {
  const words = { complete: '', died: 'died half-way', failed: 'failed', interrupted: 'was interrupted' };
  return families
    .filter(({ outcome }) => outcome !== 'complete')
    .map(
      ({ title, outcome, message, seenBlocks, plannedBlocks }) =>
        `- ${title} ${words[outcome]}: ${seenBlocks} of ${count(plannedBlocks, 'block')} recorded${message ? ` (${message})` : ''}`,
    );
}
