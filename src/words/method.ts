import type { VerdictMethod } from '../compare/method.ts';
import { count } from './format.ts';

/** How the verdicts of a table were come to, in a few sentences. */
export function methodWords({ tests, test, different, equivalent, interval }: VerdictMethod): string {
  const intervals = `intervals are ${whole(interval.confidence)} % each, not corrected`;
  if (tests === 0) return `No verdict in this table; ${intervals}.`;
  const how = test === 'paired-t' ? 'paired by block' : "unpaired (Welch's test on block figures)";
  return [
    `${count(tests, 'comparison')} tested, ${how}.`,
    `Faster or slower: p below ${whole(different.alpha)} %, corrected for ${count(tests, 'test')} (Holm).`,
    `Equivalent: the ${whole(equivalent.confidence)} % interval is within ${equivalent.percent} %, not corrected.`,
    `The ${intervals}.`,
  ].join(' ');
}

/** The same for all tables of a page at once, in half a sentence. @param tests of all tables together. */
export const methodSummary = (tests: number): string =>
  `${count(tests, 'comparison')} tested; faster and slower corrected for the tests of their table (Holm), equivalent and intervals not`;

const whole = (share: number): number => Math.round(share * 100);
