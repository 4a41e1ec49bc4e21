import type { Problem } from '../proof/problem.ts';

/** Problems that come about by chance once in some hundreds or thousands of proofs, or while kube-proxy writes rules. */
const PASSING: ReadonlySet<Problem['code']> = new Set([
  'uneven-share',
  'affinity-seen',
  'counters-reset',
  'miscounted',
  'answers-disagree',
]);

/** Whether asking once more may find another answer. */
export const mayPass = ({ code }: Problem): boolean => PASSING.has(code);

/** Each problem once. */
export const distinctProblems = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
